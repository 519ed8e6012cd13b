#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# tree.sh - the base as a git tree, and the series on it. No arguments.
#
#   O/BASE/linux   branch `base` (one commit, the same hash everywhere), and
#                  branch `series`: the patches, by plain `git am`. Work here.
#   O/BASE/stock   the base commit, not for work
# With LINUX= the base commit is the HEAD of that tree, of which a clone is made;
# it is itself never written to. Nothing is done when all is as it should be.
# Errors: LINUX no kernel tree or with changes; a patch does not apply (which, and
# where; nothing is left behind); commits of your own on a series that has
# meanwhile changed in patches/; no space.
. "$(dirname "$0")/lib.sh"
set_base; lock
need git xz
export GIT_AUTHOR_NAME=base GIT_AUTHOR_EMAIL=base@localhost GIT_AUTHOR_DATE='946684800 +0000'
export GIT_COMMITTER_NAME=base GIT_COMMITTER_EMAIL=base@localhost GIT_COMMITTER_DATE='946684800 +0000'
mkdir -p "$W"

is_kernel() { for f in Makefile Kconfig MAINTAINERS mm/page_alloc.c kernel/rcu/tree.c; do git -C "$1" cat-file -e "HEAD:$f" 2>/dev/null || return 1; done; }
if [ -n "$LINUX" ]; then
	[ "$(git -C "$LINUX" rev-parse --show-cdup 2>/dev/null || echo no)" = "" ] || die "LINUX=$LINUX is not the top of a git tree (that git, run as you, accepts)"
	is_kernel "$LINUX" || die "LINUX=$LINUX is not a Linux kernel tree"
	[ -z "$(git -C "$LINUX" status --porcelain --untracked-files=no)" ] || die "LINUX=$LINUX has uncommitted changes: commit or stash them, its HEAD is what is used"
	head=$(git -C "$LINUX" rev-parse HEAD)
fi

# own_work: has the developer something in TREE that patches/ does not know?
own_work() {
	[ "$(git -C "$TREE" rev-parse -q --verify series)" = "$(cut -d' ' -f2 "$W/.applied" 2>/dev/null)" ] || return 0
	[ "$(git -C "$TREE" symbolic-ref -q --short HEAD)" = series ] || return 0
	[ -n "$(git -C "$TREE" status --porcelain)" ]
}

# --- base ----------------------------------------------------------------------
# An unfinished `git am` of ours (Ctrl-C): back to the base.
if [ -f "$W/.applying" ]; then
	git -C "$TREE" am --abort >/dev/null 2>&1
	git -C "$TREE" checkout -q -f -B series base || die "cannot reset $TREE: remove it and run 'make tree'"
	echo "none $(git -C "$TREE" rev-parse base)" >"$W/.applied"; rm -f "$W/.applying"
fi
if [ -n "$LINUX" ] && [ -d "$TREE" ] && [ "$(git -C "$TREE" rev-parse base)" != "$head" ]; then
	! own_work || die "LINUX=$LINUX has moved on, and $TREE has work of your own: save it, remove $W, and run this again"
	rm -rf "$W"; mkdir -p "$W"
fi
if [ ! -d "$TREE" ]; then
	rm -rf "$TREE.tmp"
	if [ -n "$LINUX" ]; then
		need_space 4000 "two work trees"
		progress "cloning $LINUX" "$W/tree.log" : '' git clone -q -s -n "$LINUX" "$TREE.tmp" || die "cannot clone $LINUX: see $W/tree.log"
		progress "checking out" "$W/tree.log" : '' git -C "$TREE.tmp" checkout -q -B base "$head" || die "cannot check $LINUX out: see $W/tree.log"
	else
		sh "$BIN/fetch.sh" || exit 1
		need_space 5000 "unpacking the kernel source"
		deb=$O/cache/$BASE.deb pkg=$(key package)
		ver=$(dpkg-deb -f "$deb" Version 2>/dev/null) || die "$deb is damaged: remove it and run this again"
		mkdir -p "$TREE.tmp"
		# shellcheck disable=SC2016
		progress "unpacking $pkg $ver" "$W/tree.log" "du -sm '$TREE.tmp' | cut -f1 | sed 's/\$/ MB/'" '1600 MB' \
			sh -c 'dpkg-deb --fsys-tarfile "$1" | tar -xO "./usr/src/$2.tar.xz" | tar -xJ -C "$3" --strip-components=1' \
			sh "$deb" "$pkg" "$TREE.tmp" || { rm -rf "$TREE.tmp"; die "cannot unpack $deb: see $W/tree.log (damaged? remove it and run this again)"; }
		git init -q -b base "$TREE.tmp"
		git -C "$TREE.tmp" config gc.auto 0
		progress "making it a git tree" "$W/tree.log" "du -sm '$TREE.tmp/.git' | cut -f1 | sed 's/\$/ MB/'" '570 MB' \
			git -C "$TREE.tmp" add -A -f || die "cannot make a git tree: see $W/tree.log"
		git -C "$TREE.tmp" commit -q -m "$pkg ${ver%%-*}" || die "cannot commit the base in $TREE.tmp"
	fi
	git -C "$TREE.tmp" branch -q series base && git -C "$TREE.tmp" checkout -q series || die "cannot make branch series"
	mv "$TREE.tmp" "$TREE"
	echo "none $(git -C "$TREE" rev-parse base)" >"$W/.applied"
