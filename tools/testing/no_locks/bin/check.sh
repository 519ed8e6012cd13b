#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# check.sh - fast checks, no kernel build. No arguments; one KTAP line per check.
#
# The topics: what they need, series, file names and subjects, cover letters, no sign-off;
# both bases name the same things alike. The view by file agrees with the patches: without
# a kernel tree by the blob hashes that both have, with one byte by byte. With a tree each
# topic applies on its needs alone, and every mutant applies. The scripts parse and say
# what they are; nothing names this machine; audit.rst names no test that does not exist.
# NO_LOCKS_CHECK=patches leaves out what is not about the patches (for self tests).
# COUNTS=file: "passed failed skipped" go there. Exit 1 if a check fails.
. "$(dirname "$0")/lib.sh"
set_base
all_topics_only "the checks are of all topics"
ROOT=${EXPLODE:-$TOP}
COVER_LINES=60
number=0 failed=0 skipped=0
tmpdir
SCRIPTS="$(echo "$BIN"/*.sh) $(find "$HERE/bench" -name '*.sh' 2>/dev/null | tr '\n' ' ')"

# report NAME: the result of the check whose complaints are in $T/out (empty: ok).
report() {
	ktap_result "$1" "$T/out"
	: >"$T/out"
}
# report_skip NAME REASON
report_skip() {
	number=$((number + 1)) skipped=$((skipped + 1))
	echo "ok $number - $1 # SKIP $2"
}

# subject_of FILE: of the mail, unfolded.
subject_of() {
	awk '/^$/ { exit } /^Subject: /{ s = substr($0, 10); on = 1; next } on && /^ / { s = s $0; next }
		{ on = 0 } END { print s }' "$1"
}

check_series() {
	[ -s "$T/series" ] || echo "$PATCHES/series is missing or empty"
	sort "$T/series" | uniq -d | sed 's/$/ is twice in series/'
	for topic in $SELECTED; do
		for file in "$PATCHES/$topic"/*; do
			name=${file##*/}
			case $name in
			cover|v[0-9]*|'*') continue;;
			esac
			series "$topic" | grep -Fqx "$file" || echo "$topic/$name is not in series"
		done
		[ -n "$(series "$topic")" ] || echo "topic $topic has no patches"
	done
	for file in "$PATCHES"/*.patch; do
		[ ! -e "$file" ] || echo "${file##*/} is in no topic's folder"
	done
}

check_patches() {
	while read -r file; do
		name=$(short_name "$file")
		[ -f "$file" ] || { echo "$name is missing"; continue; }
		subject=$(subject_of "$file")
		case $subject in
		'[PATCH] '*) ;;
		*) echo "$name: the subject does not begin with [PATCH] and no number";;
		esac
		want=$(echo "$subject" | patch_name)
		[ "${name#*/}" = "$want" ] || echo "$name: by its subject it would be ${name%%/*}/$want"
		# The person who sends a patch certifies it (git am -s), see submitting-patches.rst.
		! grep -q '^Signed-off-by: ' "$file" ||
			echo "$name: has a Signed-off-by, which is the sender's to add"
		! grep -q '^diff --git .*\.cocci$' "$file" ||
			echo "$name: Coccinelle scripts stay in tools/testing/no_locks/cocci"
	done <"$T/series"
}

# A cover letter is a subject, a blank line and the text; send.sh adds shortlog and diffstat.
check_covers() {
	for topic in $SELECTED; do
		cover=$PATCHES/$topic/cover
		[ -f "$cover" ] || continue
		[ "$(sed -n 2p "$cover")" = "" ] && [ -n "$(head -n 1 "$cover")" ] ||
			echo "$topic/cover: not a subject and a blank line first"
		[ "$(wc -l <"$cover")" -le $COVER_LINES ] || echo "$topic/cover: more than $COVER_LINES lines"
		grep -n -E '\*\*\* (SUBJECT|BLURB) HERE|^[^ ].* \([0-9]+\):$' "$cover" |
			sed "s,^,$topic/cover: template or shortlog: line ,"
	done
}

# check_other_base BASE: what both have has the same name, topic and order in both.
check_other_base() {
	other=$TOP/patches/$1
	cmp -s "$PATCHES/topics" "$other/topics" || echo "topics differ from those of $1"
	grep -Fx -f "$other/series" "$PATCHES/series" >"$T/here"
	grep -Fx -f "$PATCHES/series" "$other/series" >"$T/there"
	cmp -s "$T/here" "$T/there" || echo "what both have is in another order in $1"
	sed 's,.*/,,' "$other/series" | sort >"$T/there"
	grep -Fvx -f "$other/series" "$PATCHES/series" | while read -r name; do
		! grep -Fqx "${name#*/}" "$T/there" || echo "$name is in another topic in $1"
	done
}

