# SPDX-License-Identifier: Apache-2.0
# gnuplot -e "data='FILE'; image='FILE.svg'" plot.gp: the row latency, a line for each subject.
set terminal svg noenhanced size 1000,640 font "sans-serif,13" background "white"
set output image
set title "Allocate and free: median over rounds, bars from quartile to quartile"
set logscale xy
set xrange [3000:100000000]
set xlabel "size of the buffer"
set ylabel "microseconds"
set xtics ("4K" 4096, "64K" 65536, "1M" 1048576, "NV12" 3110400, "RGBA" 8294400, "4K-RGBA" 33177600, "64M" 67108864) rotate by -30
set grid xtics ytics
set key outside right
set pointsize 0.7
array colour[8] = ["#1b6ca8", "#d1495b", "#2e8b57", "#e08e0b", "#6a4c93", "#444444", "#00a6a6", "#a0522d"]
stats data using 1 nooutput
plot for [i = 0:STATS_blocks - 1] data index i using 1:2:3:4 with yerrorlines \
  linecolor rgb colour[i % 8 + 1] pointtype i + 1 dashtype i / 8 + 1 title columnheader(1)
