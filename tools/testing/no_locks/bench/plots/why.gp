# LABEL share
set style data histograms
set boxwidth 0.7
set xtics rotate by -20 scale 0
set ylabel "objects down channel 3 (%)"
set yrange [0:110]
set title "Stock kernel: where the worker that refills the cache gets in, and where not"
unset key
plot data using 2:xtic(1) fs pattern 4 border lc rgb "#404040" lc rgb "#404040", \
     data using 0:2:(sprintf("%.1f",$2)) with labels offset 0,0.6 font ",10"
