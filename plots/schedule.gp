# schedule.gp -- what a run was trained with, by tokens: a panel a quantity.
array label[panels]
do for [k = 1:panels] { label[k] = value('panel_'.k) }
scale = axis_max > 2e6 ? 1e6 : 1e3
# what was not measured at every step: the line goes on to the next value
set datafile missing 'nan'
set xrange [0:axis_max / scale]
# where the row length changes
do for [k = 1:int(marks)] { set arrow 300 + k from first value('mark_'.k) / scale, graph 0 to first value('mark_'.k) / scale, graph 1 nohead dt (2, 3) lw 0.7 lc rgb '#777777' back }
set multiplot layout 1, panels margins screen 0.085, 0.985, 0.25, top spacing screen 0.1
set xlabel axis_max > 2e6 ? 'tokens (millions)' : 'tokens (thousands)'
unset key
eval legend
set yrange [0:*]
do for [k = 1:panels] {
    set title label[k] noenhanced font small offset 0, -0.6
    plot for [i = 1:n] table using ($1 / scale):col(i, 3 * k - 3) skip 1 with linespoints pn 7 ps 1.1 * psz lw 1.2 dt dash[i] pt point[i] lc rgb colour[i]
    eval no_legend
}
unset multiplot
