# sweep_curve.gp -- the metric over a numeric parameter, one line for each choice of the others; bands: 95 % over seeds. Over a base:
# the smallest that is sound within the training length.
set xlabel parameter noenhanced
set ylabel metric noenhanced
if (logarithmic) { set logscale x 10; set format x '10^{%T}' }
set key tmargin left reverse Left maxcols 1 font small
set offsets graph 0.04, graph 0.04, graph 0.04, graph 0.04
stats table using 1 skip 1 nooutput
if (bound == bound && bound >= STATS_min && bound <= STATS_max) {
    set arrow 1 from first bound, graph 0 to first bound, graph 1 nohead dt (6, 4) lw 0.7 lc rgb '#777777' back
    set label 1 sprintf('smallest sound base for %.0f tokens', bound_length) at first bound, graph 0.98 left offset 0.5, 0 font tiny textcolor rgb '#666666'
}
plot for [i = 1:bands] table using 1:col(i, 1):col(i, 2) skip 1 with filledcurves lc rgb colour[i], \
     for [i = 1:n] table using 1:col(i, 0) skip 1 with linespoints lw 1.2 dt dash[i] pt point[i] lc rgb colour[i] title name[i] noenhanced
