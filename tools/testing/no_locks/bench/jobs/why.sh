#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# why.sh NAME [FEATURE] PARAMETER=VALUE... - rcuscale, with a feature of the scheduler
# set (an upper-case word, see sched_features): where do its objects go?
name=${1:?}; shift
case ${1:-} in *=*|'') ;; *)
	echo "$1" >/sys/kernel/debug/sched/features || exit 1
	grep -qw "$1" /sys/kernel/debug/sched/features || { echo "no feature $1"; exit 1; }
	shift;;
esac
exec sh /jobs/rcuscale.sh "$name" pass=count "$@"
