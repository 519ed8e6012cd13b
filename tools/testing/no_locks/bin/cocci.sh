#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# cocci.sh - run cocci/gfp_no_locks.cocci on planted misuse and on whole trees. KTAP.
#
# In cocci/planted.c every line with /* BAD: words */ is reported, with these words, and
# no other line is. Then the tree's own `make coccicheck MODE=report` runs on the stock
# tree, where it must report nothing, and on the patched one, where only the KUnit test
# misuses the flag (on purpose, so it must be reported there).
# No arguments. TREES="stock patched" says which trees. Reports: O/BASE/cocci/.
# COUNTS=file: "passed failed skipped" go there. Exit 1 if a check fails.
# shellcheck disable=SC2154
. "$(dirname "$0")/lib.sh"
set_base; lock
command -v spatch >/dev/null 2>&1 || sh "$BIN/deps.sh" coccinelle || exit 1
need spatch make awk
sh "$BIN/tree.sh" || exit 1
cocci=$HERE/cocci/gfp_no_locks.cocci
test=mm/tests/page_alloc_kunit.c
out=$W/cocci; mkdir -p "$out"
n=0 bad=0
# t NAME FILE: the check whose complaints are in FILE (empty: ok).
t() {
	n=$((n + 1))
	if [ -s "$2" ]; then bad=$((bad + 1)); echo "not ok $n - $1"; sed 's/^/  # /' "$2" | head -n 15; else echo "ok $n - $1"; fi
}
# reports TREE: what is said about it, FILE:LINE:COLUMNS: TEXT, a line each.
reports() {
	progress "coccicheck: $1" "$out/$1.log" : '' make -C "$2" coccicheck MODE=report COCCI="$cocci" J="$JOBS" ||
		die "coccicheck fails: see $out/$1.log"
	sed -n -E 's,^(\./|'"$2"'/)?([^ :]+:[0-9]+:[0-9-]+: .*),\2,p' "$out/$1.log" | sort >"$out/$1.reports"
}

# shellcheck disable=SC2046
spatch -D report --very-quiet --no-show-diff $(sed -n 's,^// Options: ,,p' "$cocci") --cocci-file "$cocci" \
	"$HERE/cocci/planted.c" >"$out/planted.log" 2>"$out/planted.err" || die "spatch fails: $(grep -m 1 . "$out/planted.err")"
awk -v src="$HERE/cocci/planted.c" '
	NR == FNR { split($0, a, ":"); if (a[2] + 0) { said[a[2]] = said[a[2]] "\n" $0 }; next }
	{ want = ""; if (match($0, /\/\* BAD: .* \*\/$/)) want = substr($0, RSTART + 8, RLENGTH - 11)
	  have = said[FNR]
	  if (want != "") { planted++; if (!index(have, want)) print FNR ": not reported: " want; gsub(/^\n/, "", have); if (have ~ /\n/) print FNR ": reported more than once: " have }
	  else if (have != "") print "reported, but not planted:" have }
	END { if (planted < 10) print "only " planted + 0 " lines are planted" }' "$out/planted.log" "$HERE/cocci/planted.c" >"$out/planted.bad"
t "planted misuse: $(grep -c '/\* BAD: ' "$HERE/cocci/planted.c") lines, each reported, nothing else" "$out/planted.bad"

for tree in ${TREES:-stock patched}; do
	case $tree in
	stock)	reports stock "$STOCK"; cp "$out/stock.reports" "$out/stock.bad";;
	patched)
		reports patched "$TREE"; grep -v "^$test:" "$out/patched.reports" >"$out/patched.bad"
		grep -q "^$test:" "$out/patched.reports" || echo "$test: its misuse is not reported" >>"$out/patched.bad";;
	*)	die "TREES=$tree: stock, patched";;
	esac
	t "$tree tree: no misuse$([ "$tree" = stock ] || echo ", but in $test") ($p_secs s)" "$out/$tree.bad"
done
if [ -n "${COUNTS:-}" ]; then echo "$((n - bad)) $bad 0" >"$COUNTS"; else echo "$((n - bad)) passed, $bad failed, 0 skipped"; fi
[ $bad -eq 0 ]
