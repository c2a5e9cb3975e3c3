# tuning.gp -- dev loss over the tuned key, one line an arm, its least mean circled; bands: 95 % over tuning seeds.
set xlabel parameter noenhanced
set ylabel metric.' (dev)' noenhanced
if (logarithmic) { set logscale x 10; set format x '10^{%T}' }
set key tmargin left reverse Left maxcols 1 font small
set offsets graph 0.04, graph 0.04, graph 0.04, graph 0.04
do for [i = 1:n] {
    if (best_x[i] == best_x[i]) { set label 400 + i '' at best_x[i], best_y[i] point pt 6 ps 2.4 * psz lc rgb colour[i] }
}
plot for [i = 1:bands] table using 1:col(i, 1):col(i, 2) skip 1 with filledcurves lc rgb colour[i], \
     for [i = 1:n] table using 1:col(i, 0) skip 1 with linespoints lw 1.2 dt dash[i] pt point[i] lc rgb colour[i] title name[i] noenhanced
