#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# patches.sh [patches|import TOPIC FILE...|explode|gen DIR|view DIR] - commits to files.
#
#   patches  (default) rewrite the patches of all topics, and patches/BASE/series, from
#            branch series of O/BASE/linux; then explode. Branch topic/NAME there marks the
#            last commit of a topic; the commits after the one before it are the topic's.
#            The last topic ends where the branch ends.
#   import   take these mails (git format-patch) as TOPIC's patches, in this order, instead
#            of those in patches/BASE/TOPIC. `make tree` then applies them, and
#            `make patches` gives them their final form.
#   explode  renew the view by file of the default base: PATH.diff for a modified kernel
#            file, PATH for a new one; their list is patches/BASE/exploded
#   gen DIR  write into DIR what `patches` would (for check.sh)
#   view DIR write into DIR what `explode` would (for check.sh)
# A patch is named by its subject without the subsystem (`mm: add x()` is add-x.patch), so
# that its name is the same in every base. The same commits give the same bytes everywhere.
# Errors: no tree, uncommitted changes, nothing on the branch, topic/NAME not on it, two
# patches of one name, LINUX= or TOPICS= given; patches/BASE has changed since the branch
# was made of it (FORCE=1 overwrites it).
. "$(dirname "$0")/lib.sh"
set_base
[ -z "$LINUX" ] || die "patches are regenerated from the base's own tree: leave LINUX= away"
all_topics_only "patches are regenerated for all topics"
DEFAULT=v6.12
ROOT=${EXPLODE:-$TOP}

# format_patch COMMIT: the mail on stdout, whatever git's configuration says.
format_patch() {
	git -C "$TREE" -c diff.algorithm=myers format-patch --stdout -1 --zero-commit --no-numbered \
		--no-signature --no-base --full-index --no-thread --no-attach --no-notes --no-color \
		--no-ext-diff --no-textconv --stat=72 --summary --patch --src-prefix=a/ --dst-prefix=b/ \
		--unified=3 --indent-heuristic --find-renames=50% --subject-prefix=PATCH "$1"
}

# diff_trees ARG...: git diff, whatever git's configuration says.
diff_trees() {
	git -C "$TREE" diff --no-renames --full-index --no-color --no-ext-diff --no-textconv \
		--diff-algorithm=myers --indent-heuristic --unified=3 --inter-hunk-context=0 \
		--src-prefix=a/ --dst-prefix=b/ "$@"
}

# end_of_topic TOPIC: its last commit.
end_of_topic() {
	if [ "${SELECTED##* }" = "$1" ]; then
		git -C "$TREE" rev-parse series
	else
		git -C "$TREE" rev-parse -q --verify "refs/heads/topic/$1"
	fi
}

# generate DIR: DIR/series and DIR/TOPIC/NAME.patch.
generate() {
	[ "$(git -C "$TREE" rev-list --count base..series)" -gt 0 ] ||
		die "branch series in $TREE has no commits: nothing to make patches of"
	[ -n "$SELECTED" ] || die "$PATCHES/topics is missing: a line is TOPIC: NEEDED-TOPIC ..."
	mkdir -p "$1"
	: >"$1/series"
	from=base
	for topic in $SELECTED; do
		to=$(end_of_topic "$topic") && git -C "$TREE" merge-base --is-ancestor "$from" "$to" &&
			git -C "$TREE" merge-base --is-ancestor "$to" series ||
			die "topic/$topic is not on branch series, or not in its place: git -C $TREE branch -f topic/$topic LAST-COMMIT-OF-THE-TOPIC"
		git -C "$TREE" rev-list --reverse "$from..$to" >"$T/commits"
		mkdir -p "$1/$topic"
		while read -r commit; do
			name=$(git -C "$TREE" log -1 --format=%s "$commit" | patch_name)
			[ ! -e "$1/$topic/$name" ] || die "two patches of $topic would be called $name"
			format_patch "$commit" >"$1/$topic/$name" || die "git format-patch failed"
			echo "$topic/$name" >>"$1/series"
		done <"$T/commits"
		from=$to
	done
}

