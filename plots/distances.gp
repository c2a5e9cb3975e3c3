# distances.gp -- training pairs at each distance, as a share of all tokens; one line a run.
set xlabel 'distance (tokens)'
set ylabel 'share of tokens with a pair'
set logscale x 2
set format x '2^{%L}'
set key tmargin left reverse Left maxcols 1 font tiny
set xrange [1:*]
set yrange [0:1]
plot for [i = 1:n] table using 1:(column(col(i, 0)) / tokens[i]) skip 1 with linespoints pn 7 ps 1.1 * psz lw 1.2 dt dash[i] pt point[i] lc rgb colour[i] \
         title name[i].sprintf(', %.0f %% beyond half', 100 * share_beyond_half[i]) noenhanced
