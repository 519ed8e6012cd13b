# SPDX-License-Identifier: GPL-2.0
# vmflood.sh PARAM... - load vmflood once per row: vfree() and, where the kernel has it,
# vfree_bulk(), of areas of 1, 8 and 512 pages, in order and shuffled.
run() {
	insmod /modules/vmflood.ko "$@" || return 1
	cat /sys/kernel/debug/vmflood/results
	rmmod vmflood
}
addr=$(sed -n 's/^\([0-9a-f]*\) T vfree_bulk$/0x\1/p' /proc/kallsyms)
for bulk in 0 $addr; do
	how=vfree
	[ "$bulk" = 0 ] || how=bulk
	for order in fifo random; do
		for row in 1:20000 2:10000 8:8000 512:200; do
			run bulk="$bulk" order=$order vpages="${row%:*}" nr="${row#*:}" \
				name="vmflood.$how.$order.${row%:*}" "$@" || exit 1
		done
	done
	run bulk="$bulk" vpages=512 huge=1 nr=200 name="vmflood.$how.huge" "$@" || exit 1
done
