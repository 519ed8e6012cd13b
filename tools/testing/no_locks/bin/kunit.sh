#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# kunit.sh FLAVOUR... - build the patched kernels and run their KUnit tests in
# QEMU by the tree's own tools/testing/kunit/kunit.py.
#
# One line per kernel, failures in detail above it. Then the totals, the last line:
# "N passed, N failed, N skipped". A kernel adds one case of its own: it booted,
# ran every suite that the base names for its topics, shut down in time, and printed no splat.
# A flavour that fails does not keep the others from running. Console logs:
# O/BASE/kunit/KERNEL/test.log. COUNTS=file: the totals go there, not to stdout.
# TIMEOUT=s overrides the flavours' timeouts. SUITES=glob runs some suites only.
# KUNIT_IMAGE=file boots that instead of building.
# Exit 1 on any failure, splat, hang, missing suite.
. "$(dirname "$0")/lib.sh"
set_base; lock
pass=0 fail=0 skip=0
[ $# -gt 0 ] || set -- plain
for f; do need_flavour "$f"; done

# run FLAVOUR: adds to pass, fail, skip; says what happened.
run() {
	f=$1; b=$(flavour_key "$f" build); b=${b:-$f}
	smp=$(flavour_key "$f" smp) mem=$(flavour_key "$f" mem) limit=${TIMEOUT:-$(flavour_key "$f" timeout)}
	dir=$W/kunit/patched-$f; img=$W/build/patched-$b/arch/x86/boot/bzImage
	rm -rf "$dir"; mkdir -p "$dir/arch/x86/boot"; : >"$dir/.kunitconfig"
	if [ -n "${KUNIT_IMAGE:-}" ]; then img=$KUNIT_IMAGE
	elif ! sh "$BIN/build.sh" "patched-$b"; then
		say "patched-$f: 0 passed, 1 failed (does not build)"; fail=$((fail + 1)); return
	fi
	need python3 qemu-system-x86_64
	ln -s "$img" "$dir/arch/x86/boot/bzImage"
	# kunit.py of 7.3 asks for kvm first, where it may hang: the wrapper drops that.
	cat >"$dir/qemu-system-x86_64-no_locks" <<-X
		#!/bin/sh
		# Generated. Drops every -accel that kunit.py chose: ours comes from ACCEL=.
		# And powers off: a restart does not wait for PREEMPT_RT's console thread.
		n=\$#
		while [ \$n -gt 0 ]; do
			a=\$1; shift; n=\$((n - 1))
			case \$a in
			-accel) shift; n=\$((n - 1));;
			*kunit_shutdown=reboot*) set -- "\$@" "\${a%kunit_shutdown=*}kunit_shutdown=poweroff \${a##*kunit_shutdown=reboot}";;
			*) set -- "\$@" "\$a";;
			esac
		done
		exec qemu-system-x86_64 $(accel_args) "\$@"
	X
	chmod +x "$dir/qemu-system-x86_64-no_locks"
	cat >"$dir/qemu.py" <<-X
		from ..qemu_config import QemuArchParams
		QEMU_ARCH = QemuArchParams(linux_arch='x86_64', kconfig='', qemu_arch='x86_64-no_locks',
		    kernel_path='arch/x86/boot/bzImage', kernel_command_line='console=ttyS0 panic=-1 $(flavour_key "$f" args)',
		    extra_qemu_params=['-m', '$mem', '-smp', '$smp'] + '$(flavour_key "$f" qemu)'.split())
	X
	begin=$(date +%s)
	PYTHONUNBUFFERED=1 PATH=$dir:$PATH progress "patched-$f: booting, KUnit" "$dir/kunit.out" "grep -cE '\[(PASSED|FAILED|SKIPPED)\]' '$dir/kunit.out' | sed 's/\$/ results/'" '' \
		timeout -k 10 $((limit + 30)) python3 "$TREE/tools/testing/kunit/kunit.py" exec --arch x86_64 --build_dir "$dir" \
		--qemu_config "$dir/qemu.py" --timeout "$limit" --json="$dir/kunit.json" ${SUITES:+"$SUITES"}
	secs=$(($(date +%s) - begin)); log=$dir/test.log
	sed 's/\x1b\[[0-9;]*m//g' "$dir/kunit.out" >"$dir/kunit.txt"
	sum=$(grep 'Testing complete\.' "$dir/kunit.txt" | tail -n 1)
	count() { echo "$sum" | sed -n "s/.*$1: \([0-9]*\).*/\1/p"; }
	p=$(count passed) s=$(count skipped); fl=0
	for k in failed crashed errors; do c=$(count $k); fl=$((fl + ${c:-0})); done
	p=${p:-0} s=${s:-0}
	# The kernel's own case.
	why=''
	[ -s "$log" ] || why="$why; no console output"
	[ -n "$sum" ] || why="$why; kunit.py has no result (see kunit.out)"
	[ $secs -lt "$limit" ] || why="$why; hung: no end after $limit s"
	grep -q 'reboot: Power down' "$log" 2>/dev/null || why="$why; did not shut down"
	if [ -z "${SUITES:-}" ]; then
		for su in $(kunit_suites); do
			grep -qE "# Subtest: $su\$" "$log" 2>/dev/null || why="$why; suite $su did not run"
		done
	fi
	[ ! -s "$log" ] || sh "$BIN/splats.sh" "$log" "$CONFIGS/$f.known" >"$dir/splats" || why="$why; $(wc -l <"$dir/splats") splat lines (first: $(head -n 1 "$dir/splats" | cut -c 1-150))"
	if [ -n "$why" ]; then fl=$((fl + 1)); else p=$((p + 1)); fi
	if [ $fl -gt 0 ]; then
		grep -E '\[(FAILED|CRASHED|ERROR)\]' "$dir/kunit.txt" | sed -e 's/^\[[0-9:]*\] *//' -e "s/^/  patched-$f: /"
		[ -z "$why" ] || echo "  patched-$f: kernel${why}; log: $log"
	fi
	say "patched-$f: $p passed, $fl failed, $s skipped ($secs s)"
	pass=$((pass + p)) fail=$((fail + fl)) skip=$((skip + s))
}
[ -n "${KUNIT_IMAGE:-}" ] || sh "$BIN/tree.sh" || exit 1
for flavour; do run "$flavour"; done
if [ -n "${COUNTS:-}" ]; then echo "$pass $fail $skip" >"$COUNTS"; else echo "$pass passed, $fail failed, $skip skipped"; fi
[ $fail -eq 0 ]
