#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# blocks.sh NAME PARAMETER=VALUE... - kvflood with the tracepoint rcu_kvfree_block
# counted by a hist trigger, as anybody could do it. Fails if it does not say the
# same as kvflood's probes, which count objects and blocks when they are freed.
name=${1:?}; shift
e=/sys/kernel/tracing/events/rcu/rcu_kvfree_block
[ -d $e ] || { echo "# no tracepoint rcu_kvfree_block in this kernel"; exit 0; }
echo 'hist:keys=source' >$e/trigger || exit 1
insmod /modules/kvflood.ko "name=$name" count=1 rounds=1 warm=0 "$@" || { dmesg | tail; exit 1; }
cat $e/hist
# { source: cache    } hitcount:         12
awk -v name="$name" '$2 == "source:" { n[$3] = $NF }
	END { for (s in n) printf "RESULT\t%s\tsource %s\t%d\tevents\n", name, s, n[s] }' $e/hist
list=$(awk '$3 == "list" { print $NF }' $e/hist)
freed=$(awk -F '\t' '$3 == "channel 3 a round" { print $4 }' /sys/kernel/debug/kvflood/results)
cat /sys/kernel/debug/kvflood/results
# A few objects are freed by others, before or after.
d=$((${list:-0} - ${freed:-0})); d=${d#-}
[ $d -le 100 ] || { echo "blocks.sh: $list objects sent down channel 3, $freed freed from there"; exit 1; }
