#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# deps.sh [PACKAGE...] - install what is missing, and these packages; `llvm` stands for
# the newest clang, lld and llvm that apt has, unless there is 15 or a later one. Does
# nothing, and needs no root, when all is there. Errors: no apt-get, neither root nor sudo,
# apt-get fails: one line that names the packages.
. "$(dirname "$0")/lib.sh"
PKGS='gcc make libc6-dev flex bison bc perl git xz-utils cpio gzip python3 ccache libelf-dev libssl-dev
qemu-system-x86 busybox-static util-linux'
llvm=''
for p; do
	case $p in
	llvm) llvm 15 || llvm=clang;;
	coccinelle) PKGS="$PKGS $p libpython3-dev";;	# spatch loads libpython3.N
	*) PKGS="$PKGS $p";;
	esac
done
TOOLS='gcc make flex bison bc perl git xz cpio gzip python3 qemu-system-x86_64 busybox setsid flock'

if command -v dpkg >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1; then
	miss=''
	for p in $PKGS; do
		case $(dpkg -s "$p" 2>/dev/null) in *'Status: install ok installed'*) ;; *) miss="$miss $p";; esac
	done
	[ -n "$miss$llvm" ] || { [ "$V" != 1 ] || say "deps: all there"; exit 0; }
	sudo=''
	[ "$(id -u)" = 0 ] || { sudo='sudo -n'; $sudo true 2>/dev/null || die "missing packages:$miss${llvm:+ $llvm}: not root and no sudo: install them as root"; }
	mkdir -p "$O" 2>/dev/null || die "cannot create $O: choose another with O="
	need_space 800 "installing packages"
	progress "apt-get update" "$O/deps.log" : '' $sudo apt-get -q update || warn "apt-get update failed, going on with the lists there are"
	[ -z "$llvm" ] || for v in -22 -21 -20 -19 -18 -17 -16 -15 ''; do
		case $(apt-cache policy "clang$v" 2>/dev/null) in *'Candidate: '[0-9]*) miss="$miss clang$v lld$v llvm$v"; break;; esac
	done
	progress "installing$miss" "$O/deps.log" "grep -cE '^(Get:|Setting up)' '$O/deps.log'" '' \
		$sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install $miss ||
		die "cannot install$miss: see $O/deps.log (no network? install them by hand)"
	say "installed$miss"
else
	miss=''
	for t in $TOOLS; do command -v "$t" >/dev/null 2>&1 || miss="$miss $t"; done
	[ -z "$miss" ] || die "missing programs:$miss: no apt-get here, install them your system's way"
fi
