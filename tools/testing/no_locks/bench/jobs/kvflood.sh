#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# kvflood.sh PARAMETER=VALUE... - one workload of bench/module/kvflood.c.
# Flood and steady run twice, first timed, then counted: counting an object costs
# more than freeing it. Every round starts from the same state (see the module).
# pass=time or pass=count: only that one. sysctl.NAME=VALUE: set beforehand.
pass='' params=''
for a; do
	case $a in
	pass=*) pass=${a#*=};;
	sysctl.*) sysctl -w "${a#sysctl.}" || exit 1;;
	*) params="$params $a";;
	esac
done
run() {
	# shellcheck disable=SC2086
	insmod /modules/kvflood.ko $params "$@" || { dmesg | tail -n 20; exit 1; }
	cat /sys/kernel/debug/kvflood/results
	rmmod kvflood || exit 1
}
case $params in *workload=hotpath*|*workload=success*|*workload=single*|*workload=kfree*|*workload=bulk*) pass=${pass:-time};; esac
[ "$pass" = count ] || run count=0
[ "$pass" = time ] || run count=1
