#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# splats.sh LOG [KNOWN] - look for splats in a kernel's console log.
#
# Prints LINE-NUMBER: TEXT for each; exit 1 if there are any, 2 if LOG cannot be
# read. A test that provokes warnings on purpose (and counts them itself) prints
# "no_locks: expect warning begin" before and "... end" after: what lies between
# is not reported. Lockdep that turned itself off always is, and so is a begin
# without its end. KNOWN, if there is such a file, has one extended regular expression per
# line, for splats of the unchanged base. Each expression is matched against three joined
# lines: the splat and the two that follow, where a stack trace begins. Matches are not
# reported.
[ -r "${1:-}" ] || { echo "no_locks: error: splats.sh: no log '${1:-}'" >&2; exit 2; }
LC_ALL=C awk -v known="${2:-}" '
	BEGIN { while (known && (getline l <known) > 0) if (l !~ /^(#|$)/) re[l] }
	{ for (i = FNR - 2; i < FNR; i++) if (i in text) text[i] = text[i] " " $0; judge(FNR - 2) }
	/turning off the locking correctness validator|lockdep is turned off/ { hit(); next }
	/no_locks: expect warning begin/ { open = FNR; next }
	/no_locks: expect warning end/ { open = 0; next }
	open { next }
	/BUG:|WARNING:|INFO: possible|INFO: task|INFO: trying|rcu:.*stall|detected stalls? on|self-detected stall|kthread starved for|KASAN:|KCSAN:|KMSAN:|Oops|general protection|Kernel panic|UBSAN:|kmemleak:.*suspected|DEBUG_LOCKS_WARN_ON|sleeping function called|Call Trace|soft lockup|ODEBUG:.*(active|bug|destroy|not init)|refcount_t:|bad: scheduling/ { hit() }
	function hit() { first[FNR] = text[FNR] = $0 }
	function judge(i,  l) {
		if (!(i in text)) return
		for (l in re) if (text[i] ~ l) { delete text[i]; return }
		delete text[i]; n++; if (n <= 20) print i ": " first[i]
	}
	END { judge(FNR - 1); judge(FNR); if (open) { n++; print open ": expect warning begin, without an end" }
		if (n > 20) print "(" n - 20 " more)"; exit n > 0 }' "$1"
