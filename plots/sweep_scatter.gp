# sweep_scatter.gp -- two measured quantities of a sweep's runs, a point a run, and how they go together.
set xlabel x_label noenhanced
set ylabel y_label noenhanced
set key tmargin left reverse Left maxcols 2 font tiny
set offsets graph 0.05, graph 0.05, graph 0.08, graph 0.08
unset arrow 100
unset label 100
set label 1 sprintf('Pearson %.2f, Spearman %.2f, n = %.0f', pearson, spearman, runs) at graph 0.98, graph 1.0 right font tiny textcolor rgb '#333333' front
plot for [i = 1:n] table using 1:col(i, 0) skip 1 with points pt point[i] ps 1.1 * psz lc rgb colour[i] title name[i] noenhanced
