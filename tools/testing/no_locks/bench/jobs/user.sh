#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# user.sh TEST [NR [pass=count]] - one test of bench/user/kvfree_user.c, twice: timed, then with
# the objects counted. Total: what the process executes while it frees, and what
# the workers execute who free in its place. pass=count: only the latter.
test=${1:?} nr=${2:-100000} pass=${3:-}
result() { printf 'RESULT\tuser.%s\t%s\t%s\t%s\n' "$test" "$1" "$2" "$3"; }
run() {
	insmod /modules/kvflood.ko workload=watch "name=user.$test" "$@" || { dmesg | tail; exit 1; }
	kvfree_user "$nr" "$test" >/tmp/out; rc=$?
	cat /tmp/out
	[ $rc -eq 0 ] || exit 1
	cat /sys/kernel/debug/kvflood/results >/tmp/results
	grep -v 'peak memory' /tmp/results
	rmmod kvflood || exit 1
}
if [ "$pass" != pass=count ]; then
	run count=0
	# # TEST: NR objects, NS ns of this process; an instruction takes 2 ns.
	insn=$(awk -v t="$test:" '$2 == t && $4 == "objects," { printf "%.0f", $5 / 2 }' /tmp/out)
	drain=$(awk -F '\t' '$3 == "drain" { printf "%.0f", $4 }' /tmp/results)
	[ -n "$insn" ] && [ -n "$drain" ] || { echo "user.sh: no figures"; exit 1; }
	result "the process" "$insn" insn
	result "total" "$((insn + drain))" insn
fi
run count=1
