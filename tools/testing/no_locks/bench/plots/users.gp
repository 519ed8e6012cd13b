# LABEL stock patched
set style data histograms
set style histogram clustered gap 1
set boxwidth 0.9
set xtics rotate by -20 scale 0
set ylabel "objects down channel 3 (%)"
set yrange [0:*]
set offsets 0, 0, graph 0.08, 0
set title "Objects down channel 3, by what floods"
set key outside top center horizontal
plot data using ($2):xtic(1) fs pattern 4 border lc rgb "#404040" lc rgb "#404040" title "stock", \
     data using ($3) fs solid 1.0 border lc rgb "black" lc rgb "black" title "patched", \
     data using ($0-0.17):($2):(sprintf("%.1f",$2)) with labels offset 0,0.6 font ",10" notitle, \
     data using ($0+0.17):($3):(sprintf("%.1f",$3)) with labels offset 0,0.6 font ",10" notitle
