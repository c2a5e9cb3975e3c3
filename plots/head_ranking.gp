# head_ranking.gp -- how often the largest logit of a head lies on the token to be said, heads in the order of that; the line at 0.1 is the usual bound of a retrieval head.
array label[panels]
do for [k = 1:panels] { label[k] = value('panel_'.k) }
set multiplot layout 1, panels margins screen 0.17, 0.985, 0.2, top spacing screen (panels > 1 ? 0.06 : 0.1)
set xlabel 'rank of the head'
set ylabel 'retrieval score'
unset key
eval legend
set yrange [0:*]
set offsets graph 0.02, graph 0.02, graph 0.05, 0
set arrow 1 from graph 0, first 0.1 to graph 1, first 0.1 nohead dt (2, 3) lw 0.7 lc rgb '#777777' back
unset arrow 100
unset label 100
do for [k = 1:panels] {
    set title label[k] noenhanced font small offset 0, -0.6
    if (k > 1) { unset ylabel; unset label 100 }
    plot for [i = 1:bands] table using 1:col(i, 3 * k - 2):col(i, 3 * k - 1) skip 1 with filledcurves lc rgb colour[i], \
         for [i = 1:n] table using 1:col(i, 3 * k - 3) skip 1 with linespoints lw 1.2 dt dash[i] pt point[i] lc rgb colour[i]
    eval no_legend
}
unset multiplot
