#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# One would have sworn: preempt=none and preempt=voluntary on the command line of a kernel
# with PREEMPT_DYNAMIC choose these models, and a server's kernel starts as "voluntary".
# Instead: 7.3 for x86-64 has neither. It calls the mode unsupported, boots as "lazy", and
# hands preempt=none to init as if it were meant for user space. 6.12 obeys.
set -eu
. "$(dirname "$0")/lib.sh"
use_suites trixie trixie-backports
unpack_qemu
unpack 6.12 linux-image-6.12.117+deb13-cloud-amd64=6.12.117-1
unpack 7.3 linux-binary-7.3.4+deb13-cloud-amd64=7.3.4-1~bpo13+1
# shellcheck disable=SC2016
unpack_init 'echo "init of $(uname -r) has preempt=$preempt"'

echo "6.12 obeys preempt=none:"
boot 6.12 preempt=none -cpu max >"$T/log"
said 'Dynamic Preempt: none' "$T/log"
said '^init of 6\.12\..* has preempt=$' "$T/log"
for model in none voluntary; do
	echo "7.3 does not know preempt=$model, and init gets it as a variable:"
	boot 7.3 preempt=$model -cpu max >"$T/log"
	said "Dynamic Preempt: unsupported mode: $model" "$T/log"
	said "Unknown kernel command line parameters \"preempt=$model\"" "$T/log"
	said 'Dynamic Preempt: lazy' "$T/log"
	said "^init of 7\.3\..* has preempt=$model\$" "$T/log"
done
