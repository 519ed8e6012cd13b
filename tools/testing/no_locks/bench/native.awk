# SPDX-License-Identifier: GPL-2.0
# native.awk - the table of bin/native.sh, from its runs: kernel, run, row, metric, value, unit.
# -v out=FILE gets all of it: median and quartiles for each row, metric and kernel.
# A kernel's figure is the median of its runs. A row is printed with the parts of its sum.
BEGIN { FS = OFS = "\t" }
!($1 in known_kernel) { known_kernel[$1]; kernels[++nr_kernels] = $1 }
!(($3, $4) in known_row) { known_row[$3, $4]; row[++nr_rows] = $3; metric[nr_rows] = $4 }
{
	n = ++count[$1, $3, $4]
	value[$1, $3, $4, n] = $5
	unit[$3, $4] = $6
}
# sort_values KEY: value[KEY, 1...] in order; returns how many.
function sort_values(key,    n, i, j, v) {
	n = count[key]
	for (i = 2; i <= n; i++) {
		v = value[key, i]
		for (j = i - 1; j > 0 && value[key, j] > v; j--) value[key, j + 1] = value[key, j]
		value[key, j + 1] = v
	}
	return n
}
# quantile KEY Q: with linear interpolation between neighbours.
function quantile(key, q,    n, at, low) {
	n = count[key]
	at = 1 + (n - 1) * q
	low = int(at)
	if (low >= n) return value[key, n]
	return value[key, low] + (at - low) * (value[key, low + 1] - value[key, low])
}
function ratio(above, below) {
	return below > 0 && above != "" ? sprintf("%.2f", above / below) : "-"
}
function over_stock(kernel, r, other, m) {
	return ratio(median[kernel, r, m], median[kernels[1], other, m])
}
function cell(kernel, r, m) {
	if (!((kernel, r, m) in median)) return "-"
	return sprintf("%.1f [%.1f %.1f]", median[kernel, r, m], q1[kernel, r, m], q3[kernel, r, m])
}
function print_line(    i, line) {
	line = sprintf("%-18s %-9s", field[1], field[2])
	for (i = 3; i <= nr_fields; i++)
		line = line sprintf(" %" (i - 2 <= nr_kernels ? 21 : length(heading[i])) "s", field[i])
	print line
}
END {
	print "row", "metric", "unit", "kernel", "runs", "median", "quartile 1", "quartile 3" >out
	for (i = 1; i <= nr_rows; i++) for (k = 1; k <= nr_kernels; k++) {
		key = kernels[k] SUBSEP row[i] SUBSEP metric[i]
		if (!(key in count)) continue
		n = sort_values(key)
		median[key] = quantile(key, 0.5)
		q1[key] = quantile(key, 0.25)
		q3[key] = quantile(key, 0.75)
		figures = median[key] OFS q1[key] OFS q3[key]
		print row[i], metric[i], unit[row[i], metric[i]], kernels[k], n, figures >out
	}
	nr_fields = 2
	field[1] = "row"
	field[2] = "metric"
	for (k = 1; k <= nr_kernels; k++) field[++nr_fields] = kernels[k]
	for (k = 2; k <= nr_kernels; k++) field[++nr_fields] = kernels[k] "/" kernels[1]
	for (k = 1; k <= nr_kernels; k++) field[++nr_fields] = kernels[k] "*"
	for (i = 1; i <= nr_fields; i++) heading[i] = sprintf("%6s", field[i])
	print_line()
	for (i = 1; i <= nr_rows; i++) {
		m = metric[i]
		if (m !~ /^(enqueue|drain|enqueue.drain.fill|free|channel 3)$/) continue
		# What a way of freeing is told beside: stock's list, or stock's kfree() of each.
		other = row[i]
		sub(/^blocks/, "list", other)
		sub(/^bulk/, "each", other)
		nr_fields = 2
		field[1] = row[i] == last ? "" : row[i]
		field[2] = m == "enqueue+drain+fill" ? "sum" : m
		last = row[i]
		for (k = 1; k <= nr_kernels; k++) field[++nr_fields] = cell(kernels[k], row[i], m)
		for (k = 2; k <= nr_kernels; k++)
			field[++nr_fields] = over_stock(kernels[k], row[i], row[i], m)
		for (k = 1; other != row[i] && k <= nr_kernels; k++)
			field[++nr_fields] = over_stock(kernels[k], row[i], other, m)
		print_line()
	}
	print "* over stock's list (rows blocks), or stock's kfree() of each (rows bulk)"
}
