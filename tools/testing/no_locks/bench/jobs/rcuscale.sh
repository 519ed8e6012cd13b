#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# rcuscale.sh NAME PARAMETER=VALUE... - rcuscale's kfree_rcu test, as RCU runs it:
# first alone and timed, then with kvflood's probes counting where objects go.
# pass=time or pass=count: only that one.
# A module does not shut down; the writers stay away because of kfree_rcu_test=1.
name=${1:-rcuscale}; shift
pass='' params=''
for a; do case $a in pass=*) pass=${a#*=};; *) params="$params $a";; esac; done
result() { printf 'RESULT\t%s\t%s\t%s\t%s\n' "$name" "$1" "$2" "$3"; }
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
run() {
	dmesg -c >/dev/null
	# shellcheck disable=SC2086,SC2046
	$on insmod /modules/rcuscale.ko kfree_rcu_test=1 shutdown=0 $params || { dmesg; exit 1; }
	i=0 line=''
	# Idle time is free under icount: look seldom, looking costs.
	while [ -z "$line" ]; do
		i=$((i + 1)); [ $i -le 200 ] || { echo "rcuscale does not end"; dmesg; exit 1; }
		sleep 5
		line=$(dmesg | sed -n "s/.*Total time taken by all kfree'ers: //p" | head -n 1)
	done
}
if [ "$pass" != count ]; then
	run
	echo "# rcuscale: $line"
	# 2509713204 ns, loops: 300, batches: 31, memory footprint: 42MB
	# shellcheck disable=SC2086,SC2046
	set -- $(echo "$line" | tr -d ',')
	result "total time" "$(echo "$1" | awk '{ printf "%.3f", $1 / 1e6 }')" ms
	result "grace periods" "$6" GPs
	result "memory footprint" "${9%MB}" MB
	rmmod rcuscale || exit 1
fi
if [ "$pass" != time ]; then
	insmod /modules/kvflood.ko workload=watch count=1 "name=$name" || { dmesg; exit 1; }
	run
	rmmod rcuscale || exit 1
	cat /sys/kernel/debug/kvflood/results
	rmmod kvflood || exit 1
fi
