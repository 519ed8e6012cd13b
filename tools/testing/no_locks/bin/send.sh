#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# send.sh [addresses] - rehearse sending the series: O/BASE/send/vN.mbox. Sends nothing.
#
# Runs the real `git send-email` on patches/BASE with a script for a mail server that
# appends to the mbox: no server is spoken to, no configuration of yours is read but
# user.name and user.email. Threaded, cover letter first, to whom get_maintainer.pl says.
#   SIGNOFF=1     with your Signed-off-by, as `git am -s` adds it
#   PREV=rev      the previous version: a git revision in O/BASE/linux (a branch of
#                 yours) or a folder; default the highest patches/BASE/vN
#   addresses     prints To and Cc, and does nothing else
# The version is one more than the previous one. The cover letter ends with base-commit.
# For the packaged base that is branch `base` of `make tree`, which has the same hash
# everywhere, but which others have only if they make it: so its version is told too.
# Errors: no git send-email; a patch does not apply; SIGNOFF=1 without a git identity.
me=$(git config user.name 2>/dev/null) mail=$(git config user.email 2>/dev/null)
. "$(dirname "$0")/lib.sh"
set_base; tmpdir
series >"$T/series"; [ -s "$T/series" ] || die "$PATCHES/series is missing or empty"

# addresses: $T/to (maintainers) and $T/cc (reviewers, lists), for the whole series.
addresses() {
	src=$STOCK; [ -f "$src/scripts/get_maintainer.pl" ] || die "$src/scripts/get_maintainer.pl is not there: run 'make tree'"
	gm() { (cd "$src" && tr '\n' '\0' <"$T/series" | xargs -0 perl scripts/get_maintainer.pl --nogit --nogit-fallback --norolestats "$@") 2>"$T/err" || die "get_maintainer.pl: $(head -n 1 "$T/err")"; }
	gm --nor --nol >"$T/to"; gm --nom >"$T/cc0"
	grep -Fvx -f "$T/to" "$T/cc0" >"$T/cc"
	[ -s "$T/to" ] || die "get_maintainer.pl finds nobody"
}
if [ "${1:-}" = addresses ]; then
	addresses
	sed 's/^/  To: /' "$T/to"; sed 's/^/  Cc: /' "$T/cc"; exit
fi

lock
sh "$BIN/tree.sh" || exit 1
addresses
git send-email --help >/dev/null 2>&1 || [ -x "$(git --exec-path)/git-send-email" ] || die "missing: git send-email (package git-email): run 'make send', which installs it, or install it by hand"
if [ -n "${SIGNOFF:-}" ]; then
	[ -n "$me" ] && [ -n "$mail" ] || die "SIGNOFF=1 signs with your name: set git config user.name and user.email"
	signoff=-s
else signoff=''; fi
if [ -z "$me" ] || [ -z "$mail" ]; then
	git mailinfo "$T/msg" "$T/patch" <"$(head -n 1 "$T/series")" >"$T/info" || die "cannot read $(head -n 1 "$T/series")"
	me=$(sed -n 's/^Author: //p' "$T/info") mail=$(sed -n 's/^Email: //p' "$T/info")
fi
sender="$me <$mail>"
export GIT_COMMITTER_NAME="$me" GIT_COMMITTER_EMAIL="$mail" GIT_AUTHOR_NAME="$me" GIT_AUTHOR_EMAIL="$mail"

# --- this version and the previous one, as commits ----------------------------------
S=$W/send; mkdir -p "$S"; repo=$S/repo
AM_FROM=$sender sh "$BIN/am.sh" "$repo" send ${signoff:+"$signoff"} <"$T/series" || exit 1
n=0; for d in "$PATCHES"/v[0-9]*/; do
	[ -f "$d/series" ] || continue
	k=${d%/}; k=${k##*/v}; case $k in *[!0-9]*) continue;; esac
	[ "$k" -le $n ] || { n=$k; last=$d; }
done
prev=${PREV:-${last:-}} range=''
if [ -n "$prev" ] && [ -d "$prev" ]; then
	[ -f "$prev/series" ] || die "PREV=$prev has no file series"
	[ $n -gt 0 ] || n=1
	while read -r p; do case $p in ''|'#'*) ;; *) echo "${prev%/}/$p";; esac; done <"$prev/series" >"$T/prev"
	sh "$BIN/am.sh" "$S/prev" prev <"$T/prev" || exit 1
	git -C "$repo" fetch -q "$S/prev" +prev:prev || die "cannot fetch the previous version into $repo"
	range=base..prev
