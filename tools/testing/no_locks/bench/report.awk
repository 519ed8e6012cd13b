# SPDX-License-Identifier: GPL-2.0
# report.awk - figures out of results.tsv, put into a template or a plot's data.
#
#   awk -f report.awk [-v plot=NAME] RESULTS.tsv KERNELS.tsv TEMPLATE
#
# In the template, outside of directives, and in the cells of tables:
#   {ID SIDE METRIC}   the figure; SIDE is stock, patched, or ratio (patched/stock)
#                      of several runs: the mean, with the least and the most
#   {ID/ID SIDE METRIC}  one benchmark's figure over another's
#   {ALL worst METRIC; ...}  of all benchmarks with one of these metrics the highest
#                      ratio, and whose it is
#   {KERNELS what kernel}
# Lines between @table and @end: cells separated by " | ", the first is the header.
# Between @compare and @end: ID | METRIC; METRIC...: rows of both kernels, and of how
# many runs a figure is the mean.
# Between @bars and @end: WHAT | ID SIDE METRIC | OP LIMIT: is it met?
# Between @plot NAME and @end: rows "LABEL | {..} | {..}", only with -v plot=NAME, as
# tab-separated data, without what is not measured. Otherwise a plot is left out.
# What has no figure reads "not measured"; a benchmark that has none of a @compare's
# is named below it instead.
BEGIN { FS = "\t"; NONE = "not measured" }
FILENAME ~ /results\.tsv$/ {
	if (FNR == 1) next
	k = $1 SUBSEP $3 SUBSEP $6
	if (!(k in n)) { min[k] = $7 + 0; max[k] = $7 + 0; unit[$1 SUBSEP $6] = $8 }
	n[k]++; sum[k] += $7
	if ($7 < min[k]) min[k] = $7 + 0
	if ($7 > max[k]) max[k] = $7 + 0
	next
}
FILENAME ~ /kernels\.tsv$/ { kern[$1 SUBSEP $2] = $3; next }
/^@(table|compare|bars|plot)/ {
	split($0, d, " "); mode = d[1]; name = d[2]; rows = 0; cols = 0; next
}
/^@end/ {
	if (plot == "" && mode != "@plot") flush()
	if (plot == "" && missing) print (rows ? "\n" : "") "Not measured here: " missing "."
	mode = ""; missing = ""; next
}
mode == "" { if (plot == "") print fill($0); next }
mode == "@plot" { if (name == plot) plotrow($0); next }
plot != "" { next }
mode == "@table" { row(fill($0)); next }
mode == "@compare" {
	split($0, c, / *\| */); m = split(c[2], ms, / *; */)
	for (i = 1; i <= m && runs(c[1], ms[i]) == "-"; i++) ;
	if (i > m) { missing = missing (missing ? ", " : "") "``" c[1] "``"; next }
	if (!rows) row("workload | figure | unit | stock | patched | patched / stock | runs")
	for (i = 1; i <= m; i++) row((i > 1 ? "\\" : "``" c[1] "``") " | " ms[i] " | " (((c[1] SUBSEP ms[i]) in unit) ? unit[c[1] SUBSEP ms[i]] : "-") " | " show(c[1], "stock", ms[i]) " | " show(c[1], "patched", ms[i]) " | " show(c[1], "ratio", ms[i]) " | " runs(c[1], ms[i]))
	next
}
mode == "@bars" {
	if (!rows) row("what | bar | measured | verdict")
	split($0, c, / *\| */); split(c[3], lim, " ")
	v = mean_of(c[2])
	row(c[1] " | " c[3] " | " fill("{" c[2] "}") " | " (v == NONE ? NONE : ((lim[1] == "<=" ? v <= lim[2] : v < lim[2]) ? "met" : "**missed**")))
	next
}

