#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# matrix.sh - what is too long for CI. ROWS="..." chooses; without, all of:
#
#   kcsan         KUnit on a kernel that looks for data races
#   kmsan         the same for uninitialised memory (clang 15 or later)
#   arm64         the same on arm64 under QEMU, by kunit.py
#   stress        bench/jobs/stress.sh for MINUTES on the plain and the debug kernel
#   stress-rt     the same on the PREEMPT_RT debug kernel
#   rcutorture    the tree's own kvm.sh, TREE03 on 4 CPUs, for MINUTES
#   rcutorture-rt the same with PREEMPT_RT
#   rcuscale      kvm.sh, kfree_rcu_test with RCU's usual arguments but for
#                 kfree_alloc_num=400; the line that RCU quotes, stock and patched
#   torture       torture.sh --do-none --do-kvfree (a defconfig kernel; 1.3 billion
#                 objects in 0.7 * MINUTES, a million a second without kvm: MINUTES=40)
#
# MINUTES=10. A row that passed on the same series is not run again. What the rows need
# is installed first; a row that lacks a tool all the same says which and counts as
# skipped. One line per row, then the totals: "N passed, N failed, N skipped". Logs:
# O/BASE/matrix/. Exit 1 on any failure.
# shellcheck disable=SC2154
. "$(dirname "$0")/lib.sh"
set_base; lock
ALL='kcsan kmsan arm64 stress stress-rt rcutorture rcutorture-rt rcuscale torture'
ROWS=${ROWS:-$ALL} MINUTES=${MINUTES:-10}
case $MINUTES in ''|*[!0-9]*|0) die "MINUTES=$MINUTES: a number of minutes";; esac
for r in $ROWS; do case " $ALL " in *" $r "*) ;; *) die "ROWS: no row '$r': there are $ALL";; esac; done
pkgs=''
for r in $ROWS; do
	case $r in
	kmsan) pkgs="$pkgs llvm";;
	arm64) pkgs="$pkgs gcc-aarch64-linux-gnu qemu-system-arm";;
	rcu*|torture) pkgs="$pkgs file gawk";;
	esac
done
# shellcheck disable=SC2086
[ -n "${NO_DEPS:-}" ] || sh "$BIN/deps.sh" $pkgs || exit 1
sh "$BIN/tree.sh" || exit 1
out=$W/matrix; mkdir -p "$out"; tmpdir
pass=0 fail=0 skip=0

# A row sets p f s (passed, failed, skipped) and why.
# lacks PROGRAM PACKAGE: skips the row if there is no such program.
lacks() {
	! command -v "$1" >/dev/null 2>&1 || return 1
	s=1 why="needs $1 (apt-get install $2)"
}
# counts CMD...: a script of ours that leaves its counts.
counts() {
	rm -f "$T/counts"
	COUNTS=$T/counts "$@" || f=1
	[ ! -f "$T/counts" ] || read -r p f s <"$T/counts"
}

