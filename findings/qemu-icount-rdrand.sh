#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# One would have sworn: two boots with -icount sleep=off and -rtc clock=vm are equal, since
# instructions are the only clock and nothing comes in from outside; and two boots of one
# kernel never have the same boot_id.
# Instead: they differ, since the kernel seeds itself from RDRAND, which QEMU takes from the
# host. With -seed 1, or without RDRAND and RDSEED, they are equal to the last line, and
# both have the same "random" boot_id: the jitter that Linux then collects as entropy is an
# instruction count, the same in each boot.
set -eu
. "$(dirname "$0")/lib.sh"
use_suites trixie trixie-backports
unpack_qemu
unpack 7.3 linux-binary-7.3.4+deb13-cloud-amd64=7.3.4-1~bpo13+1
# shellcheck disable=SC2016
unpack_init 'cat /proc/version' 'echo "boot_id $(cat /proc/sys/kernel/random/boot_id)"'

# boot_twice QEMU-ARG...: the same command two times.
boot_twice() {
	for i in 1 2; do
		boot 7.3 '' -smp 1 -icount shift=1,sleep=off -rtc base=2000-01-01,clock=vm \
			"$@" >"$T/boot.$i"
		said '^boot_id ' "$T/boot.$i"
	done
}
echo "-cpu max: the boots differ"
boot_twice -cpu max
! cmp -s "$T/boot.1" "$T/boot.2" || changed "the boots are equal"
echo "-cpu max -seed 1: equal, each line with its time"
boot_twice -cpu max -seed 1
cmp "$T/boot.1" "$T/boot.2" || changed "the boots differ"
echo "-cpu max,rdrand=off,rdseed=off: equal too"
boot_twice -cpu max,rdrand=off,rdseed=off
cmp "$T/boot.1" "$T/boot.2" || changed "the boots differ"