# list_blobs: every path with its first old blob, its last new one, and the patches' number.
list_blobs() {
	xargs -r cat <"$T/series" | awk '
		/^diff --git a\// { path = $4; sub(/^b\//, "", path) }
		/^index [0-9a-f]+\.\.[0-9a-f]+/ {
			split($2, blob, /\.\./)
			if (!(path in old)) { old[path] = blob[1]; order[++n] = path }
			new[path] = blob[2]; count[path]++
		}
		END { for (i = 1; i <= n; i++) { p = order[i]; print p, old[p], new[p], count[p] } }'
}

# hunks_of PATH: what the only patch that touches it does there.
hunks_of() {
	xargs -r cat <"$T/series" | awk -v line="diff --git a/$1 b/$1" '
		/^diff --git / { on = ($0 == line) }
		/^-- ?$/ || /^From 0000000/ { on = 0 }
		on'
}

check_view_by_hash() {
	list_blobs >"$T/blobs"
	: >"$T/want"
	while read -r path old new count; do
		case $old in
		*[!0]*)
			[ "$old" != "$new" ] || continue
			out=$path.diff
			if [ ! -f "$ROOT/$out" ]; then
				echo "$out is missing"
			elif ! grep -q "^index $old\.\.$new" "$ROOT/$out"; then
				echo "$out is not what the patches make of $path"
			elif [ "$count" = 1 ]; then
				hunks_of "$path" | cmp -s - "$ROOT/$out" || echo "$out differs from its patch"
			fi;;
		*)
			[ -n "$(echo "$new" | tr -d 0)" ] || continue
			out=$path
			[ "$(git hash-object --no-filters "$ROOT/$out" 2>/dev/null)" = "$new" ] ||
				echo "$out is missing or not what the patches make";;
		esac
		echo "$out" >>"$T/want"
	done <"$T/blobs"
	sort -u "$T/want" | comm -3 - "$PATCHES/exploded" | sed 's/^\t*/listed or made, not both: /'
}

check_generated() {
	git -C "$TREE" diff --quiet HEAD 2>/dev/null || echo "$TREE has uncommitted changes"
	sh "$BIN/patches.sh" gen "$T/gen" 2>&1 || return
	cmp "$T/gen/series" "$PATCHES/series"
	while read -r name; do
		cmp "$T/gen/$name" "$PATCHES/$name"
	done <"$T/gen/series"
}

check_view_generated() {
	sh "$BIN/patches.sh" view "$T/view" 2>&1
	cmp "$T/view/.exploded" "$PATCHES/exploded"
	while read -r file; do
		cmp "$T/view/$file" "$ROOT/$file"
	done <"$PATCHES/exploded"
}

# check_topic_alone TOPIC: its patches apply on the base and what the topic needs.
check_topic_alone() (
	# shellcheck disable=SC2046
	series $(with_needs "$1") >"$T/alone"
	tr '\n' '\0' <"$T/alone" | xargs -0r cat >"$T/all"
	scratch_index base "$T/all"
	while read -r file; do
		git -C "$TREE" apply --cached "$file" 2>&1 | sed "s,^,$1 alone: $(short_name "$file"): ,"
	done <"$T/alone"
)

check_mutants() (
	# shellcheck disable=SC2046
	scratch_index series $(find "$HERE/mutants" -maxdepth 1 -name '*.patch') \
		$(find "$HERE/mutants/$BASE" -name '*.patch')
	for mutant in "$HERE"/mutants/*.patch "$HERE/mutants/$BASE"/*.patch; do
		[ -f "$mutant" ] || continue
		git -C "$TREE" apply --cached --check "$mutant" 2>&1 | sed "s,^,${mutant#"$HERE/"}: ,"
	done
)

check_audit() {
	sed -n 's/.*KUNIT_CASE[A-Z_]*(\([a-z_0-9]*\).*/\1/p; s/.*\.name = "\([a-z_]*\)".*/\1/p' \
		"$TOP"/patches/*/*/KUnit*.patch | sort -u >"$T/cases"
	# The last cell of a row, which is the fourth.
	awk '/^[^ ]/ || /^   \* - /{ c = 0 } /^   [* ] - /{ c++ } c == 4' \
		"$TOP/Documentation/no_locks/audit.rst" |
		grep -o '``test_[a-z_]*``' | tr -d '`' | sort -u >"$T/named"
	[ -s "$T/named" ] || echo "audit.rst names no test in the fourth column"
	comm -23 "$T/named" "$T/cases" | sed 's/.*/audit.rst names a test &, which does not exist/'
}

check_scripts_parse() {
	for script in $SCRIPTS; do
		for shell in dash 'busybox sh' bash; do
			command -v "${shell%% *}" >/dev/null 2>&1 || continue
			$shell -n "$script" 2>&1 || echo "$shell: $script"
		done
	done
}

check_headers() {
	for script in $SCRIPTS; do
		[ "${script##*/}" != lib.sh ] || continue
		sed -n 2,3p "$script" | grep -q "^# ${script##*/}" || echo "$script: no header"
	done
}

