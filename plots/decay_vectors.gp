# decay_vectors.gp -- score by distance: q = k = ones (band: extremes of each stretch), independent and equal Gaussian vectors
# (band: one standard deviation).
set multiplot layout 1, 3 margins screen 0.07, 0.985, 0.2, top spacing screen 0.06
set logscale x 10
set format x '10^{%T}'
set xlabel 'distance (tokens)'
set xrange [1:*]
set xzeroaxis lt 1 lw 0.6 lc rgb '#999999'
unset key
eval legend
set title 'q = k = ones' font small offset 0, -0.6
set ylabel 'score'
plot for [i = 1:bands] table using 1:col(i, 1):col(i, 2) skip 1 with filledcurves lc rgb colour[i], \
     for [i = 1:n] table using 1:col(i, 0) skip 1 with linespoints pn -7 ps 1.1 * psz lw 1.2 dt dash[i] pt point[i] lc rgb colour[i]
eval no_legend
unset ylabel
band(i, k, s) = column(col(i, k)) + s * column(col(i, k + 3))
set title 'q, k independent N(0, 1)' font small
set yrange [-2:2]
plot table using 1:(band(1, 3, -1)):(band(1, 3, 1)) skip 1 with filledcurves lc rgb '#888888', \
     for [i = 1:n] table using 1:(band(i, 3, -1)) skip 1 with lines lw 0.8 dt dash[i] lc rgb colour[i], \
     for [i = 1:n] table using 1:(band(i, 3, 1)) skip 1 with lines lw 0.8 dt dash[i] lc rgb colour[i], \
     for [i = 1:n] table using 1:col(i, 3) skip 1 with linespoints pn -7 ps 1.1 * psz lw 1.2 dt dash[i] pt point[i] lc rgb colour[i]
set title 'q = k, N(0, 1)' font small
set yrange [*:*]
plot for [i = 1:bands] table using 1:(band(i, 9, -1)):(band(i, 9, 1)) skip 1 with filledcurves lc rgb colour[i], \
     for [i = 1:n] table using 1:col(i, 9) skip 1 with linespoints pn -7 ps 1.1 * psz lw 1.2 dt dash[i] pt point[i] lc rgb colour[i]
unset multiplot
