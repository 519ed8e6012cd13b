#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# One would have sworn: scripts/gfp-translate prints the names of the bits in a GFP mask
# from any configured tree, and fails if it cannot.
# Instead: that of 7.3 prints no name for any mask, and ends with exit code 0. It pretends
# to be assembly to keep the headers small, by __ASSEMBLY__, and the headers have moved to
# __ASSEMBLER__. Its program does not compile, which it does not notice. With the other
# macro it works.
set -eu
. "$(dirname "$0")/lib.sh"
use_suites trixie-backports
unpack_source linux-source-7.3/Makefile linux-source-7.3/include \
	linux-source-7.3/scripts/gfp-translate
cd "$T/linux-source-7.3"
# The script includes the configuration, which says nothing of the flags in this mask.
mkdir -p include/generated
: >include/generated/autoconf.h
# translate SCRIPT: what it prints for GFP_KERNEL, and its exit code.
translate() {
	code=0
	bash "$1" --source "$PWD" 0xcc0 >"$T/out" 2>"$T/err" || code=$?
	echo "exit code $code" >>"$T/out"
	sed -i "s,$PWD/,,g" "$T/err"
}
echo "scripts/gfp-translate of 7.3.4, mask 0xcc0 (GFP_KERNEL):"
translate scripts/gfp-translate
said '^Parsing|^exit code 0' "$T/out"
said 'fatal error' "$T/err"
not_said ___GFP "$T/out"
echo "the same with __ASSEMBLER__:"
sed 's/__ASSEMBLY__/__ASSEMBLER__/' scripts/gfp-translate >"$T/fixed"
translate "$T/fixed"
said '___GFP|^exit code 0' "$T/out"
