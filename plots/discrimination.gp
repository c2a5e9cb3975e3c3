# discrimination.gp -- B(m): means as lines, extremes of each stretch as bands; the first negative value marked, the limit of
# many channels dashed.
set xlabel 'distance m (tokens)'
set ylabel 'B(m) = Σ_i cos mθ_i'
set format x '%.0s%c'
set key top right reverse Left
set xzeroaxis lt 1 lw 0.8 lc rgb '#444444'
set xrange [0:*]
mark(i) = first_negative[i] == first_negative[i]
do for [i = 1:n] {
    if (mark(i)) {
        set arrow i from first first_negative[i], graph 0.02 to first first_negative[i], first 0 nohead lw 1 lc rgb colour[i] front
        set label i sprintf(' < 0 at %.0f', first_negative[i]) at first first_negative[i], graph 0.04 font tiny textcolor rgb colour[i] front
    }
}
plot for [i = 1:bands] table using 1:col(i, 1):col(i, 2) skip 1 with filledcurves lc rgb colour[i], \
     for [i = 1:n] table using 1:col(i, 0) skip 1 with linespoints pn -7 ps 1.1 * psz lw 1.3 dt dash[i] pt point[i] lc rgb colour[i] title name[i] noenhanced, \
     for [i = 1:n] table using 1:col(i, 3) skip 1 with lines lw 0.9 dt (5, 3) lc rgb '#222222' title (i == 1 ? 'limit of many channels' : '')