# Names that must not be in a committed file: this machine's, its servers', its paths.
check_names() {
	{
		hostname 2>/dev/null
		cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
			grep -oE '://[A-Za-z0-9.-]+\.[a-z]+' | sed 's,://,,'
	} | grep -E '^.{6,}$' | grep -vixE 'localhost|debian|kernel|machine|no_locks' | sort -u >"$T/names"
	cd "$TOP" || return
	[ ! -s "$T/names" ] || tr '\n' '\0' <"$T/files" | xargs -0r grep -IHnwFf "$T/names" 2>/dev/null |
		cut -c 1-150
	tr '\n' '\0' <"$T/files" | xargs -0r grep -IHnE \
		'(^|[^A-Za-z0-9_.$}/"-])/(work|home|root|Users|mnt|scratch)/[A-Za-z0-9_]' 2>/dev/null |
		grep -v 'bin/check.sh:' | cut -c 1-150
	grep -E '^(Makefile|\.ci/|tools/testing/no_locks/|patches/[^/]*/BASE)' "$T/files" |
		tr '\n' '\0' | xargs -0r grep -IHnE '[a-z]+://[A-Za-z0-9]' 2>/dev/null | cut -c 1-150
}

# --- patches --------------------------------------------------------------------
series >"$T/series"
check_series >"$T/out"
report "$BASE: topics and series, $(wc -l <"$T/series") patches of $SELECTED"
check_patches >"$T/out"
report "$BASE: names and subjects, no Signed-off-by, no .cocci"
check_covers >"$T/out"
report "$BASE: cover letters"
if [ "$PATCHES" = "$TOP/patches/$BASE" ]; then
	for base in "$TOP"/patches/*/BASE; do
		base=$(basename "$(dirname "$base")")
		[ "$base" != "$BASE" ] || continue
		check_other_base "$base" >"$T/out"
		report "$BASE: the same names as in $base"
	done
fi

# --- the view by file, from the patches alone -------------------------------------
if [ -f "$PATCHES/exploded" ]; then
	check_view_by_hash >"$T/out"
	report "$BASE: exploded view agrees with patches/, $(wc -l <"$PATCHES/exploded") files, by blob hash"
elif [ "$BASE" = v6.12 ]; then
	echo "$PATCHES/exploded is missing: make explode" >"$T/out"
	report "$BASE: exploded view"
fi

# --- and from the tree --------------------------------------------------------------
if [ -z "$LINUX" ] && [ -d "$TREE" ] && [ -f "$W/.applied" ]; then
	for topic in $SELECTED; do
		check_topic_alone "$topic"
	done >"$T/out"
	report "$BASE: each topic applies on what it needs alone"
	if [ "$(patches_hash)" != "$(cut -d' ' -f1 "$W/.applied")" ]; then
		report_skip "$BASE: branch series" "made from other patches: make tree"
	else
		check_generated >"$T/out" 2>&1
		report "$BASE: patches/ is what branch series makes, byte by byte"
		if [ -f "$PATCHES/exploded" ]; then
			check_view_generated >"$T/out" 2>&1
			report "$BASE: exploded view is what branch series makes, byte by byte"
		fi
		if [ "$PATCHES" = "$TOP/patches/$BASE" ]; then
			kernels=$TOP/Documentation/no_locks/data/kernels.tsv
			[ "$BASE" = v6.12 ] || kernels=$TOP/Documentation/no_locks/$BASE/data/kernels.tsv
			if [ "$(sed -n 's/^files	patched	//p' "$kernels")" = "$(code_hash)" ]; then
				report "$BASE: the report is of this series"
			else
				report_skip "$BASE: the report is of this series" "it is of another: make bench BASE=$BASE"
			fi
			check_mutants >"$T/out"
			report "$BASE: every mutant applies"
		fi
	fi
fi

# finish: the counts, and the exit status.
finish() {
	[ -z "${COUNTS:-}" ] || echo "$((number - failed - skipped)) $failed $skipped" >"$COUNTS"
	[ $failed -eq 0 ]
	exit
}
[ "${NO_LOCKS_CHECK:-}" != patches ] || finish

# --- documents and the harness itself -----------------------------------------------
if [ "$PATCHES" = "$TOP/patches/v6.12" ]; then
	check_audit >"$T/out"
	report "the tests that audit.rst names"
fi
check_scripts_parse >"$T/out" 2>&1
report "scripts parse ($(echo "$SCRIPTS" | wc -w))"
if command -v shellcheck >/dev/null 2>&1; then
	# shellcheck disable=SC2086
	shellcheck -s sh -S warning -f gcc $SCRIPTS "$TOP/.ci/run" 2>&1 | sed "s,$TOP/,," >"$T/out"
	report "shellcheck"
else
	report_skip "shellcheck" "not installed"
fi
check_headers >"$T/out"
report "every script says what it is"
(cd "$TOP" && git ls-files -co --exclude-standard) >"$T/files"
(check_names) >"$T/out"
report "no host name, no path of one machine ($(wc -l <"$T/files") files)"

finish
