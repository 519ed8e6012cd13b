# SPDX-License-Identifier: GPL-2.0
# lib.sh - sourced by the findings: pinned Debian packages in a temporary folder, and checks.
#
# Sets T, a temporary folder that is removed at the end. Nothing is installed: packages are
# unpacked below T, and programs run by the C library that was unpacked with them. The
# machine's own mirror is used, whatever it is. FINDINGS_CACHE=dir keeps the downloads.
# Exit codes of a finding: 0 the behaviour is as described, 1 it changed, 2 it did not run.
# shellcheck shell=sh
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
trap 'exit 2' HUP INT TERM
FINDINGS_CACHE=${FINDINGS_CACHE:-$T/cache}

die() { echo "cannot run: $*" >&2; exit 2; }

# use_suites SUITE...: a private apt with these suites, which knows no installed package.
use_suites() {
	site=$(apt-get indextargets --format "\$(SITE)" | grep -m 1 '/debian/*$') || die "no Debian mirror"
	mkdir -p "$T/apt/lists/partial" "$FINDINGS_CACHE/partial"
	: >"$T/apt/status"
	for suite; do
		echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $site $suite main"
	done >"$T/apt/sources.list"
	cat >"$T/apt/conf" <<-X
		Dir::Etc::SourceList "$T/apt/sources.list";
		Dir::Etc::SourceParts "/dev/null";
		Dir::State::Lists "$T/apt/lists";
		Dir::State::status "$T/apt/status";
		Dir::Cache::archives "$FINDINGS_CACHE";
		Dir::Cache::pkgcache "";
		Dir::Cache::srcpkgcache "";
		Acquire::Languages "none";
		APT::Sandbox::User "root";
		APT::Install-Recommends "false";
	X
	private_apt update
}
private_apt() {
	apt-get -q -c "$T/apt/conf" "$@" >"$T/apt/log" 2>&1 || die "apt-get $*: $(grep '^E' "$T/apt/log")"
}

# unpack DIR PACKAGE=VERSION...: without what they depend on.
unpack() {
	dir=$T/$1; shift
	mkdir -p "$dir"
	(cd "$FINDINGS_CACHE" && private_apt download "$@") || exit 2
	for package; do
		unpack_debs "$dir" "${package%%=*}" "$(echo "${package#*=}" | sed 's/:/%3a/')"
	done
}
unpack_debs() { for deb in "$FINDINGS_CACHE/$2_$3"_*.deb; do dpkg-deb -x "$deb" "$1"; done; }

# unpack_all DIR SUITE PACKAGE=VERSION: with what it depends on, from SUITE first.
unpack_all() {
	mkdir -p "$T/$1"
	private_apt -y -d -t "$2" install "$3"
	private_apt -y -s -t "$2" install "$3"
	sed -n 's/^Inst \([^ ]*\) (\([^ ]*\).*/\1 \2/p' "$T/apt/log" >"$T/apt/list"
	while read -r name version; do
		unpack_debs "$T/$1" "$name" "$(echo "$version" | sed 's/:/%3a/')"
	done <"$T/apt/list"
}

# unpack_source FILE...: these files of the source of 7.3.4, in $T/linux-source-7.3.
unpack_source() {
	(cd "$FINDINGS_CACHE" && private_apt download "linux-source-7.3=7.3.4-1~bpo13+1") || exit 2
	dpkg-deb --fsys-tarfile "$FINDINGS_CACHE"/linux-source-7.3_7.3.4-1~bpo13+1_*.deb |
		tar -xO ./usr/src/linux-source-7.3.tar.xz >"$T/source.tar.xz"
	(cd "$T" && nice -n 19 tar -xJf source.tar.xz "$@")
	rm -f "$T/source.tar.xz"
}

# run_in DIR PROGRAM ARG...: a program of DIR with the libraries of DIR, for 300 s at most.
run_in() {
	root=$T/$1 prog=$2; shift 2
	libs=$root/usr/lib/x86_64-linux-gnu:$root/lib/x86_64-linux-gnu
	loader=$(find "$root/usr/lib" "$root/lib" -name ld-linux-x86-64.so.2 2>/dev/null | head -n 1)
	timeout 300 nice -n 19 "$loader" --library-path "$libs" "$root/$prog" "$@" </dev/null
}

# unpack_qemu: the QEMU of Debian's trixie-backports, for `qemu ARG...`.
unpack_qemu() {
	unpack_all qemu trixie-backports qemu-system-x86=1:11.1.3+ds-1~bpo13+1
	export QEMU_MODULE_DIR="$T/qemu/usr/lib/x86_64-linux-gnu/qemu"
	qemu --version | head -n 1
}
qemu() {
	run_in qemu usr/bin/qemu-system-x86_64 -L "$T/qemu/usr/share/qemu" \
		-L "$T/qemu/usr/share/seabios" -accel tcg -display none -nodefaults -no-reboot "$@" 2>&1 |
		tr -d '\r'
}

# unpack_init LINE...: $T/initrd with a busybox, whose /init runs these lines and powers off.
unpack_init() {
	unpack initrd.d busybox-static=1:1.37.0-6+b9
	(cd "$T/initrd.d" && mkdir bin proc sys && mv usr/bin/busybox bin && rm -rf usr)
	{
		echo '#!/bin/busybox sh'
		echo '/bin/busybox --install -s /bin; export PATH=/bin'
		echo 'mount -t proc proc /proc; mount -t sysfs sysfs /sys'
		printf '%s\n' "$@" 'poweroff -f'
	} >"$T/initrd.d/init"
	chmod +x "$T/initrd.d/init"
	(cd "$T/initrd.d" && find . | cpio -o -H newc -R 0:0 --quiet | gzip -1n) >"$T/initrd"
}
# boot DIR APPEND QEMU-ARG...: the kernel that was unpacked in DIR, with $T/initrd.
boot() {
	kernel=$(find "$T/$1" -type f -name 'vmlinuz*') append=$2; shift 2
	qemu -m 512 -serial stdio -kernel "$kernel" -initrd "$T/initrd" \
		-append "console=ttyS0 panic=-1 $append" "$@"
}

# said PATTERN FILE: print the lines with PATTERN. The finding has changed if there are none.
said() { grep -aE -- "$1" "$2" | sed 's/^/    /' | grep . || changed "no '$1' in the output"; }
# not_said PATTERN FILE
not_said() { ! grep -aE -- "$1" "$2" || changed "'$1' in the output"; }
changed() { echo "CHANGED: $*" >&2; exit 1; }
