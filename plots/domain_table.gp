# domain_table.gp -- loss of each domain at short and long positions less that of the baseline (nats per token): blue is better. A
# star: the 95 % interval over pairs of seeds leaves out 0.
set border 0
unset grid
unset key
set palette defined (-1 '#2166ac', -0.5 '#92c5de', 0 '#f7f7f7', 0.5 '#f4a582', 1 '#b2182b')
set style fill solid 1 noborder
columns = words(range_names)
most = 0
do for [i = 1:n] { stats table using col(i, 0) skip 1 nooutput; most = STATS_max > most ? STATS_max : most; most = -STATS_min > most ? -STATS_min : most }
if (most <= 0) { most = 1e-6 }
set cbrange [-most:most]
set xrange [-0.5:columns - 0.5]
set yrange [n - 0.5:-0.5]
set lmargin (longest * 0.72 + 2 < 50 ? longest * 0.72 + 2 : 50)
set rmargin 9
set xlabel "positions in the row (tokens); loss less that of\n".baseline noenhanced font tiny offset 0, 0.2
set cblabel 'difference (nats)' font tiny
set cbtics scale 0.3 font tiny
set xtics out scale 0 font tiny rotate by 30 right
set ytics out scale 0 font tiny noenhanced
set xtics ('' -9)
set ytics ('' -9)
set for [k = 1:columns] xtics add (word(range_names, k) k - 1)
set for [i = 1:n] ytics add (name[i] i - 1)
unset arrow 100
unset label 100
shown(x) = x != x ? '' : abs(x) < 0.0005 ? '0.000' : sprintf('%+.3f', x)
star(i) = abs(column(col(i, 0))) > column(col(i, 1)) ? '*' : ''
plot for [i = 1:n] table using 1:(i - 1):(0.49):(0.48):(column(col(i, 0))) skip 1 with boxxyerror lc palette, \
     for [i = 1:n] table using 1:(i - 1):(shown(column(col(i, 0))).star(i)):(abs(column(col(i, 0))) > 0.7 * most ? 0xffffff : 0x000000) skip 1 with labels font tiny textcolor rgb variable
