#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# check.sh - fast checks, no kernel build. No arguments; a line a check (KTAP).
#
# patches/ and the exploded view agree; series, numbering, sign-offs; scripts
# parse (sh, dash, shellcheck if there); nothing names this machine. Without a
# kernel tree, new files are rebuilt from the patches, and modified ones compared
# by the full blob hashes that both the patches and PATH.diff carry. With one,
# patches/ and view are regenerated from branch series and compared byte by byte, and
# the mutants apply. The audit names no test that is not there.
# COUNTS=file: "passed failed skipped" go there. Exit 1 if a check fails.
. "$(dirname "$0")/lib.sh"
set_base
ROOT=${EXPLODE:-$TOP}
n=0 bad=0; tmpdir
SCRIPTS="$(echo "$BIN"/*.sh) $(find "$HERE/bench" -name '*.sh' 2>/dev/null | tr '\n' ' ')"
# t NAME: reports the check whose complaints are in $T/out (empty: ok).
t() {
	n=$((n + 1))
	if [ -s "$T/out" ]; then bad=$((bad + 1)); echo "not ok $n - $1"; sed 's/^/  # /' "$T/out" | head -n 15; else echo "ok $n - $1"; fi
	: >"$T/out"
}
: >"$T/out"

# --- series ---------------------------------------------------------------------
series >"$T/series"; total=$(wc -l <"$T/series")
[ "$total" -gt 0 ] || echo "$PATCHES/series is missing or empty" >"$T/out"
(cd "$PATCHES" && for f in *.patch; do case $f in '*.patch'|0000-*) ;; *) grep -Fqx "$f" series 2>/dev/null || echo "$f is not in series";; esac; done) >>"$T/out"
i=0
while read -r p; do
	i=$((i + 1)); name=$(basename "$p")
	[ -f "$p" ] || { echo "$name is missing" >>"$T/out"; continue; }
	case $name in "$(printf %04d $i)"-*) ;; *) echo "$name is number $i";; esac >>"$T/out"
	grep -qE "^Subject: \[PATCH 0*$i/$total\]" "$p" || [ "$total" -eq 1 ] || echo "$name: subject lacks [PATCH $i/$total]" >>"$T/out"
	# Who sends the series certifies it (git am -s), see coding-assistants.rst of 7.3.
	! grep -q "^Signed-off-by: " "$p" || echo "$name: has a Signed-off-by, which is the sender's to add" >>"$T/out"
done <"$T/series"
t "$BASE: series, $total patches"
c=$PATCHES/0000-cover-letter.patch
if [ ! -f "$c" ]; then echo "no 0000-cover-letter.patch" >"$T/out"; else
	! grep -n -E '\*\*\* (SUBJECT|BLURB) HERE' "$c" >"$T/out" || :
	grep -qE "^Subject: \[PATCH 0+/$total\]" "$c" || echo "its subject does not say 0/$total" >>"$T/out"
fi
t "$BASE: cover letter"

# --- exploded view, from the patches alone ------------------------------------------
if [ -f "$PATCHES/exploded" ]; then
	git init -q "$T/repo"; : >"$T/paths"
	# Every path with its first old and its last new blob, and the number of patches.
	xargs -r cat <"$T/series" | awk '
		/^diff --git a\// { p = $4; sub(/^b\//, "", p) }
		/^index [0-9a-f]+\.\.[0-9a-f]+/ { split($2, h, /\.\./); if (!(p in old)) { old[p] = h[1]; order[++k] = p } new[p] = h[2]; c[p]++ }
		END { for (i = 1; i <= k; i++) print order[i], old[order[i]], new[order[i]] }' >"$T/paths"
	: >"$T/want"
	while read -r path old new; do
		case $old in
		*[!0]*) out=$path.diff
			[ "$old" = "$new" ] && continue
			if [ ! -f "$ROOT/$out" ]; then echo "$out is missing" >>"$T/out"
			elif ! grep -q "^index $old\.\.$new" "$ROOT/$out"; then echo "$out is not what the patches make of $path" >>"$T/out"; fi
			# Changed by one patch only: that patch's own hunks.
			if [ "$(xargs -r grep -lF "diff --git a/$path b/$path" <"$T/series" | wc -l)" = 1 ]; then
				xargs -r cat <"$T/series" | awk -v l="diff --git a/$path b/$path" '/^diff --git /{ on = ($0 == l) } /^-- ?$/ || /^From 0000000/ { on = 0 } on' >"$T/a"
				cmp -s "$ROOT/$out" "$T/a" || echo "$out differs from its patch" >>"$T/out"
			fi;;
		*) out=$path
			[ -n "$(echo "$new" | tr -d 0)" ] || continue
			[ "$(git hash-object --no-filters "$ROOT/$out" 2>/dev/null)" = "$new" ] || echo "$out is missing or not what the patches make" >>"$T/out";;
		esac
		echo "$out" >>"$T/want"
	done <"$T/paths"
	sort -u "$T/want" | comm -3 - "$PATCHES/exploded" | sed 's/^\t*/listed or made, not both: /' >>"$T/out"
	t "$BASE: exploded view agrees with patches/, $(wc -l <"$PATCHES/exploded") files, by blob hash"
elif [ "$BASE" = v6.12 ]; then
	echo "$PATCHES/exploded is missing: make explode" >"$T/out"; t "$BASE: exploded view"
fi

