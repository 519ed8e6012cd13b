#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# nolock.sh PARAMETER=VALUE... - bench/module/nolock.c. A kernel that lacks either of
# what it compares gives no results.
insmod /modules/nolock.ko "$@" || { dmesg | tail -n 20; exit 1; }
cat /sys/kernel/debug/nolock/results
