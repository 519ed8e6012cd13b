#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# patches.sh [patches|explode|gen DIR|view DIR] - from branch series to files.
#
#   patches  (default) rewrite patches/BASE/*.patch and `series` from O/BASE/linux,
#            then explode. 0000-cover-letter.patch keeps its text; its counts, its
#            shortlog and its diffstat are renewed, or it is made from a template.
#   explode  renew the exploded view of the default base: PATH.diff for a modified
#            kernel file, PATH for a new one; the list is patches/BASE/exploded.
#   gen DIR  write into DIR what `patches` would (for check.sh)
#   view DIR write into DIR what `explode` would (for check.sh)
# The output depends on commits and nothing else: the same bytes on any machine.
# Errors: no tree, uncommitted changes, nothing on the branch, LINUX= given;
# patches/BASE has changed since the branch was made of it (FORCE=1 overwrites).
. "$(dirname "$0")/lib.sh"
set_base
[ -z "$LINUX" ] || die "patches are regenerated from the base's own tree: leave LINUX= away"
[ -d "$TREE" ] || die "$TREE is not there: run 'make tree'"
DEFAULT=v6.12
ROOT=${EXPLODE:-$TOP}
fp() {
	git -C "$TREE" -c diff.algorithm=myers format-patch -q --zero-commit --no-signature --no-base --numbered --full-index \
		--no-thread --no-attach --no-notes --no-color --no-ext-diff --no-textconv --stat=72 --summary --patch \
		--src-prefix=a/ --dst-prefix=b/ --unified=3 --indent-heuristic --find-renames=50% --subject-prefix=PATCH \
		"$@" base..series
}

# gen DIR: patches, cover letter, series.
gen() {
	n=$(git -C "$TREE" rev-list --count base..series)
	[ "$n" -gt 0 ] || die "branch series in $TREE has no commits: nothing to make patches of"
	mkdir -p "$1" "$T/cover"
	fp -o "$1" >/dev/null || die "git format-patch failed"
	(cd "$1" && printf '%s\n' [0-9]*.patch) >"$1/series"
	# The template: only its block of shortlog and diffstat, and its counts, are used.
	GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x@localhost fp -o "$T/cover" --cover-letter >/dev/null || die "git format-patch failed"
	new=$T/cover/0000-cover-letter.patch old=$PATCHES/0000-cover-letter.patch
	awk 'b; /^\*\*\* BLURB HERE \*\*\*$/ { getline; b = 1 }' "$new" | sed -e '/^-- $/,$d' >"$T/block"
	if [ ! -f "$old" ]; then
		last=$(git -C "$TREE" log -1 --format='%an <%ae>' series) date=$(git -C "$TREE" log -1 --format=%aD series)
		sed -e "s/^From: x <x@localhost>/From: $last/" -e "s/^Date: .*/Date: $date/" -e '/^\*\*\* BLURB/q' "$new" >"$T/old"
		echo >>"$T/old"; old=$T/old
	fi
	# The old block begins at the first "Name (n):" with an indented line below it.
	awk -v n="$n" -v w=${#n} '
		!s && /^Subject: \[.*PATCH.* 0+\/[0-9]+\]/ { sub(/0+\/[0-9]+\]/, sprintf("%0" w "d/%d]", 0, n)); s = 1 }
		held != "" { if (/^  [^ ]/) exit; print held; held = "" }
		/^[^ ].* \([0-9]+\):$/ { held = $0; next }
		/^-- $/ { exit }
		{ print }' "$old" >"$1/0000-cover-letter.patch"
	cat "$T/block" >>"$1/0000-cover-letter.patch"
	sed -i -e :a -e '/^\n*$/{$d;N;ba' -e '}' "$1/0000-cover-letter.patch"
}

dif() { git -C "$TREE" diff --no-renames --full-index --no-color --no-ext-diff --no-textconv --diff-algorithm=myers --indent-heuristic --unified=3 --inter-hunk-context=0 --src-prefix=a/ --dst-prefix=b/ "$@"; }
# view DIR: the exploded view, and DIR/.exploded, the list of its files.
view() {
	mkdir -p "$1"; : >"$1/.exploded"
	dif --name-status base series >"$T/names"
	while read -r st f; do
		case $f in tools/testing/no_locks/*|patches/*|.ci/*) die "branch series changes $f: that path belongs to the harness";; esac
		case $st in
		A) out=$f;;
		*) out=$f.diff;;
		esac
		mkdir -p "$1/$(dirname "$out")"
		if [ "$st" = A ]; then
			git -C "$TREE" cat-file blob "series:$f" >"$1/$out"
			case $(git -C "$TREE" ls-tree series -- "$f") in 100755*) chmod +x "$1/$out";; esac
		else dif base series -- "$f" >"$1/$out"; fi
		echo "$out" >>"$1/.exploded"
	done <"$T/names"
	sort -o "$1/.exploded" "$1/.exploded"
}

explode() {
	[ "$BASE" = "$DEFAULT" ] || { say "explode: only $DEFAULT has an exploded view"; return; }
	view "$T/view"; list=$PATCHES/exploded
	while read -r f; do
		[ ! -e "$ROOT/$f" ] || grep -Fqx -- "$f" "$list" 2>/dev/null || die "the exploded view would overwrite $f, which is not in $list"
	done <"$T/view/.exploded"
	if [ -f "$list" ]; then
		grep -Fvx -f "$T/view/.exploded" "$list" | while read -r f; do
			rm -f "$ROOT/$f"; (cd "$ROOT" && rmdir -p --ignore-fail-on-non-empty "$(dirname "$f")" 2>/dev/null)
		done
	fi
	while read -r f; do
		mkdir -p "$ROOT/$(dirname "$f")"
		cmp -s "$T/view/$f" "$ROOT/$f" || cp "$T/view/$f" "$ROOT/$f"
		[ ! -x "$T/view/$f" ] || chmod +x "$ROOT/$f"
	done <"$T/view/.exploded"
	cp "$T/view/.exploded" "$list"
	say "explode: $(wc -l <"$list") files"
}

tmpdir
case ${1:-patches} in
gen) gen "$2";;
view) view "$2";;
explode) explode;;
patches)
	lock
	[ "$(git -C "$TREE" symbolic-ref -q --short HEAD)" = series ] || die "$TREE is not on branch series: finish what is under way there"
	[ -z "$(git -C "$TREE" status --porcelain --untracked-files=no)" ] || die "$TREE has uncommitted changes: commit them first"
	read -r was _ <"$W/.applied" || was=none
	[ "$was" = "$(patches_hash)" ] || [ "$was" = none ] || [ -n "${FORCE:-}" ] ||
		die "patches/$BASE has changed since branch series was made from it: these changes would be lost (git stash or rebase them; FORCE=1 overwrites)"
	gen "$T/new"
	for f in "$PATCHES"/[0-9]*.patch; do [ ! -f "$f" ] || [ -f "$T/new/$(basename "$f")" ] || rm -f "$f"; done
	for f in "$T"/new/*; do cmp -s "$f" "$PATCHES/$(basename "$f")" || cp "$f" "$PATCHES/"; done
	echo "$(patches_hash) $(git -C "$TREE" rev-parse series)" >"$W/.applied"
	say "patches: $n patches in $PATCHES"
	explode;;
*) die "patches.sh: what is '$1'?";;
esac
