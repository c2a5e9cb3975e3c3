# bias.gp -- factor of the attention that an additive bias gives, by distance.
set xlabel 'distance (tokens)'
set ylabel 'factor of the attention, e^{bias}'
set logscale x 10
set format x '10^{%T}'
set logscale y 10
set format y '10^{%T}'
set key bottom right reverse Left
set xrange [1:*]
set yrange [1e-4:2]
plot for [i = 1:n] table using 1:col(i, 1) skip 1 with linespoints pn 7 ps 1.1 * psz lw 1.2 dt dash[i] pt point[i] lc rgb colour[i] title name[i] noenhanced
