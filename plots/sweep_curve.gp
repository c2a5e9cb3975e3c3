# sweep_curve.gp -- the metric over a numeric parameter, one line for each choice of the others; bands: 95 % over seeds.
set xlabel parameter noenhanced
set ylabel metric noenhanced
if (logarithmic) { set logscale x 10; set format x '10^{%T}' }
set key tmargin left reverse Left maxcols 1 font small
set offsets graph 0.04, graph 0.04, graph 0.04, graph 0.04
plot for [i = 1:bands] table using 1:col(i, 1):col(i, 2) skip 1 with filledcurves lc rgb colour[i], \
     for [i = 1:n] table using 1:col(i, 0) skip 1 with linespoints lw 1.2 dt dash[i] pt point[i] lc rgb colour[i] title name[i] noenhanced
