#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# send.sh [addresses] - rehearse sending topics: O/BASE/send/TOPIC/*.mbox. Sends nothing.
#
# Runs the real `git send-email` with a script instead of a mail server; it appends to an
# mbox. No server is spoken to, and of your configuration only user.name and user.email
# are read. get_maintainer.pl says whom to send to.
#   TOPIC="..."   these topics; default all of them
#   SIGNOFF=1     with your Signed-off-by, as `git am -s` adds it
#   PREV=rev      the previous version of the one TOPIC: a revision in O/BASE/linux (a branch
#                 of yours) or a folder; default the highest patches/BASE/TOPIC/vN
#   VERSION=n     default: one more than the previous version
#   addresses     prints To and Cc, and does nothing else
# A topic with a cover letter (patches/BASE/TOPIC/cover: subject, blank line, text) becomes a
# numbered thread vN.mbox; shortlog and diffstat are added. A topic without one becomes one
# mail per patch, NAME.mbox, each on the base alone if it applies there. Each ends with
# base-commit, and prerequisite-patch-id where it needs other patches. For the packaged base
# that commit is branch `base` of `make tree`. It has the same hash everywhere, but recipients
# do not have it. So the mail also names the kernel version.
# Errors: no git send-email; a patch does not apply; SIGNOFF=1 without a git identity.
me=$(git config user.name 2>/dev/null) mail=$(git config user.email 2>/dev/null)
. "$(dirname "$0")/lib.sh"
set_base
tmpdir
[ -n "$SELECTED" ] || die "$PATCHES/topics is missing or empty"
check_chosen_topics

# get_maintainer OPTION...: for the patches in $T/list.
get_maintainer() {
	(cd "$STOCK" && tr '\n' '\0' <"$T/list" | xargs -0 perl scripts/get_maintainer.pl --nogit \
		--nogit-fallback --norolestats "$@") 2>"$T/err" ||
		die "get_maintainer.pl: $(head -n 1 "$T/err")"
}

# find_addresses: $T/to (maintainers) and $T/cc (reviewers, lists) for the patches in $T/list.
find_addresses() {
	[ -f "$STOCK/scripts/get_maintainer.pl" ] ||
		die "$STOCK/scripts/get_maintainer.pl is not there: run 'make tree'"
	get_maintainer --nor --nol >"$T/to"
	get_maintainer --nom >"$T/all"
	grep -Fvx -f "$T/to" "$T/all" >"$T/cc"
	[ -s "$T/to" ] || die "get_maintainer.pl finds nobody"
}

print_addresses() {
	for topic in $(chosen_topics); do
		series "$topic" >"$T/list"
		find_addresses
		sed 's/^/  To: /' "$T/to"
		sed 's/^/  Cc: /' "$T/cc"
	done
}

# find_sender: sets sender to you, or to the author of the first patch.
find_sender() {
	if [ -n "${SIGNOFF:-}" ]; then
		[ -n "$me" ] && [ -n "$mail" ] ||
			die "SIGNOFF=1 signs with your name: set git config user.name and user.email"
		signoff=-s
	fi
	if [ -z "$me" ] || [ -z "$mail" ]; then
		# shellcheck disable=SC2119
		first=$(series | head -n 1)
		git mailinfo "$T/msg" "$T/patch" <"$first" >"$T/info" || die "cannot read $first"
		me=$(sed -n 's/^Author: //p' "$T/info") mail=$(sed -n 's/^Email: //p' "$T/info")
	fi
	sender="$me <$mail>"
	export GIT_COMMITTER_NAME="$me" GIT_COMMITTER_EMAIL="$mail"
	export GIT_AUTHOR_NAME="$me" GIT_AUTHOR_EMAIL="$mail"
}

# make_commits: branch send of $repo, from the patches whose names are on stdin.
make_commits() {
	AM_FROM=$sender sh "$BIN/am.sh" "$repo" send ${signoff:+"$signoff"} || return 1
	git -C "$repo" branch -q -f base "$(git -C "$TREE" rev-parse base)"
}

