#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# review.sh - what a maintainer's robots would say about the topics. No arguments.
#
# Reviews the files of patches/BASE/TOPIC, each patch alone, on the base and what the topic
# needs: git am, checkpatch, spelling, kernel-doc, rst, sparse, cocci/*.cocci of this
# folder on the last one, and W=1 builds with every line of configs/review/matrix. What
# counts is what a patch makes new: messages of the state before the topic are taken off,
# line numbers apart.
#   TOPIC="..." these topics, one after the other; default all of them
#   default   builds the objects that a patch touches (a header stands for all the
#             objects of the series and for up to 12 files that include it by name)
#   FULL=1    builds the whole kernel at every patch, and boots KUnit on gcc-smp
#   ONLY="checkpatch gcc-rt"   some rows of the table only
# Results are kept by content in O/BASE/review/known: what has not changed is not
# done again, also after Ctrl-C. Ends with a table of check by patch (ok, or the
# number of findings; - does not apply; skip), the findings, To and Cc, and the
# line "N passed, N failed, N skipped", over all topics. Exit 1 on a finding.
# Errors: the series does not apply; the base itself does not build.
. "$(dirname "$0")/lib.sh"
set_base
lock
check_chosen_topics
[ -n "$SELECTED" ] || die "$PATCHES/topics is missing or empty"

# review_topics: this script for each of the chosen topics; then the sum of their counts.
review_topics() {
	tmpdir
	passed=0 failed=0 skipped=0
	for topic in $(chosen_topics); do
		say "--- $topic"
		rm -f "$T/counts"
		TOPIC=$topic COUNTS=$T/counts sh "$0" || [ -f "$T/counts" ] || exit 1
		read -r p f s <"$T/counts"
		passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	done
	echo "$passed passed, $failed failed, $skipped skipped"
	[ -z "${COUNTS:-}" ] || echo "$passed $failed $skipped" >"$COUNTS"
	[ $failed -eq 0 ]
}
case $(chosen_topics) in
*' '*)
	review_topics
	exit;;
esac
TOPIC=$(chosen_topics)
COVER=$PATCHES/$TOPIC/cover
PATH=/usr/bin:/bin:$PATH	# the programs of the packages, and their modules
FULL=${FULL:-0} ONLY=${ONLY:-}
[ -n "${NO_DEPS:-}" ] || sh "$BIN/deps.sh" sparse coccinelle codespell python3-docutils python3-ply python3-git gcc-aarch64-linux-gnu llvm || exit 1
sh "$BIN/tree.sh" || exit 1
need python3 perl make
R=$W/review SRC=$W/review/src FMT=3 COCCI=${COCCI:-$HERE/cocci}
MATRIX=$CONFIGS/review/matrix ACCEPT=$CONFIGS/review/accept
mkdir -p "$R/known" "$R/log" "$R/build"
tmpdir
out=$T/out
build_env
ccache=''; ! command -v ccache >/dev/null || ccache='ccache '

# --- the commits ------------------------------------------------------------------
series "$TOPIC" >"$T/series"
N=$(wc -l <"$T/series")
[ "$N" -gt 0 ] || die "$PATCHES/series has no patch of $TOPIC"
# shellcheck disable=SC2046
series $(with_needs "$TOPIC") | sh "$BIN/am.sh" "$R/am" review || exit 1
base=$(git -C "$R/am" rev-parse "review~$N")
root=$(git -C "$TREE" rev-parse base)
if [ "$(git -C "$SRC" rev-parse -q --verify "$root^{commit}" 2>/dev/null)" != "$root" ]; then
	rm -rf "$SRC"
	git clone -q -s -n "$TREE" "$SRC" 2>"$R/log/clone" &&
		progress "checking out a tree to build in" "$R/log/clone" '' '' git -C "$SRC" checkout -q --detach "$root" || die "cannot make $SRC: see $R/log/clone"
