# wavelengths.gp -- wavelength of each pair; the length that is marked separates pairs that turn fully from those that do not.
set xlabel 'pair'
set ylabel 'wavelength (tokens)'
set logscale y 10
set format y '10^{%T}'
set key top left reverse Left
set arrow 1 from graph 0, first length to graph 1, first length nohead dt (6, 4) lw 0.7 lc rgb '#777777'
set label 1 sprintf('length %.0f', length) at graph 0.01, first length left offset 0, 0.5 font tiny textcolor rgb '#666666'
set xrange [0:*]
plot for [i = 1:n] table using 1:col(i, 0) skip 1 with linespoints pn 7 ps 1.1 * psz lw 1.2 dt dash[i] pt point[i] lc rgb colour[i] title name[i] noenhanced
