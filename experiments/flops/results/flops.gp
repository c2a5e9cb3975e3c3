# flops.gp -- FLOPs of length curricula. Draw with: gnuplot flops.gp
# Without `terminal` it draws all three: svg, pdf, png.
if (!exists('terminal')) {
    do for [terminal in 'svg pdf png'] { load 'flops.gp' }
    exit
}
reset

# the table: an axis, then `fields` columns a series
table = 'flops.tsv'
out = 'flops'
width = 85
height = 62
n = 4
fields = 0
col(i, k) = 2 + (i - 1) * fields + k
axis_max = 0.0
array name[4] = ['32768', '4096, 32768 from 20 %', '4096, 32768 from 40 %', '4096, 32768 from 80 %']
array colour[4] = ['#0072b2', '#d55e00', '#009e73', '#cc79a7']
array dash[4] = [1, 1, 1, 1]
array point[4] = [7, 5, 9, 11]
array at[4] = [0.0, 0.2, 0.4, 0.8]
array tokens[4] = [419430400000.0, 419430400000.0, 419430400000.0, 419430400000.0]
array flops[4] = [3.783023686991216e+22, 3.4047213182920946e+22, 3.026418949592973e+22, 2.2698142121947296e+22]
array saving[4] = [0.0, 0.09999999999999987, 0.19999999999999996, 0.4]
array flops_causal[4] = [2.702159776422297e+22, 2.5130085920727363e+22, 2.323857407723176e+22, 1.9455550390240543e+22]
array saving_causal[4] = [0.0, 0.07000000000000006, 0.1399999999999999, 0.2799999999999999]
train = 0.0
title = ''

# style.gp -- what all figures share: the terminal, the size of print, axes, grid, and the mark of the training length.
# Colours are Wong's seven (told apart by colour-blind readers); dashes and points differ too, for print in grey.
set encoding utf8
if (terminal eq 'svg') {
    set terminal svg size width * 96 / 25.4, height * 96 / 25.4 dynamic font 'Helvetica,10.5' linewidth 1.33 background rgb 'white'
}
if (terminal eq 'pdf') {
    set terminal pdfcairo size width / 25.4, height / 25.4 font 'Helvetica,8' linewidth 1 pointscale 0.45 background rgb 'white'
}
if (terminal eq 'png') {
    set terminal pngcairo size int(width * 300 / 25.4), int(height * 300 / 25.4) font 'Helvetica,8' fontscale 4.1667 linewidth 4.1667 pointscale 1.9 background rgb 'white'
}
if (terminal eq 'dumb') { set terminal dumb 100, 30 } else { set output out.'.'.terminal }
# points of the svg terminal are twice as large
psz = terminal eq 'svg' ? 0.55 : 1
set pointsize psz
set pointintervalbox 0.8
small = terminal eq 'svg' ? ',9' : ',7'
tiny = terminal eq 'svg' ? ',8' : ',6'
set datafile separator "\t"
set border 3 lw 0.6 lc rgb '#444444'
set tics nomirror out scale 0.5 textcolor rgb '#222222'
set autoscale xfix
if (terminal ne 'dumb') { set grid ytics lt 1 lw 0.4 lc rgb '#e2e2e2' }
bands = terminal eq 'dumb' ? 0 : n
set key font small samplen 2.2 spacing 1.05 noautotitle
set style fill transparent solid 0.18 noborder
set xtics font small
set ytics font small
set xlabel offset 0, 0.4
set ylabel offset 1, 0
if (strlen(title)) { set title title noenhanced offset 0, -0.4 }
if (train > 0) {
    set arrow 100 from first train, graph 0 to first train, graph 1 nohead dt (6, 4) lw 0.7 lc rgb '#777777' back
    if (2 * train > axis_max) {
        set label 100 'training length' at first train, graph 0.98 right offset -0.5, 0 font tiny textcolor rgb '#666666'
    } else {
        set label 100 'training length' at first train, graph 0.98 left offset 0.5, 0 font tiny textcolor rgb '#666666'
    }
}
# One legend for several panels, in rows at the top: eval legend, once, in the first panel.
longest = 0
do for [i = 1:n] { if (strlen(name[i]) > longest) { longest = strlen(name[i]) } }
per_row = int(92.0 / (longest + 6))
if (per_row < 1) { per_row = 1 }
if (per_row > n) { per_row = n }
top = 0.89 - 0.06 * ((n + per_row - 1) / per_row)
legend = "set for [i = 1:n] arrow 200 + i from screen lx(i), screen ly(i) to screen lx(i) + 0.045, screen ly(i) nohead lw 1.4 dt dash[i] lc rgb colour[i]; ". \
         "set for [i = 1:n] label 200 + i '' at screen lx(i) + 0.0225, screen ly(i) point pt point[i] lc rgb colour[i]; ". \
         "set for [i = 1:n] label 300 + i name[i] at screen lx(i) + 0.052, screen ly(i) left font small textcolor rgb '#222222' noenhanced"
no_legend = "unset for [i = 1:n] arrow 200 + i; unset for [i = 1:n] label 200 + i; unset for [i = 1:n] label 300 + i"
lx(i) = 0.085 + 0.9 * ((i - 1) % per_row) / per_row
ly(i) = 0.965 - 0.06 * ((i - 1) / per_row)

# flops.gp -- FLOPs of curricula: all keys of the row charged, and those that a query sees.
stats table using 'flops' nooutput
power = floor(log10(STATS_max))
unit = 10.0 ** power
set ylabel sprintf('FLOPs (10^{%.0f})', power)
set style data histograms
set style histogram clustered gap 1.5
set style fill solid 0.85 noborder
set boxwidth 0.9
set yrange [0:*]
set key tmargin left reverse Left maxcols 1 font tiny
label(k) = exists('at') ? sprintf('%.0f %%', 100 * at[k]) : name[k]
if (exists('at')) { set xlabel 'share of training at the shorter rows' } else { set xtics font tiny rotate by 20 right }
plot table using (column('flops') / unit):xtic(label(int($0) + 1)) lc rgb '#0072b2' title 'all keys of the row', \
     table using (column('flops_causal') / unit) lc rgb '#e69f00' title 'keys that are seen'
