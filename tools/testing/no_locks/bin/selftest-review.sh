#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# selftest-review.sh - `make review`, `send` and `matrix` on a toy. No arguments; KTAP.
#
# A toy kernel whose scripts and Makefile do the least that review.sh and send.sh ask
# for, and a toy series; seconds, and no network. The mbox is read with Python's
# mailbox module, and given back to git am. What needs a package that is not there is
# skipped. COUNTS=file: "passed failed skipped" go there.
. "$(dirname "$0")/lib.sh"
counts=${COUNTS:-}
unset LINUX PATCHES TOPICS TOPIC NO_LOCKS_LOCKED COUNTS FULL ONLY PREV VERSION SIGNOFF ROWS MINUTES
BASE=v6.12 V=0 NO_DEPS=1; export BASE V NO_DEPS
need git python3 gcc make perl
tmpdir; cd "$T" || exit 1
n=0 bad=0 skipped=0
O=$T/o CONFIGS=$T/c PATCHES=$T/p; export O CONFIGS PATCHES
ok() { n=$((n + 1)); echo "ok $n - $1"; }
nok() { n=$((n + 1)); bad=$((bad + 1)); echo "not ok $n - $1"; shift; printf '%s\n' "$@" | sed 's/^/  # /'; tail -n 6 "$T/err" "$T/out" 2>/dev/null | sed 's/^/  # /'; }
skip() { n=$((n + 1)); skipped=$((skipped + 1)); echo "ok $n - $1 # SKIP $2"; }
run() { "$@" >"$T/out" 2>"$T/err" </dev/null; rc=$?; }
is() { if [ "$2" = "$3" ]; then ok "$1"; else nok "$1" "have: $2" "want: $3"; fi; }
# fails NAME PATTERN CMD...: one error line, which matches. says NAME PATTERN: the last run printed it.
fails() {
	name=$1 pat=$2; shift 2; run "$@"
	if [ $rc -ne 0 ] && [ "$(grep -c '^no_locks: error: ' "$T/err")" = 1 ] && grep '^no_locks: error: ' "$T/err" | grep -qE -- "$pat"; then ok "$name"; else nok "$name" "exit $rc, expected: $pat"; fi
}
says() { if grep -qE -- "$2" "$T/out"; then ok "$1"; else nok "$1" "expected: $2"; fi; }
not() { if grep -qE -- "$2" "$T/out"; then nok "$1" "not expected: $2"; else ok "$1"; fi; }

