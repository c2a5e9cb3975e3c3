# band_usage.gp -- share of the logits' size that each pair of channels has, by layer (mean over heads); a panel a run.
columns = words(column_names)
rows = words(row_names)
set multiplot layout n, 1 margins screen 0.1, 0.88, 0.2, 0.9 spacing screen 0.1
set border 0
unset grid
unset key
unset arrow 100
unset label 100
set palette defined (0 '#440154', 0.25 '#3b528b', 0.5 '#21918c', 0.75 '#5ec962', 1 '#fde725')
set style fill solid 1 noborder
set xrange [-0.5:columns - 0.5]
set yrange [rows - 0.5:-0.5]
set ylabel 'layer'
set xtics out scale 0 font tiny
set ytics out scale 0 font tiny
set xtics ('' -9)
set ytics ('' -9)
set cbtics scale 0.3 font tiny
step = columns > 32 ? 8 : columns > 16 ? 4 : 1
set for [k = 1:columns:step] xtics add (word(column_names, k) k - 1)
set for [k = 1:rows] ytics add (word(row_names, k) k - 1)
do for [i = 1:n] {
    set title name[i] noenhanced font tiny offset 0, -0.7
    if (i == n) { set xlabel 'pair of channels, fast to slow' } else { unset xlabel }
    plot table using (column(col(i, 0))):(column(col(i, 1))):(0.5):(0.48):(column(col(i, 2))) skip 1 with boxxyerror lc palette
}
unset multiplot
