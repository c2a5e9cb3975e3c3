# head_masking.gp -- a retrieval task with heads masked: the best ones, and as many others drawn at random; bands: 95 % over draws and seeds.
array label[panels]
do for [k = 1:panels] { label[k] = value('panel_'.k) }
set multiplot layout 1, panels margins screen 0.1, 0.985, 0.2, top spacing screen (panels > 1 ? 0.06 : 0.1)
set xlabel 'heads masked'
set ylabel 'loss (nats), accuracy'
unset key
eval legend
unset ylabel
if (axis_max <= 8) { set xtics 1 }
set offsets graph 0.03, graph 0.03, graph 0.05, 0
unset arrow 100
unset label 100
do for [k = 1:panels] {
    if (label[k] eq 'accuracy') { set yrange [-0.02:1.05] } else { set yrange [0:*] }
    set title label[k] eq 'nll' ? 'loss of the answer (nats per token)' : label[k] noenhanced font small offset 0, -0.6
    if (k > 1) { unset ylabel; unset label 100 }
    plot for [i = 1:bands] table using 1:col(i, 3 * k - 2):col(i, 3 * k - 1) skip 1 with filledcurves lc rgb colour[i], \
         for [i = 1:n] table using 1:col(i, 3 * k - 3) skip 1 with linespoints lw 1.2 dt dash[i] pt point[i] lc rgb colour[i]
    eval no_legend
}
unset multiplot