fi
base=$(git -C "$TREE" rev-parse -q --verify base) || die "$TREE has no branch base: remove $W and run this again"
if [ "$(git -C "$STOCK" rev-parse -q --verify HEAD 2>/dev/null)" != "$base" ]; then
	rm -rf "$STOCK" "$STOCK.tmp"
	git clone -q -s -n -b base "$TREE" "$STOCK.tmp" 2>"$W/tree.log" &&
		progress "checking out the stock tree" "$W/tree.log" "du -sm '$STOCK.tmp' | cut -f1 | sed 's/\$/ MB/'" '1600 MB' \
			git -C "$STOCK.tmp" checkout -q --detach base || die "cannot make $STOCK: see $W/tree.log"
	mv "$STOCK.tmp" "$STOCK"
fi

# --- series --------------------------------------------------------------------
hash=$(patches_hash)
read -r done_hash done_head <"$W/.applied"
[ "$hash" != "$done_hash" ] || exit 0
if own_work; then
	die "patches/$BASE has changed, and branch series in $TREE has work of your own: save it ('make patches', or a branch), then: git -C $TREE checkout -f -B series $done_head"
fi
for p in $(series); do [ -f "$p" ] || die "$PATCHES/series names $(basename "$p"), which is not there"; done

# A rehearsal in a scratch index first: a failure leaves no trace.
tmpdir
GIT_INDEX_FILE=$T/index; export GIT_INDEX_FILE
git -C "$TREE" read-tree base
n=0
for p in $(series); do
	n=$((n + 1))
	git -C "$TREE" apply --cached "$p" >"$T/log" 2>&1 && continue
	sed 's/^/  /' "$T/log" >&2
	die "$(basename "$p") does not apply to ${LINUX:-$BASE}: $(sed -n 's/^error: patch failed: //p; s/^error: \(.*\): \(does not exist in index\|already exists in index\).*/\1 (\2)/p' "$T/log" | head -n 1); nothing was changed (README, 'When it does not apply')"
done
unset GIT_INDEX_FILE
: >"$W/.applying"
git -C "$TREE" checkout -q -B series base || die "cannot check branch series out in $TREE"
if [ $n -gt 0 ]; then
	# shellcheck disable=SC2046
	if ! GIT_COMMITTER_NAME=no_locks GIT_COMMITTER_EMAIL=no_locks@localhost \
		git -C "$TREE" am -q --committer-date-is-author-date $(series) >"$W/tree.log" 2>&1; then
		why=$(grep -m 1 -E '^(error|fatal|Patch failed)' "$W/tree.log")
		git -C "$TREE" am --abort >/dev/null 2>&1
		git -C "$TREE" checkout -q -f -B series "$done_head"; rm -f "$W/.applying"
		die "git am fails: ${why:-see $W/tree.log}; the tree is left as it was"
	fi
fi
echo "$hash $(git -C "$TREE" rev-parse HEAD)" >"$W/.applied.tmp" && mv "$W/.applied.tmp" "$W/.applied"
rm -f "$W/.applying"
say "$TREE: branch series, $n patches on $(git -C "$TREE" log -1 --format=%s base)"
