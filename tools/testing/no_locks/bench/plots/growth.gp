# LABEL objects share-stock share-patched cost-stock cost-patched
set multiplot layout 1,2 title "One section with a raw lock held: kmalloc-64 objects"
set logscale x 10
set xtics ("10k" 1e4, "30k" 3e4, "100k" 1e5, "300k" 3e5, "1M" 1e6)
set xrange [8000:1300000]
set xlabel "objects in the section"
set ylabel "objects down channel 3 (%)"
set yrange [0:105]
set key center right
plot data using 2:3 with linespoints dt 2 pt 6 lw 1.5 lc rgb "#606060" title "stock", \
     data using 2:4 with linespoints dt 1 pt 7 lw 2 lc rgb "black" title "patched"
set ylabel "enqueue, drain, refill (instructions an object)"
set yrange [0:*]
set key bottom right
plot data using 2:5 with linespoints dt 2 pt 6 lw 1.5 lc rgb "#606060" title "stock", \
     data using 2:6 with linespoints dt 1 pt 7 lw 2 lc rgb "black" title "patched"
unset multiplot
