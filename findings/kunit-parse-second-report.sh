#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# One would have sworn: `kunit.py parse` of a console log fails if a test in it failed, and
# does not if all tests that could run passed.
# Instead: it reads the first KTAP report of the log and ignores the others. The kernel
# writes one for the built-in tests and one per KUnit module, so a failure in a module that
# is loaded later is not counted, and the exit code is 0. On the other hand, a run in which
# all tests are skipped, each for a stated reason, ends with exit code 1.
set -eu
. "$(dirname "$0")/lib.sh"
use_suites trixie-backports
unpack_source linux-source-7.3/tools/testing/kunit
# report NUMBER SUITE RESULT [SKIP]: what the kernel writes when a module with a suite is loaded.
report() {
	sed 's/^/[    7.000000] /' <<-X
		KTAP version 1
		1..1
		    KTAP version 1
		    # Subtest: $2
		    # module: $2
		    1..1
		    $3 1 ${2}_test${4:-}
		$3 $1 $2${4:-}
	X
}
# parse FILE CODE: the summary, and this exit code.
parse() {
	code=0
	nice -n 19 python3 "$T/linux-source-7.3/tools/testing/kunit/kunit.py" parse "$T/$1" \
		>"$T/out" 2>&1 || code=$?
	said 'Testing complete' "$T/out"
	[ "$code" = "$2" ] || changed "exit code $code"
	echo "    exit code $code"
}
{
	report 1 first ok
	report 2 second 'not ok'
} >"$T/passed-failed"
{
	report 1 second 'not ok'
	report 2 first ok
} >"$T/failed-passed"
report 1 first ok ' # SKIP needs two nodes' >"$T/skipped"
echo "kunit.py of 7.3.4, $(python3 --version)"
echo "a module passes, the next one fails: the failure is not seen"
parse passed-failed 0
not_said second "$T/out"
echo "the same modules, loaded in the other order:"
parse failed-passed 1
echo "one module, whose only test is skipped:"
parse skipped 1
