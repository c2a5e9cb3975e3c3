# precision.gp -- largest error of the cosine by position and number format, first encoding of the table.
set xlabel 'position'
set ylabel 'largest error of the cosine'
set logscale x 10
set logscale y 10
set format x '10^{%T}'
set format y '10^{%T}'
set key tmargin left reverse Left maxcols 2 font tiny
set yrange [1e-9:10]
array kind[4] = ['table in float (used here)', 'angle in float', 'recurrence in float', 'angle in bfloat16']
array shade[4] = ['#0072b2', '#009e73', '#e69f00', '#d55e00']
plot for [k = 1:4] table using 1:col(1, k - 1) skip 1 with linespoints lw 1.1 pt 3 + 2 * k lc rgb shade[k] title kind[k]
