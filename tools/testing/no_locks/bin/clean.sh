#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# clean.sh [all] - remove what was built; with `all`, the whole of O.
#
# Errors: O was not made by this harness; with `all`, a work tree in O has commits
# or changes that patches/ lacks (FORCE=1 removes it all the same).
. "$(dirname "$0")/lib.sh"
[ -d "$O" ] || exit 0
[ -f "$O/.lock" ] || die "$O was not made here (no .lock in it): not removed"
lock
for w in "$O"/*/ "$O"/mutants/*/; do rm -rf "${w:?}build" "${w}kunit" "${w}results" "${w}bench" "${w}boot" "${w}known"; done
[ "${1:-}" = all ] || exit 0
for a in "$O"/*/.applied; do
	[ -f "$a" ] && [ -z "${FORCE:-}" ] || continue
	t=${a%/.applied}/linux
	[ "$(git -C "$t" rev-parse series)" = "$(cut -d' ' -f2 "$a")" ] && [ -z "$(git -C "$t" status --porcelain)" ] ||
		die "$t has work that patches/ lacks: save it ('make patches', or push it), or FORCE=1"
done
rm -rf "$O"
