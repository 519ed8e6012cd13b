#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# test_vmalloc.sh [PARAMETER=VALUE...] - the kernel's own lib/test_vmalloc.ko, as
# tools/testing/selftests/mm/test_vmalloc.sh loads it; needs CONFIG_TEST_VMALLOC=m.
# Without parameters what that calls `smoke` does, and `stress` after it, with fewer
# loops. The module unloads itself: what counts are the summaries that it prints.
# Fails if a case failed, but for align_shift_alloc_test, which is meant to, or if
# none has run.
run() {
	dmesg -c >/dev/null
	# It never stays, so insmod always fails.
	insmod /modules/test_vmalloc.ko "$@" 2>/dev/null
	dmesg | sed -n 's/.*Summary: //p' >/tmp/summary
	grep . /tmp/summary || { echo "no summary for: $*"; dmesg | tail -n 5; exit 1; }
	grep -v '^align_shift_alloc_test ' /tmp/summary | grep -v ' failed: 0 ' && exit 1
	awk -v what="$what" '{ n[$1] += $3 } END { for (t in n)
		printf "RESULT\ttest_vmalloc.%s\t%s\t%d\tpassed\n", what, t, n[t] }' /tmp/summary
}
if [ $# -gt 0 ]; then what=run; run "$@"; exit; fi
# All but align_shift_alloc_test, 64, which fails on purpose and prints a stack.
all=$((0xffff - 64))
what=smoke; run run_test_mask=$all test_loop_count=1000 test_repeat_count=3
what=stress; run run_test_mask=$all nr_threads="$(nproc)" test_loop_count=1000 test_repeat_count=2