# --- and from the tree -----------------------------------------------------------------
if [ -z "$LINUX" ] && [ -d "$TREE" ] && [ -f "$W/.applied" ]; then
	if [ "$(patches_hash)" != "$(cut -d' ' -f1 "$W/.applied")" ]; then
		echo "ok $((n = n + 1)) - $BASE: branch series # SKIP made from other patches: make tree"
		skipped=1
	else
		git -C "$TREE" diff --quiet HEAD 2>/dev/null || echo "$TREE has uncommitted changes" >"$T/out"
		sh "$BIN/patches.sh" gen "$T/gen" >>"$T/out" 2>&1 &&
			for f in "$T"/gen/*; do cmp "$f" "$PATCHES/$(basename "$f")"; done >>"$T/out" 2>&1
		t "$BASE: patches/ is what branch series makes, byte by byte"
		if [ -f "$PATCHES/exploded" ]; then
			sh "$BIN/patches.sh" view "$T/view" >>"$T/out" 2>&1
			cmp "$T/view/.exploded" "$PATCHES/exploded" >>"$T/out" 2>&1
			while read -r f; do cmp "$T/view/$f" "$ROOT/$f" || :; done <"$PATCHES/exploded" >>"$T/out" 2>&1
			t "$BASE: exploded view is what branch series makes, byte by byte"
		fi
		if [ "$PATCHES" = "$TOP/patches/$BASE" ]; then
			k=$TOP/Documentation/no_locks/data/kernels.tsv
			[ "$BASE" = v6.12 ] || k=$TOP/Documentation/no_locks/$BASE/data/kernels.tsv
			if [ "$(sed -n 's/^files	patched	//p' "$k")" = "$(code_hash)" ]; then t "$BASE: the report is of this series"
			else echo "ok $((n = n + 1)) - $BASE: the report is of this series # SKIP it is of another: make bench BASE=$BASE"; skipped=$((${skipped:-0} + 1)); fi
			for m in "$HERE"/mutants/*.patch "$HERE/mutants/$BASE"/*.patch; do
				[ ! -f "$m" ] || git -C "$TREE" apply --cached --check "$m" 2>&1 | sed "s,^,${m#"$HERE/"}: ,"
			done >"$T/out"
			t "$BASE: every mutant applies"
		fi
	fi
fi

# --- the audit names tests that there are, of the default base ------------------------------
if [ "$PATCHES" = "$TOP/patches/v6.12" ]; then
	sed -n 's/.*KUNIT_CASE[A-Z_]*(\([a-z_0-9]*\).*/\1/p; s/.*\.name = "\([a-z_]*\)".*/\1/p' "$TOP"/mm/tests/*_kunit.c | sort -u >"$T/cases"
	# The last cell of a row, which is the sixth.
	awk '/^[^ ]/ || /^   \* - /{ c = 0 } /^   [* ] - /{ c++ } c == 6' "$TOP/Documentation/no_locks/audit.rst" |
		grep -o '``[a-z_]*``' | tr -d '`' | sort -u | comm -23 - "$T/cases" | sed 's/.*/audit.rst names a test &, which there is not/' >"$T/out"
	t "the tests that audit.rst names"
fi

# --- the harness itself ------------------------------------------------------------------
for s in $SCRIPTS; do
	for sh in dash 'busybox sh' bash; do
		command -v "${sh%% *}" >/dev/null 2>&1 && { $sh -n "$s" 2>&1 || echo "$sh: $s"; }
	done
done >"$T/out" 2>&1
t "scripts parse ($(echo "$SCRIPTS" | wc -w))"
if command -v shellcheck >/dev/null 2>&1; then
	# shellcheck disable=SC2086
	shellcheck -s sh -S warning -f gcc $SCRIPTS "$TOP/.ci/run" 2>&1 | sed "s,$TOP/,," >"$T/out"
	t "shellcheck"
else echo "ok $((n = n + 1)) - shellcheck # SKIP not installed"; skipped=$((${skipped:-0} + 1)); fi
(cd "$TOP" && for s in $SCRIPTS; do sed -n 3p "$s" | grep -q "^# $(basename "$s")" || [ "${s#"$HERE"/bench}" != "$s" ] || sed -n 2p "$s" | grep -q "^# $(basename "$s")" || echo "$s: no header"; done) | grep -v lib.sh >"$T/out"
t "every script says what it is"

# Names that must not be in a committed file: this machine's, its servers', its paths.
(cd "$TOP" && git ls-files -co --exclude-standard) >"$T/files"
{ hostname 2>/dev/null; cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -oE '://[A-Za-z0-9.-]+\.[a-z]+' | sed 's,://,,'; } |
	grep -E '^.{6,}$' | grep -vixE 'localhost|debian|kernel|machine|no_locks' | sort -u >"$T/names"
if [ -s "$T/names" ]; then (cd "$TOP" && tr '\n' '\0' <"$T/files" | xargs -0r grep -IHnwFf "$T/names" 2>/dev/null) | cut -c 1-150 >"$T/out"; fi
(cd "$TOP" && tr '\n' '\0' <"$T/files" | xargs -0r grep -IHnE '(^|[^A-Za-z0-9_.$}/"-])/(work|home|root|Users|mnt|scratch)/[A-Za-z0-9_]' 2>/dev/null) | grep -v 'bin/check.sh:' | cut -c 1-150 >>"$T/out"
grep -E '^(Makefile|\.ci/|tools/testing/no_locks/|patches/[^/]*/BASE)' "$T/files" | (cd "$TOP" && tr '\n' '\0' | xargs -0r grep -IHnE '[a-z]+://[A-Za-z0-9]' 2>/dev/null) | cut -c 1-150 >>"$T/out"
t "no host name, no path of one machine ($(wc -l <"$T/files") files)"

[ -z "${COUNTS:-}" ] || echo "$((n - bad - ${skipped:-0})) $bad ${skipped:-0}" >"$COUNTS"
[ $bad -eq 0 ]
