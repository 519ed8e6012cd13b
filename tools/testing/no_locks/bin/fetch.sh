#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# fetch.sh - the base's source package into O/cache. No arguments.
#
# First from the machine's own apt sources, then from the same servers with the
# suite's name rewritten to the `suite` of patches/BASE/BASE (for this call only:
# lists and sources are kept in O/cache, the system's are not touched). The
# version named there is preferred, another one is used with a note. An
# interrupted download is resumed. Prints nothing when the package is there.
# Errors: no apt, no network, no such package, no space.
. "$(dirname "$0")/lib.sh"
set_base
[ -z "$LINUX" ] || exit 0
pkg=$(key package) want=$(key version) suite=$(key suite)
C=$O/cache; log=$C/fetch-$BASE.log
# The version pinned by an earlier fetch, or any that is complete.
[ ! -s "$C/$BASE.deb" ] || exit 0
lock
command -v apt-get >/dev/null 2>&1 && command -v dpkg-deb >/dev/null 2>&1 ||
	die "no apt-get here to fetch $pkg with: give a git tree of your own with LINUX="
need_space 400 "fetching $pkg"
mkdir -p "$C/partial" "$C/lists/partial"
user=''; [ "$(id -u)" != 0 ] || user='-o APT::Sandbox::User=root'

# apt PROGRAM ARGS: with the options in $opts.
apt() { prog=$1; shift; "$prog" $user $opts "$@"; }
# get: download the wanted version, else the candidate, with the options in $opts.
get() {
	avail=$(apt apt-cache show "$pkg" 2>/dev/null | sed -n 's/^Version: //p')
	[ -n "$avail" ] || return 1
	ver=$(echo "$avail" | grep -Fx -- "$want" || echo "$avail" | head -n 1); ver=$(echo "$ver" | head -n 1)
	size=$(apt apt-cache show "$pkg=$ver" | sed -n 's/^Size: //p' | head -n 1)
	(cd "$C/partial" && progress "fetching $pkg $ver" "$log" "du -cm '$C'/partial/* | tail -n 1 | cut -f1 | sed 's/\$/ MB/'" \
		"$((${size:-0} / 1000000)) MB" apt-get $user $opts -q download "$pkg=$ver") || return 1
	set -- "$C/partial/${pkg}"_*.deb
	[ -f "$1" ] && dpkg-deb -f "$1" Version >/dev/null 2>&1 || return 1
	mv "$1" "$C/$BASE.deb"; rm -f "$C/partial/$pkg"_*
	[ "$ver" = "$want" ] || say "note: $pkg $ver, not the $want that the series was made on"
	say "fetched $pkg $ver"
	exit 0
}
# own FILE: options for private lists and the sources in FILE ('' = the system's).
own() {
	opts="-o Dir::State::Lists=$C/lists -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache="
	[ -z "$1" ] || opts="$opts -o Dir::Etc::SourceList=$1 -o Dir::Etc::SourceParts=/dev/null"
}
update() { progress "reading package lists ($1)" "$log" : '' apt-get $user $opts -q update; }

opts=''; get
own ''; update 'own suites' && get

# The same servers, another suite: the first stanza or line that is no security one.
etc=$(apt-config shell d Dir::Etc/d 2>/dev/null); eval "${etc:-d=/etc/apt}"; d=${d%/}
new=$C/$suite.sources
rm -f "$new" "$C/$suite.list"
for f in "$d"/sources.list.d/*.sources; do
	[ -f "$f" ] || continue
	awk -v s="$suite" 'BEGIN { RS = "" } /(^|\n)Types:[^\n]*deb/ && /(^|\n)Suites:/ && !/-security/ {
		gsub(/(^|\n)Suites:[^\n]*/, "\nSuites: " s); sub(/^\n/, ""); print; exit }' "$f" >"$new"
	[ ! -s "$new" ] || break
done
if [ ! -s "$new" ]; then
	rm -f "$new"; new=$C/$suite.list
	cat "$d/sources.list" "$d"/sources.list.d/*.list 2>/dev/null | awk -v s="$suite" '$1 == "deb" && !/-security/ {
		i = 2; if ($2 ~ /^\[/) while ($i !~ /\]$/) i++; if ($2 ~ /^\[/) i++
		$(i + 1) = s; print; exit }' >"$new"
fi
[ -s "$new" ] || die "$pkg is not in this machine's apt sources, and there is no source line to find suite $suite with: give LINUX="
own "$new"; update "$suite" && get
why=$(grep -hE '^(E|Err)' "$log" 2>/dev/null | head -n 1)
die "cannot fetch $pkg, neither from the machine's own suites nor from $suite (${why:-no such package}): network? or give LINUX="
