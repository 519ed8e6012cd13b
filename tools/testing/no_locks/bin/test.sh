#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# test.sh - everything that is tested. FLAVOURS="plain numa" by default.
#
# check.sh, selftest.sh, then KUnit on every flavour's kernel, and the stress job for
# STRESS=15 seconds of the guest (STRESS= for none). All of them run even if one
# fails. Last line: "N passed, N failed, N skipped", every KTAP case of every kernel
# and every check counted. Exit 1 on any failure.
. "$(dirname "$0")/lib.sh"
set_base
FLAVOURS=${FLAVOURS-plain numa}
for f in $FLAVOURS; do need_flavour "$f"; done
lock; tmpdir
pass=0 fail=0 skip=0
# part NAME CMD...: run it, add its counts; one that leaves none has failed.
part() {
	name=$1; shift; rm -f "$T/counts"
	say "--- $name"
	COUNTS=$T/counts "$@"; rc=$?
	p=0 f=0 s=0; [ ! -f "$T/counts" ] || read -r p f s <"$T/counts"
	if [ $rc -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
	pass=$((pass + p)) fail=$((fail + f)) skip=$((skip + s))
}
sh "$BIN/deps.sh" || exit 1
sh "$BIN/tree.sh" || exit 1
part "check" sh "$BIN/check.sh"
part "harness self tests" sh "$BIN/selftest.sh"
# shellcheck disable=SC2086
[ -z "$FLAVOURS" ] || part "KUnit: $FLAVOURS" sh "$BIN/kunit.sh" $FLAVOURS
stress() {
	sh "$BIN/build.sh" patched-plain && ICOUNT=0 SMP=4 MEM=128M sh "$BIN/boot.sh" patched-plain stress "seconds=$STRESS" &&
		echo "1 0 0" >"$COUNTS"
}
STRESS=${STRESS-15}
[ -z "$STRESS" ] || part "stress" stress
echo "$pass passed, $fail failed, $skip skipped"
[ $fail -eq 0 ]
