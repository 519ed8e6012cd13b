#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# hotpath.sh PARAMETER=VALUE... - instructions of an allocation and its free on a
# filled pcplist. In a memory cgroup, or __GFP_ACCOUNT would charge nothing.
mkdir -p /tmp/cg
if mount -t cgroup2 none /tmp/cg && echo +memory >/tmp/cg/cgroup.subtree_control &&
	mkdir /tmp/cg/bench && echo $$ >/tmp/cg/bench/cgroup.procs; then
	echo "# hotpath: in a memory cgroup"
else
	echo "# hotpath: no memory cgroup: GFP_KERNEL_ACCOUNT is not charged"
fi
exec sh /jobs/kvflood.sh workload=hotpath "$@"
