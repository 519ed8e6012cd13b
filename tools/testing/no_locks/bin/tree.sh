#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# tree.sh - make the base a git tree, and apply the series to it. No arguments.
#
#   O/BASE/linux   branch `base` (one commit, the same hash everywhere), branch `series`
#                  (the patches, by plain `git am`), and topic/NAME, the last commit of
#                  each topic. Work here.
#   O/BASE/stock   the base commit, not for work
# With TOPICS= only these topics and what they need, in O/BASE-topics/linux.
# With LINUX= the base commit is the HEAD of that tree. It is cloned, never written to.
# Nothing is done when everything is up to date.
# Errors: LINUX is no kernel tree or has changes; a patch does not apply (which, and where;
# nothing is left behind); the branch has commits of your own and patches/ has changed as
# well; no space. BASE_ONLY=1 stops after base and stock.
. "$(dirname "$0")/lib.sh"
set_base
lock
need git xz
export GIT_AUTHOR_NAME=base GIT_AUTHOR_EMAIL=base@localhost GIT_AUTHOR_DATE='946684800 +0000'
export GIT_COMMITTER_NAME=base GIT_COMMITTER_EMAIL=base@localhost
export GIT_COMMITTER_DATE='946684800 +0000'
mkdir -p "$W"

is_kernel() {
	for f in Makefile Kconfig MAINTAINERS mm/page_alloc.c kernel/rcu/tree.c; do
		git -C "$1" cat-file -e "HEAD:$f" 2>/dev/null || return 1
	done
}

check_linux() {
	[ "$(git -C "$LINUX" rev-parse --show-cdup 2>/dev/null || echo no)" = "" ] ||
		die "LINUX=$LINUX is not the top of a git tree (that git, run as you, accepts)"
	is_kernel "$LINUX" || die "LINUX=$LINUX is not a Linux kernel tree"
	[ -z "$(git -C "$LINUX" status --porcelain --untracked-files=no)" ] ||
		die "LINUX=$LINUX has uncommitted changes: commit or stash them, its HEAD is what is used"
}

# has_own_work: does TREE have something that patches/ does not have?
has_own_work() {
	applied=$(cut -d' ' -f2 "$W/.applied" 2>/dev/null)
	[ "$(git -C "$TREE" rev-parse -q --verify series)" = "$applied" ] || return 0
	[ "$(git -C "$TREE" symbolic-ref -q --short HEAD)" = series ] || return 0
	[ -n "$(git -C "$TREE" status --porcelain)" ]
}

# finish_interrupted_am: after Ctrl-C in apply_series(), go back to the base.
finish_interrupted_am() {
	[ -f "$W/.applying" ] || return 0
	git -C "$TREE" am --abort >/dev/null 2>&1
	git -C "$TREE" checkout -q -f -B series base ||
		die "cannot reset $TREE: remove it and run 'make tree'"
	echo "none $(git -C "$TREE" rev-parse base)" >"$W/.applied"
	rm -f "$W/.applying"
}

# remove_old_clone: LINUX has a new HEAD, or the base is another: the clone is made again.
remove_old_clone() {
	[ -d "$TREE" ] && [ "$(git -C "$TREE" rev-parse base)" != "$1" ] || return 0
	! has_own_work ||
		die "LINUX=$LINUX has moved on, and $TREE has work of your own: save it, remove $W, and run this again"
	rm -rf "$W"
	mkdir -p "$W"
}

# clone_tree FROM COMMIT: $TREE.tmp, a clone that shares FROM's objects, on branch base.
clone_tree() {
	need_space 4000 "two work trees"
	progress "cloning $1" "$W/tree.log" : '' git clone -q -s -n "$1" "$TREE.tmp" ||
		die "cannot clone $1: see $W/tree.log"
	progress "checking out" "$W/tree.log" : '' git -C "$TREE.tmp" checkout -q -B base "$2" ||
		die "cannot check $1 out: see $W/tree.log"
}

# unpack_package: $TREE.tmp, a git tree of the base's source package.
unpack_package() {
	sh "$BIN/fetch.sh" || exit 1
	need_space 5000 "unpacking the source"
	deb=$O/cache/$BASE.deb pkg=$(key package)
	ver=$(dpkg-deb -f "$deb" Version 2>/dev/null) ||
		die "$deb is damaged: remove it and run this again"
	mkdir -p "$TREE.tmp"
	# shellcheck disable=SC2016
	progress "unpacking $pkg $ver" "$W/tree.log" \
		"du -sm '$TREE.tmp' | cut -f1 | sed 's/\$/ MB/'" '1600 MB' sh -c '
		dpkg-deb --fsys-tarfile "$1" | tar -xO "./usr/src/$2.tar.xz" |
			tar -xJ -C "$3" --strip-components=1' sh "$deb" "$pkg" "$TREE.tmp" || {
		rm -rf "$TREE.tmp"
		die "cannot unpack $deb: see $W/tree.log (damaged? remove it and run this again)"
	}
	git init -q -b base "$TREE.tmp"
	git -C "$TREE.tmp" config gc.auto 0
	progress "making it a git tree" "$W/tree.log" \
		"du -sm '$TREE.tmp/.git' | cut -f1 | sed 's/\$/ MB/'" '570 MB' \
		git -C "$TREE.tmp" add -A -f || die "cannot make a git tree: see $W/tree.log"
	git -C "$TREE.tmp" commit -q -m "$pkg ${ver%%-*}" || die "cannot commit the base in $TREE.tmp"
}