row_kcsan() {
	counts sh "$BIN/kunit.sh" kcsan
	[ "$f" -gt 0 ] || grep -q 'kcsan: enabled early' "$W/kunit/patched-kcsan/test.log" || f=1 why="the kernel has KCSAN, but off"
}
row_kmsan() {
	llvm 15 || { s=1 why="needs clang 15 or later, lld, llvm (apt-get install clang-N lld-N llvm-N)"; return; }
	mkdir -p "$out/llvm"; ln -sf "$(command -v "clang$LLVM_")" "$out/llvm/clang"
	counts env PATH="$out/llvm:$PATH" sh "$BIN/kunit.sh" kmsan
}
row_arm64() {
	lacks aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu && return
	lacks qemu-system-aarch64 qemu-system-arm && return
	dir=$out/arm64; mkdir -p "$dir"; log=$dir/kunit.out
	# shellcheck disable=SC2046
	cat "$CONFIGS/arm64.kunitconfig" $(test_fragments) >"$dir/kunitconfig"
	cc=''; ! command -v ccache >/dev/null || cc='ccache aarch64-linux-gnu-gcc'
	progress "arm64: building, KUnit" "$log" "grep -cE '\[(PASSED|FAILED|SKIPPED)\]' '$log' | sed 's/\$/ results/'" '' \
		python3 "$TREE/tools/testing/kunit/kunit.py" run --arch arm64 --cross_compile aarch64-linux-gnu- --jobs "$JOBS" \
		--build_dir "$dir/build" --kunitconfig "$dir/kunitconfig" --timeout 1800 --raw_output=kunit \
		--qemu_args='-smp 2 -m 1G' ${cc:+--make_options "CC=$cc"} || f=1
	p=$(grep -cE '^ +ok [0-9]' "$log") s=$(grep -cE '^ +ok .*# SKIP' "$log") n=$(grep -cE '^ +not ok [0-9]' "$log")
	p=$((p - s)); [ "$n" -eq 0 ] || f=$n
	for su in $(kunit_suites); do grep -q "# Subtest: $su\$" "$log" || { f=1 why="suite $su did not run, see $log"; }; done
	sh "$BIN/splats.sh" "$dir/build/test.log" >"$dir/splats" || { f=$((f + 1)); why="splat: $(head -n 1 "$dir/splats")"; }
}
stress() {
	fl=$1; shift
	sh "$BIN/build.sh" "patched-$fl" || { f=$((f + 1)); why="patched-$fl does not build"; return; }
	if RUN=stress-$MINUTES SMP=4 QEMU_ARGS='' ICOUNT=0 TIMEOUT=$((MINUTES * 180 + 600)) MEM=$1 sh "$BIN/boot.sh" "patched-$fl" stress "seconds=$((MINUTES * 60))"; then
		p=$((p + 1)); sed "s/^/  patched-$fl: /" "$W/boot/patched-$fl/stress-$MINUTES.tsv"
	else f=$((f + 1)); fi
}
row_stress() { stress plain 128M; stress debug 512M; }
row_stress_rt() { stress rt 256M; }