# --- a toy kernel, with a warning of its own, and a series of two ------------------------
k=$T/kernel; mkdir -p "$k/mm" "$k/kernel/rcu" "$k/scripts/kconfig" "$k/Documentation" "$CONFIGS/review"
printf 'config A\n' >"$k/Kconfig"; echo 'MEMORY' >"$k/MAINTAINERS"; echo 'obj-y := page_alloc.o' >"$k/mm/Makefile"
printf 'A title\n=======\n\n.. unknown:: x\n\nText, :unknown:`y`.\n' >"$k/Documentation/x.rst"
cat >"$k/Makefile" <<'M'
VERSION = 6
PATCHLEVEL = 12
SUBLEVEL = 9
allnoconfig:; @cp $(KCONFIG_ALLCONFIG) $(O)/.config
olddefconfig syncconfig:; @mkdir -p $(O)/include/config; cp $(O)/.config $(O)/include/config/auto.conf
coccicheck:; @if [ -e $(DEBUG_FILE) ]; then echo bailing; else echo "spatch --dir $(M)" >$(DEBUG_FILE); grep -Hn misuse $(M)/*.c | sed 's/:[^:]*$$/:1-2: ERROR: misused/'; fi
%.o: ; @mkdir -p $(O)/$(@D); echo $@ >>$(O)/built; echo '  CC $@'; $(CC) -Wall -c -o $(O)/$@ $*.c$(if $(C),; sh scripts/sparse.sh $(CURDIR)/$*.c)
M
printf '#!/bin/sh\nwhile [ "$1" != /dev/null ]; do [ "$1" != -O ] || d=$2; shift; done; shift; cat "$@" >"$d/.config"\n' >"$k/scripts/kconfig/merge_config.sh"
printf '@ARGV = grep { -f } @ARGV; while (<>) { print "$ARGV:$.: WARNING:TOY: no tabs in a toy\\n" if /^\\+.*\\tx/ }\n' >"$k/scripts/checkpatch.pl"
cat >"$k/scripts/get_maintainer.pl" <<'M'
my $a = "@ARGV";
if ($a =~ /--sections/) { print "THE REST\n"; print "MEMORY\n" if $a !~ /nobody/; }
else { print "One <one\@example.org>\n" unless $a =~ /--nom/; print "list\@example.org\n" unless $a =~ /--nol/; }
M
printf '#!/bin/sh\nfor f; do case $f in -*) ;; *) grep -n BADDOC "$f" | sed "s,^\\([0-9]*\\):.*,$f:\\1: warning: bad doc,";; esac; done >&2\n' >"$k/scripts/kernel-doc"
cat >"$k/scripts/sparse.sh" <<'M'
# Stands for sparse, which make runs with C=2.
echo "  CHECK   $1"
[ ! -e "$TOY_KILLED" ] && awk -v f="$1" '/IMBALANCE/ { printf "%s:%d:9: warning: context imbalance in \"%s\"\n", f, FNR, $3 }' "$1"
M
echo 'echo 999' >"$k/scripts/min-tool-version.sh"
chmod +x "$k/scripts/kernel-doc" "$k/scripts/kconfig/merge_config.sh"
printf 'int a;\n/* IMBALANCE f */\nint old(void)\n{\n\tint unused_of_old;\n\n\treturn 0;\n}\n' >"$k/mm/page_alloc.c"; cp "$k/mm/page_alloc.c" "$k/kernel/rcu/tree.c"
gk() { git -C "$k" -c user.name=Author -c user.email=author@example.org "$@"; }
git init -q -b main "$k"; gk add -A; gk commit -qm toy; gk branch base
echo 'CONFIG_A=y' >"$CONFIGS/common.config"; echo 'CONFIG_NOT_YET=y' >"$CONFIGS/tests.toy.config"
echo 'gcc-smp x86_64 gcc common' >"$CONFIGS/review/matrix"; : >"$CONFIGS/review/accept"

