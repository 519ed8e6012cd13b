#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# cocci.sh - run cocci/gfp_no_locks.cocci on known misuse and on whole trees. KTAP.
#
# Each line of cocci/planted.c that ends in /* BAD: words */ must be reported with these
# words, and no other line may be. After that, the tree's own `make coccicheck MODE=report`
# runs on the stock tree, where nothing may be reported, and on the patched tree. There the
# KUnit test misuses the flag on purpose: its file must be reported, and no other.
# The rules are the same for every base, and for spatch 1.1.1 and 1.3.0.
# No arguments. TREES="stock patched" says which trees. Reports: O/BASE/cocci/.
# COUNTS=file: "passed failed skipped" go there. Exit 1 if a check fails.
# shellcheck disable=SC2154
. "$(dirname "$0")/lib.sh"

# run_spatch COCCI FILE
run_spatch() {
	# shellcheck disable=SC2046
	spatch -D report --very-quiet --no-show-diff $(sed -n 's,^// Options: ,,p' "$1") \
		--cocci-file "$1" "$2"
}

# runs_python: is spatch there, with the Python library that it loads?
runs_python() {
	printf 'virtual report\n@script:python@\n@@\nprint("python")\n' >"$out/python.cocci"
	run_spatch "$out/python.cocci" "$planted" 2>"$out/python.err" | grep -q '^python'
}

# compare_planted REPORTS SOURCE: prints what is missing, and what is too much.
compare_planted() {
	awk '
		FILENAME == ARGV[1] {
			split($0, part, ":")
			if (part[2] + 0)
				said[part[2]] = said[part[2]] "\n  " $0
			next
		}
		match($0, /\/\* BAD: .* \*\/$/) {
			planted++
			words = substr($0, RSTART + 8, RLENGTH - 11)
			if (!index(said[FNR], words))
				print FNR ": not reported: " words
			if (said[FNR] ~ /\n.*\n/)
				print FNR ": reported more than once:" said[FNR]
			next
		}
		FNR in said { print FNR ": reported, but not planted:" said[FNR] }
		END {
			if (planted < 70)
				print "only " planted + 0 " lines are planted"
		}' "$1" "$2"
}

# check_tree NAME DIR: writes what is reported to NAME.reports, FILE:LINE:COLUMNS: TEXT.
check_tree() {
	progress "coccicheck: $1" "$out/$1.log" : '' \
		make -C "$2" coccicheck MODE=report COCCI="$cocci" J="$JOBS" ||
		die "coccicheck fails: see $out/$1.log"
	grep -q "spatch .*--cocci-file $cocci .*--dir" "$out/$1.log" ||
		die "coccicheck did not run the script: see $out/$1.log"
	sed -n -E 's,^(\./|'"$2"'/)?([^ :]+:[0-9]+:[0-9-]+: .*),\2,p' "$out/$1.log" |
		sort >"$out/$1.reports"
}

set_base
lock
cocci=$HERE/cocci/gfp_no_locks.cocci
planted=$HERE/cocci/planted.c
kunit=mm/tests/page_alloc_kunit.c
out=$W/cocci
number=0 failed=0
mkdir -p "$out"
runs_python || sh "$BIN/deps.sh" coccinelle || exit 1
runs_python || die "spatch cannot run Python: $(grep -m 1 . "$out/python.err")"
need make awk
sh "$BIN/tree.sh" || exit 1

run_spatch "$cocci" "$planted" >"$out/planted.log" 2>"$out/planted.err" ||
	die "spatch fails: $(grep -m 1 . "$out/planted.err")"
compare_planted "$out/planted.log" "$planted" >"$out/planted.bad"
lines=$(grep -c '/\* BAD: ' "$planted")
ktap_result "planted misuse: $lines lines, each reported, nothing else" "$out/planted.bad"

for tree in ${TREES:-stock patched}; do
	case $tree in
	stock)
		check_tree stock "$STOCK"
		cp "$out/stock.reports" "$out/stock.bad"
		what="no misuse"
		;;
	patched)
		check_tree patched "$TREE"
		grep -v "^$kunit:" "$out/patched.reports" >"$out/patched.bad"
		grep -q "^$kunit:" "$out/patched.reports" ||
			echo "$kunit: its misuse is not reported" >>"$out/patched.bad"
		what="no misuse, except in $kunit"
		;;
	*)
		die "TREES=$tree: stock, patched"
		;;
	esac
	ktap_result "$tree tree: $what ($p_secs s)" "$out/$tree.bad"
done

if [ -n "${COUNTS:-}" ]; then
	echo "$((number - failed)) $failed 0" >"$COUNTS"
else
	echo "$((number - failed)) passed, $failed failed, 0 skipped"
fi
[ $failed -eq 0 ]