make_tree() {
	rm -rf "$TREE.tmp"
	if [ "$W" != "$WHOLE" ]; then
		clone_tree "$WHOLE/linux" "$(git -C "$WHOLE/linux" rev-parse base)"
	elif [ -n "$LINUX" ]; then
		clone_tree "$LINUX" "$head"
	else
		unpack_package
	fi
	git -C "$TREE.tmp" checkout -q -B series base ||
		die "cannot make branch series"
	mv "$TREE.tmp" "$TREE"
	echo "none $(git -C "$TREE" rev-parse base)" >"$W/.applied"
}

make_stock() {
	rm -rf "$STOCK" "$STOCK.tmp"
	git clone -q -s -n -b base "$TREE" "$STOCK.tmp" 2>"$W/tree.log" &&
		progress "checking out the stock tree" "$W/tree.log" \
			"du -sm '$STOCK.tmp' | cut -f1 | sed 's/\$/ MB/'" '1600 MB' \
			git -C "$STOCK.tmp" checkout -q --detach base ||
		die "cannot make $STOCK: see $W/tree.log"
	mv "$STOCK.tmp" "$STOCK"
}

# rehearse_series: does every patch apply? In a scratch index, so that a failure leaves
# no trace.
rehearse_series() {
	tr '\n' '\0' <"$T/series" | xargs -0r cat >"$T/all"
	scratch_index base "$T/all"
	while read -r p; do
		git -C "$TREE" apply --cached "$p" >"$T/log" 2>&1 && continue
		sed 's/^/  /' "$T/log" >&2
		where=$(sed -n -e 's/^error: patch failed: //p' -e "$NOT_IN_INDEX" "$T/log" | head -n 1)
		die "$(short_name "$p") does not apply to ${LINUX:-$BASE}: $where; nothing was changed (CONTRIBUTING.md, 'When it does not apply')"
	done <"$T/series"
	unset GIT_INDEX_FILE
}
NOT_IN_INDEX='s/^error: \(.*\): \(does not exist in index\|already exists in index\).*/\1 (\2)/p'

# apply_series: branch series, by git am.
apply_series() {
	: >"$W/.applying"
	git -C "$TREE" checkout -q -B series base || die "cannot check branch series out in $TREE"
	[ -s "$T/series" ] || return 0
	tr '\n' '\0' <"$T/series" | GIT_COMMITTER_NAME=no_locks GIT_COMMITTER_EMAIL=no_locks@localhost \
		xargs -0 git -C "$TREE" am -q --committer-date-is-author-date >"$W/tree.log" 2>&1 &&
		return 0
	why=$(grep -m 1 -E '^(error|fatal|Patch failed)' "$W/tree.log")
	git -C "$TREE" am --abort >/dev/null 2>&1
	git -C "$TREE" checkout -q -f -B series "$done_head"
	rm -f "$W/.applying"
	die "git am fails: ${why:-see $W/tree.log}; the tree is left as it was"
}

# mark_topics: topic/NAME is the last commit of each selected topic, and there is no other.
mark_topics() {
	for topic in $(all_topics); do
		git -C "$TREE" update-ref -d "refs/heads/topic/$topic"
	done
	# `git rebase` of branch series then moves them, too.
	git -C "$TREE" config rebase.updateRefs true
	left=$(wc -l <"$T/series")
	for topic in $SELECTED; do
		left=$((left - $(series "$topic" | wc -l)))
		git -C "$TREE" branch -q -f "topic/$topic" "series~$left" ||
			die "cannot make branch topic/$topic in $TREE"
	done
}

[ -z "$LINUX" ] || check_linux
finish_interrupted_am
if [ "$W" != "$WHOLE" ]; then
	TOPICS='' BASE_ONLY=1 sh "$BIN/tree.sh" || exit 1
	remove_old_clone "$(git -C "$WHOLE/linux" rev-parse base)"
elif [ -n "$LINUX" ]; then
	head=$(git -C "$LINUX" rev-parse HEAD)
	remove_old_clone "$head"
fi
[ -d "$TREE" ] || make_tree
base=$(git -C "$TREE" rev-parse -q --verify base) ||
	die "$TREE has no branch base: remove $W and run this again"
[ "$(git -C "$STOCK" rev-parse -q --verify HEAD 2>/dev/null)" = "$base" ] || make_stock
[ -z "${BASE_ONLY:-}" ] || exit 0

hash=$(patches_hash)
read -r done_hash done_head <"$W/.applied"
[ "$hash" != "$done_hash" ] || exit 0
! has_own_work ||
	die "patches/$BASE (or TOPICS) has changed, and branch series in $TREE has work of your own: save it ('make patches', or a branch), then: git -C $TREE checkout -f -B series $done_head"
tmpdir
series >"$T/series"
while read -r p; do
	[ -f "$p" ] || die "$PATCHES/series names $(short_name "$p"), which is not there"
done <"$T/series"
rehearse_series
apply_series
mark_topics
echo "$hash $(git -C "$TREE" rev-parse HEAD)" >"$W/.applied.tmp" && mv "$W/.applied.tmp" "$W/.applied"
rm -f "$W/.applying"
say "$TREE: branch series, $(wc -l <"$T/series") patches on $(git -C "$TREE" log -1 --format=%s base)${SELECTED:+ ($SELECTED)}"