# edit SED-SCRIPT FILE MESSAGE: a commit. series: the commits as patches.
edit() { sed -i "$1" "$k/$2"; gk add -A; gk commit -q -m "$3" ${4:+-m "$4"}; }
make_series() {
	rm -rf "$PATCHES"; git -C "$k" format-patch -q --zero-commit --full-index --no-numbered --no-signature -o "$PATCHES/toy" base..main >/dev/null
	(cd "$PATCHES" && printf "%s\n" toy/*.patch >series)
	printf 'toy: the cover\n\nWhy it is.\n' >"$PATCHES/toy/cover"
	echo toy: >"$PATCHES/topics"
}
good() {
	gk checkout -q -B main base
	edit 's/^int a;/int a, b;/' mm/page_alloc.c 'mm: one' 'From here on there are two.'
	edit '1a int c;' mm/page_alloc.c 'mm: two'
	make_series
}
# fresh: the toy as the packaged base.
fresh() {
	rm -rf "$O"; mkdir -p "$O/v6.12"; git clone -q -b base "$k" "$O/v6.12/linux" 2>/dev/null; git -C "$O/v6.12/linux" checkout -q -b series
	echo "none $(git -C "$k" rev-parse base)" >"$O/v6.12/.applied"
}
review() { run env ONLY="$1" sh "$BIN/review.sh"; last=$(tail -n 1 "$T/out"); }
good; fresh
r='applies checkpatch maintainers kernel-doc gcc-smp'

# --- review ---------------------------------------------------------------------------------
review "$r"; is "review: a clean series" "$rc $last" "0 8 passed, 0 failed, 0 skipped"
says "review: a row of the table" '^gcc-smp +- +ok +ok$'
says "review: prints whom to send it to" 'To: One <one@example.org>'
built=$O/v6.12/review/build/quick-gcc-smp/built; b1=$(wc -l <"$built")
is "review: base and patches are built" "$b1" 3
review "$r"; is "review: nothing is done twice" "$rc $(wc -l <"$built")" "0 $b1"
edit '1a int d;' mm/page_alloc.c 'mm: three'; make_series
review "$r"; is "review: one more patch, one more build" "$rc $(tail -n +$((b1 + 1)) "$built" | wc -l)" "0 1"
edit 's/^int a;/int aa;/' kernel/rcu/tree.c 'rcu: four'; make_series; review "$r"; b1=$(wc -l <"$built")
sed -i 's/^+int d;/+int D;/; s/^ int d;/ int D;/' "$PATCHES"/toy/000[34]*; review "$r"
is "review: one patch revised, of another file than the next" "$rc $(tail -n +$((b1 + 1)) "$built")" "0 mm/page_alloc.o"
good; edit 's/unused_of_old/unused_of_old, u2/' mm/page_alloc.c 'mm: three'; make_series; review gcc-smp
is "review: a new warning is a finding" "$rc $last" "1 2 passed, 1 failed, 0 skipped"
says "review: ... with its place" 'patch 3, gcc-smp: mm/page_alloc.c:6:[0-9]+: warning: unused variable .u2'
not "review: ... without the base's own" 'unused_of_old'
edit 's/, u2//' mm/page_alloc.c 'mm: four'; make_series; review gcc-smp
is "review: one that a later patch removes" "$rc $last" "1 3 passed, 1 failed, 0 skipped"
good; edit '1i broken' mm/page_alloc.c 'mm: three'; make_series; review gcc-smp
says "review: a patch that does not build" 'patch 3, gcc-smp: does not build: mm/page_alloc.c'
mkdir "$T/bin"; printf '#!/bin/sh\necho toy\n' >"$T/bin/sparse"; chmod +x "$T/bin/sparse"; TOY_KILLED=$T/killed; export TOY_KILLED
echo 'gcc-debug x86_64 gcc common' >>"$CONFIGS/review/matrix"; PATH=$PATH:$T/bin
good; edit '1i int d;' mm/page_alloc.c 'mm: three'; make_series; review sparse
is "review: sparse, old messages that have moved" "$rc $last" "0 3 passed, 0 failed, 0 skipped"
edit '1i /* IMBALANCE g */' mm/page_alloc.c 'mm: four'; make_series; review sparse
is "review: sparse, a new one" "$rc $last" "1 3 passed, 1 failed, 0 skipped"
says "review: ... with its place" 'patch 4, sparse: mm/page_alloc.c:1:9: warning: context imbalance in "g"'
not "review: ... without the base's own" 'sparse: .*"f"'
edit '1s/IMBALANCE g/IMBALANCE f/' mm/page_alloc.c 'mm: five'; make_series; review sparse
is "review: sparse, an old one once more" "$rc $(grep -c 'patch 5, sparse: .*"f"' "$T/out")" "1 1"
good; : >"$TOY_KILLED"; edit '1i int e;' mm/page_alloc.c 'mm: three'; make_series; review sparse
says "review: sparse that is killed" 'patch 3, sparse: sparse fails'
rm "$TOY_KILLED"; review sparse; is "review: ... is run again" "$rc $last" "0 3 passed, 0 failed, 0 skipped"
rm -r "$O/v6.12/review/known"; : >"$TOY_KILLED"
fails "review: ... on the base" "sparse fails on the base" env ONLY=sparse sh "$BIN/review.sh"; rm "$TOY_KILLED"
good; edit '$a\	x \
BADDOC' kernel/rcu/tree.c 'rcu: three'; make_series; review "applies checkpatch kernel-doc"
says "review: white space" 'patch 3, applies: kernel/rcu/tree.c:9: trailing whitespace'
says "review: checkpatch" 'patch 3, checkpatch: 0003-.*WARNING:TOY: no tabs'
says "review: kernel-doc" 'patch 3, kernel-doc: kernel/rcu/tree.c:10: warning: bad doc'
is "review: all of them counted" "$rc $last" "1 6 passed, 3 failed, 0 skipped"
echo 'checkpatch v6.12 WARNING:TOY' >"$CONFIGS/review/accept"; review checkpatch
is "review: a known message is accepted" "$rc $last" "0 3 passed, 0 failed, 0 skipped"
says "review: ... and said to be" '1 messages that are known'
echo 'checkpatch v7.3 WARNING:TOY' >"$CONFIGS/review/accept"; review checkpatch
is "review: not if it is another base's" "$rc $last" "1 2 passed, 1 failed, 0 skipped"
good; echo x >"$k/nobody.c"; edit '1a int n;' mm/page_alloc.c 'mm: three'; make_series; sed -i 's/MEMORY/nobody/' "$O/v6.12/stock/scripts/get_maintainer.pl" 2>/dev/null; sed -i 's/if $a !~ .nobody./if 0/' "$O/v6.12/stock/scripts/get_maintainer.pl"
review maintainers; says "review: a new file without an owner" 'patch 3, maintainers: nobody.c: no section'
git -C "$O/v6.12/stock" checkout -q .
if command -v spatch >/dev/null 2>&1; then
	good; mkdir -p "$T/cocci"; echo s >"$T/cocci/s.cocci"; COCCI=$T/cocci; export COCCI; edit '1a int misuse;' mm/page_alloc.c 'mm: three'; make_series; review coccicheck
	is "review: coccicheck" "$rc $last" "1 0 passed, 1 failed, 0 skipped"
	says "review: ... finds" 'patch 3, coccicheck: mm/page_alloc.c:2:1-2: ERROR: misused'
	edit 's/misuse/use/' mm/page_alloc.c 'mm: four'; make_series; review coccicheck
	is "review: ... and not for ever, as the last state counts" "$rc $last" "0 1 passed, 0 failed, 0 skipped"
else skip "review: coccicheck" "coccinelle is not installed"; fi
if PATH=/usr/bin:/bin:$PATH python3 -c 'import docutils' 2>/dev/null; then
	good; edit '$a\\n- a list\n    wrongly *marked\n' Documentation/x.rst 'doc: three'; make_series; review rst
	says "review: rst" 'patch 3, rst: Documentation/x.rst:[0-9]+: \(WARNING/2\) Inline emphasis'
	is "review: ... which sees no more than that" "$(grep -c 'patch 3, rst' "$T/out")" "$(grep -c 'marked\|emphasis\|indent' "$T/out")"
else skip "review: rst" "python3-docutils is not installed"; fi
if command -v codespell >/dev/null 2>&1; then
	good; edit '1a int teh;' mm/page_alloc.c 'mm: recieve'; make_series; review spelling
	says "review: spelling in the message" 'patch 3, spelling: 0003-[^:]*:[0-9]+: *recieve ==> receive'
	says "review: spelling in the code" 'patch 3, spelling: 0003-[^:]*:[0-9]+: *teh ==> the'
else skip "review: spelling" "codespell is not installed"; fi
good; echo 'new x86_64 clang common' >>"$CONFIGS/review/matrix"; review new
is "review: a compiler that is not there" "$rc $last" "0 0 passed, 0 failed, 2 skipped"
says "review: ... is named" 'new: clang of version 999 or newer, with lld and llvm, is not installed'
fails "review: no such check" "no such check" env ONLY=nonsense sh "$BIN/review.sh"
echo 'CONFIG_B=y' >>"$CONFIGS/common.config"; review gcc-smp
is "review: an option that the state does not know" "$rc $last" "0 2 passed, 0 failed, 0 skipped"
sed -i 's/^ int a/ int A/' "$PATCHES"/toy/0002-*; sed -i 's/^ int a, b/ int a, x/' "$PATCHES"/toy/0002-*
fails "review: a patch that does not apply" "toy/0002-mm-two.patch does not apply" env ONLY=applies sh "$BIN/review.sh"

# two_topics: the toy, and `other`, which is on it and has no cover letter.
two_topics() {
	good
	edit '1a int t;' kernel/rcu/tree.c 'rcu: three'
	edit '1a int u;' mm/page_alloc.c 'mm: four'
	make_series
	mkdir "$PATCHES/other"; mv "$PATCHES"/toy/000[34]* "$PATCHES/other/"
	(cd "$PATCHES" && printf "%s\n" toy/*.patch other/*.patch >series)
	printf 'toy:\nother: toy\n' >"$PATCHES/topics"
}
two_topics; fresh; review "applies gcc-smp"
is "review: two topics, one after the other" "$rc $last" "0 8 passed, 0 failed, 0 skipped"
is "review: ... a table each" "$(grep -cE '^(toy|other) +0 +1 +2$' "$T/out")" 2
run env TOPIC=other ONLY=gcc-smp sh "$BIN/review.sh"; last=$(tail -n 1 "$T/out")
is "review: one topic, on what it needs" "$rc $last" "0 2 passed, 0 failed, 0 skipped"
says "review: ... its own patches only" '^  1  rcu: three$'
not "review: ... and no others" 'mm: one'

# --- send -------------------------------------------------------------------------------------
good; fresh
if [ -x "$(git --exec-path)/git-send-email" ]; then
	cat >"$T/read.py" <<'P'
import email.header, mailbox, sys
box = [m for m in mailbox.mbox(sys.argv[1])]
def text(m): return m.get_payload(decode=True).decode()
def every(f): return 'all' if all(f(m) for m in box[1:]) else 'none' if not any(f(m) for m in box[1:]) else 'some'
print(len(box), 'messages')
for m in box: print(' '.join(str(email.header.make_header(email.header.decode_header(m['Subject']))).split()))
print('cover is a reply:', 'In-Reply-To' in box[0])
print('replies to the cover:', every(lambda m: m['In-Reply-To'] == box[0]['Message-Id'] and m['Message-Id'] != box[0]['Message-Id']))
print('to and cc:', {(m['To'], m['Cc']) for m in box} == {('One <one@example.org>', 'list@example.org')})
print('from the sender:', {m['From'] for m in box})
print('signed off:', every(lambda m: 'Signed-off-by: ' in text(m)), 'Signed-off-by' in text(box[0]))
print('cover:', *[w for w in ('Why it is.', sys.argv[2], 'Based on Linux v6.12.9', 'Range-diff', 'mm/page_alloc.c | ') if w in text(box[0])], sep='; ')
P
	# sent NAME WANT: what is in the mbox of the last run.
	sent() { is "$1" "$rc $(python3 "$T/read.py" "$(echo "$O"/v6.12*/send/toy/*.mbox)" "$B" 2>&1)" "0 $2"; }
	send() { rm -f "$O"/v6.12*/send/*/*.mbox; run env GIT_CONFIG_GLOBAL="$T/gitconfig" "$@" sh "$BIN/send.sh"; }
	facts() { printf '3 messages\n%s 0/2] toy: the cover\n%s 1/2] mm: one\n%s 2/2] mm: two\ncover is a reply: False\nreplies to the cover: all\nto and cc: True\nfrom the sender: %s\nsigned off: %s\ncover:; Why it is.; %s; mm/page_alloc.c | ' "$1" "$1" "$1" "$2" "$3" "$4"; }
	B="base-commit: $(gk rev-parse base)"
	A="{'Author <author@example.org>'}" S="{'Sender <sender@example.org>'}"
	send A=b; sent "send: the mbox of a series" "$(facts '[PATCH' "$A" 'none False' "$B; Based on Linux v6.12.9")"
	says "send: says that nothing was sent" 'nothing was sent'
	git clone -q -b base "$k" "$T/am" 2>/dev/null
	git -C "$T/am" -c user.name=A -c user.email=a@example.org am -q --empty=drop "$O/v6.12/send/toy/v1.mbox" >"$T/out" 2>&1
	is "send: git am takes it" "$(git -C "$T/am" rev-parse 'HEAD^{tree}')" "$(gk rev-parse 'main^{tree}')"
	fails "send: no identity to sign off with" "SIGNOFF=1.*user.name" env SIGNOFF=1 sh "$BIN/send.sh"
	printf '[user]\n\tname = Sender\n\temail = sender@example.org\n[sendemail]\n\tsmtpserver = example.invalid\n\tbcc = spy@example.org\n' >"$T/gitconfig"
	send SIGNOFF=1; sent "send: signed off by the sender" "$(facts '[PATCH' "$S" 'all False' "$B; Based on Linux v6.12.9")"
	is "send: the author is kept" "$(grep -c '^>*From: Author <author@example.org>' "$O/v6.12/send/toy/v1.mbox")" 2
	cp -r "$PATCHES/toy" "$T/v1"; (cd "$T/v1" && printf "%s\n" *.patch >series); gk checkout -q -B main base; edit 's/^int a;/int a, B;/' mm/page_alloc.c 'mm: one' 'From here on.'; edit '1a int c;' mm/page_alloc.c 'mm: two'; make_series; mv "$T/v1" "$PATCHES/toy/v1"
	send A=b; sent "send: a second version" "$(facts '[PATCH v2' "$S" 'none False' "$B; Based on Linux v6.12.9; Range-diff")"
	says "send: ... against which" 'range-diff against .*/v1'
	rm -rf "$PATCHES/toy/v1"; git -C "$O/v6.12/linux" branch -q old "$(git -C "$O/v6.12/linux" rev-parse series^)"
	send PREV=old; sent "send: a second version, from a revision" "$(facts '[PATCH v2' "$S" 'none False' "$B; Based on Linux v6.12.9; Range-diff")"
	fails "send: PREV that is nothing" "PREV=nothing is neither" env PREV=nothing sh "$BIN/send.sh"
	rm -rf "$T/own"; git clone -q -b base "$k" "$T/own" 2>/dev/null
	rm -rf "$O"/v6.12; send LINUX="$T/own"; sent "send: a base that others have" "$(facts '[PATCH' "$S" 'none False' "$B")"
	# A topic without a cover letter: a mail each.
	two_topics; fresh; run env TOPIC=other sh "$BIN/send.sh"
	is "send: a topic without a cover letter" "$rc $(cd "$O/v6.12/send/other" && echo *.mbox)" "0 0003-rcu-three.mbox 0004-mm-four.mbox"
	is "send: ... a mail per patch, without a number" "$(cat "$O"/v6.12/send/other/*.mbox | grep '^Subject:')" "$(printf 'Subject: [PATCH] rcu: three\nSubject: [PATCH] mm: four')"
	is "send: ... each in its own thread" "$(cat "$O"/v6.12/send/other/*.mbox | grep -c '^In-Reply-To:')" 0
	is "send: ... what others need is told" "$(for x in 0003-rcu-three 0004-mm-four; do grep -c '^prerequisite-patch-id: ' "$O/v6.12/send/other/$x.mbox"; done | paste -sd' ')" "0 3"
	is "send: no other topic" "$(ls "$O/v6.12/send")" "$(printf 'other\nrepo')"
	fails "send: PREV for single patches" "PREV is for a topic with a cover letter" env TOPIC=other PREV=base sh "$BIN/send.sh"
	run env TOPIC=other VERSION=3 sh "$BIN/send.sh"
	is "send: ... but VERSION" "$(grep -h '^Subject:' "$O/v6.12/send/other/0003-rcu-three.mbox")" "Subject: [PATCH v3] rcu: three"
	run sh "$BIN/send.sh"; is "send: all topics" "$rc $(cd "$O/v6.12/send" && echo */*.mbox)" "0 other/0003-rcu-three.mbox other/0004-mm-four.mbox toy/v1.mbox"
else skip "send" "git-email is not installed"; fi

# --- matrix -----------------------------------------------------------------------------------
good; fresh; echo '#@ smp=1 mem=1G timeout=9' >"$CONFIGS/kcsan.config"
matrix() { run env ROWS="$1" "$2" sh "$BIN/matrix.sh"; last=$(tail -n 1 "$T/out"); }
fails "matrix: an unknown row" "no row 'kscan': there are kcsan" env ROWS="stress kscan" sh "$BIN/matrix.sh"
fails "matrix: no number of minutes" "MINUTES=soon" env MINUTES=soon sh "$BIN/matrix.sh"
# All programs but those that rows may lack.
mkdir "$T/few"; for d in /bin /usr/bin /usr/sbin; do ln -s "$d"/* "$T/few/" 2>/dev/null; done
rm -f "$T/few"/clang* "$T/few"/aarch64-* "$T/few"/qemu-system-aarch64 "$T/few"/gawk
matrix "kmsan arm64 rcutorture torture" PATH="$T/few"
is "matrix: programs that are not there" "$rc $last" "0 0 passed, 0 failed, 4 skipped"
says "matrix: ... are named" 'arm64: 0 passed, 0 failed, 1 skipped .* needs aarch64-linux-gnu-gcc \(apt-get install gcc-aarch64-linux-gnu\)'
says "matrix: ... also the compiler's version" 'kmsan: .* needs clang 15 or later'
matrix kcsan A=b; is "matrix: a row that fails" "$rc $last" "1 0 passed, 1 failed, 0 skipped"
matrix kcsan A=b; is "matrix: ... fails again" "$rc $(grep -c "as before" "$T/out")" "1 0"

echo "1..$n"
[ -z "$counts" ] || echo "$((n - bad - skipped)) $bad $skipped" >"$counts"
[ $bad -eq 0 ]
