# base_bound.gp -- smallest sound base against the context length, dashed the limit of many channels; points are runs, sound above
# the line of their head_dim.
set xlabel 'context length (tokens)'
set ylabel 'smallest base'
set logscale x 2
set logscale y 10
set format y '10^{%T}'
set format x '2^{%L}'
set xtics rotate by 0
set key tmargin left reverse Left maxcols 2 font tiny
set offsets graph 0.02, graph 0.02, graph 0.05, 0
bounds = 0
do for [i = 1:n] { if (name[i] eq 'limit of many channels') { bounds = i } }
# an empty loop is read once
run(i) = i > n ? '' : name[i]
at(i, x) = i > n ? NaN : x ? trained_length[i] : trained_theta[i]
plot for [i = 1:bounds - 1] table using 1:col(i, 0) skip 1 with linespoints lw 1.1 dt dash[i] pt point[i] lc rgb colour[i] \
         title name[i].sprintf(' (%.2g L^%.2f)', coefficient[i], exponent[i]) noenhanced, \
     table using 1:col(bounds, 0) skip 1 with lines lw 1.1 dt (5, 3) lc rgb '#888888' title name[bounds] noenhanced, \
     for [i = bounds + 1:n] table using (at(i, 1)):(at(i, 0)) skip 1 every ::0::0 with points pt (i > n ? 1 : point[i]) ps 1.2 * psz lc rgb (i > n ? '#000000' : colour[i]) title run(i) noenhanced
