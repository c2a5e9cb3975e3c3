# forest.gp -- difference of each arm from the baseline, with its simultaneous interval; the band is what does not matter.
set xlabel 'difference of '.metric." from\n".baseline noenhanced font tiny offset 0, 0.2
set yrange [n - 0.5:-0.5]
set border 1
unset grid
if (terminal ne 'dumb') { set grid xtics lt 1 lw 0.4 lc rgb '#e2e2e2' }
unset key
set ytics scale 0 font tiny
set lmargin (longest * 0.72 + 2 < 45 ? longest * 0.72 + 2 : 45)
set autoscale x
set offsets graph 0.03, graph 0.03, 0, 0
if (practical > 0) { set object 1 rectangle from first -practical, graph 0 to first practical, graph 1 fillcolor rgb '#999999' fillstyle solid 0.15 noborder behind }
set arrow 1 from first 0, graph 0 to first 0, graph 1 nohead lw 0.8 lc rgb '#444444'
set ytics ('' -9) noenhanced
set for [i = 1:n] ytics add (name[i] i - 1)
plot for [i = 1:n] table using 'delta':(column('row') == i - 1 ? column('row') : NaN):'low':'high' skip 0 with xerrorbars lw 1.2 pt point[i] ps 1.2 * psz lc rgb colour[i]
