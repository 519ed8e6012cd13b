#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# test.sh - everything that is tested. BASES="v6.12 v7.3" FLAVOURS="plain numa".
#
# check.sh for every base, selftest.sh, then KUnit on every flavour's kernel of every
# base (the flavours that `test` of patches/BASE/BASE names), and the stress job for
# STRESS=15 seconds of the guest (STRESS= for none). All of it runs even if a part
# fails. Last line: "N passed, N failed, N skipped", every KTAP case of every kernel
# and every check counted. Exit 1 on any failure.
. "$(dirname "$0")/lib.sh"
bases=${BASES:-$BASE} flavours=${FLAVOURS-} own=${PATCHES:-} STRESS=${STRESS-15}
for BASE in $bases; do
	PATCHES=$own; set_base
	for f in ${flavours:-$(key test)}; do need_flavour "$f"; done
done
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
stress() {
	sh "$BIN/build.sh" patched-plain &&
		ICOUNT=0 SMP=4 MEM=128M sh "$BIN/boot.sh" patched-plain stress "seconds=$STRESS" && echo "1 0 0" >"$COUNTS"
}
export BASE; PATCHES=$own
sh "$BIN/deps.sh" git-email libmailtools-perl || exit 1
for BASE in $bases; do
	sh "$BIN/tree.sh" || exit 1
	part "$BASE: check" sh "$BIN/check.sh"
done
part "harness self tests" sh "$BIN/selftest.sh"
part "review and send self tests" sh "$BIN/selftest-review.sh"
for BASE in $bases; do
	# shellcheck disable=SC2034
	BASEFILE=$TOP/patches/$BASE/BASE	# for key()
	# shellcheck disable=SC2046
	set -- ${flavours:-$(key test)}
	[ $# -eq 0 ] || part "$BASE: KUnit: $*" sh "$BIN/kunit.sh" "$@"
	[ -z "$STRESS" ] || part "$BASE: stress" stress
done
echo "$pass passed, $fail failed, $skip skipped"
[ $fail -eq 0 ]
