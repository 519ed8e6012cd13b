# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034
# lib.sh - what the other scripts share. It is sourced, never run.
#
# Variables from the environment (the Makefile passes them on):
#   BASE=v6.12   the base, a folder of patches/   LINUX=dir  a git tree of your own
#   TOPICS="..." some topics only, with what they need; default all of them
#   O=build      everything generated             PATCHES=dir  another patches/BASE
#   ACCEL=kvm|tcg  V=1 (show all output)  JOBS=n  CONFIGS=dir  another configs/
#   NO_LOCKS_FREE_MB=n (pretend), NO_DEPS=1 (install nothing): for tests
# Sets TOP HERE O W BASE PATCHES SELECTED TREE STOCK ACCEL JOBS and the functions below.
# Every error is a single line `no_locks: error: ...` on stderr, and exit status 1.

set -u
unset CDPATH GREP_OPTIONS MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES 2>/dev/null
LC_ALL=C; export LC_ALL
umask 022

# build_env: what kernels are built with: who built it, and when, says nothing, so that
# the same source gives the same kernel; and the compiler's cache. Not the cache's depend
# mode, which does not see .incbin and would take piggy.o, a whole kernel, for that of any
# other which compresses to the same length; the namespace hides what was stored like that.
# -fmacro-prefix-map does not count: it names the folder only to take it out of what is
# compiled. So the cache also serves a clone elsewhere, and the mutants.
build_env() {
	: "${CCACHE_DIR:=${HOME:-/root}/.cache/ccache}"
	export CCACHE_DIR CCACHE_BASEDIR="$O" CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=time_macros CCACHE_NAMESPACE=no_locks CCACHE_IGNOREOPTIONS="-fmacro-prefix-map=*"
	export KBUILD_BUILD_TIMESTAMP='Sat Jan  1 00:00:00 UTC 2000' KBUILD_BUILD_USER=no_locks KBUILD_BUILD_HOST=localhost KBUILD_BUILD_VERSION=1
}

say()  { printf 'no_locks: %s\n' "$*"; }
warn() { printf 'no_locks: %s\n' "$*" >&2; }
die()  { [ -z "${PROGRESS_OPEN:-}" ] || printf '\n'; printf 'no_locks: error: %s\n' "$*" >&2; exit 1; }

BIN=$(cd "$(dirname "$0")" && pwd) || exit 1
HERE=$(dirname "$BIN")
TOP=$(cd "$HERE/../../.." && pwd) || exit 1
BASE=${BASE:-v6.12}; O=${O:-build}; V=${V:-0}; LINUX=${LINUX:-}
JOBS=${JOBS:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)}
CONFIGS=${CONFIGS:-$HERE/configs}
case $O in /*) ;; *) O=$TOP/$O;; esac

# Git as it is everywhere: nobody's configuration changes what is written.
GIT_CONFIG_GLOBAL=/dev/null; GIT_CONFIG_SYSTEM=/dev/null; GIT_CONFIG_NOSYSTEM=1
GIT_TERMINAL_PROMPT=0; GIT_OPTIONAL_LOCKS=0
export GIT_CONFIG_GLOBAL GIT_CONFIG_SYSTEM GIT_CONFIG_NOSYSTEM GIT_TERMINAL_PROMPT GIT_OPTIONAL_LOCKS
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY 2>/dev/null

# --- clean up, also after Ctrl-C -------------------------------------------
CHILDREN=''; TMPS=''; p_secs=0
cleanup() {
	rc=$?; trap - EXIT INT TERM HUP PIPE
	for c in $CHILDREN; do kill -TERM -- "-$c" 2>/dev/null || kill -TERM "$c" 2>/dev/null; done
	for t in $TMPS; do rm -rf "$t"; done
	exit $rc
}
trap cleanup EXIT
trap 'exit 130' INT; trap 'exit 143' TERM; trap 'exit 129' HUP; trap 'exit 141' PIPE
tmpdir() { T=$(mktemp -d "${TMPDIR:-/tmp}/no_locks.XXXXXX") || die "cannot make a temporary folder in ${TMPDIR:-/tmp}"; TMPS="$TMPS $T"; }

# --- bases and topics ---------------------------------------------------------
# key NAME: the value of NAME in the base's BASE file.
key() { sed -n "s/^$1=//p" "$BASEFILE" | head -n 1; }

# topic_lines: the file `topics` without comments: "TOPIC: NEEDED-TOPIC ..." per line.
topic_lines() {
	[ ! -f "$PATCHES/topics" ] || sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$PATCHES/topics"
}
all_topics() { topic_lines | sed 's/:.*//' | paste -sd' '; }
topic_needs() { topic_lines | sed -n "s/^$1: *//p"; }

