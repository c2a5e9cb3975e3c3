# forest.gp -- difference of each arm of a sweep from the baseline. Draw with: gnuplot forest.gp
# Without `terminal` it draws all three: svg, pdf, png.
if (!exists('terminal')) {
    do for [terminal in 'svg pdf png'] { load 'forest.gp' }
    exit
}
reset

# the table: an axis, then `fields` columns a series
table = 'forest.tsv'
out = 'forest'
width = 130
height = 70
n = 5
fields = 0
col(i, k) = 2 + (i - 1) * fields + k
axis_max = 0.0
array name[5] = ['long (lr=1.2e-3)', 'long_cut (lr=1.2e-3)', 'base_cut (lr=3e-3)', 'remove (lr=1.2e-3)', 'upsample (lr=1.2e-3)']
array colour[5] = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00']
array dash[5] = [1, 1, 1, 1, 1]
array point[5] = [7, 5, 9, 11, 13]
metric = 'test/loss'
baseline = 'base (lr=1.2e-3)'
smaller = 1.0
practical = 0.02
array row[5] = [0.0, 1.0, 2.0, 3.0, 4.0]
array delta[5] = [0.01050889345339038, 0.11132560625985512, 0.07116062446105106, 0.003604736376687558, 0.0008278929043864189]
array low[5] = [-0.003060690781808593, 0.09775602202465614, 0.05759104022585209, -0.009964847858511415, -0.012741691330812556]
array high[5] = [0.024078477688589353, 0.1248951904950541, 0.08473020869625003, 0.01717432061188653, 0.014397477139585392]
array p[5] = [0.16982073293080224, 3.349816057985442e-17, 1.0623334334687655e-12, 0.9248210621926692, 0.9999023640671855]
array seeds[5] = [6.0, 6.0, 6.0, 6.0, 6.0]
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

# forest.gp -- difference of each arm from the baseline, with its simultaneous interval; the band is what does not matter.
set xlabel 'difference of '.metric." from\n".baseline noenhanced font tiny offset 0, 0.2
set yrange [n - 0.5:-0.5]
set border 1
unset grid
if (terminal ne 'dumb') { set grid xtics lt 1 lw 0.4 lc rgb '#e2e2e2' }
unset key
set ytics scale 0 font tiny
set lmargin (longest * 0.72 + 2 < 45 ? longest * 0.72 + 2 : 45)
set autoscale x
set offsets graph 0.03, graph 0.03, 0, 0
if (practical > 0) { set object 1 rectangle from first -practical, graph 0 to first practical, graph 1 fillcolor rgb '#999999' fillstyle solid 0.15 noborder behind }
set arrow 1 from first 0, graph 0 to first 0, graph 1 nohead lw 0.8 lc rgb '#444444'
set ytics ('' -9) noenhanced
set for [i = 1:n] ytics add (name[i] i - 1)
plot for [i = 1:n] table using 'delta':(column('row') == i - 1 ? column('row') : NaN):'low':'high' skip 0 with xerrorbars lw 1.2 pt point[i] ps 1.2 * psz lc rgb colour[i]
