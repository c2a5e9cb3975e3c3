# margin.gp -- score of a matching key by distance, and what it must exceed among random keys.
set xlabel 'distance (tokens)'
set ylabel 'score of a matching key'
set logscale x 10
set format x '10^{%T}'
set key tmargin left reverse Left maxrows 1 width 2
set xrange [1:*]
set xzeroaxis lt 1 lw 0.6 lc rgb '#999999'
set arrow 1 from graph 0, first half_level to graph 1, first half_level nohead dt (6, 4) lw 0.8 lc rgb '#444444' front
set label 1 'holds half of the attention' at graph 0.99, first half_level right offset 0, 0.5 font tiny textcolor rgb '#333333'
set arrow 2 from graph 0, first largest_level to graph 1, first largest_level nohead dt (6, 4) lw 0.8 lc rgb '#444444' front
set label 2 'largest of the logits' at graph 0.01, first largest_level left offset 0, 0.5 font tiny textcolor rgb '#333333'
plot for [i = 1:bands] table using 1:col(i, 1):col(i, 2) skip 1 with filledcurves lc rgb colour[i], \
     for [i = 1:n] table using 1:col(i, 0) skip 1 with linespoints pn -7 ps 1.1 * psz lw 1.3 dt dash[i] pt point[i] lc rgb colour[i] title name[i] noenhanced
