#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# table.sh STOCK-DIR PATCHED-DIR [OUT.tsv] - stock against patched.
#
# Reads all *.tsv (workload, metric, value, unit) of both folders and prints an
# aligned table: workload, metric, stock, patched, difference, ratio. The whole goes
# to OUT.tsv (default: PATCHED-DIR/../table-FLAVOUR.tsv), header line first. A figure
# that only one side has reads "missing"; a ratio over 0 reads "-".
# ALL=1 prints every metric; by default the spread (least, most, mean), the parts of
# a sum and what only describes the set-up are left out.
# Errors: usage, no such folder, no results in either.
set -u
LC_ALL=C; export LC_ALL
[ $# -eq 2 ] || [ $# -eq 3 ] || { echo "usage: $0 STOCK-DIR PATCHED-DIR [OUT.tsv]" >&2; exit 2; }
for d in "$1" "$2"; do [ -d "$d" ] || { echo "$0: no folder $d" >&2; exit 1; }; done
flavour=$(basename "$2"); flavour=${flavour#patched-}
out=${3:-$2/../table-$flavour.tsv}

# One line a figure: order, side, workload, metric, value, unit; files in the order
# job, job-2, ... job-10, stock's first so that its order is the table's.
side() {
	for f in $(cd "$2" && ls | sed -n 's/\.tsv$//p' | sort -V); do
		awk -F '\t' -v OFS='\t' -v s="$1" 'NF == 4 { print s, $1, $2, $3, $4 }' "$2/$f.tsv"
	done
}
{ side stock "$1"; side patched "$2"; } | awk -F '\t' -v out="$out" -v all="${ALL:-0}" '
	{
		key = $2 SUBSEP $3
		if (!(key in unit)) { order[++n] = key; w[n] = $2; m[n] = $3; unit[key] = $5 }
		# Units may differ when one side ran without icount: then nothing compares.
		if (unit[key] != $5) { bad[key] = 1 }
		value[$1, key] = $4; has[$1, key] = 1
	}
	function short(x) { return x == int(x) ? sprintf("%d", x) : sprintf("%.3f", x) }
	function hidden(metric) {
		return metric ~ /, (least|most|mean)$/ || metric ~ /^drain\./ ||
			metric ~ /(a round|, counted)$/ ||
			metric ~ /^(objects|objects freed|channel 3 objects|blocks|fill|pages hoarded|free pages before|pcplist before|memory footprint|worst section)$/
	}
	END {
		if (!n) { print "no results" > "/dev/stderr"; exit 1 }
		head = "workload\tmetric\tunit\tstock\tpatched\tdifference\tratio"
		print head > out
		rows = 0
		add("workload", "metric (unit)", "stock", "patched", "difference", "ratio")
		# A workload that comes in several files stays in one piece.
		for (i = 1; i <= n; i++) if (!(w[i] in seen)) { seen[w[i]] = 1; wl[++nw] = w[i] }
		for (j = 1; j <= nw; j++) for (i = 1; i <= n; i++) if (w[i] == wl[j]) {
			key = order[i]
			s = has["stock", key] ? value["stock", key] : "missing"
			p = has["patched", key] ? value["patched", key] : "missing"
			d = "missing"; r = "missing"
			if (s != "missing" && p != "missing" && !bad[key]) {
				d = short(p - s)
				r = s + 0 ? sprintf("%.3f", p / s) : "-"
			} else if (bad[key]) { d = r = "units differ" }
			printf "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", w[i], m[i], unit[key], s, p, d, r > out
			if (all != 1 && hidden(m[i])) continue
			add(w[i] == last ? "" : w[i], m[i] " (" unit[key] ")", s, p, d, r)
			last = w[i]
		}
		for (i = 1; i <= rows; i++) {
			if (i > 2 && c[i, 1] != "") print ""
			line = sprintf("%-" wid[1] "s  %-" wid[2] "s", c[i, 1], c[i, 2])
			for (k = 3; k <= 6; k++) line = line sprintf("  %" wid[k] "s", c[i, k])
			print line
			if (i == 1) { gsub(/./, "-", line); print line }
		}
	}
	function add(a, b, e, f, g, h) {
		rows++
		c[rows, 1] = a; c[rows, 2] = b; c[rows, 3] = e; c[rows, 4] = f; c[rows, 5] = g; c[rows, 6] = h
		for (k = 1; k <= 6; k++) if (length(c[rows, k]) > wid[k]) wid[k] = length(c[rows, k])
	}' || exit 1
