#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# others.sh NAME PARAMETER=VALUE... - rcuscale once, timed: how often does anybody
# have to take zone->lock meanwhile?
name=${1:?}; shift
insmod /modules/kvothers.ko "name=$name" || { dmesg | tail; exit 1; }
sh /jobs/rcuscale.sh "$name" pass=time "$@" || exit 1
cat /sys/kernel/debug/kvothers/results
rmmod kvothers
