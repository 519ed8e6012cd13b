#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# blocks.sh NAME PARAMETER=VALUE... - kvflood with the tracepoint rcu_kvfree_block
# counted by a hist trigger, as anybody could do it. Fails if what it says of
# channel 3 is not what kvflood counts where the objects are freed.
name=${1:?}; shift
e=/sys/kernel/tracing/events/rcu/rcu_kvfree_block
[ -d $e ] || { echo "# no tracepoint rcu_kvfree_block in this kernel"; exit 0; }
echo 'hist:keys=source' >$e/trigger || exit 1
insmod /modules/kvflood.ko "name=$name" count=1 rounds=1 warm=0 "$@" || { dmesg | tail; exit 1; }
cat $e/hist
echo '!hist:keys=source' >$e/trigger
cat /sys/kernel/debug/kvflood/results
