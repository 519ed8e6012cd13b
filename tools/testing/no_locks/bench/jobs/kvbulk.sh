#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# kvbulk.sh PARAMETER=VALUE... - bench/module/kvbulk.c with these parameters.
insmod /modules/kvbulk.ko "$@" || { dmesg | tail -n 20; exit 1; }
cat /sys/kernel/debug/kvbulk/results
rmmod kvbulk
