#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# memcghigh.sh - bench/module/memcghigh.c in a memory cgroup with memory.high of 1 MiB.
# The module charges 2 MiB from hard interrupt context (see there).
# Fails where cgroup v2 or the memory controller is missing.
mkdir -p /tmp/cgroup
mount -t cgroup2 cgroup2 /tmp/cgroup || exit 1
echo +memory >/tmp/cgroup/cgroup.subtree_control || exit 1
mkdir /tmp/cgroup/high || exit 1
echo 1M >/tmp/cgroup/high/memory.high || exit 1
echo $$ >/tmp/cgroup/high/cgroup.procs || exit 1
insmod /modules/memcghigh.ko "$@" || { dmesg | tail -n 20; exit 1; }
cat /sys/kernel/debug/memcghigh/results
rmmod memcghigh
