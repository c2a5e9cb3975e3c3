# decay.gp -- attention score by distance: mean of each stretch as a line, its lowest and highest value as a band.
set xlabel 'distance (tokens)'
set ylabel vectors eq 'ones' ? 'score, q = k = ones' : 'score'
set format x '%.0s%c'
set key top right reverse Left
set xzeroaxis lt 1 lw 0.6 lc rgb '#999999'
set xrange [0:*]
plot for [i = 1:bands] table using 1:col(i, 1):col(i, 2) skip 1 with filledcurves lc rgb colour[i], \
     for [i = 1:n] table using 1:col(i, 0) skip 1 with linespoints pn -7 ps 1.1 * psz lw 1.3 dt dash[i] pt point[i] lc rgb colour[i] title name[i] noenhanced
