# factors.gp -- mean of the metric at each level of each factor, over all arms of the level; bars: 95 % over seeds.
array label[panels]
do for [k = 1:panels] { label[k] = value('panel_'.k) }
set multiplot layout 1, panels margins screen 0.15, 0.985, 0.38, 0.9 spacing screen (panels > 1 ? 0.06 : 0.1)
set ylabel metric noenhanced
unset key
set offsets 0.4, 0.4, graph 0.05, graph 0.05
set xlabel ''
do for [k = 1:panels] {
    set title label[k] noenhanced font small offset 0, -0.6
    if (k > 1) { unset ylabel }
    unset xtics
    set xtics nomirror out scale 0.5 font tiny rotate by 45 right noenhanced
    set xtics ('' 0)
    do for [i = 1:n] { if (panel[i] == k) { set xtics add (name[i] place[i]) } }
    plot table using (column('panel') == k ? column('place') : NaN):'mean':'half' with yerrorbars lw 1.2 pt 7 ps 1.2 * psz lc rgb '#0072b2', \
         table using (column('panel') == k ? column('place') : NaN):'mean' with lines lw 0.8 lc rgb '#0072b2'
}
unset multiplot
