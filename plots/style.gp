# style.gp -- what all figures share. Colours: Okabe and Ito's eight, told apart by colour-blind readers and in grey.
set encoding utf8
set border 3 lw 1 lc rgb "#444444"
set tics nomirror out scale 0.6 textcolor rgb "#222222"
set grid ytics lt 1 lw 0.6 lc rgb "#e4e4e4"
set style line 1 lc rgb "#0072b2" lw 2.4 pt 7 ps 0.7
set style line 2 lc rgb "#d55e00" lw 2.4 pt 5 ps 0.7
set style line 3 lc rgb "#009e73" lw 2.4 pt 9 ps 0.8
set style line 4 lc rgb "#cc79a7" lw 2.4 pt 11 ps 0.8
set style line 5 lc rgb "#e69f00" lw 2.4 pt 13 ps 0.8
set style line 6 lc rgb "#56b4e9" lw 2.4 pt 4 ps 0.8
set style line 7 lc rgb "#000000" lw 2.4 pt 6 ps 0.8
set style line 8 lc rgb "#8c8c8c" lw 2.4 pt 8 ps 0.8
