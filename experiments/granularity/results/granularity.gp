# granularity.gp -- distance between embeddings of close positions. Draw with: gnuplot granularity.gp
# Without `terminal` it draws all three: svg, pdf, png.
if (!exists('terminal')) {
    do for [terminal in 'svg pdf png'] { load 'granularity.gp' }
    exit
}
reset

# the table: an axis, then `fields` columns a series
table = 'granularity.tsv'
out = 'granularity'
width = 85
height = 62
n = 4
fields = 1
col(i, k) = 2 + (i - 1) * fields + k
axis_max = 64.0
array name[4] = ['RoPE', 'PI 1/4', 'PI 1/8', 'ABF']
array colour[4] = ['#0072b2', '#d55e00', '#d55e00', '#009e73']
array dash[4] = [1, 1, 2, 1]
array point[4] = [7, 5, 9, 9]
array step_square[4] = [0.05957238106976173, 0.0038929944578002694, 0.0009754233609038214, 0.044181551660463746]
array sine_sum[4] = [7.0005379943949215, 1.8575770231349737, 0.9315663430333623, 5.044194737145572]
array sine_mean[4] = [0.10938340616242065, 0.029024640986483965, 0.014555724109896286, 0.07881554276789957]
array sine_limit[4] = [0.10270880685859676, 0.027046619371169763, 0.013558569918288273, 0.07209685048017035]
array sine_approx[4] = [0.1085736204758129, 0.027143405118953225, 0.013571702559476612, 0.07620578483003458]
array proof_low[4] = [0.0740027066831478, 0.024980687251527738, 0.013030344507492266, 0.0519485777227672]
array proof_high[4] = [0.10856276311376532, 0.02714069077844133, 0.013570345389220665, 0.07620563241846492]
array plain[4] = [1.0, 0.0, 0.0, 1.0]
array closest[4] = [1.0, 1.0, 1.0, 1.0]
array closest_chord[4] = [0.2440745399867871, 0.06239386554622393, 0.031231768456234134, 0.21019408093584308]
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

# granularity.gp -- distance between the embeddings of positions m apart, unit vectors.
set xlabel 'distance m (tokens)'
set ylabel 'chord between embeddings'
set key bottom right reverse Left
set xrange [0:*]
set yrange [0:*]
plot for [i = 1:n] table using 1:col(i, 0) skip 1 with linespoints pn 7 ps 1.1 * psz lw 1.2 dt dash[i] pt point[i] lc rgb colour[i] title name[i] noenhanced
