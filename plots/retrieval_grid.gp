# retrieval_grid.gp -- accuracy by length and depth, a panel a run; the number of answers stands in the table.
columns = words(column_names)
rows = words(row_names)
# what all names end with says nothing; numbers stand in cells that hold them
tail(s) = strstrt(s, ', ') > 0 ? s[strstrt(s, ', '):] : ''
same = 1
do for [i = 1:n] { if (tail(name[i]) ne tail(name[1])) { same = 0 } }
short(s) = same && n > 3 && strlen(tail(s)) > 0 ? s[1:strlen(s) - strlen(tail(s))] : s
fits = n * columns <= 24
set multiplot layout 1, n margins screen 0.085, 0.93, 0.22, 0.9 spacing screen 0.02
set border 0
unset grid
unset key
set palette defined (0 '#440154', 0.25 '#3b528b', 0.5 '#21918c', 0.75 '#5ec962', 1 '#fde725')
set cbrange [0:1]
unset colorbox
set xrange [-0.5:columns - 0.5]
set yrange [rows - 0.5:-0.5]
set xlabel 'length (tokens)'
set ylabel 'depth'
set style fill solid 1 noborder
set xtics out scale 0 font tiny rotate by 45 right
set ytics out scale 0 font tiny
set xtics ('' -9)
set ytics ('' -9)
set for [k = 1:columns] xtics add (word(column_names, k) k - 1)
set for [k = 1:rows] ytics add (word(row_names, k) k - 1)
unset arrow 100
unset label 100
do for [k = 1:columns] { if (train > 0 && word(column_names, k) <= train) { set arrow 1 from first k - 0.5, graph 0 to first k - 0.5, graph 1 nohead front lw 1.5 lc rgb '#d55e00' } }
do for [i = 1:n] {
    set title short(name[i]) noenhanced font small offset 0, -0.6
    if (i > 1) { unset ylabel; unset ytics; if (n > 3) { set xlabel '' } }
    if (i == n) { set colorbox user origin screen 0.945, 0.2 size screen 0.012, 0.7; set cbtics scale 0.3 font tiny }
    plot table using (column(col(i, 0))):(column(col(i, 1))):(0.48):(0.48):(column(col(i, 2))) skip 1 with boxxyerror lc palette, \
         table using (column(col(i, 0))):(column(col(i, 1))):(fits ? sprintf('%.2f', column(col(i, 2))) : ''):(column(col(i, 2)) > 0.6 ? 0x000000 : 0xffffff) skip 1 with labels font tiny textcolor rgb variable
}
unset multiplot
