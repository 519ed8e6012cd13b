#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# report.sh DATA OUT [BASE] - the report of the benchmarks, from DATA/*.tsv alone.
#
# OUT/report.rst is bench/report.in (report.BASE.in if there is one) with its figures
# filled in by bench/report.awk; OUT/*.svg are drawn by gnuplot from bench/plots/*.gp,
# each with the data of the template's `@plot NAME`. A plot without data is not drawn.
# Nothing in the report is typed by hand, and the same data makes the same files.
# Errors: no results, no gnuplot.
set -u
LC_ALL=C; export LC_ALL
B=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 2 ] || [ $# -eq 3 ] || { echo "usage: $0 DATA OUT [BASE]" >&2; exit 2; }
in=$B/report.in; [ ! -f "$B/report.${3:-}.in" ] || in=$B/report.$3.in
[ -s "$1/results.tsv" ] || { echo "no_locks: error: no results in $1" >&2; exit 1; }
command -v gnuplot >/dev/null || { echo "no_locks: error: missing: gnuplot" >&2; exit 1; }
T=$(mktemp -d) || exit 1; trap 'rm -rf "$T"' EXIT
mkdir -p "$2"
for gp in "$B"/plots/*.gp; do
	p=$(basename "$gp" .gp); rm -f "$2/$p.svg"
	awk -v plot="$p" -f "$B/report.awk" "$1/results.tsv" "$1/kernels.tsv" "$in" >"$T/$p.dat" || exit 1
	[ -s "$T/$p.dat" ] || continue
	gnuplot -e "data='$T/$p.dat'; out='$2/$p.svg'" "$B/plots/common.inc" "$gp" || { echo "no_locks: error: cannot draw $p" >&2; exit 1; }
done
awk -f "$B/report.awk" "$1/results.tsv" "$1/kernels.tsv" "$in" >"$T/report.rst" || exit 1
# A picture that could not be drawn is not referred to.
awk -v dir="$2" '/^\.\. (figure|image):: / { skip = system("test -f " dir "/" $3) } /^[^ .]/ { skip = 0 } !skip' "$T/report.rst" >"$2/report.rst"
