# loss_by_position.gp -- held-out loss by position in the row, one panel a source, one line a run.
#
#   gnuplot -e "tables='a.tsv b.tsv'; titles='a b'; train=128; out='figure'" plots/loss_by_position.gp
#
# tables: tab-separated, first line the names, then a line a bucket: its last position, then a loss for each run.
# titles: one a table. train: training length, marked. Writes <out>.svg and <out>.png.
load "plots/style.gp"
set datafile separator "\t"
n = words(tables)
set logscale x 2
set xlabel "position in the row (tokens seen before)"
set format x "%.0f"
set key bottom left Left reverse samplen 2 font ",11"
set offsets graph 0.02, graph 0.02, graph 0.05, graph 0.05

do for [terminal in "svg png"] {
    if (terminal eq "svg") {
        set terminal svg size 460 * n, 380 dynamic font "Helvetica,13" background rgb "white"
    } else {
        set terminal pngcairo size 920 * n, 760 font "Helvetica,13" fontscale 1.6 linewidth 1.6 pointscale 1.6 background rgb "white"
    }
    set output out.".".terminal
    set multiplot layout 1, n
    do for [k = 1:n] {
        file = word(tables, k)
        stats file using 1 skip 1 nooutput
        columns = int(STATS_columns)
        set title word(titles, k) noenhanced
        set ylabel (k == 1 ? "loss (nats per token)" : "")
        set arrow 1 from first train, graph 0 to first train, graph 1 nohead dt 2 lw 1.2 lc rgb "#777777"
        set label 1 "training length" at first train, graph 0.97 right offset -0.6, 0 font ",11" textcolor rgb "#666666"
        plot for [c = 2:columns] file using 1:c with linespoints ls (c - 1) title columnheader(c) noenhanced
    }
    unset multiplot
    set output
}
