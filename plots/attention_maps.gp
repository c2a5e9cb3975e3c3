# attention_maps.gp -- attention weights of one sequence, a panel a head; each cell is the largest weight of its block, rows are queries; the
# scale is logarithmic, less than a thousandth is shown as a thousandth.
columns = words(column_names)
rows = words(row_names)
across = n <= 4 ? n : n <= 8 ? 4 : n <= 18 ? 6 : 8
down = (n + across - 1) / across
set multiplot layout down, across margins screen 0.04, 0.9, 0.09, 0.93 spacing screen 0.02, screen 0.09
set border 15 lw 0.4 lc rgb '#bbbbbb'
unset grid
unset key
unset arrow 100
unset label 100
set palette defined (0 '#440154', 0.25 '#3b528b', 0.5 '#21918c', 0.75 '#5ec962', 1 '#fde725')
set logscale cb 10
set cbrange [1e-3:1]
set format cb '10^{%T}'
unset colorbox
set style fill solid 1 noborder
set size square
set xrange [-0.5:columns - 0.5]
set yrange [rows - 0.5:-0.5]
unset xtics
unset ytics
set label 500 'key, first to last' at screen 0.47, screen 0.035 center font tiny
set label 501 'query, first to last' at screen 0.015, screen 0.51 center rotate by 90 font tiny
do for [i = 1:n] {
    set title name[i][strstrt(name[i], ', ') + 2:*] noenhanced font tiny offset 0, -0.6
    if (i == n) { set colorbox user origin screen 0.935, 0.2 size screen 0.012, 0.6; set cbtics scale 0.3 font tiny }
    plot table using (column(col(i, 0))):(column(col(i, 1))):(0.51):(0.51):(column(col(i, 2)) > 1e-3 ? column(col(i, 2)) : 1e-3) skip 1 with boxxyerror lc palette
    unset label 500
    unset label 501
}
unset multiplot
