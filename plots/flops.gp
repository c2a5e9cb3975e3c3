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