# latest_version TOPIC: the highest N of patches/BASE/TOPIC/vN; 0 if there is none.
latest_version() {
	for folder in "$PATCHES/$1"/v[0-9]*/; do
		[ ! -f "$folder/series" ] || basename "$folder" | sed -n 's/^v\([0-9]*\)$/\1/p'
	done | sort -n | tail -n 1 | grep . || echo 0
}

# fetch_previous_folder TOPIC FOLDER: branch prev of $repo, on what the topic needs.
fetch_previous_folder() {
	[ -f "$2/series" ] || die "PREV=$2 has no file series"
	{
		grep -Fvx -f "$T/own" "$T/list"
		sed -e '/^#/d' -e '/^$/d' -e "s,^.*/,," "$2/series" | while read -r name; do
			printf '%s\n' "${2%/}/$name"
		done
	} >"$T/prev"
	sh "$BIN/am.sh" "$S/prev" prev <"$T/prev" || exit 1
	git -C "$repo" fetch -q "$S/prev" +prev:prev ||
		die "cannot fetch the previous version into $repo"
	range=prev~$(grep -c . "$2/series")..prev
}

# fetch_previous_revision TOPIC REVISION: branch prev of $repo, since it left the series.
fetch_previous_revision() {
	commit=$(git -C "$TREE" rev-parse -q --verify "$2^{commit}") &&
		git -C "$repo" branch -q -f prev "$commit" 2>/dev/null ||
		die "PREV=$2 is neither a folder nor a revision in $TREE"
	own=$(series_lines | sed -n "/^$1\//,\$p" | wc -l)
	from=$(git -C "$TREE" merge-base "series~$own" "$commit") || die "PREV=$2 has no base"
	range=$from..prev
}

# tell_base FILE: the version that the base commit is, for people who do not have it.
tell_base() {
	[ -z "$LINUX" ] || return 0
	version_of_base=$(git -C "$repo" show base:Makefile |
		sed -n 's/^\(VERSION\|PATCHLEVEL\|SUBLEVEL\) = *//p' | paste -sd.)
	line="Based on Linux v${version_of_base%.0}, as packaged by Debian ($(key package) $(key version))."
	awk -v line="$line" '/^base-commit: / { print line } { print }' "$1" >"$T/told" &&
		cp "$T/told" "$1"
}

cat >"$T/catch" <<'C'
#!/bin/sh
# Stands for the mail server: appends the message on stdin to the mbox.
{
	echo "From rehearsal@localhost $(date -u '+%a %b %e %H:%M:%S %Y')"
	sed 's/^>*From />&/'
	echo
} >>"$BOX"
C
chmod +x "$T/catch"

# mail_files MBOX FILE...: git send-email, with one To and one Cc option per address.
mail_files() {
	box=$1
	shift
	for file; do
		echo "$file"
	done >"$T/files"
	set --
	while read -r address; do
		set -- "$@" "--to=$address"
	done <"$T/to"
	while read -r address; do
		set -- "$@" "--cc=$address"
	done <"$T/cc"
	while read -r file; do
		set -- "$@" "$file"
	done <"$T/files"
	rm -f "$box.tmp"
	(cd "$repo" && BOX=$box.tmp git send-email --from="$sender" --sendmail-cmd="'$T/catch'" \
		--suppress-cc=misc-by --suppress-cc=self --thread --no-chain-reply-to --confirm=never \
		--8bit-encoding=UTF-8 "$@") >"$S/send.log" 2>&1 </dev/null ||
		die "git send-email: $(grep -v '^ *$' "$S/send.log" | tail -n 1); see $S/send.log"
	[ "$(grep -c '^From rehearsal@' "$box.tmp" 2>/dev/null)" = "$(wc -l <"$T/files")" ] ||
		die "git send-email has not sent every message: see $S/send.log"
	mv "$box.tmp" "$box"
	python3 - "$box" <<'P'
import email.header, mailbox, sys
for m in mailbox.mbox(sys.argv[1]):
    subject = str(email.header.make_header(email.header.decode_header(m['Subject'])))
    print('  ' * (1 + bool(m['In-Reply-To'])) + ' '.join(subject.split()))
P
	say "To: $(wc -l <"$T/to") maintainers; Cc: $(wc -l <"$T/cc") lists and reviewers; read it: mutt -f $box"
}

