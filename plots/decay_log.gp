# decay_log.gp -- attention score over the logarithm of the distance: means as lines, extremes of each stretch as bands.
set xlabel 'distance (tokens)'
set ylabel 'score, q = k = ones'
set logscale x 10
set format x '10^{%T}'
set key top right reverse Left
set xzeroaxis lt 1 lw 0.6 lc rgb '#999999'
set xrange [1:*]
plot for [i = 1:bands] table using 1:col(i, 1):col(i, 2) skip 1 with filledcurves lc rgb colour[i], \
     for [i = 1:n] table using 1:col(i, 0) skip 1 with linespoints pn -7 ps 1.1 * psz lw 1.3 dt dash[i] pt point[i] lc rgb colour[i] title name[i] noenhanced
