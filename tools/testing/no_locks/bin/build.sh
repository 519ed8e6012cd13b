#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# build.sh KERNEL... - configure and build kernels, out of tree.
#
# KERNEL is stock-FLAVOUR or patched-FLAVOUR; FLAVOUR a fragment in configs/.
# Result: O/BASE/build/KERNEL (bzImage, modules), log beside it in KERNEL.log.
# Nothing is done when tree, fragments and compiler are those of the last build.
# CONFIG_ONLY=1 stops after the configuration.
# Errors: a fragment line that does not survive is named; a failed build shows
# its last errors; no space; unknown flavour. Time is in seconds.
# shellcheck disable=SC2154
. "$(dirname "$0")/lib.sh"
set_base; lock
need make gcc flex bison bc git xz perl

# fragments KERNEL: the files that make its configuration, in order.
fragments() {
	flavour=${1#*-}
	for name in common "common.$BASE" "$flavour" "$flavour.$BASE"; do
		[ ! -f "$CONFIGS/$name.config" ] || echo "$CONFIGS/$name.config"
	done
	case $1 in
	patched-*) test_fragments;;
	esac
}

kmake() { make -C "$src" O="$dir" ARCH=x86 LOCALVERSION= CC="$cc" "$@"; }

# configure: .config from the fragments; every line of the merged fragment must
# be in it (an absent option counts as "is not set").
configure() {
	new=$dir/.config.new; rm -rf "$new"; mkdir -p "$new"
	# shellcheck disable=SC2046
	{ (cd "$new" && "$src/scripts/kconfig/merge_config.sh" -m -O "$new" /dev/null $(fragments "$k")) &&
		mv "$new/.config" "$dir/.config.want" &&
		kmake KCONFIG_ALLCONFIG="$dir/.config.want" allnoconfig &&
		kmake olddefconfig; } >"$log" 2>&1 ||
		{ tail -n 5 "$log" >&2; die "cannot configure $k: see $log"; }
	rm -rf "$new"
	lost=$(awk 'NR == FNR { have[$0]; split($0, a, "="); if (/^CONFIG/) set[a[1]]; next }
		/^CONFIG_/ && !($0 in have) { print }
		/^# CONFIG_.* is not set$/ && ($2 in set) { print }' "$dir/.config" "$dir/.config.want")
	[ -z "$lost" ] || { rm -f "$dir/.config" "$dir/.stamp"
		die "$k: dropped by kconfig: $(echo "$lost" | paste -sd';' | sed 's/;/; /g') (see what it depends on; fragments:$(for f in $(fragments "$k"); do printf ' %s' "$(basename "$f")"; done))"; }
}

build() {
	k=$1; dir=$W/build/$k; log=$W/build/$k.log
	case $k in stock-*) src=$STOCK;; patched-*) src=$TREE;; *) die "kernel '$k': stock-FLAVOUR or patched-FLAVOUR";; esac
	need_flavour "${k#*-}"
	[ -d "$src" ] || die "$src is not there: run 'make tree'"
	cc=$(flavour_key "${k#*-}" cc); cc=${cc:-gcc}; need "$cc"
	# shellcheck disable=SC2046
	stamp=$({ git -C "$src" rev-parse 'HEAD^{tree}'; git -C "$src" diff HEAD; "$cc" --version
		git -C "$src" ls-files -o --exclude-standard -z | (cd "$src" && xargs -0r cat)
		cat $(fragments "$k"); } | sha256sum)
	if [ -f "$dir/.stamp" ] && [ "$(cat "$dir/.stamp")" = "$stamp" ] && [ -f "$dir/arch/x86/boot/bzImage" ]; then
		say "$k: up to date"; return
	fi
	need_space 1500 "building $k"
	mkdir -p "$dir"; rm -f "$dir/.stamp"
	configure
	[ -z "${CONFIG_ONLY:-}" ] || { say "$k: configured"; return; }
	build_env
	! command -v ccache >/dev/null || cc="ccache $cc"
	expect=$(cat "$W/build/.objects-${k#*-}" 2>/dev/null || cat "$W"/build/.objects-* 2>/dev/null | sort -n | head -n 1)
	progress "building $k" "$log" "grep -cE '^  (CC|AS|LD|AR|HOSTCC) ' '$log'" "${expect:-1430}" \
		make -C "$src" O="$dir" ARCH=x86 LOCALVERSION= CC="$cc" -j"$JOBS" bzImage modules || {
		grep -E '(error:|Error [0-9]|undefined reference|No space left)' "$log" | head -n 15 >&2
		! grep -q 'No space left' "$log" || die "no space left while building $k: make room or choose another place with O="
		die "building $k failed: see $log"; }
	n=$(grep -cE '^  (CC|AS|LD|AR|HOSTCC) ' "$log")
	[ "$n" -le "$(cat "$W/build/.objects-${k#*-}" 2>/dev/null || echo 0)" ] || echo "$n" >"$W/build/.objects-${k#*-}"
	say "$k: built in $p_secs s"
	echo "$stamp" >"$dir/.stamp"
}

[ $# -gt 0 ] || die "build.sh: which kernel? e.g. patched-plain"
for kernel; do build "$kernel"; done