fi
git -C "$SRC" fetch -q "$R/am" +review:refs/review || die "cannot fetch the commits into $SRC"
# commit I: the state after patch I; 0 is the base and what the topic needs.
commit() { sed -n "$(($1 + 1))p" "$T/commits"; }
{ echo "$base"; git -C "$SRC" rev-list --reverse "$base..refs/review"; } >"$T/commits"
[ "$(wc -l <"$T/commits")" -eq $((N + 1)) ] || die "$N patches made $(($(wc -l <"$T/commits") - 1)) commits"
tree() { git -C "$SRC" rev-parse "$(commit "$1")^{tree}"; }
patch() { sed -n "$1p" "$T/series"; }
at() { git -C "$SRC" checkout -q -f --detach "$(commit "$1")" || die "cannot check patch $1 out in $SRC"; }
touched() { git -C "$SRC" diff --no-renames --name-only --diff-filter="${2:-AM}" "$(commit $(($1 - 1)))" "$(commit "$1")"; }
i=0; while [ $i -lt "$N" ]; do i=$((i + 1)); touched $i >"$T/touched.$i"; done

# --- results by content ---------------------------------------------------------------
# cell CHECK I KEY CMD...: the result of CHECK for patch I, from CMD unless a result
# with this KEY is known. CMD leaves findings, a line each, in $out; it returns 0,
# 3 (does not apply) or 4 (skipped; the line says why). With again=1 it is not kept:
# what failed as a whole may have been killed.
cell() {
	check=$1 ci=$2 key=$3; shift 3
	known_f=$R/known/$check.$(printf '%s %s %s' "$FMT" "$ci" "$key" | sha256sum | cut -c 1-20)
	if [ ! -f "$known_f" ]; then
		: >"$out"; again=''; "$@"; rc=$?
		case $rc in 0) if [ -s "$out" ]; then st=bad; else st=ok; fi;; 3) st=na;; *) st=skip;; esac
		[ -z "$again" ] || known_f=$T/again
		{ echo $st; cat "$out"; } >"$known_f.tmp" && mv "$known_f.tmp" "$known_f"
	fi
	[ "$check" = base ] || cp "$known_f" "$T/cell.$check.$ci"
}
wanted() { [ -z "$ONLY" ] || case " $ONLY " in *" $1 "*) ;; *) return 1;; esac; grep -Fqx "$1" "$T/rows" 2>/dev/null || echo "$1" >>"$T/rows"; }
no() { echo "$1 is not installed" >"$out"; return 4; }
have() { command -v "$1" >/dev/null 2>&1; }
# new OLD NEW: messages of NEW that OLD does not have as often, line numbers apart.
new() {
	awk -v src="$SRC/" -v stock="$STOCK/" -v tmp="$T/" '
		function plain(l) {
			gsub(src, "", l); gsub(stock, "", l); gsub(tmp "[ab]/", "", l); sub(/^(\.\/|(\.\.\/)+)/, "", l)
			gsub(/\033\[[0-9;]*m/, "", l); return l
		}
		function bare(l) { if (match(l, /:[0-9]+(:[0-9]+)?[: ]/)) l = substr(l, 1, RSTART) substr(l, RSTART + RLENGTH); gsub(/\(lines? [0-9-]+\)/, "", l); return l }
		{ l = plain($0); k = bare(l) }
		FILENAME == ARGV[1] { old[k]++; next }
		old[k]-- > 0 { next }
		!(l in seen) { seen[l]; print l }' "$1" "$2"
}

# --- checks of text -------------------------------------------------------------------
c_applies() {
	# tree.sh and am.sh have done it: what is left is white space.
	git -C "$SRC" diff --check "$(commit $(($1 - 1)))" "$(commit "$1")" | grep -v '^[+-]' >"$out"; :
}
c_checkpatch() {
	(cd "$STOCK" && perl scripts/checkpatch.pl --strict --no-signoff --no-summary --terse --show-types --color=never \
		--ignore FILE_PATH_CHANGES "$(patch "$1")" 2>"$T/err") | sed "s,^.*/\([^/]*\.patch\):,\1:," >"$out"
	[ ! -s "$T/err" ] || { echo "checkpatch.pl: $(head -n 1 "$T/err")" >>"$out"; }
}
# A new file needs an owner; that is what FILE_PATH_CHANGES asks.
c_maintainers() {
	git -C "$SRC" show "refs/review:MAINTAINERS" >"$T/MAINTAINERS"
	touched "$1" A >"$T/added"; [ -s "$T/added" ] || return 3
	while read -r f; do
		printf -- '--- /dev/null\n+++ b/%s\n@@ -0,0 +1 @@\n+x\n' "$f" >"$T/new.patch"
		s=$(cd "$STOCK" && perl scripts/get_maintainer.pl --mpath "$T/MAINTAINERS" --nogit --nogit-fallback --nom --nol --nor --sections "$T/new.patch" 2>/dev/null | grep -cE '^[A-Z][A-Z0-9]')
		[ "$s" -gt 1 ] || echo "$f: no section of MAINTAINERS but THE REST"
	done <"$T/added" >"$out"
}
# The words of a patch that are its author's: the message, and the lines added.
words() { awk '/^From [0-9a-f]+ / || /^(From|Date): / { next } /^(diff --git|---$)/ { d = 1 } !d { print FNR ":" $0; next } /^\+[^+]/ { print FNR ":" substr($0, 2) }' "$1"; }
c_spelling() {
	have codespell || { no codespell; return; }
	if [ "$1" = 0 ]; then p=$COVER; else p=$(patch "$1"); fi
	[ -f "$p" ] || return 3
	words "$p" >"$T/words"; cut -d: -f2- "$T/words" >"$T/text"
	codespell -q 35 "$T/text" | sed "s,^$T/text:,," | while IFS=: read -r l what; do echo "$(basename "$p"):$(sed -n "${l}p" "$T/words" | cut -d: -f1):$what"; done >"$out"
}
# two I FILE: FILE before and after patch I as $T/a/FILE and $T/b/FILE.
two() {
	rm -rf "$T/a" "$T/b"; mkdir -p "$T/a/$(dirname "$2")" "$T/b/$(dirname "$2")"
	git -C "$SRC" show "$(commit "$1"):$2" >"$T/b/$2"
	git -C "$SRC" show "$(commit $(($1 - 1))):$2" >"$T/a/$2" 2>/dev/null || : >"$T/a/$2"
}
kdoc() { if [ -e "$STOCK/tools/docs/kernel-doc" ]; then k=tools/docs/kernel-doc; else k=scripts/kernel-doc; fi; (cd "$STOCK" && ./$k "$@"); }
c_kerneldoc() {
	grep '\.[ch]$' "$T/touched.$1" >"$T/files" || return 3
	while read -r f; do
		two "$1" "$f"
		for x in a b; do kdoc -Wall -none "$T/$x/$f" >"$T/kd.$x" 2>&1; done
		new "$T/kd.a" "$T/kd.b"
	done <"$T/files" >"$out"
}
# The rst of a document, and that which kernel-doc makes of a comment.
c_rst() {
	python3 -c 'import docutils' 2>/dev/null || { no python3-docutils; return; }
	grep -E '\.(rst|[ch])$' "$T/touched.$1" >"$T/files" || return 3
	while read -r f; do
		two "$1" "$f"
		for x in a b; do
			case $f in
			*.rst) cp "$T/$x/$f" "$T/rst.$x";;
			*) kdoc -rst "$T/$x/$f" >"$T/rst.$x" 2>/dev/null;;
			esac
			python3 "$BIN/rst.py" "$f" <"$T/rst.$x" >"$T/rst.$x.log" 2>&1
		done
		new "$T/rst.a.log" "$T/rst.b.log"
	done <"$T/files" >"$out"
}
c_coccicheck() {
	[ "$1" -eq "$N" ] || return 3
	find "$COCCI" -name '*.cocci' | sort >"$T/cocci"
	[ -s "$T/cocci" ] || return 3
	have spatch || { no coccinelle; return; }
	at "$1"
	dirs=$(git -C "$SRC" diff --name-only "$base" refs/review | grep '\.c$' | grep -vE '/tests/|^(tools|lib|samples)/' | xargs -r -n1 dirname | sort -u | awk '{ for (d in keep) if (index($0 "/", d "/") == 1) next; keep[$0]; print }')
	[ "$FULL" != 1 ] || dirs='.'
	while read -r s; do
		for d in $dirs; do
			m=M=$d; [ "$d" != . ] || m=''
			rm -f "$R/log/cocci.err"	# else coccicheck does nothing, and says ok
			progress "patch $1 of $N: coccicheck $(basename "$s") $d" "$R/log/cocci" '' '' \
				make -C "$SRC" -s coccicheck COCCI="$s" MODE=report J="$JOBS" DEBUG_FILE="$R/log/cocci.err" ${m:+"$m"} >&2 || echo "$s: spatch fails on $d: $(tail -n 1 "$R/log/cocci.err")"
			grep -q 'spatch.*--dir' "$R/log/cocci.err" 2>/dev/null || echo "$s: spatch did not run on $d: see $R/log/cocci"
			# As seen from the top, or (7.3) from the folder that M= names.
			grep -E '^[^ ]+:[0-9]+:[0-9-]+: ' "$R/log/cocci" | sed -E "s,^($SRC|\.)/,," |
				while read -r l; do [ -e "$SRC/${l%%:*}" ] || l=$d/$l; echo "$l"; done
		done
	done <"$T/cocci" >"$T/cocci.out"
	sort -u "$T/cocci.out" >"$out"
	! grep -qE ': spatch (fails|did not run) on ' "$out" || again=1
}

