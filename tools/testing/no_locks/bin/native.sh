#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# native.sh [table] - wall clock: the kernel run natively, as User-Mode Linux.
#
# Slab, page allocator and kvfree_rcu() are the kernel's own code there, on this machine's
# processor and caches. Page tables and TLB are not: nothing about vmalloc from it. Three
# source trees are built, the rows of bench/jobs.native run on each, ROUNDS times, the
# kernels in turn, and a table of medians and quartiles ends it. Grace periods are left
# out: what is timed is the enqueueing task and the workers that free, switches between
# tasks taken into account.
#
# Trees, each a variable that names a folder (a clean source tree):
#   NATIVE_STOCK       default O/BASE/stock
#   NATIVE_STANDALONE  default O/BASE-topics/linux, by TOPICS=standalone; left out if missing
#   NATIVE_ALL         default O/BASE/linux
# Environment: ROUNDS=10, ROWS=file, NATIVE_RUN="chrt -f 1" (put before the kernel's command,
# on a machine that has other things to do), TIMEOUT=900 (seconds per run), TMPDIR= (where the
# kernel's memory lies: 1200 MB, not noexec). A real kernel maps its memory with huge pages.
# Without them 1 KiB objects take twice as long to free. As root:
# mount -t tmpfs -o huge=always,size=3G none DIR; TMPDIR=DIR make native
#
# O/BASE/native/NAME       the kernel's build; nothing is done when source, fragment and
#                          compiler are those of the last time
# O/BASE/native/runs       NAME.N.tsv, one per run, not repeated while kernel, module and rows
#                          are the same: stop and go on at any time
# O/BASE/native/data.tsv   kernel, run, row, metric, value, unit
# O/BASE/native/table.tsv  row, metric, unit, kernel, runs, median, quartiles
# `table`: only the table, of the runs that there are.
# shellcheck disable=SC2154
. "$(dirname "$0")/lib.sh"
set_base
all_topics_only native
lock
need make gcc flex bison bc git perl busybox timeout
BENCH=${BENCH:-$HERE/bench}
ROUNDS=${ROUNDS:-10}
ROWS=${ROWS:-$BENCH/jobs.native}
NATIVE_STOCK=${NATIVE_STOCK:-$STOCK}
NATIVE_STANDALONE=${NATIVE_STANDALONE:-$WHOLE-topics/linux}
NATIVE_ALL=${NATIVE_ALL:-$TREE}
native=$W/native

case ${1:-} in
''|table) ;;
*) die "native.sh: '$1': table or nothing" ;;
esac
[ "$ROUNDS" -gt 0 ] 2>/dev/null || die "ROUNDS=$ROUNDS is no number of runs"
[ -f "$ROWS" ] || die "no rows: $ROWS"
case $native in
*[[:space:]]*) die "User-Mode Linux takes no spaces in $native: choose another O=" ;;
esac
mkdir -p "$native/runs" || die "cannot create $native"
rows=$(grep -v -e '^#' -e '^[[:space:]]*$' "$ROWS")

kernels=stock
[ ! -d "$NATIVE_STANDALONE" ] || kernels="$kernels standalone"
kernels="$kernels all"

# source_of KERNEL: its source tree.
source_of() {
	case $1 in
	stock) echo "$NATIVE_STOCK" ;;
	standalone) echo "$NATIVE_STANDALONE" ;;
	all) echo "$NATIVE_ALL" ;;
	esac
}

# um_fragments: what is asked for; more than the general one on some bases.
um_fragments() {
	cat "$CONFIGS/um.config"
	[ ! -f "$CONFIGS/um.$BASE.config" ] || cat "$CONFIGS/um.$BASE.config"
}

# configure KERNEL: every option of the fragment has to be in the result.
configure() {
	um_fragments >"$native/$1/.config.want"
	make -C "$(source_of "$1")" ARCH=um O="$native/$1" \
		KCONFIG_ALLCONFIG="$native/$1/.config.want" allnoconfig >"$native/$1.log" 2>&1 ||
		die "cannot configure User-Mode Linux: see $native/$1.log"
	lost=$(grep '^CONFIG_' "$native/$1/.config.want" | grep -vxFf "$native/$1/.config")
	[ -z "$lost" ] || die "User-Mode Linux, $1: dropped by kconfig: $(printf %s "$lost" | tr '\n' ' ')"
}

source_hash() {
	tree=$(source_of "$1")
	{
		git -C "$tree" rev-parse 'HEAD^{tree}'
		git -C "$tree" diff HEAD
		um_fragments
		gcc --version
	} | sha256sum
}

