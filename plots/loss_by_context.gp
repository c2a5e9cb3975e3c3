# loss_by_context.gp -- loss of the same tokens by their left context c, a panel a source; lines: least squares of (α/c)^β + γ where
# the points follow such a law, else from point to point; bands: 95 % over documents, or over seeds.
array label[panels]
do for [k = 1:panels] { label[k] = value('panel_'.k) }
set multiplot layout 1, panels margins screen 0.11, 0.985, 0.2, top spacing screen (panels > 1 ? 0.06 : 0.1)
set xlabel 'context c (tokens)'
set ylabel 'loss (nats per token)'
set logscale x 2
set format x '2^{%L}'
unset key
eval legend
set offsets graph 0.02, graph 0.02, graph 0.12, graph 0.03
follows(i) = slope_of(i) == slope_of(i)
law(x, i) = follows(i) ? (scale_of(i) / x) ** slope_of(i) + floor_of(i) : NaN
do for [k = 1:panels] {
    set title label[k] noenhanced font small offset 0, -0.6
    if (k > 1) { unset ylabel; unset label 100 }
    eval sprintf("scale_of(i) = alpha_%d[i]; slope_of(i) = beta_%d[i]; floor_of(i) = gamma_%d[i]", k, k, k)
    laws = train > 0 # below the mark of the training length
    do for [i = 1:n] { unset label 20 + i }
    do for [i = 1:n] { if (follows(i) && n <= 5) {
        set label 20 + i sprintf('(%.3g/c)^{%.2f} + %.2f', scale_of(i), slope_of(i), floor_of(i)) at graph 0.98, graph 0.98 - 0.08 * laws right font tiny textcolor rgb colour[i] front
        laws = laws + 1
    } }
    plot for [i = 1:bands] table using 1:col(i, 3 * k - 2):col(i, 3 * k - 1) skip 1 with filledcurves lc rgb colour[i], \
         for [i = 1:n] table using 1:(follows(i) ? NaN : column(col(i, 3 * k - 3))) skip 1 with lines lw 1.2 dt dash[i] lc rgb colour[i], \
         for [i = 1:n] law(x, i) with lines lw 1.2 dt dash[i] lc rgb colour[i], \
         for [i = 1:n] table using 1:col(i, 3 * k - 3) skip 1 with points pt point[i] lc rgb colour[i]
    eval no_legend
}
unset multiplot