# --- builds ------------------------------------------------------------------------------
# compiler ARCH CC: CC_, the compiler, and MK, the arguments of make; 1: not there.
compiler() {
	MK=''
	case $2 in
	gcc)	x=''; case $1.$(uname -m) in x86_64.x86_64|i386.x86_64|arm64.aarch64) ;; arm64.*) x=aarch64-linux-gnu-;; *) x=x86_64-linux-gnu-;; esac
		CC_=${x}gcc MK="CROSS_COMPILE=$x";;
	*)	min=$(cd "$STOCK" && SRCARCH=x86 sh scripts/min-tool-version.sh llvm)
		if llvm "$min"; then CC_=clang$LLVM_ MK="LLVM=${LLVM_:-1}"
		else CC_="clang of version $min or newer, with lld and llvm,"; fi;;
	esac
	MK="$MK ARCH=$1"; have "$CC_"
}
# fragments NAME...: the files of these names, those of the base after the common ones.
fragments() {
	for f in "$@"; do
		for x in "$f" "$f.$BASE"; do
			[ ! -f "$CONFIGS/$x.config" ] || echo "$CONFIGS/$x.config"
		done
	done
	test_fragments
}
# shellcheck disable=SC2086
kmake() { make -C "$SRC" O="$dir" $MK LOCALVERSION= CC="$ccache$CC_" "$@"; }

