# resolution.gp -- attention resolution by length.
set xlabel 'length (tokens)'
set ylabel 'attention resolution'
set logscale x 2
set logscale y 10
set format y '10^{%T}'
set format x '2^{%L}'
set key bottom left reverse Left
set offsets graph 0.02, graph 0.02, graph 0.03, 0
plot for [i = 1:n] table using 1:col(i, 0) skip 1 with linespoints lw 1.1 dt dash[i] pt point[i] lc rgb colour[i] title name[i] noenhanced
