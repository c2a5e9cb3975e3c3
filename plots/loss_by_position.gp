# loss_by_position.gp -- held-out loss by position in the row, a panel a source, a line a run; bands: 95 % over seeds.
array label[panels]
do for [k = 1:panels] { label[k] = value('panel_'.k) }
set multiplot layout 1, panels margins screen 0.11, 0.985, 0.2, top spacing screen (panels > 1 ? 0.06 : 0.1)
set xlabel 'position in the row (tokens)'
set ylabel 'loss (nats per token)'
set logscale x 2
set format x '2^{%L}'
unset key
eval legend
set offsets graph 0.02, graph 0.02, graph 0.1, graph 0.03
do for [k = 1:panels] {
    set title label[k] noenhanced font small offset 0, -0.6
    if (k > 1) { unset ylabel; unset label 100 }
    plot for [i = 1:bands] table using 1:col(i, 3 * k - 2):col(i, 3 * k - 1) skip 1 with filledcurves lc rgb colour[i], \
         for [i = 1:n] table using 1:col(i, 3 * k - 3) skip 1 with linespoints lw 1.2 dt dash[i] pt point[i] lc rgb colour[i]
    eval no_legend
}
unset multiplot
