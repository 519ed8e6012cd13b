# SPDX-License-Identifier: GPL-2.0
# vmone.sh vfree|bulk PARAM... - load vmflood once
bulk=0; [ "$1" = vfree ] || bulk=$(sed -n 's/^\([0-9a-f]*\) T vfree_bulk$/0x\1/p' /proc/kallsyms)
shift
insmod /modules/vmflood.ko bulk=$bulk "$@" && cat /sys/kernel/debug/vmflood/results