# configure I: .config for the state that is checked out. A line of a fragment may
# only be lost if the option does not exist in that state.
configure() {
	have_=$(cat "$dir/.fragments" 2>/dev/null)
	want_=$({ cat $frags; git -C "$SRC" ls-tree -r HEAD | grep -E 'Kconfig' | cut -c 8-; $CC_ --version; } | sha256sum)
	if [ "$have_" = "$want_" ] && [ -f "$dir/.config" ]; then return; fi
	mkdir -p "$dir/.new"
	{ (cd "$dir/.new" && "$SRC/scripts/kconfig/merge_config.sh" -m -O "$dir/.new" /dev/null $frags) && mv "$dir/.new/.config" "$dir/.config.want" &&
		kmake KCONFIG_ALLCONFIG="$dir/.config.want" allnoconfig && kmake olddefconfig; } >"$log.config" 2>&1 || die "cannot configure $name: see $log.config"
	grep '^CONFIG_' "$dir/.config.want" | grep -Fvx -f "$dir/.config" >"$T/lost"
	lost=''
	while IFS='=' read -r o v; do
		! git -C "$SRC" grep -qE "^[[:space:]]*(menu)?config ${o#CONFIG_}\$" -- '*Kconfig*' || lost="$lost $o=$v"
	done <"$T/lost"
	[ -z "$lost" ] || die "$name: dropped by kconfig:$lost"
	echo "$want_" >"$dir/.fragments"
}
# sources I: the C files that patch I (0: any patch) stands for.
sources() {
	if [ "$1" -gt 0 ]; then list=$1; else list=$(seq "$N"); fi
	for j in $list; do cat "$T/touched.$j"; done | sort -u >"$T/s"
	{ grep '\.c$' "$T/s"
	if grep -q '\.h$' "$T/s"; then
		j=0; while [ $j -lt "$N" ]; do j=$((j + 1)); grep '\.c$' "$T/touched.$j"; done
		grep '\.h$' "$T/s" | while read -r h; do
			n=${h#include/} in='mm kernel lib'; [ "$n" != "$h" ] || { n=$(basename "$h"); in=$(dirname "$h"); }
			# shellcheck disable=SC2086
			git -C "$SRC" grep -lE "^#include [<\"]${n}[\">]" "$(commit "$1")" -- $in | cut -d: -f2 | grep '\.c$' >"$T/users"
			[ "$(wc -l <"$T/users")" -gt 12 ] || cat "$T/users"
		done
	fi; } | sort -u | while read -r f; do ! git -C "$SRC" cat-file -e "$(commit "$1"):$f" 2>/dev/null || echo "$f"; done
}
# inputs I: a hash of all that the build of state I depends on: in the default form
# the C files of patch I, and the headers and makefiles that any patch up to I changes.
inputs() {
	[ "$mode" != full ] || { tree "$1"; return; }
	[ -s "$T/inputs.$1" ] || {
		git -C "$SRC" diff --raw --no-renames --no-abbrev "$base" "$(commit "$1")" | cut -d' ' -f 4- | grep -E '(\.[hS]|Kconfig[^/]*|Makefile|Kbuild)$'
		sources "$1" | while read -r f; do echo "$(git -C "$SRC" rev-parse "$(commit "$1"):$f") $f"; done
	} | sha256sum | cut -c 1-20 >"$T/inputs.$1"
	cat "$T/inputs.$1"
}
# objects I: those of them that this configuration builds.
objects() {
	# Does the Makefile of each folder above lead to it?
	sources "$1" | while read -r f; do
		case $f in tools/*|samples/*|scripts/*) continue;; esac
		o=${f%.c}.o
		while :; do
			d=$(dirname "$o"); while [ "$d" != . ] && [ ! -f "$SRC/$d/Makefile" ] && [ ! -f "$SRC/$d/Kbuild" ]; do d=$(dirname "$d"); done
			[ "$d" != . ] || { echo "${f%.c}.o"; break; }
			list=$T/objs.$name.$(echo "$d" | tr / _)
			[ -f "$list" ] || (cd "$SRC" && mk=$d/Kbuild && { [ -f "$mk" ] || mk=$d/Makefile; } && printf 'include %s\nsrctree := .\nobj := %s\nsrc := %s\ninclude %s\nprint_:\n\t@echo $(foreach o,$(obj-y) $(obj-m),$(o) $($(o:.o=-y)) $($(o:.o=-objs)))\n' \
				"$dir/include/config/auto.conf" "$d" "$d" "$mk" | make -s -r -f - print_ 2>/dev/null | tr ' ' '\n' >"$list")
			grep -Fqx "${o#"$d"/}" "$list" || break
			o=$d/
		done
	done
}
messages() { grep -E '(warning|error): |: (WARNING|ERROR): |^(WARNING|ERROR): ' "$1" | grep -vE '^make|jobserver|ccache'; }
# state I: check it out, and configure it.
state() { at "$1"; rm -f "$T"/objs.*; configure "$1"; kmake -s syncconfig >>"$log.config" 2>&1 || die "cannot configure $name: see $log.config"; }
# make_state I: builds in $dir what is to be built of the state; 1: it fails. $n objects.
make_state() {
	state "$1"
	# The log of an interrupted run of this is kept: its warnings do not come again.
	[ "$(cat "$log.key" 2>/dev/null)" = "$key" ] || { : >"$log"; echo "$key" >"$log.key"; }
	expect='' what='the kernel'
	if [ "$FULL" = 1 ]; then
		set -- "$1" vmlinux modules; [ "$name" != gcc-smp ] || set -- "$1" bzImage modules
		expect=$(cat "$R/build/.count.$name" 2>/dev/null || echo 1500)
	else
		objs=$(objects "$1"); what="$(echo "$objs" | wc -w) objects"
		[ -n "$objs" ] || return 3
		# Made again even if an interrupted run has made them: it saw their warnings.
		(cd "$dir" && rm -f $objs)
		# shellcheck disable=SC2086
		set -- "$1" $objs
	fi
	i_=$1; shift
	# shellcheck disable=SC2086
	progress "$(if [ "$i_" = 0 ]; then echo "the base"; else echo "patch $i_ of $N"; fi): $name, $what" "$R/log/make" "grep -cE '^  (CC|AS|LD|AR|HOSTCC) ' '$log'" "$expect" \
		sh -c 'log=$1; shift; exec "$@" >>"$log" 2>&1' sh "$log" make -C "$SRC" O="$dir" $MK LOCALVERSION= CC="$ccache$CC_" W=1 -k -j"$JOBS" "$@" || return 1
	[ "$FULL" != 1 ] || [ "$i_" != 0 ] || grep -cE '^  (CC|AS|LD|AR|HOSTCC) ' "$log" >"$R/build/.count.$name"
}
# SPARSE: sparse so that it understands the code of this base, or nothing. 7.3 wants one
# that knows __typeof_unqual__, which 0.6.4 does not; what __typeof__ makes of it is a
# qualifier too many, for the base as for the patches.
for SPARSE in sparse 'sparse -D__typeof_unqual__=__typeof__' ''; do
	# shellcheck disable=SC2086
	[ -f "$STOCK/scripts/checker-valid.sh" ] && [ -n "$SPARSE" ] &&
		[ "$(sh "$STOCK/scripts/checker-valid.sh" $SPARSE 2>/dev/null)" != 1 ] || break
done
# fits: can sparse be used? Else says why.
fits() {
	have sparse || { echo "sparse is not installed"; return 4; }
	[ -n "$SPARSE" ] || { echo "this base wants a newer sparse than $(sparse --version)"; return 4; }
}
# base_state: the messages of the base, in $R/known/base.*.
c_base() {
	rm -rf "$dir" "$log.key"; mkdir -p "$dir"
	make_state 0; case $? in 1) messages "$log" | tail -n 3 >&2; die "the base does not build with $name: see $log";; esac
	messages "$log" >"$out"
	[ -z "$check_sparse" ] || ! fits >/dev/null || run_sparse 0 >>"$out" || die "sparse fails on the base: see $R/log/make"
}
# run_sparse I: its messages on stdout; 1: it has not seen every file.
run_sparse() {
	objs=$(objects "$1"); [ -n "$objs" ] || return 0
	# shellcheck disable=SC2086
	progress "$(if [ "$1" = 0 ]; then echo "the base"; else echo "patch $1 of $N"; fi): sparse" "$R/log/make" '' '' \
		make -C "$SRC" O="$dir" $MK LOCALVERSION= CC="$ccache$CC_" CHECK="$SPARSE" C=2 -k -j"$JOBS" $objs >&2 || return 1
	for o in $objs; do grep -qE "^ +CHECK +(.*/)?${o%.o}\.c\$" "$R/log/make" || return 1; done
	messages "$R/log/make" | sed 's/^/sparse /'
}
c_build() {
	make_state "$1"; rc=$?
	[ $rc -ne 3 ] || return 3
	messages "$log" >"$T/msg"
	sed -n '2,$p' "$R/known/$basef" | grep -v '^sparse ' >"$T/base.msg"
	new "$T/base.msg" "$T/msg" >"$out"
	[ $rc -eq 0 ] || { again=1; echo "does not build: $(grep -m 1 -E 'error:|undefined reference|Error [0-9]' "$log"); log: $log" >>"$out"; }
}
c_sparse() {
	fits >"$out" || return
	state "$1"; [ -n "$(objects "$1")" ] || return 3
	run_sparse "$1" >"$T/sparse"; rc=$?
	sed 's/^sparse //' "$T/sparse" >"$T/msg"
	sed -n '2,$p' "$R/known/$basef" | sed -n 's/^sparse //p' >"$T/base.msg"
	new "$T/base.msg" "$T/msg" >"$out"
	[ $rc -eq 0 ] || { again=1; echo "sparse fails: see $R/log/make" >>"$out"; }
}
# Does the state boot, and pass the suites that it has? FULL=1 only.
c_kunit() {
	make_state "$1" || { echo "does not build" >"$out"; return; }
	progress "patch $1 of $N: booting, KUnit" "$R/log/kunit.$1" '' '' env KUNIT_IMAGE="$dir/arch/x86/boot/bzImage" SUITES='*' sh "$BIN/kunit.sh" plain ||
		grep -E '^(  |no_locks: error)' "$R/log/kunit.$1" >"$out"
	grep -qE '^[1-9][0-9]* passed, 0 failed' "$R/log/kunit.$1" || [ -s "$out" ] || echo "no result: see $R/log/kunit.$1" >"$out"
	for su in $(kunit_suites); do
		git -C "$SRC" grep -qF ".name = \"$su\"" "$(commit "$1")" -- mm kernel lib || continue
		grep -qE "# Subtest: $su\$" "$W/kunit/patched-plain/test.log" || echo "suite $su did not run" >>"$out"
	done
}