function args(s) {
	match(s, /^[^ ]+ [^ ]+ /); split(substr(s, 1, RLENGTH), A, " "); A[3] = substr(s, RLENGTH + 1)
}
function mean_of(s) { args(s); return mean(A[1], A[2], A[3]) }
function mean(id, side, metric,    k, s, p, ab) {
	if (id == "ALL") return worst(metric)
	if (split(id, ab, "/") == 2) {
		s = mean(ab[1], side, metric); p = mean(ab[2], side, metric)
		return (s == NONE || p == NONE || p == 0) ? NONE : s / p
	}
	if (side == "ratio") {
		s = mean(id, "stock", metric); p = mean(id, "patched", metric)
		return (s == NONE || p == NONE || s == 0) ? NONE : p / s
	}
	k = id SUBSEP side SUBSEP metric
	return (k in n) ? sum[k] / n[k] : NONE
}
function worst(metrics,    m, i, k, r, w, wm, wk) {
	w = NONE; m = split(metrics, wm, / *; */)
	for (k in n) {
		split(k, wk, SUBSEP)
		if (wk[2] != "stock") continue
		for (i = 1; i <= m; i++) if (wk[3] == wm[i]) {
			r = mean(wk[1], "ratio", wk[3])
			if (r != NONE && (w == NONE || r > w)) { w = r; whose = wk[1] }
		}
	}
	return w
}
# How many runs: a benchmark that repeats itself within a boot says so.
function runs(id, metric,    k) {
	k = id SUBSEP "stock" SUBSEP metric
	if (!(k in n)) k = id SUBSEP "patched" SUBSEP metric
	if (!(k in n)) return "-"
	if ((k ", least") in n && (id SUBSEP "stock" SUBSEP "timed runs") in n) return max[id SUBSEP "stock" SUBSEP "timed runs"]
	return n[k]
}
function num(x) {
	if (x == NONE) return x
	if (x == int(x)) return sprintf("%d", x)
	return sprintf(x < 10 && x > -10 ? "%.3f" : x < 1000 ? "%.1f" : "%.0f", x)
}
function show(id, side, metric,    v, k) {
	v = mean(id, side, metric); k = id SUBSEP side SUBSEP metric
	if (v == NONE && side == "ratio") return (mean(id, "stock", metric) == 0) ? "-" : NONE
	if (v == NONE) return v
	if (id == "ALL") return sprintf("%.3f (%s)", v, whose)
	if (side == "ratio" || id ~ /\//) return sprintf("%.3f", v)
	if ((k ", least") in n && min[k ", least"] != max[k ", most"])
		return num(v) " (" num(min[k ", least"]) " to " num(max[k ", most"]) ")"
	return num(v) ((k in n) && n[k] > 1 && min[k] != max[k] ? " (" num(min[k]) " to " num(max[k]) ")" : "")
}
function fill(s,    out, w, t) {
	out = ""
	while (match(s, /\{[^{} ]+ [^{}]+\}/)) {
		w = substr(s, RSTART + 1, RLENGTH - 2)
		out = out substr(s, 1, RSTART - 1); s = substr(s, RSTART + RLENGTH)
		args(w)
		if (A[1] == "KERNELS") { t = w; sub(/^KERNELS /, "", t); match(t, / [^ ]+$/); t = substr(t, 1, RSTART - 1) SUBSEP substr(t, RSTART + 1); out = out ((t in kern) ? kern[t] : NONE) }
		else out = out show(A[1], A[2], A[3])
	}
	return out s
}
function plotrow(s,    c, m, i, v, line) {
	m = split(s, c, / *\| */); line = c[1]
	for (i = 2; i <= m; i++) {
		v = c[i]
		if (v ~ /^\{/) { v = mean_of(substr(v, 2, length(v) - 2)); if (v == NONE) v = "NaN" }
		line = line "\t" v
	}
	if (line !~ /NaN.*NaN/ && !(m == 2 && line ~ /NaN/)) print line
}
function row(s,    c, m, i) {
	m = split(s, c, / +\| +/); rows++
	if (rows == 1) cols = m
	for (i = 1; i <= cols; i++) {
		cell[rows, i] = (i <= m) ? c[i] : ""
		if (length(cell[rows, i]) > wid[i] || rows == 1) wid[i] = length(cell[rows, i])
	}
}
function rule(    i, l) {
	for (i = 1; i <= cols; i++) { l = l (i > 1 ? "  " : ""); l = l substr(dash(wid[i]), 1) }
	return l
}
function dash(w,    s) { while (length(s) < w) s = s "="; return s }
function flush(    r, i, line) {
	if (rows < 2) return
	print rule()
	for (r = 1; r <= rows; r++) {
		line = ""
		for (i = 1; i <= cols; i++) line = line (i > 1 ? "  " : "") sprintf("%-" wid[i] "s", cell[r, i])
		sub(/ +$/, "", line); print line
		if (r == 1) print rule()
	}
	print rule()
}
