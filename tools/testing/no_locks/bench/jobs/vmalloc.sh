#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# vmalloc.sh NAME LOOPS - the kvfree_rcu() tests of lib/test_vmalloc.ko, with one
# argument (id 256) and with two (id 512), by the kernel's own script, tools/testing/
# selftests/mm/test_vmalloc.sh: first timed, then with their objects counted. The
# script's modprobe needs the module where distributions have it.
name=${1:?} loops=${2:-20000}
[ -f /modules/test_vmalloc.ko ] || { echo "# CONFIG_TEST_VMALLOC is not set in this kernel"; exit 0; }
d=/lib/modules/$(uname -r); mkdir -p "$d"
cp /modules/test_vmalloc.ko "$d/" && depmod || exit 1
for arg in 1 2; do
	for count in 0 1; do
		insmod /modules/kvflood.ko workload=watch count=$count "name=$name.$arg-arg" || exit 1
		dmesg -c >/dev/null
		# It never stays, so modprobe always fails, of which the script takes no note;
		# busybox then tries once more in another way, so there are two runs.
		sh /bin/test_vmalloc.sh run_test_mask=$((128 << arg)) nr_threads=1 test_loop_count="$loops" || exit 1
		dmesg | sed -n 's/.*Summary: //p' >/tmp/summary
		grep -q "kvfree_rcu_${arg}_arg.* passed: 1 failed: 0 " /tmp/summary || { dmesg | tail; exit 1; }
		[ $count = 1 ] || sed -n 's/.* avg: \([0-9]*\) usec.*/\1/p' /tmp/summary | awk -v w="$name.$arg-arg" -v a="$arg" '
			{ sum += $1 } END { printf "RESULT\t%s\t%s: time of the test\t%.1f\tus\n", w, a, sum / NR }'
		sed "s/	\([^	]*	[^	]*	[^	]*\)$/	$arg: \1/" /sys/kernel/debug/kvflood/results
		rmmod kvflood || exit 1
	done
done
