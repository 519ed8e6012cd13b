#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# One would have sworn: `qemu -smp 1,maxcpus=4` gives Linux one CPU and three more possible
# ones, which can be plugged in later.
# Instead: since the rewrite of the x86 topology code, one is all that is possible under
# TCG. 6.1 has four. Linux takes MADT entries that are not enabled as pluggable only below a
# hypervisor it knows. TCG sets the hypervisor bit of CPUID, but its signature is unknown to
# Linux, so QEMU counts as bare metal. possible_cpus=4 does not help. `-smp 4` and maxcpus=1
# on the kernel's command line gives one CPU online and four possible ones.
set -eu
. "$(dirname "$0")/lib.sh"
use_suites bookworm trixie trixie-backports
unpack_qemu
unpack 6.1 linux-image-6.1.0-50-cloud-amd64=6.1.176-1
unpack 7.3 linux-binary-7.3.4+deb13-cloud-amd64=7.3.4-1~bpo13+1
# shellcheck disable=SC2016
unpack_init 'cd /sys/devices/system/cpu' 'x=$(grep -wo hypervisor /proc/cpuinfo | uniq)' \
	'echo "$(uname -r): online $(cat online), possible $(cat possible), $x"'

echo "6.1, -smp 1,maxcpus=4: four possible CPUs"
boot 6.1 '' -smp 1,maxcpus=4 -cpu max >"$T/log"
said 'Allowing 4 CPUs, 3 hotplug CPUs' "$T/log"
said '^6\.1\..*: online 0, possible 0-3, hypervisor' "$T/log"
echo "7.3, the same and possible_cpus=4: one possible CPU"
boot 7.3 possible_cpus=4 -smp 1,maxcpus=4 -cpu max >"$T/log"
said 'Allowing 1 present CPUs plus 0 hotplug CPUs' "$T/log"
said '^7\.3\..*: online 0, possible 0, hypervisor' "$T/log"
echo "7.3, -smp 4 and maxcpus=1: four possible CPUs"
boot 7.3 maxcpus=1 -smp 4 -cpu max >"$T/log"
said 'Allowing 4 present CPUs plus 0 hotplug CPUs' "$T/log"
said '^7\.3\..*: online 0, possible 0-3, hypervisor' "$T/log"
