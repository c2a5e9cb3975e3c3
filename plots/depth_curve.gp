# depth_curve.gp -- accuracy by where the answer stands, a panel a length; bands: 95 % over seeds.
array label[panels]
do for [k = 1:panels] { label[k] = value('panel_'.k) }
set multiplot layout 1, panels margins screen 0.085, 0.985, 0.2, top spacing screen 0.025
set xlabel 'place' font small
set xtics 0, 0.5, 1
set xrange [0:1]
set ylabel 'accuracy'
set ytics font tiny
set yrange [-0.02:1.02]
unset key
eval legend
unset arrow 100
unset label 100
set offsets graph 0.02, graph 0.02, 0, 0
do for [k = 1:panels] {
    set title label[k] noenhanced font small offset 0, -0.6
    if (k > 1) { unset ylabel; set format y '' }
    plot for [i = 1:bands] table using 1:col(i, 3 * k - 2):col(i, 3 * k - 1) skip 1 with filledcurves lc rgb colour[i], \
         for [i = 1:n] table using 1:col(i, 3 * k - 3) skip 1 with linespoints lw 1.2 dt dash[i] pt point[i] lc rgb colour[i]
    eval no_legend
}
unset multiplot
