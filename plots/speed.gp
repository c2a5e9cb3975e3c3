# speed.gp -- tokens a second in training by the length of the rows: median and quartiles of the steps of all runs
# of a name.
set xlabel 'row length (tokens)'
set ylabel 'speed (thousand tokens a second)'
set logscale x 2
set yrange [0:*]
set key tmargin left reverse Left maxcols 2 font small
set offsets graph 0.05, graph 0.05, graph 0.05, 0
unset arrow 100
unset label 100
plot for [i = 1:bands] table using 1:col(i, 1):col(i, 2) skip 1 with filledcurves lc rgb colour[i], \
     for [i = 1:n] table using 1:col(i, 0) skip 1 with linespoints lw 1.2 dt dash[i] pt point[i] lc rgb colour[i] title name[i] noenhanced
