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
	END { m = split("cache pcplist refused alloc list wait", s, " ")
		for (i = 1; i <= m; i++) printf "RESULT\t%s\tsource %s\t%d\tevents\n", name, s[i], n[s[i]] }' $e/hist
cat /sys/kernel/debug/kvflood/results >/tmp/results
cat /tmp/results
# A few objects are freed by others, before or after.
agree() {
	d=$(($2 - $3)); d=${d#-}
	[ $d -le "$4" ] || { echo "blocks.sh: $1: $2 by the tracepoint, $3 by kvflood"; exit 1; }
}
traced() { awk -v s="$1" '$2 == "source:" && $3 ~ "^(" s ")$" { n += $NF } END { print n + 0 }' $e/hist; }
freed() { awk -F '\t' -v m="$1 a round" '$3 == m { print $4 }' /tmp/results; }
agree blocks "$(traced 'cache|pcplist|alloc')" "$(freed blocks)" 5
agree "channel 3" "$(traced list)" "$(freed 'channel 3')" 100
