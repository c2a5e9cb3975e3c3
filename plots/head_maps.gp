# head_maps.gp -- a number of every attention head, a panel a measure, each with its own scale; rows are layers.
columns = words(column_names)
rows = words(row_names)
set multiplot layout 1, n margins screen 0.06, 0.93, 0.2, 0.86 spacing screen 0.08
set border 0
unset grid
unset key
unset arrow 100
unset label 100
set palette defined (0 '#440154', 0.25 '#3b528b', 0.5 '#21918c', 0.75 '#5ec962', 1 '#fde725')
set style fill solid 1 noborder
set xrange [-0.5:columns - 0.5]
set yrange [rows - 0.5:-0.5]
set xlabel 'head'
set ylabel 'layer'
set xtics out scale 0 font tiny
set ytics out scale 0 font tiny
set xtics ('' -9)
set ytics ('' -9)
set cbtics scale 0.3 font tiny offset -0.8, 0
set format cb '%.3g'
set for [k = 1:columns] xtics add (word(column_names, k) k - 1)
set for [k = 1:rows] ytics add (word(row_names, k) k - 1)
do for [i = 1:n] {
    set title name[i][strstrt(name[i], ', ') + 2:*] noenhanced font tiny offset 0, -0.7
    if (i > 1) { unset ylabel; unset ytics }
    set cbrange [*:*]
    plot table using (column(col(i, 0))):(column(col(i, 1))):(0.48):(0.48):(column(col(i, 2))) skip 1 with boxxyerror lc palette
}
unset multiplot