# view DIR: the view by file, and DIR/.exploded, the list of its files.
view() {
	mkdir -p "$1"
	: >"$1/.exploded"
	diff_trees --name-status base series >"$T/names"
	while read -r status file; do
		case $file in
		tools/testing/no_locks/*|patches/*|.ci/*)
			die "branch series changes $file: that path belongs to the harness";;
		esac
		out=$file.diff
		[ "$status" != A ] || out=$file
		mkdir -p "$1/$(dirname "$out")"
		if [ "$status" = A ]; then
			git -C "$TREE" cat-file blob "series:$file" >"$1/$out"
			case $(git -C "$TREE" ls-tree series -- "$file") in
			100755*) chmod +x "$1/$out";;
			esac
		else
			diff_trees base series -- "$file" >"$1/$out"
		fi
		echo "$out" >>"$1/.exploded"
	done <"$T/names"
	sort -o "$1/.exploded" "$1/.exploded"
}

explode() {
	[ "$BASE" = "$DEFAULT" ] || { say "explode: only $DEFAULT has an exploded view"; return; }
	view "$T/view"
	list=$PATCHES/exploded
	while read -r file; do
		[ ! -e "$ROOT/$file" ] || grep -Fqx -- "$file" "$list" 2>/dev/null ||
			die "the exploded view would overwrite $file, which is not in $list"
	done <"$T/view/.exploded"
	[ ! -f "$list" ] || grep -Fvx -f "$T/view/.exploded" "$list" | while read -r file; do
		rm -f "$ROOT/$file"
		(cd "$ROOT" && rmdir -p --ignore-fail-on-non-empty "$(dirname "$file")" 2>/dev/null)
	done
	while read -r file; do
		mkdir -p "$ROOT/$(dirname "$file")"
		cmp -s "$T/view/$file" "$ROOT/$file" || cp "$T/view/$file" "$ROOT/$file"
		[ ! -x "$T/view/$file" ] || chmod +x "$ROOT/$file"
	done <"$T/view/.exploded"
	cp "$T/view/.exploded" "$list"
	say "explode: $(wc -l <"$list") files"
}

# replace_patches TOPIC FROM: patches/BASE/TOPIC has the patches of the folder FROM.
replace_patches() {
	mkdir -p "$PATCHES/$1"
	for file in "$PATCHES/$1"/*.patch; do
		[ ! -f "$file" ] || [ -f "$2/${file##*/}" ] || rm -f "$file"
	done
	for file in "$2"/*.patch; do
		[ ! -f "$file" ] || cmp -s "$file" "$PATCHES/$1/${file##*/}" || cp "$file" "$PATCHES/$1/"
	done
}

patches() {
	lock
	[ "$(git -C "$TREE" symbolic-ref -q --short HEAD)" = series ] ||
		die "$TREE is not on branch series: finish what is under way there"
	[ -z "$(git -C "$TREE" status --porcelain --untracked-files=no)" ] ||
		die "$TREE has uncommitted changes: commit them first"
	read -r was _ <"$W/.applied" || was=none
	[ "$was" = "$(patches_hash)" ] || [ "$was" = none ] || [ -n "${FORCE:-}" ] ||
		die "patches/$BASE has changed since branch series was made from it: these changes would be lost (git stash or rebase them; FORCE=1 overwrites)"
	generate "$T/new"
	for topic in $SELECTED; do
		replace_patches "$topic" "$T/new/$topic"
	done
	cmp -s "$T/new/series" "$PATCHES/series" || cp "$T/new/series" "$PATCHES/series"
	git -C "$TREE" branch -q -f "topic/$topic" series
	echo "$(patches_hash) $(git -C "$TREE" rev-parse series)" >"$W/.applied"
	say "patches: $(wc -l <"$PATCHES/series") patches in $PATCHES"
	explode
}

# import_topic TOPIC FILE...
import_topic() {
	topic=$1
	shift
	contains "$SELECTED" "$topic" || die "unknown topic '$topic': there are $SELECTED"
	mkdir -p "$T/new"
	: >"$T/names"
	for file; do
		git mailinfo "$T/msg" "$T/diff" <"$file" >"$T/info" && [ -s "$T/diff" ] ||
			die "$file is no mail with a patch"
		name=$(sed -n 's/^Subject: //p' "$T/info" | patch_name)
		[ ! -e "$T/new/$name" ] || die "two patches of $topic would be called $name"
		cp "$file" "$T/new/$name"
		echo "$topic/$name" >>"$T/names"
	done
	for each in $SELECTED; do
		if [ "$each" = "$topic" ]; then
			cat "$T/names"
		else
			series_lines | grep "^$each/"
		fi
	done >"$T/series"
	replace_patches "$topic" "$T/new"
	cp "$T/series" "$PATCHES/series"
	say "import: $# patches in $PATCHES/$topic; now 'make tree' and 'make patches'"
}

tmpdir
[ "${1:-}" = import ] || [ -d "$TREE" ] || die "$TREE is not there: run 'make tree'"
case ${1:-patches} in
gen) generate "$2";;
view) view "$2";;
explode) explode;;
patches) patches;;
import)
	[ $# -gt 2 ] || die "patches.sh import TOPIC FILE...: which?"
	shift
	import_topic "$@";;
*) die "patches.sh: what is '$1'?";;
esac
