# helix.gp -- whole positions as points on a helix, one panel an encoding.
set multiplot layout 1, n
set view 62, 40, 1.15, 1.1
set border 4095 lw 0.4 lc rgb '#bbbbbb'
set xyplane at -1
set xrange [-1:1]
set yrange [-1:1]
set zrange [-1:1]
unset xtics
unset ytics
unset ztics
unset key
step = int(fine)
do for [i = 1:n] {
    set title sprintf('%s (neighbours %.2f apart)', name[i], neighbour_distance[i]) font small offset 0, 1.2 noenhanced
    splot table using (column(col(i, 0))):(column(col(i, 1))):(column(col(i, 2))) skip 1 with lines lw 1 lc rgb '#999999', \
          table using (column(col(i, 0))):(column(col(i, 1))):(column(col(i, 2))) every step skip 1 with points pt 7 ps 0.9 * psz lc rgb colour[i]
}
unset multiplot
