# granularity.gp -- distance between the embeddings of positions m apart, unit vectors.
set xlabel 'distance m (tokens)'
set ylabel 'chord between embeddings'
set key bottom right reverse Left
set xrange [0:*]
set yrange [0:*]
plot for [i = 1:n] table using 1:col(i, 0) skip 1 with linespoints pn 7 ps 1.1 * psz lw 1.2 dt dash[i] pt point[i] lc rgb colour[i] title name[i] noenhanced
