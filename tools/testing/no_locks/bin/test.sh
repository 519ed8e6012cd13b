#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# test.sh - run all tests. BASES="v6.12 v7.3" FLAVOURS="plain numa" TOPICS="...".
#
# For every base check.sh; then selftest.sh; then, for every base, KUnit on each flavour's
# kernel (those that `test` of patches/BASE/BASE names), KUnit on the plain kernel of the
# topics that `alone` names, each with what it needs and no more, and the stress job for
# STRESS=15 seconds of the guest (STRESS= for none). All parts run even if one fails. With
# TOPICS= the kernels have these topics only.
# The last line is "N passed, N failed, N skipped": every KTAP case of every kernel and every
# check is counted. Exit 1 on any failure.
. "$(dirname "$0")/lib.sh"
bases=${BASES:-$BASE} flavours=${FLAVOURS-} own=${PATCHES:-} STRESS=${STRESS-15}
topics=${TOPICS:-}
for BASE in $bases; do
	PATCHES=$own
	set_base
	for flavour in ${flavours:-$(key test)}; do
		need_flavour "$flavour"
	done
	for topic in $(key alone); do
		contains "$(all_topics)" "$topic" || die "$BASEFILE: alone: '$topic' is no topic"
	done
done
lock
tmpdir
passed=0 failed=0 skipped=0

# run_part NAME CMD...: run it and add its counts; a part that leaves none has failed.
run_part() {
	say "--- $1"
	shift
	rm -f "$T/counts"
	COUNTS=$T/counts
	export COUNTS
	"$@"
	rc=$?
	unset COUNTS
	p=0 f=0 s=0
	[ ! -f "$T/counts" ] || read -r p f s <"$T/counts"
	if [ $rc -ne 0 ] && [ "$f" -eq 0 ]; then
		f=1
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

run_stress() {
	sh "$BIN/build.sh" patched-plain &&
		ICOUNT=0 SMP=4 MEM=128M sh "$BIN/boot.sh" patched-plain stress "seconds=$STRESS" &&
		echo "1 0 0" >"$COUNTS"
}

# run_topic_alone TOPIC: the plain kernel of the topic and what it needs, with KUnit.
run_topic_alone() (
	TOPICS=$1 PATCHES=$own
	export TOPICS
	set_base
	if [ -z "$(kunit_suites | tr -d ' ')" ]; then
		say "$1: no KUnit suite of its own or of what it needs: not run"
		echo "0 0 1" >"$COUNTS"
		exit
	fi
	sh "$BIN/kunit.sh" plain
)

export BASE
PATCHES=$own
sh "$BIN/deps.sh" git-email libmailtools-perl || exit 1
for BASE in $bases; do
	sh "$BIN/tree.sh" || exit 1
	run_part "$BASE: check" env TOPICS= sh "$BIN/check.sh"
done
run_part "harness self tests" sh "$BIN/selftest.sh"
run_part "review and send self tests" sh "$BIN/selftest-review.sh"
for BASE in $bases; do
	# shellcheck disable=SC2034
	BASEFILE=$TOP/patches/$BASE/BASE	# for key()
	# shellcheck disable=SC2046
	set -- ${flavours:-$(key test)}
	[ $# -eq 0 ] || run_part "$BASE: KUnit: $*" sh "$BIN/kunit.sh" "$@"
	[ -n "$topics" ] || for topic in $(key alone); do
		run_part "$BASE: $topic alone" run_topic_alone "$topic"
	done
	[ -z "$STRESS" ] || run_part "$BASE: stress" run_stress
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
