#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# bench.sh [quick|report] - the benchmarks of bench/jobs.bench, then the report.
#
# One line per benchmark (bench/jobs.bench, or jobs.bench.BASE if there is one, says more;
# JOBLIST= names another list):
#   ID JOB FLAVOUR SMP MEM [+OPTION...] [ARG...]
# Options: +runs=N (times, default 1; `quick` runs once), +only=stock or patched,
# +icount=0 (real time), +append=WORD (for the kernel's command line), +quick (also
# with `quick`), +timeout=SECONDS, +alt=NAME[+NAME...] (only stock, with
# bench/alternatives/NAME.patch, built in O/alternatives/NAME+NAME).
# Builds what is missing. JOBS boots at a time (default 2: stock and patched); what
# runs in real time runs alone. Each result is kept as O/BASE/bench/KERNEL/ID.tsv
# (ID.2, ... for further runs) and not made again while kernel, modules and command
# are the same: stop and go on at any time. A benchmark that fails is named at the
# end, the others go on. At the end all results go to O/BASE/bench/data/*.tsv, and
# `bench/report.sh` makes the report and its plots of them in O/BASE/bench/report (REPORT=dir).
# Errors: those of build.sh; a malformed line; a failed benchmark: exit 1.
# shellcheck disable=SC2154
. "$(dirname "$0")/lib.sh"
set_base; lock
BENCH=${BENCH:-$HERE/bench}; list=${JOBLIST:-$BENCH/jobs.bench}
[ -n "${JOBLIST:-}" ] || [ ! -f "$list.$BASE" ] || list=$list.$BASE
[ -f "$list" ] || die "no list of benchmarks: $list"
case ${1:-} in ''|quick|report) ;; *) die "bench.sh: '$1': quick, report or nothing";; esac
R=$W/bench; tmpdir; quick=${1:-}; quick=${quick#report}

# --- what is to be run: KERNEL RUN ICOUNT APPEND TIMEOUT ALT ID JOB FLAVOUR SMP MEM ARGS ---
sed -e 's/[[:space:]]*#.*//' -e '/^[[:space:]]*$/d' "$list" | awk -v quick="$quick" '
	{
		if (NF < 5 || $1 in seen) bad("no ID JOB FLAVOUR SMP MEM, or an ID twice")
		seen[$1]
		runs = 1; only = ""; icount = 1; append = "-"; timeout = 1800; alt = "-"; q = 0; args = ""
		for (i = 6; i <= NF; i++) {
			if ($i ~ /^\+runs=/) runs = substr($i, 7) + 0
			else if ($i ~ /^\+only=/) only = substr($i, 7)
			else if ($i ~ /^\+icount=/) icount = substr($i, 9)
			else if ($i ~ /^\+append=/) append = (append == "-" ? "" : append ",") substr($i, 9)
			else if ($i ~ /^\+timeout=/) timeout = substr($i, 10)
			else if ($i ~ /^\+alt=/) { alt = substr($i, 6); only = "stock" }
			else if ($i == "+quick") q = 1
			else if ($i ~ /^\+/) bad("unknown option " $i)
			else args = args " " $i
		}
		if (quick && !q) next
		if (quick) runs = 1
		for (r = 1; r <= runs; r++) for (s = 0; s < 2; s++) {
			side = s ? "patched" : "stock"
			if (only && only != side) continue
			# The same again would give the same: a word more shifts it.
			a = (r > 1) ? (append == "-" ? "" : append ",") "no_locks_run=" r : append
			run = $1 (r > 1 ? "." r : "")
			if ((side, run) in ids) bad("its run " run " is one of " ids[side, run])
			ids[side, run] = $1
			print side "-" $3, run, icount, a, timeout, alt, $1, $2, $3, $4, $5 args
		}
	}
	function bad(why) { print why ": " $0 > "/dev/stderr"; exit 1 }' >"$T/runs" 2>"$T/err" || die "$list: $(cat "$T/err")"
[ -s "$T/runs" ] || die "$list: nothing to run"
alts=$(awk '$6 != "-" { print $6 }' "$T/runs" | sort -u)
for p in $(echo "$alts" | tr + ' '); do [ -f "$BENCH/alternatives/$p.patch" ] || die "no alternative $p: no $BENCH/alternatives/$p.patch"; done
sh "$BIN/deps.sh" gnuplot-nox || exit 1
[ "${1:-}" = report ] || sh "$BIN/tree.sh" || exit 1
mkdir -p "$R/data"
# built KERNEL: its name in O/BASE/build, which several flavours may share.
built() { b=$(flavour_key "${1#*-}" build); echo "${1%%-*}-${b:-${1#*-}}"; }
[ "${1:-}" = report ] || for k in $(awk '$6 == "-" { print $1 }' "$T/runs" | sort -u); do
	need_flavour "${k#*-}"; built "$k"
done | sort -u | xargs -r sh "$BIN/build.sh" || exit 1
# Alternatives are a commit on stock, in a tree of their own.
[ "${1:-}" = report ] || for alt in $alts; do
	a=$O/alternatives/$alt; src=$a/${W##*/}/stock
	mkdir -p "${src%/*}"
	if [ "$(git -C "$src" rev-parse -q --verify HEAD 2>/dev/null)" != "$(git -C "$STOCK" rev-parse HEAD)" ]; then
		need_space 3000 "building an alternative"
		rm -rf "$src" "$src.tmp"
		git clone -q -s -n "$STOCK" "$src.tmp" 2>"$a/log" &&
			progress "a tree for the alternative $alt" "$a/log" "du -sm '$src.tmp' | cut -f1 | sed 's/\$/ MB/'" '1600 MB' \
				git -C "$src.tmp" checkout -q -f --detach HEAD || die "cannot make $src: see $a/log"
		mv "$src.tmp" "$src"
	fi
	git -C "$src" checkout -q -f HEAD -- . || die "cannot reset $src"
	for p in $(echo "$alt" | tr + ' '); do
		git -C "$src" apply "$BENCH/alternatives/$p.patch" || die "alternative $p does not apply to $STOCK"
	done
	for k in $(awk -v a="$alt" '$6 == a { print $1 }' "$T/runs" | sort -u); do need_flavour "${k#*-}"; built "$k"; done |
		sort -u | O=$a xargs sh "$BIN/build.sh" || exit 1
done

# What is measured, while it is what lies there.
[ "${1:-}" = report ] || {
	printf 'what\tkernel\tvalue\n'
	for k in $(awk '$6 == "-" { print $1 }' "$T/runs" | sort -u); do
		b=$(built "$k")
		[ -f "$W/build/$b/include/config/kernel.release" ] || continue
		printf 'release\t%s\t%s\n' "$k" "$(cat "$W/build/$b/include/config/kernel.release")"
		printf 'config sha256\t%s\t%s\n' "$k" "$(sha256sum <"$W/build/$b/.config" | cut -c 1-16)"
	done
	printf 'base\tall\t%s\n' "$(git -C "$TREE" log -1 --format=%s base)"
	printf 'files\tpatched\t%s\n' "$(code_hash)"
	printf 'compiler\tall\t%s\n' "$(gcc --version | head -n 1)"
	printf 'emulator\tall\t%s\n' "$(qemu-system-x86_64 --version | head -n 1)"
} >"$R/data/kernels.tsv"
# configs KERNEL...: their configurations, an option a line, a kernel a column.
configs() {
	printf 'option'; printf '\t%s' "$@"; echo
	# shellcheck disable=SC2046
	awk -v n=$# 'FNR == 1 { k++ } /^CONFIG_/ { o = substr($0, 1, index($0, "=") - 1); all[o]; v[o, k] = substr($0, length(o) + 2) }
		END { for (o in all) { l = o; for (i = 1; i <= n; i++) l = l "\t" ((o, i) in v ? v[o, i] : "-"); print l } }' \
		$(for k; do echo "$W/build/$k/.config"; done) | sort
}
# shellcheck disable=SC2046
[ "${1:-}" = report ] || configs $(for k in $(awk '$6 == "-" { print $1 }' "$T/runs"); do built "$k"; done | sort -u) >"$R/data/config.tsv"

# --- run them --------------------------------------------------------------------
total=$(wc -l <"$T/runs") n=0 running=0 seen='' fresh='' begin=$(date +%s); : >"$T/failed"
RESULTS=$R; export RESULTS
[ "$JOBS" -le 2 ] || JOBS=2	# more would only wait for each other's TCG thread
one() {
	k=$1 RUN=$2 ICOUNT=$3 APPEND=$4 TIMEOUT=$5 alt=$6 id=$7 job=$8; shift 9
	SMP=$1 MEM=$2; shift 2
	case $APPEND in -) APPEND='';; *) APPEND=$(echo "$APPEND" | tr ',' ' ');; esac
	[ "$alt" = - ] || O=$O/alternatives/$alt
	export RUN ICOUNT APPEND TIMEOUT SMP MEM O
	sh "$BIN/boot.sh" "$k" "$job" "$@" || echo "$k: $id" >>"$T/failed"
}
[ "${1:-}" = report ] || while read -r line; do
	n=$((n + 1))
	# shellcheck disable=SC2086
	set -- $line
	# Real time: alone.
	[ "$3" = 1 ] || { wait; CHILDREN='' running=0 fresh=''; }
	# The first boot of a kernel makes its initramfs: not twice at a time.
	key=$(built "$1")/$6
	case " $fresh " in *" $key "*) wait; CHILDREN='' running=0 fresh='';; esac
	case " $seen " in *" $key "*) ;; *) seen="$seen $key" fresh="$fresh $key";; esac
	el=$(($(date +%s) - begin))
	say "bench: $n of $total: $1 $2, $((el / 60)) min so far"
	one "$@" & CHILDREN="$CHILDREN $!"
	running=$((running + 1))
	{ [ "$3" = 1 ] && [ $running -lt "$JOBS" ]; } || { wait; CHILDREN='' running=0 fresh=''; }
