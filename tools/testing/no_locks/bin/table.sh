#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# table.sh - run the benchmarks on stock and patched, then the table.
#
# bench/jobs.BASE, else bench/jobs.main (or the file named in JOBLIST=): one line per run,
#   JOB FLAVOUR SMP MEM [ARG...]     # comment
# Both kernels run at the same time: their clocks count instructions, so load on
# the machine does not show. A job that runs twice with other arguments is named
# in the results JOB-2, JOB-3. Ends with `bench/table.sh STOCK-DIR PATCHED-DIR`
# for each flavour: the table on stdout, its TSV beside the results.
# Errors: those of build.sh and boot.sh; a job that fails ends it.
. "$(dirname "$0")/lib.sh"
set_base; lock
BENCH=${BENCH:-$HERE/bench}; list=${JOBLIST:-$BENCH/jobs.$BASE}
[ -n "${JOBLIST:-}" ] || [ -f "$list" ] || list=$BENCH/jobs.main
[ -f "$list" ] || die "no list of benchmarks: $list"
sh "$BIN/deps.sh" || exit 1
sh "$BIN/tree.sh" || exit 1
tmpdir; sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$list" >"$T/jobs"
flavours=$(awk '!seen[$2]++ { print $2 }' "$T/jobs")
for f in $flavours; do
	need_flavour "$f"; b=$(flavour_key "$f" build); b=${b:-$f}
	sh "$BIN/build.sh" "stock-$b" "patched-$b" || exit 1
done
RESULTS=$W/results; export RESULTS
begin=$(date +%s); : >"$T/seen"
while read -r job f smp mem args; do
	echo "$job $f" >>"$T/seen"; nth=$(grep -cFx "$job $f" "$T/seen"); run=$job
	[ "$nth" -eq 1 ] || run=$job-$nth
	echo "$f/$run" >>"$T/wanted"
	# shellcheck disable=SC2086
	{ SMP=$smp MEM=$mem RUN=$run sh "$BIN/boot.sh" "stock-$f" "$job" $args & a=$!
	SMP=$smp MEM=$mem RUN=$run sh "$BIN/boot.sh" "patched-$f" "$job" $args & b=$!; }
	CHILDREN="$CHILDREN $a $b"
	wait $a; ra=$?; wait $b; rb=$?; CHILDREN=''
	[ $ra -eq 0 ] && [ $rb -eq 0 ] || exit 1
done <"$T/jobs"
# Results of jobs that are no longer in the list would show in the table.
for r in "$RESULTS"/*-*/*.tsv; do
	[ -f "$r" ] || continue
	k=$(basename "$(dirname "$r")"); grep -Fqx "${k#*-}/$(basename "$r" .tsv)" "$T/wanted" || rm -f "$r"
done
say "benchmarks: $(($(date +%s) - begin)) s"
if [ ! -f "$BENCH/table.sh" ]; then say "no bench/table.sh: results are in $W/results"; exit 0; fi
for f in $flavours; do sh "$BENCH/table.sh" "$W/results/stock-$f" "$W/results/patched-$f" || die "bench/table.sh failed"; done