# series_lines: the file `series` without comments: TOPIC/NAME.patch per line.
series_lines() {
	[ ! -f "$PATCHES/series" ] || sed -e '/^#/d' -e '/^[[:space:]]*$/d' "$PATCHES/series"
}

# contains LIST WORD
contains() {
	case " $1 " in
	*" $2 "*) return 0;;
	esac
	return 1
}

# check_topics: what a topic needs stands above it, so that there are no cycles; the
# series goes topic by topic in the same order.
check_topics() {
	topics=$(all_topics) above=''
	for topic in $topics; do
		for need in $(topic_needs "$topic"); do
			contains "$topics" "$need" ||
				die "topic '$topic' needs '$need', which is no topic: there are $topics"
			contains "$above" "$need" ||
				die "topic '$topic' needs '$need', which must stand above it in $PATCHES/topics"
		done
		above="$above $topic"
	done
	left=$topics
	for topic in $(series_lines | sed 's,/.*,,' | uniq); do
		contains "$topics" "$topic" ||
			die "$PATCHES/series: '$topic' is no topic of $PATCHES/topics: a line is TOPIC/NAME.patch"
		contains "$left" "$topic" ||
			die "$PATCHES/series: topic '$topic' is not where $PATCHES/topics has it"
		left=" $left "
		left=${left#*" $topic "}
	done
}

# with_needs TOPIC...: these topics and all that they need, in the order of the series.
with_needs() {
	wanted=$* found=''
	for topic in $(topic_lines | sed 's/:.*//' | tac); do
		contains "$wanted" "$topic" || continue
		found="$topic${found:+ $found}"
		wanted="$wanted $(topic_needs "$topic")"
	done
	echo "$found"
}

# select_topics TOPIC...: sets SELECTED to these topics and what they need; all by default.
select_topics() {
	topics=$(all_topics)
	for topic; do
		contains "$topics" "$topic" || die "unknown topic '$topic': there are $topics"
	done
	[ $# -gt 0 ] || set -- "$topics"
	SELECTED=$(with_needs "$@")
}

# set_base: everything that depends on BASE, PATCHES, LINUX and TOPICS. A choice of topics
# has a tree of its own in O/BASE-topics, which shares the objects of the whole one's.
set_base() {
	case $BASE in
	*/*|.*|'') die "unknown BASE '$BASE': a name such as v6.12";;
	esac
	BASEFILE=$TOP/patches/$BASE/BASE
	[ -f "$BASEFILE" ] ||
		die "unknown BASE '$BASE': patches/ has $(cd "$TOP/patches" && echo */BASE | sed 's,/BASE,,g')"
	PATCHES=${PATCHES:-$TOP/patches/$BASE}
	[ -d "$PATCHES" ] || die "PATCHES=$PATCHES is no folder"
	PATCHES=$(cd "$PATCHES" && pwd)
	W=$O/$BASE
	if [ -n "$LINUX" ]; then
		[ -d "$LINUX" ] || die "LINUX=$LINUX is no folder"
		LINUX=$(cd "$LINUX" && pwd)
		W=$O/$BASE-own-$(printf %s "$LINUX" | cksum | cut -d' ' -f1)
	fi
	STOCK=$W/stock WHOLE=$W
	check_topics
	# shellcheck disable=SC2086
	select_topics ${TOPICS:-}
	[ "$SELECTED" = "$(all_topics)" ] || W=$W-topics
	TREE=$W/linux
}

# all_topics_only WHAT: refuses a choice of topics.
all_topics_only() {
	[ "$W" = "$WHOLE" ] || die "$1: leave TOPICS= away"
}

# check_chosen_topics: does TOPIC, for the verbs that do one topic after the other, name any?
check_chosen_topics() {
	for topic in ${TOPIC:-}; do
		contains "$SELECTED" "$topic" || die "unknown topic '$topic': there are $SELECTED"
	done
}
# chosen_topics: those of TOPIC, or all that are selected.
chosen_topics() { echo "${TOPIC:-$SELECTED}"; }

# kunit_suites: the KUnit suites that a kernel with the selected topics must run.
kunit_suites() {
	for topic in $SELECTED; do
		key "kunit.$topic"
	done | paste -sd' ' | tr -s ' '
}

# test_fragments: the kernel options that the selected topics' tests need.
test_fragments() {
	for topic in $SELECTED; do
		for name in "tests.$topic" "tests.$topic.$BASE"; do
			[ ! -f "$CONFIGS/$name.config" ] || echo "$CONFIGS/$name.config"
		done
	done
}

# lock: one make at a time in one O.
lock() {
	[ -z "${NO_LOCKS_LOCKED:-}" ] || return 0
	mkdir -p "$O" 2>/dev/null || die "cannot create $O: choose another with O="
	exec 9>"$O/.lock"
	flock -n 9 || die "another make is at work in $O: wait for it, or choose another with O="
	NO_LOCKS_LOCKED=1; export NO_LOCKS_LOCKED
}

# ktap_result NAME FILE: one line of KTAP, counted in $number and $failed, which the caller
# sets to 0. The check passed if FILE, its complaints, is empty.
ktap_result() {
	number=$((number + 1))
	if [ -s "$2" ]; then
		failed=$((failed + 1))
		echo "not ok $number - $1"
		sed 's/^/  # /' "$2" | head -n 15
	else
		echo "ok $number - $1"
	fi
}

# need_space MB WHAT: is there room in O?
need_space() {
	mkdir -p "$O" 2>/dev/null || die "cannot create $O: choose another with O="
	free=${NO_LOCKS_FREE_MB:-$(df -Pm "$O" | awk 'NR == 2 { print $4 }')}
	[ "$free" -ge "$1" ] || die "$2 needs $1 MB, $O has $free MB free: make room or choose another place with O="
}

# need TOOL...: one line for all that is missing.
need() {
	miss=''
	for t; do command -v "$t" >/dev/null 2>&1 || miss="$miss $t"; done
	[ -z "$miss" ] || die "missing:$miss: run 'make deps'"
}

if [ -z "${ACCEL:-}" ]; then
	ACCEL=tcg
	if grep -qwE 'vmx|svm' /proc/cpuinfo 2>/dev/null && [ -w /dev/kvm ]; then ACCEL=kvm; fi
fi
case $ACCEL in kvm|tcg) ;; *) die "ACCEL=$ACCEL: kvm or tcg";; esac