# format_mails FOLDER ARG...: git format-patch into it.
format_mails() {
	folder=$1
	shift
	rm -rf "$folder"
	mkdir -p "$folder"
	[ "$version" -eq 1 ] || set -- "-v$version" "$@"
	git -C "$repo" format-patch -q -o "$folder" --from="$sender" --no-thread --stat=72 --summary \
		--base=base "$@" || die "git format-patch failed"
}

# send_series TOPIC: the numbered thread.
send_series() {
	# shellcheck disable=SC2046
	series $(with_needs "$1") >"$T/list"
	series "$1" >"$T/own"
	make_commits <"$T/list" || exit 1
	latest=$(latest_version "$1") range=''
	previous=${PREV:-}
	[ -n "$previous" ] || [ "$latest" = 0 ] || previous=$PATCHES/$1/v$latest
	if [ -n "$previous" ]; then
		[ "$latest" != 0 ] || latest=1
		if [ -d "$previous" ]; then
			fetch_previous_folder "$1" "$previous"
		else
			fetch_previous_revision "$1" "$previous"
		fi
	fi
	version=${VERSION:-$((latest + 1))}
	git -C "$repo" config branch.send.description "$(cat "$PATCHES/$1/cover")"
	format_mails "$S/v$version" --numbered --cover-letter --cover-from-description=subject \
		${range:+"--range-diff=$range"} "send~$(wc -l <"$T/own")..send"
	for letter in "$S/v$version"/*0000-cover-letter.patch; do
		tell_base "$letter"
	done
	cp "$T/own" "$T/list"
	find_addresses
	mail_files "$S/v$version.mbox" "$S/v$version"/*.patch
	[ -z "$range" ] || say "range-diff against $previous"
}

# send_singles TOPIC: each patch alone, on the base if it applies there, else after those
# before it.
send_singles() {
	[ -z "${PREV:-}" ] || die "PREV is for a topic with a cover letter: for $1 give VERSION="
	version=${VERSION:-1}
	# shellcheck disable=SC2046
	series $(with_needs "$1") >"$T/before.all"
	series "$1" >"$T/singles"
	while read -r single; do
		echo "$single" >"$T/list"
		if ! (make_commits) <"$T/list" 2>"$T/alone"; then
			sed "\\|^$single\$|q" "$T/before.all" | make_commits || exit 1
			say "$(short_name "$single") needs patches before it"
		fi
		name=$(basename "$single" .patch)
		format_mails "$S/$name" --no-numbered -1 send
		tell_base "$(echo "$S/$name"/*.patch)"
		find_addresses
		mail_files "$S/$name.mbox" "$S/$name"/*.patch
	done <"$T/singles"
}

if [ "${1:-}" = addresses ]; then
	print_addresses
	exit
fi
lock
sh "$BIN/tree.sh" || exit 1
git send-email --help >/dev/null 2>&1 || [ -x "$(git --exec-path)/git-send-email" ] ||
	die "missing: git send-email (package git-email): run 'make send', which installs it, or install it by hand"
signoff=''
find_sender
for topic in $(chosen_topics); do
	S=$W/send/$topic repo=$W/send/repo
	mkdir -p "$S"
	say "--- $topic"
	if [ -f "$PATCHES/$topic/cover" ]; then
		send_series "$topic"
	else
		send_singles "$topic"
	fi
done
say "From: $sender${signoff:+; signed off}"
[ -n "$signoff" ] || say "no Signed-off-by: it is the sender's to add; SIGNOFF=1 shows the series with yours"
say "nothing was sent"