# torture_tree BRANCH: a work tree of its own, as kvm.sh builds in the source. What comes
# first in PATH: the compiler's cache, GNU's awk, and QEMU without the kvm that
# kvm.sh insists on.
torture_tree() {
	tt=$out/tree; tb=$out/bin; mkdir -p "$tb"
	[ -d "$tt" ] || git clone -q -s -n "$TREE" "$tt" || die "cannot clone $TREE"
	git -C "$tt" fetch -q origin "$1" && git -C "$tt" checkout -q -f --detach FETCH_HEAD || die "cannot check branch $1 out in $tt"
	case $PATH in "$tb":*) return;; esac
	ln -sf "$(command -v gawk)" "$tb/awk"
	! command -v ccache >/dev/null || ln -sf "$(command -v ccache)" "$tb/gcc"
	# kvm.sh gives a guest no more CPUs than it thinks the host has.
	printf '#!/bin/sh\n[ "$1" != _NPROCESSORS_ONLN ] || { echo 4; exit; }\nexec %s "$@"\n' "$(command -v getconf)" >"$tb/getconf"
	chmod +x "$tb/getconf"
	cat >"$tb/qemu-system-x86_64" <<-X
		#!/bin/sh
		# Generated: what kvm.sh asks for, on $ACCEL.
		n=\$#
		while [ \$n -gt 0 ]; do
			a=\$1; shift; n=\$((n - 1))
			case \$a in
			-enable-kvm) continue;;
			-cpu) shift; n=\$((n - 1)); continue;;
			q35,accel=kvm) a=q35;;
			esac
			set -- "\$@" "\$a"
		done
		exec $(command -v qemu-system-x86_64) $(accel_args) "\$@"
	X
	chmod +x "$tb/qemu-system-x86_64"
	PATH=$tb:$PATH; export PATH
}
# kvm NAME BRANCH ARG...: kvm.sh on a small kernel made of our own fragment.
kvm() {
	lacks file file && return
	lacks gawk gawk && return
	name=$1; torture_tree "$2"; shift 2
	{ sed '/^CONFIG_RCU_SCALE_TEST/d; /^CONFIG_TEST_VMALLOC/d; /^CONFIG_KUNIT/d; /^CONFIG_NR_CPUS/d' "$CONFIGS/common.config"
		echo CONFIG_VIRTIO_MENU=y; } >"$out/torture.config"
	KCONFIG_ALLCONFIG=$out/torture.config; export KCONFIG_ALLCONFIG
	rm -rf "$tt/tools/testing/selftests/rcutorture/res/$name"
	if (cd "$tt" && progress "$name" "$out/$name.log" : '' tools/testing/selftests/rcutorture/bin/kvm.sh --defconfig allnoconfig \
		--datestamp "$name" --memory 1G --trust-make --kmake-args "-j$JOBS" "$@"); then p=$((p + 1))
	else f=$((f + 1)) why="see $out/$name.log and $tt/tools/testing/selftests/rcutorture/res/$name"; fi
	unset KCONFIG_ALLCONFIG
}
row_rcutorture() { kvm rcutorture series --duration "$MINUTES" --cpus 4 --configs TREE03 --kconfig CONFIG_NR_CPUS=4; }
row_rcutorture_rt() {
	kvm rcutorture-rt series --duration "$MINUTES" --cpus 4 --configs TREE03 --kconfig 'CONFIG_NR_CPUS=4 CONFIG_PREEMPT=n CONFIG_PREEMPT_RT=y'
}
row_rcuscale() {
	for side in stock patched; do
		branch=series; [ $side = patched ] || branch=base
		kvm rcuscale-$side $branch --torture rcuscale --duration "$MINUTES" --cpus 2 --configs TREE --kconfig CONFIG_NR_CPUS=2 \
			--bootargs 'rcuscale.kfree_rcu_test=1 rcuscale.kfree_nthreads=16 rcuscale.holdoff=20 rcuscale.kfree_loops=10000 rcuscale.kfree_alloc_num=400 torture.disable_onoff_at_boot'
		[ "$s" -eq 0 ] || return
		grep -hs "Total time taken by all kfree'ers" "$tt/tools/testing/selftests/rcutorture/res/rcuscale-$side"/*/console.log | sed "s/.*\(Total time\)/  $side: \1/" | sort -u >"$T/quote"
		if [ -s "$T/quote" ]; then cat "$T/quote"; else f=$((f + 1)) why="no result in the console log of rcuscale-$side"; fi
	done
}
row_torture() {
	lacks file file && return
	lacks gawk gawk && return
	torture_tree series
	if (cd "$tt" && progress torture "$out/torture.log" : '' tools/testing/selftests/rcutorture/bin/torture.sh --do-none --do-kvfree --duration "$MINUTES"); then p=1
	else f=1 why="see $out/torture.log"; fi
}

stamp=$({ git -C "$TREE" rev-parse 'series^{tree}'; cat "$0" "$CONFIGS"/*config "$HERE"/bench/module/*.c "$HERE"/bench/jobs/stress.sh; echo "$MINUTES"; } | sha256sum)
for r in $ROWS; do
	p=0 f=0 s=0 why='' begin=$(date +%s)
	if [ "$(sed -n 2p "$out/$r.passed" 2>/dev/null)" = "$stamp" ]; then
		read -r p f s <"$out/$r.passed"; why='as before'
	else
		rm -f "$out/$r.passed"; say "--- $r"
		"row_$(echo "$r" | tr - _)"
		[ $((p + f + s)) -gt 0 ] || f=1
		[ "$f" -gt 0 ] || [ "$p" -eq 0 ] || printf '%s\n%s\n' "$p $f $s" "$stamp" >"$out/$r.passed"
	fi
	say "$r: $p passed, $f failed, $s skipped ($(($(date +%s) - begin)) s)${why:+: $why}"
	pass=$((pass + p)) fail=$((fail + f)) skip=$((skip + s))
done
echo "$pass passed, $fail failed, $skip skipped"
[ $fail -eq 0 ]