# accel_args: what chooses accelerator and processor. QEMU before 8.1 may go on
# running code that another virtual processor has just patched (tracepoints are),
# unless all of these take turns in one thread.
accel_args() { if [ "$ACCEL" = kvm ]; then echo "-accel kvm -cpu host"; else echo "-accel tcg,thread=single -cpu max"; fi; }

# llvm MIN: the newest clang that is there, with lld and llvm, and not older than MIN:
# sets LLVM_, the suffix of its programs (-19, or nothing). 1: there is none.
llvm() {
	for LLVM_ in -22 -21 -20 -19 -18 -17 -16 -15 ''; do
		command -v "clang$LLVM_" >/dev/null 2>&1 && command -v "ld.lld$LLVM_" >/dev/null 2>&1 && command -v "llvm-nm$LLVM_" >/dev/null 2>&1 || continue
		v_=$("clang$LLVM_" -dumpversion); [ "$(printf '%s\n' "$1" "$v_" | sort -V | head -n 1)" != "$1" ] || return 0
	done
	return 1
}

# --- progress ------------------------------------------------------------------
# progress LABEL LOG COUNT EXPECTED CMD...: run CMD (a program, not a function)
# with its output in LOG. COUNT is shell code that prints how far it is, EXPECTED
# a number or ''. A line a second on a terminal, one in 20 s elsewhere; V=1 shows
# CMD's own output instead. Returns CMD's status.
progress() {
	p_label=$1 p_log=$2 p_count=$3 p_expect=$4; shift 4
	mkdir -p "$(dirname "$p_log")"; : >"$p_log"
	p_start=$(date +%s); p_next=$((p_start + 8)); p_tail=''
	setsid "$@" >"$p_log" 2>&1 </dev/null & p_pid=$!
	CHILDREN="$CHILDREN $p_pid"
	if [ "$V" = 1 ]; then
		say "$p_label"; tail -n +1 -f --pid=$p_pid "$p_log" & p_tail=$!
		CHILDREN="$CHILDREN $p_tail"; wait $p_pid; p_rc=$?; wait $p_tail
	else
		[ -t 1 ] && p_next=$p_start
		p_naps=0
		while kill -0 $p_pid 2>/dev/null; do
			if [ $p_naps -lt 10 ]; then sleep 0.2; else sleep 1; fi
			p_naps=$((p_naps + 1)); p_now=$(date +%s)
			[ "$p_now" -ge "$p_next" ] || continue
			p_n=$(eval "$p_count" 2>/dev/null); p_txt="$p_label: $((p_now - p_start)) s"
			[ -z "$p_n" ] || p_txt="$p_txt, $p_n"
			[ -z "$p_n" ] || [ -z "$p_expect" ] || p_txt="$p_txt of about $p_expect"
			if [ -t 1 ]; then
				printf '\r\033[Kno_locks: %s' "$p_txt"; PROGRESS_OPEN=1; p_next=$((p_now + 1))
			else say "$p_txt"; p_next=$((p_now + 20)); fi
		done
		wait $p_pid; p_rc=$?
		[ -z "${PROGRESS_OPEN:-}" ] || printf '\r\033[K'; PROGRESS_OPEN=''
	fi
	CHILDREN=$(printf '%s' " $CHILDREN " | sed "s/ $p_pid / /${p_tail:+;s/ $p_tail / /}")
	p_secs=$(($(date +%s) - p_start))
	return $p_rc
}

