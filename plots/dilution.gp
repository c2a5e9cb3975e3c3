# dilution.gp -- attention that a key keeps whose logit leads all others by a fixed amount, by the number of keys.
set xlabel 'length (tokens)'
set ylabel 'share of the attention'
set logscale x 2
set format x '2^{%L}'
set key bottom left reverse Left
set yrange [0:1]
set offsets graph 0.02, graph 0.02, 0, 0
plot for [i = 1:n] table using 1:col(i, 2) skip 1 with linespoints lw 1.2 dt dash[i] pt point[i] lc rgb colour[i] title name[i] noenhanced
