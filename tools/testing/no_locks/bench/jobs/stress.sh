#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# stress.sh [seconds=20] [pressure=1] [faults=0] - floods of kvfree_rcu() on all CPUs,
# drains of all pcplists, CPUs that come and go, drop_caches, and no memory over and
# over: bench/module/kvstress.c. faults: percent of all allocations of pages and of slab
# objects that fault injection makes fail; for a look, as the job's own shell may then
# not be able to fork, and allocation profiling of the base warns. Fails if an object was
# lost or freed twice, or if one of these things did not happen. Meant for a small guest
# in real time: MEM=128M SMP=4 ICOUNT=0 (icount runs one CPU at a time). A kernel with
# KASAN needs MEM=512M.
seconds=20 pressure=1 faults=0
for a; do
	case $a in
	seconds=*) seconds=${a#*=};;
	pressure=*) pressure=${a#*=};;
	faults=*) faults=${a#*=};;
	*) echo "stress: what is '$a'?"; exit 1;;
	esac
done
address() { sed -n "s/^\([0-9a-f]*\) . $1\$/0x\1/p" /proc/kallsyms; }
result() { printf 'RESULT\tstress\t%s\t%s\t%s\n' "$1" "$2" "$3"; }

hotplug() {
	n=0
	while [ -f /tmp/run ]; do
		for c in /sys/devices/system/cpu/cpu[1-9]*/online; do
			[ -f "$c" ] || break 2
			{ echo 0 >"$c"; } 2>/dev/null || continue
			until { echo 1 >"$c"; } 2>/dev/null; do :; done
			n=$((n + 1))
		done
	done
	echo $n >/tmp/hotplug
}
drop() {
	n=0
	while [ -f /tmp/run ]; do
		echo 3 >/proc/sys/vm/drop_caches; n=$((n + 1))
		sleep 1
	done
	echo $n >/tmp/drops
}
# Once the module is loaded; how many there were is what is missing of 1000000.
inject() {
	sleep 2
	for d in failslab fail_page_alloc; do
		cd "/sys/kernel/debug/$d" || exit 1
		echo 0 >verbose; echo 1000000 >"./times"; echo N >ignore-gfp-wait
		[ ! -f min-order ] || echo 0 >min-order
		echo "$faults" >probability
	done
}
# Whoever is killed, the job would not end as it should.
echo 1 >/proc/sys/vm/panic_on_oom
: >/tmp/run
hotplug & drop &
[ "$faults" = 0 ] || inject &
insmod /modules/kvstress.ko "seconds=$seconds" "pressure=$pressure" \
	"drain=$(address drain_all_pages)" "barrier=$(address kvfree_rcu_barrier)"
rc=$?
failed=0
[ "$faults" = 0 ] || for d in failslab fail_page_alloc; do
	echo 0 >"/sys/kernel/debug/$d/probability"
	failed=$((failed + 1000000 - $(cat "/sys/kernel/debug/$d/times")))
done
rm /tmp/run; wait
[ $rc -eq 0 ] || { dmesg | tail -n 5; exit 1; }

for r in objects in_blocks in_list by_caller drains droughts lost twice; do
	eval "$r=\$(cat /sys/module/kvstress/parameters/$r)"
done
hotplugs=$(cat /tmp/hotplug) drops=$(cat /tmp/drops)
# shellcheck disable=SC2154
{
	result objects "$objects" objects
	result "channel 3" "$in_list" objects
	result "freed by the caller" "$by_caller" objects
	result drains "$drains" drains
	result "hotplug cycles" "$hotplugs" cycles
	result "drop_caches" "$drops" times
	result "out of memory" "$droughts" times
	[ "$faults" = 0 ] || result "made fail" "$failed" allocations
	result lost "$lost" objects
	result twice "$twice" objects
	[ "$lost" -eq 0 ] && [ "$twice" -eq 0 ] || { echo "stress: $lost lost, $twice freed twice"; exit 1; }
	[ "$objects" -eq $((in_blocks + in_list + by_caller)) ] || { echo "stress: $objects given, $in_blocks + $in_list + $by_caller freed"; exit 1; }
	[ "$in_blocks" -gt 0 ] && [ "$drains" -gt 0 ] && [ "$drops" -gt 0 ] || { echo "stress: nothing happened"; exit 1; }
	[ "$faults" = 0 ] || [ "$failed" -gt 0 ] || { echo "stress: no allocation was made fail"; exit 1; }
	[ "$pressure" = 0 ] || [ "$droughts" -gt 0 ] || { echo "stress: there was always memory"; exit 1; }
	[ ! -f /sys/devices/system/cpu/cpu1/online ] || [ "$hotplugs" -gt 0 ] || { echo "stress: no CPU came and went"; exit 1; }
}