# series [TOPIC...]: the patch files of these topics, or of the selected ones, full paths.
# shellcheck disable=SC2120
series() {
	chosen=${*:-$SELECTED}
	series_lines | while read -r name; do
		! contains "$chosen" "${name%%/*}" || printf '%s\n' "$PATCHES/$name"
	done
}
# short_name PATCH: TOPIC/NAME.patch
short_name() { echo "${1#"$PATCHES/"}"; }
# patch_name: the file name of the patch whose subject is on stdin: the subject without
# `[PATCH] ` and `subsystem: `, and what is neither letter, digit, dot nor _ as a dash.
patch_name() {
	sed -E -e 's/^\[[^]]*\] *//' -e 's,^([A-Za-z0-9_./*-]+: +)+,,' -e 's/[^A-Za-z0-9_.]+/-/g' \
		-e 's/^[.-]+//' -e 's/[.-]+$//' -e 's/$/.patch/'
}
# scratch_index COMMIT PATCH...: makes $T/index, which has COMMIT's version of the files that
# the patches touch and no other file, so that `git apply --cached` takes no time.
scratch_index() {
	commit=$1
	shift
	GIT_INDEX_FILE=$T/index
	export GIT_INDEX_FILE
	rm -f "$GIT_INDEX_FILE"
	cat "$@" | sed -n 's,^diff --git a/.* b/,,p' | sort -u | tr '\n' '\0' |
		xargs -0r git -C "$TREE" ls-tree "$commit" -- | git -C "$TREE" update-index --index-info
}
# patches_hash: a hash over the selected topics, the series file and the patches.
patches_hash() {
	{
		echo "$SELECTED"
		[ ! -f "$PATCHES/series" ] || cat "$PATCHES/series"
		series | while read -r file; do
			cat "$file"
		done
	} | sha256sum | cut -d' ' -f1
}

# code_hash: of all files of branch series but the KUnit tests in mm/tests: what is measured.
code_hash() { git -C "$TREE" ls-tree -r series | grep -v '	mm/tests/' | sha256sum | cut -c 1-16; }

# flavour_key FLAVOUR KEY: a `#@ key=value` of the flavour's fragment; args= and
# qemu= take the rest of their line, the others one word.
flavour_key() {
	f_=$CONFIGS/$1.config
	case $2 in
	args|qemu) sed -n "s/^#@ $2=//p" "$f_" | tr '\n' ' ';;
	*) sed -n 's/^#@ //p' "$f_" | tr ' ' '\n' | sed -n "s/^$2=//p" | head -n 1;;
	esac
}
need_flavour() {
	case $1 in common|tests.*|um|*/*|'') ;; *) [ ! -f "$CONFIGS/$1.config" ] || return 0;; esac
	die "unknown flavour '$1': there are $(cd "$CONFIGS" && for f_ in *.config; do n_=${f_%.config}; case $n_ in common|tests.*|um|*.v*) ;; *) printf '%s ' "$n_";; esac; done)"
}