elif [ -n "$prev" ]; then
	[ $n -gt 0 ] || n=1
	git -C "$repo" branch -q -f prev "$(git -C "$TREE" rev-parse -q --verify "$prev^{commit}")" 2>/dev/null || die "PREV=$prev is neither a folder nor a revision in $TREE"
	range=base..prev
fi
git -C "$repo" branch -q -f base "$(git -C "$TREE" rev-parse base)"
version=$((n + 1))

# --- the messages -----------------------------------------------------------------------
cover=$PATCHES/0000-cover-letter.patch
[ -f "$cover" ] || die "$cover is missing: make patches"
git mailinfo "$T/msg" "$T/patch" <"$cover" >"$T/info" || die "cannot read $cover"
# Its text ends where the shortlog begins: "Name (n):" with an indented line below it.
{ sed -n 's/^Subject: //p' "$T/info"; echo
awk 'body && held != "" { if (/^  [^ ]/) exit; print held; held = "" }
	body && /^[^ ].* \([0-9]+\):$/ { held = $0; next }
	body && /^-- $/ { exit }
	body { print }
	/^$/ { body = 1 }' "$cover"; } >"$T/description"
git -C "$repo" config branch.send.description "$(cat "$T/description")"
rm -rf "$S/v$version"; mkdir -p "$S/v$version"
# shellcheck disable=SC2046
git -C "$repo" format-patch -q -o "$S/v$version" --cover-letter --cover-from-description=subject --from="$sender" --numbered --no-thread \
	--stat=72 --summary $([ $version -eq 1 ] || echo "-v$version") ${range:+"--range-diff=$range"} --base=base base..send ||
	die "git format-patch failed"
cover=$(echo "$S/v$version"/*0000-cover-letter.patch)
if [ -z "$LINUX" ]; then
	v=$(git -C "$repo" show base:Makefile | sed -n 's/^\(VERSION\|PATCHLEVEL\|SUBLEVEL\) = *//p' | paste -sd. )
	line="Based on Linux v${v%.0}, as packaged by Debian ($(key package) $(key version))."
	awk -v l="$line" '/^base-commit: / { print l } { print }' "$cover" >"$T/cover" && cp "$T/cover" "$cover"
fi

# --- the rehearsal ------------------------------------------------------------------------
box=$S/v$version.mbox; rm -f "$box.tmp"
cat >"$T/catch" <<'C'
#!/bin/sh
# Stands for the mail server: appends the message on stdin to the mbox.
{ echo "From rehearsal@localhost $(date -u '+%a %b %e %H:%M:%S %Y')"; sed 's/^>*From />&/'; echo; } >>"$BOX"
C
chmod +x "$T/catch"
# One To and one Cc option an address.
set --
while read -r a; do set -- "$@" "--to=$a"; done <"$T/to"
while read -r a; do set -- "$@" "--cc=$a"; done <"$T/cc"
(cd "$repo" && BOX=$box.tmp git send-email --from="$sender" --sendmail-cmd="'$T/catch'" --suppress-cc=misc-by --suppress-cc=self --thread --no-chain-reply-to \
	--confirm=never --8bit-encoding=UTF-8 "$@" "$S/v$version"/*.patch) >"$S/send.log" 2>&1 </dev/null || die "git send-email: $(grep -v '^ *$' "$S/send.log" | tail -n 1); see $S/send.log"
[ "$(grep -c '^From rehearsal@' "$box.tmp" 2>/dev/null)" = $(($(wc -l <"$T/series") + 1)) ] || die "git send-email has not sent every message: see $S/send.log"
mv "$box.tmp" "$box"
python3 - "$box" <<'P'
import email.header, mailbox, sys
for m in mailbox.mbox(sys.argv[1]):
    subject = str(email.header.make_header(email.header.decode_header(m['Subject'])))
    print('  ' * (1 + bool(m['In-Reply-To'])) + ' '.join(subject.split()))
P
say "From: $sender; To: $(wc -l <"$T/to") maintainers; Cc: $(wc -l <"$T/cc") lists and reviewers${range:+; range-diff against ${prev}}${signoff:+; signed off}"
[ -n "$signoff" ] || say "no Signed-off-by: it is the sender's to add; SIGNOFF=1 shows the series with yours"
say "nothing was sent. Read it: mutt -f $box"