build_kernel() {
	[ -f "$(source_of "$1")/Makefile" ] || die "no source tree $(source_of "$1"): run 'make tree'"
	mkdir -p "$native/$1"
	stamp=$(source_hash "$1")
	if [ "$(cat "$native/$1/.stamp" 2>/dev/null)" = "$stamp" ]; then
		say "native: $1: up to date"
		return
	fi
	need_space 1500 "building $1 as User-Mode Linux"
	rm -f "$native/$1/.stamp"
	configure "$1"
	progress "building $1 as User-Mode Linux" "$native/$1.log" \
		"grep -cE '^  (CC|AS|LD|AR|HOSTCC) ' '$native/$1.log'" 640 \
		make -C "$(source_of "$1")" ARCH=um O="$native/$1" LOCALVERSION= CC="$compiler" \
		-j"$JOBS" linux modules || {
		grep -E 'error:|Error [0-9]|undefined reference' "$native/$1.log" | head -n 10 >&2
		die "User-Mode Linux, $1, does not build: see $native/$1.log"
	}
	say "native: $1: built in $p_secs s"
	echo "$stamp" >"$native/$1/.stamp"
}

# build_root KERNEL: the root file system, a folder, with kvflood built for this kernel.
build_root() {
	root=$native/$1/root
	module=$native/$1/bench-module
	rm -rf "$root" "$module"
	mkdir -p "$root/bin" "$root/proc" "$root/sys" "$root/dev" "$module"
	cp "$BENCH"/module/kvflood.c "$BENCH"/module/bench.h "$module/"
	echo 'obj-m := kvflood.o' >"$module/Kbuild"
	make -C "$native/$1" ARCH=um M="$module" modules >"$native/$1-module.log" 2>&1 || {
		grep -E 'error|undefined' "$native/$1-module.log" | head -n 10 >&2
		die "kvflood does not build for $1: see $native/$1-module.log"
	}
	cp "$module/kvflood.ko" "$root/"
	cp "$BENCH/native.init" "$root/init"
	chmod +x "$root/init"
	cp "$(command -v busybox)" "$root/bin/busybox"
	for applet in sh cat grep insmod rmmod poweroff; do
		ln -s busybox "$root/bin/$applet"
	done
	echo "$rows" >"$root/rows"
	# Runs of something else are not of this table.
	measured=$(cat "$native/$1/linux" "$root/kvflood.ko" "$root/rows" "$root/init" | sha256sum)
	[ "$(cat "$native/runs/$1.stamp" 2>/dev/null)" = "$measured" ] || rm -f "$native/runs/$1".*
	echo "$measured" >"$native/runs/$1.stamp"
}

# run_once KERNEL N: one boot, all rows. The first one counts objects as well.
run_once() {
	root=$native/$1/root result=$native/runs/$1.$2
	options="mem=1200M root=/dev/root rootfstype=hostfs rootflags=$root rw init=/init"
	options="$options con=null con0=null,fd:1"
	! grep -q '^CONFIG_SMP=y' "$native/$1/.config" || options="$options seccomp=on ncpus=2"
	[ "$2" != 1 ] || options="$options counted=1"
	[ ! -f "$result.tsv" ] || return 0
	rm -f "$root/results"
	# shellcheck disable=SC2086
	progress "native: run $2 of $ROUNDS, $1" "$result.log" \
		"cut -f 2 '$root/results' | sort -u | wc -l | sed 's/\$/ rows/'" "$(echo "$rows" | wc -l)" \
		timeout -k 10 "${TIMEOUT:-900}" ${NATIVE_RUN:-} "$native/$1/linux" $options
	[ -f "$root/results" ] || die "native: $1, run $2 does not boot: see $result.log"
	failed=$(grep '^FAILED' "$root/results")
	[ -z "$failed" ] || die "native: $1, run $2: $(printf %s "$failed" | head -n 1): see $result.log"
	grep -qx END "$root/results" || die "native: $1, run $2 did not end: see $result.log"
	grep '^RESULT' "$root/results" | cut -f 2- >"$result.tmp"
	mv "$result.tmp" "$result.tsv"
	say "native: run $2 of $ROUNDS: $1 in $p_secs s"
}

# print_table: of all runs there are.
print_table() {
	for kernel in $kernels; do
		for result in "$native/runs/$kernel".*.tsv; do
			[ -f "$result" ] || continue
			run=${result%.tsv}
			awk -v kernel="$kernel" -v run="${run##*.}" \
				'{ print kernel "\t" run "\t" $0 }' "$result"
		done
	done >"$native/data.tsv"
	[ -s "$native/data.tsv" ] || die "no runs in $native/runs"
	say "User-Mode Linux $BASE, ns per object, median [quartiles]; page tables are not real"
	awk -v out="$native/table.tsv" -f "$BENCH/native.awk" "$native/data.tsv"
}

if [ "${1:-}" != table ]; then
	build_env
	compiler=gcc
	! command -v ccache >/dev/null || compiler='ccache gcc'
	for kernel in $kernels; do
		build_kernel "$kernel"
		build_root "$kernel"
	done
	# Every other turn goes the other way round: what drifts does so for all kernels.
	reversed=''
	for kernel in $kernels; do
		reversed="$kernel $reversed"
	done
	turn=1
	while [ "$turn" -le "$ROUNDS" ]; do
		order=$kernels
		[ $((turn % 2)) = 1 ] || order=$reversed
		for kernel in $order; do
			run_once "$kernel" "$turn"
		done
		turn=$((turn + 1))
	done
fi
print_table
