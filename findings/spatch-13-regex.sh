#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# One would have sworn: `identifier f =~ "^(kfree|vfree)$"` in a semantic patch means the
# same in Coccinelle 1.1.1 and 1.3.0.
# Instead: a rule is in PCRE with the one, and in OCaml's Str with the other as Debian builds
# it, where ( | ) stand for themselves and \( \| \) are the operators. Each finds nothing
# with the other's rule, and says so with an empty diff and exit code 0. Only `spatch
# --version` tells. A disjunction of names, \(kfree\|vfree\) outside the quotes, works in
# both.
set -eu
. "$(dirname "$0")/lib.sh"
printf 'void g(void *p)\n{\n\tkfree(p);\n\tvfree(p);\n}\n' >"$T/a.c"
# rule FILE CONSTRAINT: a semantic patch that renames the functions with such names.
rule() { printf '@@\nidentifier f =~ "%s";\n@@\n-f\n+drop\n (...)\n' "$2" >"$T/$1.cocci"; }
rule pcre '^(kfree|vfree)$'
rule str '^\(kfree\|vfree\)$'
printf '@@\n@@\n-\\(kfree\\|vfree\\)\n+drop\n (...)\n' >"$T/names.cocci"

# try RULE LINES: how many calls are renamed.
try() {
	COCCINELLE_HOME=$T/$dir/usr/lib/coccinelle run_in "$dir" usr/bin/spatch \
		--very-quiet --sp-file "$T/$1.cocci" "$T/a.c" >"$T/log" 2>"$T/err" ||
		changed "exit code $?"
	lines=$(grep -c '^+.*drop(p)' "$T/log" || true)
	echo "    rule $1: $lines of 2 calls renamed, exit code 0"
	[ "$lines" = "$2" ] || changed "not $2"
}
# version SUITE VERSION SYNTAX
version() {
	dir=$1
	use_suites "$1"
	unpack_all "$dir" "$1" "coccinelle=$2"
	run_in "$dir" usr/bin/spatch --version >"$T/log"
	said '^spatch version' "$T/log"
	said "^Syntax of regular expressions: $3" "$T/log"
}
version bookworm 1.1.1.deb-2+b1 PCRE
try pcre 2
try str 0
try names 2
version trixie 1.3.0.deb-1+b2 Str
try pcre 0
try str 2
try names 2