# --- all of it ------------------------------------------------------------------------------
i=0
while [ $i -lt "$N" ]; do
	i=$((i + 1)); p=$(sha256sum <"$(patch $i)")
	k="$(tree $((i - 1))) $p"
	! wanted applies || cell applies $i "$k" c_applies $i
	! wanted checkpatch || cell checkpatch $i "$base $p $(python3 -c 'import ply, git' 2>&1 | tail -n 1)" c_checkpatch $i
	! wanted maintainers || cell maintainers $i "$k $(tree "$N")" c_maintainers $i
	! wanted spelling || cell spelling $i "$p $(codespell --version 2>&1)" c_spelling $i
	! wanted kernel-doc || cell kernel-doc $i "1 $k" c_kerneldoc $i
	! wanted rst || cell rst $i "$k $(python3 -c 'import docutils; print(docutils.__version__)' 2>&1 | tail -n 1)" c_rst $i
done
! wanted spelling || cell spelling 0 "$(sha256sum "$COVER" 2>&1) $(codespell --version 2>&1)" c_spelling 0

# builds NAME ARCH CC FRAGMENT...: this line of the matrix, for the states that are
# not known yet. Called for the base (I=0) first, then patch by patch: so every
# state is checked out once.
builds() {
	i=$1 name=$2 arch=$3 cc=$4; shift 4
	check_sparse=''; [ "$name" != gcc-debug ] || ! wanted sparse || check_sparse=1
	want_build=''; ! wanted "$name" || want_build=1
	want_kunit=''; [ "$name" != gcc-smp ] || [ "$FULL" != 1 ] || ! wanted kunit || want_kunit=1
	[ -n "$check_sparse$want_build$want_kunit" ] || return 0
	if ! compiler "$arch" "$cc"; then
		[ "$i" = 0 ] || [ -z "$want_build" ] || cell "$name" "$i" "no $CC_" no "$CC_"; return 0
	fi
	frags=$(fragments "$@"); mode=quick; [ "$FULL" != 1 ] || mode=full
	dir=$R/build/$mode-$name; log=$R/log/$name.$i
	conf=$(cat $frags | sha256sum | cut -c 1-16) v=$($CC_ --version | head -n 1)
	k0="$mode $name $arch $conf $v $(tree 0)${check_sparse:+ $(sparse --version 2>&1)${SPARSE#sparse}}" bk="$k0 $(inputs 0)"
	basef=base.$(printf '%s %s %s' "$FMT" 0 "$bk" | sha256sum | cut -c 1-20)
	if [ "$i" = 0 ]; then
		# Is there a patch whose messages are compared with those of the base?
		need_=''; j=0
		while [ $j -lt "$N" ]; do
			j=$((j + 1)); k="$k0 $(inputs $j)"
			for c in ${want_build:+"$name"} ${check_sparse:+sparse}; do
				[ -f "$R/known/$c.$(printf '%s %s %s' "$FMT" $j "$k" | sha256sum | cut -c 1-20)" ] || need_=1
			done
		done
		[ -z "$need_" ] || cell base 0 "$bk" c_base
		return 0
	fi
	k="$k0 $(inputs "$i")"
	[ -z "$want_build" ] || cell "$name" "$i" "$k" c_build "$i"
	[ -z "$check_sparse" ] || cell sparse "$i" "$k" c_sparse "$i"
	[ -z "$want_kunit" ] || cell kunit "$i" "$k" c_kunit "$i"
}
sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$MATRIX" >"$T/matrix"
i=0
while [ $i -le "$N" ]; do
	# shellcheck disable=SC2086
	while read -r line <&3; do builds $i $line; done 3<"$T/matrix"
	i=$((i + 1))
