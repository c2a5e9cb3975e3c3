# encodings.gp -- retrieval accuracy by length, a panel a task. Draw with: gnuplot encodings.gp
# Without `terminal` it draws all three: svg, pdf, png.
if (!exists('terminal')) {
    do for [terminal in 'svg pdf png'] { load 'encodings.gp' }
    exit
}
reset

# the table: an axis, then `fields` columns a series
table = 'encodings.tsv'
out = 'encodings'
width = 175
height = 62
n = 5
fields = 3
col(i, k) = 2 + (i - 1) * fields + k
axis_max = 1536.0
array name[5] = ['ABF (scale=1) (n = 5)', 'RoPE (scale=0.1) (n = 5)', 'PI (scale=0.3) (n = 5)', 'xPos ABF (scale=1) (n = 5)', 'chance']
array colour[5] = ['#009e73', '#0072b2', '#d55e00', '#cc79a7', '#777777']
array dash[5] = [1, 1, 1, 1, 3]
array point[5] = [9, 7, 5, 11, 0]
train_length = 768.0
panels = 1.0
panel_1 = 'first_sentence'
array replicates[5] = [5.0, 5.0, 5.0, 5.0, 1.0]
train = 768.0
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

# retrieval_by_length.gp -- retrieval accuracy by length, a panel a task; bands: 95 % over seeds.
array label[panels]
do for [k = 1:panels] { label[k] = value('panel_'.k) }
set multiplot layout 1, panels margins screen 0.085, 0.985, 0.2, top spacing screen (panels > 1 ? 0.06 : 0.1)
set xlabel 'length (tokens)'
set ylabel 'accuracy'
set logscale x 2
set format x '2^{%L}'
set yrange [-0.02:1.08]
unset key
eval legend
set offsets graph 0.02, graph 0.02, 0, 0
do for [k = 1:panels] {
    set title label[k] noenhanced font small offset 0, -0.6
    if (k > 1) { unset ylabel; unset label 100 }
    plot for [i = 1:bands] table using 1:col(i, 3 * k - 2):col(i, 3 * k - 1) skip 1 with filledcurves lc rgb colour[i], \
         for [i = 1:n] table using 1:col(i, 3 * k - 3) skip 1 with linespoints lw 1.2 dt dash[i] pt point[i] lc rgb colour[i]
    eval no_legend
}
unset multiplot
