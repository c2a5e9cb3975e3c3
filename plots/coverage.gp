# coverage.gp -- share of a turn that each pair meets for the first time at the target length.
set xlabel 'pair'
set ylabel 'unseen share of the turn'
set key tmargin left reverse Left maxcols 1 font tiny title sprintf('from %.0f to %.0f tokens', length, target_length) font tiny
set xrange [0:*]
set yrange [0:1]
plot for [i = 1:n] table using 1:col(i, 2) skip 1 with linespoints pn 7 ps 1.1 * psz lw 1.2 dt dash[i] pt point[i] lc rgb colour[i] \
         title name[i].sprintf(' (%.0f pairs, mean %.3f)', unseen_pairs[i], mean_unseen[i]) noenhanced
