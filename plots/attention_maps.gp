# attention_maps.gp -- attention weights of one sequence, a panel a head; each cell is the largest weight of its block, rows are queries.
columns = words(column_names)
rows = words(row_names)
across = n <= 4 ? n : n <= 8 ? 4 : n <= 18 ? 6 : 8
down = (n + across - 1) / across
set multiplot layout down, across margins screen 0.06, 0.92, 0.1, 0.93 spacing screen 0.02, screen 0.07
set border 15 lw 0.4 lc rgb '#bbbbbb'
unset grid
unset key
unset arrow 100
unset label 100
set palette defined (0 '#440154', 0.25 '#3b528b', 0.5 '#21918c', 0.75 '#5ec962', 1 '#fde725')
set cbrange [0:1]
unset colorbox
set style fill solid 1 noborder
set size square
set xrange [-0.5:columns - 0.5]
set yrange [rows - 0.5:-0.5]
unset xtics
unset ytics
do for [i = 1:n] {
    set title name[i][strstrt(name[i], ', ') + 2:*] noenhanced font tiny offset 0, -0.9
    if (i % across == 1 || across == 1) { set ylabel 'query' font tiny offset 2.5, 0 } else { unset ylabel }
    if (i > n - across) { set xlabel 'key' font tiny offset 0, 1 } else { unset xlabel }
    if (i == n) { set colorbox user origin screen 0.935, 0.2 size screen 0.012, 0.6; set cbtics scale 0.3 font tiny }
    plot table using (column(col(i, 0))):(column(col(i, 1))):(0.5):(0.5):(column(col(i, 2))) skip 1 with boxxyerror lc palette
}
unset multiplot
