#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# am.sh REPO BRANCH [GIT-AM-OPTION...] - patches to commits, by plain `git am`.
#
# The names of the patches come on stdin, one per line. REPO is made if it is not there: a
# clone of O/BASE/linux that shares its objects. Only the files that the patches touch are
# checked out. BRANCH in it is made anew on the base. Options: -s, for example.
# AM_FROM="name <mail>" is the committer.
# Errors: one line that names the patch that does not apply.
. "$(dirname "$0")/lib.sh"
set_base
repo=$1 branch=$2
shift 2
tmpdir
cat >"$T/list"
base=$(git -C "$TREE" rev-parse -q --verify base) || die "$TREE is not there: run 'make tree'"
if [ "$(git -C "$repo" rev-parse -q --verify "$base^{commit}" 2>/dev/null)" != "$base" ]; then
	rm -rf "$repo"
	mkdir -p "$repo"
	git clone -q -s -n "$TREE" "$repo" 2>"$T/log" || die "cannot clone $TREE: $(tail -n 1 "$T/log")"
	git -C "$repo" config core.sparseCheckout true
fi
git -C "$repo" am --abort >/dev/null 2>&1
while read -r p; do
	cat "$p" || exit 1
done <"$T/list" | sed -n 's,^diff --git a/.* b/,/,p' | sort -u >"$repo/.git/info/sparse-checkout"
git -C "$repo" read-tree --empty && git -C "$repo" clean -q -d -f -x
git -C "$repo" checkout -q -f -B "$branch" "$base" >"$T/log" 2>&1 ||
	die "cannot check the base out in $repo: $(tail -n 1 "$T/log")"
[ -s "$T/list" ] || exit 0
from=${AM_FROM:-no_locks <no_locks@localhost>} mail=${AM_FROM:-<no_locks@localhost>}
mail=${mail##*<}
tr '\n' '\0' <"$T/list" |
	GIT_COMMITTER_NAME=${from%% <*} GIT_COMMITTER_EMAIL=${mail%>} \
	xargs -0 git -C "$repo" am -q --committer-date-is-author-date "$@" >"$T/log" 2>&1 && exit 0
n=$(cat "$repo/.git/rebase-apply/next" 2>/dev/null || echo 1)
git -C "$repo" am --abort >/dev/null 2>&1
failed=$(sed -n "${n}p" "$T/list")
die "git am: $(short_name "$failed") does not apply to ${LINUX:-$BASE}: $(sed -n 's/^error: //p' "$T/log" | head -n 1)"
