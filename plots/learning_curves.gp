# learning_curves.gp -- a metric by tokens trained, dotted lines where the row length changes; each point is the mean of a stretch, bands: 95 % over seeds.
scale = axis_max > 2e6 ? 1e6 : 1e3
# what was not measured at every step: the line goes on to the next value
set datafile missing 'nan'
set xrange [0:axis_max / scale]
# where the row length changes
do for [k = 1:int(marks)] { set arrow 300 + k from first value('mark_'.k) / scale, graph 0 to first value('mark_'.k) / scale, graph 1 nohead dt (2, 3) lw 0.7 lc rgb '#777777' back }
set xlabel axis_max > 2e6 ? 'tokens (millions)' : 'tokens (thousands)'
set ylabel panel_1.(panel_1 eq 'train/loss' ? ' (nats per token)' : '') noenhanced
set key tmargin left reverse Left maxcols 2 font small
plot for [i = 1:bands] table using ($1 / scale):col(i, 1):col(i, 2) skip 1 with filledcurves lc rgb colour[i], \
     for [i = 1:n] table using ($1 / scale):col(i, 0) skip 1 with linespoints pn 7 ps 1.1 * psz lw 1.2 dt dash[i] pt point[i] lc rgb colour[i] title name[i] noenhanced
