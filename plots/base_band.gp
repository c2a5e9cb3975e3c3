# base_band.gp -- bases of rotary embedding that are neither too small nor too large for a length: curves from below, the
# dashed level from above; single points are runs.
set xlabel 'context length (tokens)'
set ylabel 'base'
set logscale x 2
set logscale y 10
set format y '10^{%T}'
set format x '2^{%L}'
set key bottom right reverse Left font tiny
set yrange [1:*]
set offsets graph 0.02, graph 0.02, graph 0.1, 0
bounds = int(lower_bounds) + 1
# an empty loop is read once
run(i) = i > n ? '' : name[i]
at(i, x) = i > n ? NaN : x ? trained_length[i] : trained_theta[i]
plot for [i = 1:bounds - 1] table using 1:col(i, 0) skip 1 with linespoints lw 1.1 dt dash[i] pt point[i] lc rgb colour[i] title name[i] noenhanced, \
     table using 1:col(bounds, 0) skip 1 with lines lw 1.2 dt (8, 4) lc rgb '#000000' title name[bounds] noenhanced, \
     for [i = bounds + 1:n] table using (at(i, 1)):(at(i, 0)) skip 1 every ::0::0 with points pt (i > n ? 1 : point[i]) ps 1.2 * psz lc rgb (i > n ? '#000000' : colour[i]) title run(i) noenhanced