done <"$T/runs"
wait; CHILDREN=''

# --- results as tables -----------------------------------------------------------
d=$R/data
printf 'id\trun\tkernel\tflavour\tworkload\tmetric\tvalue\tunit\n' >"$d/results.tsv"
printf 'id\tkernel\tclock\tcommand\n' >"$d/commands.tsv"
while read -r k run icount _ _ _ id _; do
	[ -f "$R/$k/$run.tsv" ] || continue
	nr=${run#"$id"}; nr=${nr#.}
	awk -F '\t' -v OFS='\t' -v p="$id	${nr:-1}	${k%%-*}	${k#*-}" '{ print p, $0 }' "$R/$k/$run.tsv" >>"$d/results.tsv"
	[ -z "$nr" ] || continue
	[ "$icount" = 1 ] && clock=instructions || clock='real time'
	printf '%s\t%s\t%s\t%s\n' "$id" "$k" "$clock" "$(sed "s,$W/build/,,g; s,$O/,,g" "$R/$k/$run.cmd")" >>"$d/commands.tsv"
done <"$T/runs"
[ "${1:-}" = report ] || say "bench: $((n - $(wc -l <"$T/failed"))) of $n in $((($(date +%s) - begin) / 60)) min: $d/results.tsv"
REPORT=${REPORT:-$R/report}
if [ -f "$BENCH/report.sh" ]; then sh "$BENCH/report.sh" "$d" "$REPORT" "$BASE" || die "the report cannot be made"; say "report: $REPORT/report.rst"; fi
[ ! -s "$T/failed" ] || die "failed: $(paste -sd';' "$T/failed" | sed 's/;/; /g')"
