# base_bound.gp -- smallest sound base against the context length; the last series is the limit of many channels.
set xlabel 'context length (tokens)'
set ylabel 'smallest base'
set logscale x 2
set logscale y 10
set format y '10^{%T}'
set format x '2^{%L}'
set xtics rotate by 0
set key top left reverse Left
set offsets graph 0.02, graph 0.02, 0, 0
plot for [i = 1:n - 1] table using 1:col(i, 0) skip 1 with linespoints lw 1.1 pt point[i] lc rgb colour[i] \
         title name[i].sprintf(' (%.2g L^%.2f)', coefficient[i], exponent[i]) noenhanced, \
     table using 1:col(n, 0) skip 1 with lines lw 1.1 dt (5, 3) lc rgb '#888888' title name[n] noenhanced
