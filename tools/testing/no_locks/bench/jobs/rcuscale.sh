#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# rcuscale.sh NAME PARAMETER=VALUE... - rcuscale's kfree_rcu test, as RCU runs it:
# first alone and timed, then with kvflood's probes counting where objects go.
# pass=time or pass=count: only that one. runs=N: timed N times, with one loop more
# each time, scaled back; the mean, the least and the most are reported. How slabs
# get mixed between the CPUs differs from run to run, on stock, too, and makes up to
# 20% of the total. pass=quote: once, and the figures of the line that rcuscale prints
# (which is what is quoted on mailing lists) as they are.
# A module does not shut down; the writers stay away because of kfree_rcu_test=1.
name=${1:-rcuscale}; shift
pass='' params='' runs=1 loops=10
for a; do
	case $a in
	pass=*) pass=${a#*=};;
	runs=*) runs=${a#*=};;
	kfree_loops=*) loops=${a#*=};;
	*) params="$params $a";;
	esac
done
# On kernels where it is a module of its own.
[ ! -f /modules/torture.ko ] || insmod /modules/torture.ko || exit 1
# Its clock starts with the last thread, and the first one, bound to CPU 0, already
# works: whoever creates the others must not wait behind it, or the time is short.
on='' cpus=$(grep -c ^processor /proc/cpuinfo)
if [ "$cpus" -gt 1 ]; then
	on="taskset $(printf '%x' $((1 << (cpus - 1))))"
	taskset -p "$(printf '%x' $((1 << (cpus - 1))))" 2 >/dev/null || exit 1	# kthreadd
fi
line=''
# run LOOPS: leaves rcuscale's line in $line, and the module loaded.
run() {
	dmesg -c >/dev/null
	sleep 7		# what the last run left is drained after 5 s
	# shellcheck disable=SC2086,SC2046
	$on insmod /modules/rcuscale.ko kfree_rcu_test=1 shutdown=0 kfree_loops="$1" $params || { dmesg; exit 1; }
	tries=0 line=''
	# Idle time is free under icount: look seldom, looking costs.
	while [ -z "$line" ]; do
		tries=$((tries + 1)); [ $tries -le 2000 ] || { echo "rcuscale does not end"; dmesg; exit 1; }
		sleep 5
		line=$(dmesg | sed -n "s/.*Total time taken by all kfree'ers: //p" | head -n 1)
	done
}
if [ "$pass" = quote ]; then
	run "$loops"; rmmod rcuscale || exit 1
	echo "# Total time taken by all kfree'ers: $line"
	echo "$line" | tr -d ',' | sed 's/MB$//' | awk -v w="$name" '{
		printf "RESULT\t%s\tquoted: time\t%s\tns\nRESULT\t%s\tquoted: loops\t%s\tloops\n", w, $1, w, $4
		printf "RESULT\t%s\tquoted: total\t%.2f\ts\n", w, $1 / 1e9
		printf "RESULT\t%s\tquoted: batches\t%s\tGPs\nRESULT\t%s\tquoted: memory\t%s\tMB\n", w, $6, w, $9 }'
	exit
fi
if [ "$pass" != count ]; then
	i=0
	while [ $i -lt "$runs" ]; do
		run $((loops + i)); rmmod rcuscale || exit 1
		# 2509713204 ns, loops: 300, batches: 31, memory footprint: 42MB
		echo "$line" | tr -d ',' | awk -v l="$loops" -v n=$((loops + i)) '{ sub(/MB/, "", $9); print $1 / 1e6 * l / n, $6 * l / n, $9 }'
		i=$((i + 1))
	done >/tmp/runs
	sed 's/^/# rcuscale: /' /tmp/runs
	printf 'RESULT\t%s\ttimed runs\t%s\truns\n' "$name" "$runs"
	# reported COLUMN NAME UNIT
	reported() {
		sort -n -k "$1,$1" /tmp/runs | awk -v c="$1" -v m="$2" -v u="$3" -v w="$name" '
			{ v[NR] = $c; sum += $c }
			function out(what, x) { printf "RESULT\t%s\t%s\t%.3f\t%s\n", w, what, x, u }
			END { out(m, sum / NR); if (NR > 1) { out(m ", least", v[1]); out(m ", most", v[NR]) } }'
	}
	reported 1 "total time" ms
	reported 2 "grace periods" GPs
	reported 3 "memory footprint" MB
fi
if [ "$pass" != time ]; then
	insmod /modules/kvflood.ko workload=watch count=1 "name=$name" || { dmesg; exit 1; }
	run "$loops"
	rmmod rcuscale || exit 1
	cat /sys/kernel/debug/kvflood/results
	rmmod kvflood || exit 1
fi
