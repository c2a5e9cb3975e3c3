# long_short.gp -- how much the tokens lose with a short context alone, in bins of half a nat, a panel a source; to the right of the
# line are key tokens, which need the long one. The count is logarithmic; empty bins are left out.
array label[panels]
do for [k = 1:panels] { label[k] = value('panel_'.k) }
set multiplot layout 1, panels margins screen 0.11, 0.985, 0.2, top spacing screen (panels > 1 ? 0.06 : 0.1)
set xlabel 'loss with short context - with long (nats)'
set ylabel 'tokens'
set logscale y 10
set format y '10^{%T}'
set yrange [0.8:*]
unset key
eval legend
unset arrow 100
unset label 100
set arrow 1 from first 2, graph 0 to first 2, graph 1 nohead dt (2, 3) lw 0.7 lc rgb '#777777' back
set xrange [*<-1.5:3<*]
do for [k = 1:panels] {
    set title label[k] noenhanced font small offset 0, -0.6
    if (k > 1) { unset ylabel }
    plot for [i = 1:n] table using ($1 + 0.25):col(i, 3 * k - 3) skip 1 with linespoints lw 1.2 dt dash[i] pt point[i] lc rgb colour[i]
    eval no_legend
}
unset multiplot
