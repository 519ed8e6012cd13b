#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# One would have sworn: sparse finds a function that returns with a lock held, given
# __acquires() and __releases(), as it has for twenty years; `make C=1` shows it.
# Instead: with the headers of 7.3 the same sparse is silent. The annotations now belong to
# the context analysis of Clang 23 and later. They are empty for sparse and for GCC, so a
# clean `make C=1` no longer says anything about locks.
set -eu
. "$(dirname "$0")/lib.sh"
use_suites trixie trixie-backports
unpack_all sparse trixie sparse=0.6.4-5
unpack linux linux-headers-6.12.117+deb13-common=6.12.117-1 \
	linux-headers-7.3.4+deb13-common=7.3.4-1~bpo13+1
cat >"$T/leak.c" <<'X'
struct lock { int held; };

static void lock(struct lock *l) __acquires(l) { __acquire(l); l->held = 1; }
static void unlock(struct lock *l) __releases(l) { l->held = 0; __release(l); }

extern int work(struct lock *l, int error);
int work(struct lock *l, int error)
{
	struct lock *none = 0;		/* found with both, so sparse is at work */

	lock(l);
	if (error || l == none)
		return error;
	unlock(l);
	return 0;
}
X
# check VERSION: sparse as `make C=1` calls it, with the kernel's own compiler_types.h.
check() {
	headers=$(echo "$T"/linux/usr/src/linux-headers-"$1"*-common)
	run_in sparse usr/bin/sparse -D__KERNEL__ -nostdinc -Wbitwise -Wcontext \
		-I"$headers/arch/x86/include" -I"$headers/include" -I"$headers/include/uapi" \
		-include "$headers/include/linux/compiler_types.h" "$T/leak.c" 2>&1 |
		sed "s,$T/,,g"
}
echo "sparse $(run_in sparse usr/bin/sparse --version)"
echo "headers of 6.12: the leak is found"
check 6.12 >"$T/log"
said 'Using plain integer as NULL pointer' "$T/log"
said "context imbalance in 'work'" "$T/log"
echo "headers of 7.3: everything else is found"
check 7.3 >"$T/log"
said 'Using plain integer as NULL pointer' "$T/log"
not_said context "$T/log"