done
i=0
while [ $i -lt "$N" ]; do
	i=$((i + 1))
	! wanted coccicheck || cell coccicheck $i "$FULL $(tree $i) $(tree "$N") $(cat "$COCCI"/*.cocci 2>/dev/null | sha256sum) $(spatch --version 2>/dev/null | head -n 1)" c_coccicheck $i
done
[ -s "$T/rows" ] || die "ONLY=$ONLY: no such check"

# --- the table --------------------------------------------------------------------------------
pass=0 fail=0 skip=0 known=0
grep -v '^#' "$ACCEPT" 2>/dev/null | while read -r c b re; do case $b in "$BASE"|'*') printf '%s\t%s\n' "$c" "$re";; esac; done >"$T/accept"
: >"$T/findings"; : >"$T/skips"
printf '\n%-14s' "$TOPIC"; i=0; while [ $i -le "$N" ]; do printf ' %4d' $i; i=$((i + 1)); done; echo
while read -r row; do
	printf '%-14s' "$row"; i=0
	while [ $i -le "$N" ]; do
		f=$T/cell.$row.$i t=-
		if [ -f "$f" ]; then
			st=$(head -n 1 "$f"); sed -n '2,$p' "$f" >"$T/lines"
			if [ "$st" = bad ]; then
				awk -F '\t' -v r="$row" '$1 == r { print $2 }' "$T/accept" >"$T/re"
				if [ -s "$T/re" ]; then
					a=$(grep -cE -f "$T/re" "$T/lines"); known=$((known + a))
					grep -vE -f "$T/re" "$T/lines" >"$T/l2"; mv "$T/l2" "$T/lines"
				fi
				[ -s "$T/lines" ] || st=ok
			fi
			case $st in
			ok) pass=$((pass + 1)); t=ok;;
			bad) fail=$((fail + 1)); t=$(wc -l <"$T/lines"); sed "s/^/  patch $i, $row: /" "$T/lines" >>"$T/findings";;
			skip) skip=$((skip + 1)); t=skip; sed "s/^/  $row: /" "$T/lines" >>"$T/skips";;
			esac
		fi
		printf ' %4s' "$t"; i=$((i + 1))
	done
	echo
done <"$T/rows"
echo; i=0
while [ $i -lt "$N" ]; do i=$((i + 1)); printf '  %d  %s\n' $i "$(git -C "$SRC" log -1 --format=%s "$(commit $i)")"; done
[ ! -s "$T/findings" ] || { echo; cat "$T/findings"; }
[ ! -s "$T/skips" ] || { echo; sort -u "$T/skips"; }
[ $known -eq 0 ] || printf '\n  %d messages that are known and accepted: configs/review/accept\n' $known
echo; TOPIC=$TOPIC sh "$BIN/send.sh" addresses
echo "$pass passed, $fail failed, $skip skipped"
[ -z "${COUNTS:-}" ] || echo "$pass $fail $skip" >"$COUNTS"
[ $fail -eq 0 ]
