#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# kvothers.sh PARAMETER=VALUE... - one workload of bench/module/kvothers.c, and
# whether anybody was killed for lack of memory.
w=kvothers
for a; do case $a in workload=*) [ "$w" != kvothers ] || w=${a#*=};; name=*) w=${a#*=};; esac; done
kills() { sed -n 's/^oom_kill //p' /proc/vmstat; }
before=$(kills)
insmod /modules/kvothers.ko "$@" || { dmesg | tail -n 20; exit 1; }
cat /sys/kernel/debug/kvothers/results
rmmod kvothers || exit 1
printf 'RESULT\t%s\tOOM kills\t%s\tkills\n' "$w" "$(($(kills) - before))"
