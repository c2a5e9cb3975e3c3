# sweep_grid.gp -- mean of the metric over two parameters, other parameters averaged.
set border 0
unset grid
unset key
set palette defined (0 '#440154', 0.25 '#3b528b', 0.5 '#21918c', 0.75 '#5ec962', 1 '#fde725')
set style fill solid 1 noborder
set xrange [-0.5:columns - 0.5]
set yrange [rows - 0.5:-0.5]
set xlabel column_label noenhanced
set ylabel row_label noenhanced
set cblabel metric noenhanced font tiny
set cbtics scale 0.3 font tiny
set xtics out scale 0 font tiny rotate by 45 right noenhanced
set lmargin 13
set bmargin 8
set xlabel offset 0, -0.4
set ytics out scale 0 font tiny noenhanced
set xtics ('' -9)
set ytics ('' -9)
do for [i = 1:n] {
    if (at_row[i] == 0) { set xtics add (value('column_'.(int(at_column[i]) + 1)) at_column[i]) }
    if (at_column[i] == 0) { set ytics add (value('row_'.(int(at_row[i]) + 1)) at_row[i]) }
}
least = 1e300
most = -1e300
do for [i = 1:n] { if (mean[i] == mean[i]) { least = mean[i] < least ? mean[i] : least; most = mean[i] > most ? mean[i] : most } }
plot table using 'at_column':'at_row':(0.49):(0.49):'mean' with boxxyerror lc palette, \
     table using 'at_column':'at_row':(sprintf('%.3f', column('mean'))):(column('mean') > least + 0.6 * (most - least) ? 0x000000 : 0xffffff) with labels font tiny textcolor rgb variable
