#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# selftest.sh - the harness itself, mostly on bad input. No arguments; KTAP.
#
# A toy kernel of five files, packed as the base's own package, stands for the
# source, a toy series for the patches, and a script that prints a canned console
# for qemu; so this takes seconds and needs no network. What needs the real source
# (kconfig, kunit.py) is skipped until `make tree` has made it. Every failure must
# give exactly one line `no_locks: error:`, a non-zero exit, and leave nothing
# half-written. COUNTS=file: "passed failed skipped" go there.
. "$(dirname "$0")/lib.sh"
BASE=v6.12; set_base	# the toy is made for it
REAL_STOCK=$STOCK; counts=${COUNTS:-}
unset LINUX PATCHES TOPICS TOPIC NO_LOCKS_LOCKED COUNTS TIMEOUT SUITES EXPLODE NO_LOCKS_FREE_MB
BASE=v6.12; V=0; export BASE V
need git xz dpkg-deb cpio busybox
tmpdir
n=0 bad=0 skipped=0
O=$T/o; export O
ok() { n=$((n + 1)); echo "ok $n - $1"; }
nok() { n=$((n + 1)); bad=$((bad + 1)); echo "not ok $n - $1"; shift; printf '%s\n' "$@" | sed 's/^/  # /'; tail -n 4 "$T/err" "$T/out" 2>/dev/null | sed 's/^/  # /'; }
skip() { n=$((n + 1)); skipped=$((skipped + 1)); echo "ok $n - $1 # SKIP $2"; }
run() { "$@" >"$T/out" 2>"$T/err" </dev/null; rc=$?; }
# fails NAME PATTERN CMD...: fails with one error line, which matches.
fails() {
	name=$1 pat=$2; shift 2; run "$@"
	lines=$(grep -c '^no_locks: error: ' "$T/err")
	if [ $rc -eq 0 ]; then nok "$name" "exit 0"
	elif [ "$lines" -ne 1 ]; then nok "$name" "$lines error lines"
	elif ! grep '^no_locks: error: ' "$T/err" | grep -qE -- "$pat"; then nok "$name" "wrong line, expected: $pat"
	else ok "$name"; fi
}
# works NAME CMD...: exits 0, no error line. is NAME A B: equal.
works() { name=$1; shift; run "$@"; if [ $rc -eq 0 ] && ! grep -q '^no_locks: error' "$T/err"; then ok "$name"; else nok "$name" "exit $rc"; fi; }
is() { if [ "$2" = "$3" ]; then ok "$1"; else nok "$1" "have: $2" "want: $3"; fi; }
g() { git -C "$O/v6.12/linux" -c user.name=T -c user.email=t@localhost "$@"; }

# --- a toy base, its package, a toy series -------------------------------------------
k=$T/linux-source-6.12; mkdir -p "$k/mm" "$k/kernel/rcu" "$T/pkg/DEBIAN" "$T/pkg/usr/src" "$T/p" "$T/ex"
echo VERSION = 6 >"$k/Makefile"; echo mainmenu >"$k/Kconfig"; echo M >"$k/MAINTAINERS"; echo '*' >"$k/.gitignore"
seq 1 40 >"$k/mm/page_alloc.c"; seq 1 30 >"$k/kernel/rcu/tree.c"
tar -C "$T" -cJf "$T/pkg/usr/src/linux-source-6.12.tar.xz" linux-source-6.12
printf 'Package: linux-source-6.12\nVersion: 6.12.0-1\nArchitecture: all\nMaintainer: t <t@localhost>\nDescription: toy\n' >"$T/pkg/DEBIAN/control"
dpkg-deb -b "$T/pkg" "$T/toy.deb" >/dev/null 2>&1 || die "dpkg-deb -b failed"
fresh() { rm -rf "$O"; mkdir -p "$O/cache"; cp "$T/toy.deb" "$O/cache/v6.12.deb"; }
PATCHES=$T/p EXPLODE=$T/ex; export PATCHES EXPLODE
: >"$T/p/series"

# --- the compiler's cache ---------------------------------------------------------------
if command -v ccache >/dev/null; then
	mkdir "$T/incbin"; printf '.section .rodata\n.incbin "x"\n' >"$T/incbin/p.S"
	is "ccache: what .incbin brings in is not taken for another" "$(cd "$T/incbin" || exit
		CCACHE_DIR=$T/ccache; export CCACHE_DIR; build_env
		for x in one two; do echo $x >x; ccache gcc -Wp,-MMD,p.d -c -o p.o p.S; tr -cd 'a-z' <p.o | grep -o $x; done | paste -sd' ')" "one two"
else skip "ccache: what .incbin brings in is not taken for another" "no ccache"; fi

# --- names and trees --------------------------------------------------------------------
fails "unknown BASE" "unknown BASE 'v9.9'.*v6.12" env BASE=v9.9 sh "$BIN/tree.sh"
fails "BASE with a slash" "unknown BASE" env BASE=../v6.12 sh "$BIN/tree.sh"
fails "unknown ACCEL" "ACCEL=xen" env ACCEL=xen sh "$BIN/tree.sh"
fails "unknown flavour" "unknown flavour 'nope'.*plain" sh "$BIN/kunit.sh" nope
fails "LINUX that is no folder" "is no folder" env LINUX="$T/none" sh "$BIN/tree.sh"
fails "LINUX that is no git tree" "not the top of a git tree" env LINUX="$k" sh "$BIN/tree.sh"
git init -q -b main "$T/notk"; (cd "$T/notk" && echo x >x && git add x && git -c user.name=T -c user.email=t@localhost commit -qm x)
fails "LINUX that is no kernel tree" "not a Linux kernel tree" env LINUX="$T/notk" sh "$BIN/tree.sh"
is "nothing was made for them" "$(find "$O" -name linux 2>/dev/null)" ""
fresh
fails "no space for the source" "needs 5000 MB.*10 MB free" env NO_LOCKS_FREE_MB=10 sh "$BIN/tree.sh"
is "no space: nothing half-written" "$(ls "$O/v6.12")" ""
mkdir -p "$T/etc"; echo 'deb [trusted=yes] file:/nonexistent stable main' >"$T/etc/sources.list"
printf 'Dir::Etc "%s";\nDir::State::Lists "%s";\nDir::Cache "%s";\n' "$T/etc/" "$T/l/" "$T/c/" >"$T/apt.conf"; mkdir -p "$T/l/partial" "$T/c/archives/partial"
rm -f "$O/cache/v6.12.deb"
fails "no network" "cannot fetch linux-source-6.12" env APT_CONFIG="$T/apt.conf" sh "$BIN/fetch.sh"
is "no network: nothing fetched" "$(ls "$O"/cache/*.deb "$O"/cache/partial/* 2>/dev/null)" ""
echo junk >"$O/cache/v6.12.deb"
fails "damaged package" "is damaged" sh "$BIN/tree.sh"
is "damaged package: no tree" "$(ls -d "$O"/v6.12/linux* 2>/dev/null)" ""

fresh
works "tree: base alone" sh "$BIN/tree.sh"
b1=$(g rev-parse base); fresh; sh "$BIN/tree.sh" >/dev/null
is "tree: the base commit is reproducible" "$(g rev-parse base)" "$b1"
is "tree: what a .gitignore ignores is in it" "$(g ls-tree -r --name-only base | wc -l)" 6

# --- topics: what they need, and what the series has of them --------------------------------
topics() { printf '%s\n' "$@" >"$T/p/topics"; }
topics first: 'second: nowhere'
fails "topics: an unknown need" "topic 'second' needs 'nowhere', which is no topic: there are first second" sh "$BIN/tree.sh"
topics 'first: second' 'second: first'
fails "topics: a cycle" "topic 'first' needs 'second', which must stand above it" sh "$BIN/tree.sh"
topics 'first: first'
fails "topics: one that needs itself" "topic 'first' needs 'first', which must stand above it" sh "$BIN/tree.sh"
topics first: 'second: first' third:
fails "topics: an unknown one" "unknown topic 'nope': there are first second third" env TOPICS="first nope" sh "$BIN/tree.sh"
fails "topics: send and review, an unknown one" "unknown topic 'nope': there are first second third" env TOPIC=nope sh "$BIN/send.sh"
echo nope/x.patch >"$T/p/series"
fails "topics: a line of series that is in none" "'nope' is no topic of .*TOPIC/NAME.patch" sh "$BIN/tree.sh"
printf 'second/x.patch\nfirst/y.patch\n' >"$T/p/series"
fails "topics: a series in another order" "topic 'first' is not where .*topics has it" sh "$BIN/tree.sh"
: >"$T/p/series"
works "tree: topics without patches" sh "$BIN/tree.sh"
is "tree: ... end at the base" "$(g for-each-ref --format='%(refname:short) %(objectname)' refs/heads/topic | sort -u)" "$(printf 'topic/first %s\ntopic/second %s\ntopic/third %s' "$b1" "$b1" "$b1")"

# --- from commits to files ------------------------------------------------------------------
fails "patches: nothing on the branch" "no commits" sh "$BIN/patches.sh"
sed -i 's/^20$/twenty/' "$O/v6.12/linux/mm/page_alloc.c"; echo new >"$O/v6.12/linux/mm/new.c"; g add -f mm; g commit -qm 'mm: one' -m 'Body.'; g branch -f topic/first
fails "patches: uncommitted changes" "uncommitted changes" sh -c "echo x >>'$O/v6.12/linux/Makefile'; sh '$BIN/patches.sh'"
g checkout -q Makefile
sed -i 's/^21$/twentyone/' "$O/v6.12/linux/mm/page_alloc.c"; sed -i 's/^9$/nine/' "$O/v6.12/linux/kernel/rcu/tree.c"; echo more >>"$O/v6.12/linux/mm/new.c"; g commit -qam 'mm/slab: rcu: two, and (more) f()'
fails "patches: a topic that ends before the one above it" "topic/second is not on branch series, or not in its place" sh "$BIN/patches.sh"
g branch -f topic/second
fails "patches: with TOPICS" "leave TOPICS= away" env TOPICS=first sh "$BIN/patches.sh"
sed -i 's/M/MM/' "$O/v6.12/linux/MAINTAINERS"; g commit -qam 'three'
works "patches: made" sh "$BIN/patches.sh"
is "patches: files" "$(cd "$T/p" && find . -type f | sort | tr '\n' ' ')" "./exploded ./first/one.patch ./second/two-and-more-f.patch ./series ./third/three.patch ./topics "
is "patches: series" "$(tr '\n' ' ' <"$T/p/series")" "first/one.patch second/two-and-more-f.patch third/three.patch "
is "patches: no numbers" "$(cat "$T"/p/*/*.patch | grep '^Subject')" "$(printf 'Subject: [PATCH] mm: one\nSubject: [PATCH] mm/slab: rcu: two, and (more) f()\nSubject: [PATCH] three')"
is "explode: files" "$(cd "$T/ex" && find . -type f | sort | tr '\n' ' ')" "./MAINTAINERS.diff ./kernel/rcu/tree.c.diff ./mm/new.c ./mm/page_alloc.c.diff "
sum() { (cd "$T" && find p ex -type f | sort | xargs sha256sum | sha256sum); }
printf 'toy\n\nWhat it is.\n' >"$T/p/second/cover"
s1=$(sum); works "patches: made again" env HOME=/nonexistent FORCE=1 sh "$BIN/patches.sh"
is "patches: the same bytes, the cover letter kept" "$(sum)" "$s1"
cp -r "$T/p" "$T/p.good"; cp -r "$T/ex" "$T/ex.good"
works "check: agrees" sh -c "sh '$BIN/check.sh' >'$T/c'; ! grep -E '^not ok.*v6.12' '$T/c'"
fresh; works "tree: the series applies" sh "$BIN/tree.sh"
is "tree: branch series" "$(g log --format=%f base..series | tr '\n' ' ')" "three mm-slab-rcu-two-and-more-f mm-one "
is "tree: topic/NAME" "$(for t in first second third; do g log -1 --format=%f topic/$t; done | tr '\n' ' ')" "mm-one mm-slab-rcu-two-and-more-f three "
is "tree: stock is the base" "$(git -C "$O/v6.12/stock" rev-parse HEAD)" "$b1"
works "patches: from what git am made" env FORCE=1 sh "$BIN/patches.sh"
is "patches: git am and back, the same bytes" "$(sum)" "$s1"
works "tree: nothing to do" sh "$BIN/tree.sh"
is "tree: and nothing said" "$(cat "$T/out")" ""
echo tampered >>"$T/ex/mm/new.c"; run sh "$BIN/check.sh"
if grep -q '^not ok.*exploded' "$T/out"; then ok "check: sees a changed new file"; else nok "check: sees a changed new file"; fi
rm -rf "$T/ex"; cp -r "$T/ex.good" "$T/ex"; mv "$O/v6.12/linux" "$T/away"
sed -i 's/^+nine/+NINE/' "$T/ex/kernel/rcu/tree.c.diff"; run sh "$BIN/check.sh"
if grep -q '^not ok.*exploded' "$T/out"; then ok "check: sees a changed .diff, without a tree"; else nok "check: sees a changed .diff, without a tree"; fi
rm -rf "$T/ex"; cp -r "$T/ex.good" "$T/ex"; rm "$T/ex/mm/page_alloc.c.diff"; run sh "$BIN/check.sh"
if grep -q '^not ok.*exploded' "$T/out"; then ok "check: sees a missing file"; else nok "check: sees a missing file"; fi
rm -rf "$T/ex"; cp -r "$T/ex.good" "$T/ex"; mv "$T/away" "$O/v6.12/linux"

# --- check: the topics' files ------------------------------------------------------------------
# checks NAME PATTERN CMD...: after CMD, which spoils $T/p, check.sh says PATTERN.
checks() {
	name=$1 pattern=$2; shift 2
	"$@"; run sh "$BIN/check.sh"
	if [ $rc -ne 0 ] && grep -qE -- "$pattern" "$T/out"; then ok "$name"; else nok "$name" "expected: $pattern"; fi
	rm -rf "$T/p"; cp -r "$T/p.good" "$T/p"
}
NO_LOCKS_CHECK=patches; export NO_LOCKS_CHECK
checks "check: a patch that is not in series" 'first/extra.patch is not in series' cp "$T/p/first/one.patch" "$T/p/first/extra.patch"
checks "check: a patch in no topic" '# one.patch is in no topic' cp "$T/p/first/one.patch" "$T/p/"
checks "check: a name that is not its subject's" 'second/two-and-more-f.patch: by its subject it would be second/four.patch' sed -i 's/^Subject: .*/Subject: [PATCH] rcu: four/' "$T/p/second/two-and-more-f.patch"
checks "check: a number in a subject" 'first/one.patch: the subject does not begin with \[PATCH\] and no number' sed -i 's/^Subject: .PATCH./Subject: [PATCH 1\/3]/' "$T/p/first/one.patch"
checks "check: a Signed-off-by" 'first/one.patch: has a Signed-off-by' sed -i 's/^Body.$/Signed-off-by: A <a@localhost>/' "$T/p/first/one.patch"
checks "check: a Coccinelle script in the series" 'first/one.patch: Coccinelle scripts stay' sed -i 's/^diff --git .*new.c/&.cocci/' "$T/p/first/one.patch"
checks "check: a cover letter that is too long" 'second/cover: more than 60 lines' sh -c "seq 60 >>'$T/p/second/cover'"
checks "check: a cover letter without a subject" 'second/cover: not a subject and a blank line first' sed -i 2d "$T/p/second/cover"
checks "check: a cover letter with a shortlog" 'second/cover: template or shortlog: line 4' sh -c "printf 'Some One (3):\n' >>'$T/p/second/cover'"
checks "check: a topic that needs more than it says" 'second alone: second/two-and-more-f.patch: error' sed -i 's/^second: first/second:/' "$T/p/topics"
unset NO_LOCKS_CHECK

# --- some topics only ----------------------------------------------------------------------------
log_of() { git -C "$O/v6.12$1/linux" log --format=%f base..series | tr '\n' ' '; }
h1=$(g rev-parse series)
works "TOPICS: one that needs nothing" env TOPICS=third sh "$BIN/tree.sh"
is "TOPICS: ... alone in a tree of its own" "$(log_of -topics)$(git -C "$O/v6.12-topics/linux" for-each-ref --format='%(refname:short)' refs/heads/topic)" "three topic/third"
is "TOPICS: ... on the same base" "$(git -C "$O/v6.12-topics/linux" rev-parse base)" "$b1"
is "TOPICS: ... whose objects it shares" "$(cat "$O/v6.12-topics/linux/.git/objects/info/alternates")" "$O/v6.12/linux/.git/objects"
works "TOPICS: with what it needs" env TOPICS=second sh "$BIN/tree.sh"
is "TOPICS: ... in the same tree, made anew" "$(log_of -topics)" "mm-slab-rcu-two-and-more-f mm-one "
is "TOPICS: the whole tree is left alone" "$(g rev-parse series) $(log_of '')" "$h1 three mm-slab-rcu-two-and-more-f mm-one "
git -C "$O/v6.12-topics/linux" -c user.name=T -c user.email=t@localhost commit -q --allow-empty -m own
fails "TOPICS: not over work of one's own" "work of your own" env TOPICS=first sh "$BIN/tree.sh"
rm -rf "$O/v6.12-topics"
works "TOPICS: all of them" env TOPICS="second third" sh "$BIN/tree.sh"
is "TOPICS: ... are the whole tree" "$(ls -d "$O"/v6.12*)" "$O/v6.12"
mkdir -p "$T/c"; for x in tests.first tests.second tests.third tests.second.v6.12; do echo "CONFIG_$x=y" >"$T/c/$x.config"; done
is "TOPICS: the tests' options" "$(CONFIGS=$T/c TOPICS=second sh -c ". '$BIN/lib.sh'; set_base; test_fragments" "$BIN/x.sh" | sed 's,.*/,,' | tr '\n' ' ')" "tests.first.config tests.second.config tests.second.v6.12.config "
rm -rf "$T/c"

# --- import: mails of somebody else as a topic -------------------------------------------------
sed 's/three/other/; s/^Subject: .PATCH./Subject: [PATCH v2 3\/7]/; s/^+MM/+MMM/' "$T/p/third/three.patch" >"$T/0003-mail.patch"
fails "import: an unknown topic" "unknown topic 'nope'" sh "$BIN/patches.sh" import nope "$T/0003-mail.patch"
fails "import: no patch" "is no mail with a patch" sh "$BIN/patches.sh" import third "$T/p/series"
works "import: a topic's patches" sh "$BIN/patches.sh" import third "$T/0003-mail.patch"
is "import: ... instead of the old ones" "$(cd "$T/p/third" && echo *) $(tail -n 1 "$T/p/series")" "other.patch third/other.patch"
works "import: ... to the tree" sh "$BIN/tree.sh"
works "import: ... and back" sh "$BIN/patches.sh"
is "import: ... in their final form" "$(grep '^Subject' "$T/p/third/other.patch") $(wc -l <"$T/p/series")" "Subject: [PATCH] other 3"
rm -rf "$T/p" "$T/ex"; cp -r "$T/p.good" "$T/p"; cp -r "$T/ex.good" "$T/ex"; sh "$BIN/tree.sh" >/dev/null
g commit -q --allow-empty -m 'mm: three'
fails "patches: two of one name in a topic" "two patches of third would be called three.patch" sh "$BIN/patches.sh"
g reset -q --hard "$h1"

# --- series that changes, and developers ---------------------------------------------------
h1=$(g rev-parse series)
sed -i 's/^ 19$/ 19x/' "$T/p/first/one.patch"
fails "a patch that does not apply" "first/one.patch does not apply to v6.12: mm/page_alloc.c:17" sh "$BIN/tree.sh"
is "... and the tree is as it was" "$(g rev-parse series) $(g status --porcelain)" "$h1 "
echo third/none.patch >>"$T/p/series"
fails "series names a missing patch" "third/none.patch, which is not there" sh "$BIN/tree.sh"
rm -rf "$T/p"; cp -r "$T/p.good" "$T/p"
echo own >>"$O/v6.12/linux/Makefile"; g commit -qam own; h2=$(g rev-parse series)
works "own commits, patches unchanged: left alone" sh "$BIN/tree.sh"
echo '# changed' >>"$T/p/series"
fails "own commits, patches changed: refused" "work of your own.*make patches" sh "$BIN/tree.sh"
is "... and the commits are there" "$(g rev-parse series)" "$h2"
fails "patches: would overwrite changed patches" "these changes would be lost" sh "$BIN/patches.sh"
fails "distclean: would lose commits" "work that patches/ lacks" sh "$BIN/clean.sh" all
g reset -q --hard "$h1"; echo dirty >>"$O/v6.12/linux/Makefile"
fails "uncommitted work, patches changed: refused" "work of your own" sh "$BIN/tree.sh"
g checkout -q Makefile
works "clean tree, patches changed: made anew" sh "$BIN/tree.sh"
is "tree: git am is reproducible" "$(g rev-parse series)" "$h1"
: >"$O/v6.12/.applying"; g reset -q --hard base; g am -q "$T/p/first/one.patch"
works "after Ctrl-C in git am: goes on" sh "$BIN/tree.sh"
is "... to the whole series" "$(g rev-parse series)" "$h1"
cp -r "$O/v6.12/linux" "$O/v6.12/stock.tmp"; rm -rf "$O/v6.12/stock"; mkdir "$O/v6.12/linux.tmp"
works "after Ctrl-C in a checkout: goes on" sh "$BIN/tree.sh"
is "... with a whole stock tree" "$(git -C "$O/v6.12/stock" status --porcelain; git -C "$O/v6.12/stock" rev-parse HEAD)" "$b1"

# --- a tree of one's own ----------------------------------------------------------------------
git clone -q "$O/v6.12/stock" "$T/own" 2>/dev/null; own() { (cd "$T/own" && git rev-parse HEAD && git status --porcelain && git for-each-ref && find . -newer "$T/mark"); }
: >"$T/mark"; o1=$(own)
works "LINUX=: a clone of one's own tree" env LINUX="$T/own" sh "$BIN/tree.sh"
is "LINUX=: which is not touched" "$(own)" "$o1"
echo x >>"$T/own/mm/page_alloc.c"; rm -rf "$O"/v6.12-own-*
fails "LINUX= with changes" "uncommitted changes" env LINUX="$T/own" sh "$BIN/tree.sh"
(cd "$T/own" && git checkout -q mm/page_alloc.c && seq 2 2 40 >mm/page_alloc.c && git -c user.name=T -c user.email=t@localhost commit -qam other)
fails "LINUX= that the series does not fit" "first/one.patch does not apply to $T/own: mm/page_alloc.c" env LINUX="$T/own" sh "$BIN/tree.sh"
fails "patches with LINUX=" "leave LINUX= away" env LINUX="$T/own" sh "$BIN/patches.sh"

# --- splats ---------------------------------------------------------------------------------------
log() { printf '%b' "$1" >"$T/log"; sh "$BIN/splats.sh" "$T/log" >"$T/out" 2>"$T/err"; rc=$?; }
clean() { log "$2"; is "splats: $1" $rc 0; }
splat() { log "$2"; is "splats: $1" $rc 1; }
B='no_locks: expect warning begin\n' E='no_locks: expect warning end\n'
clean "a clean boot" '[ 0.0] Linux version\n... MAX_LOCKDEP_KEYS: 8192\nkasan: KernelAddressSanitizer initialized\nrcu_stall_warning\n    ok 1 warning_case\n'
for l in 'BUG: KASAN: use-after-free in x' 'WARNING: CPU: 0 PID: 1 at mm/x.c' 'INFO: possible recursive locking' 'INFO: task x blocked' 'rcu: INFO: rcu_sched self-detected stall' 'Oops: 0000' 'general protection fault' 'Kernel panic - not syncing' 'UBSAN: shift' 'DEBUG_LOCKS_WARN_ON(1)' 'BUG: sleeping function called' 'Call Trace:' 'INFO: lockdep is turned off.'; do splat "$l" "[ 1.0] $l\n"; done
clean "an expected warning" "a\n${B}WARNING: x\nCall Trace:\n${E}b\n"
splat "one after an expected one" "${B}WARNING: x\n${E}WARNING: y\n"
splat "an expectation without an end" "${B}x\n"
splat "lockdep off, though expected" "${B}turning off the locking correctness validator.\n${E}"
run sh "$BIN/splats.sh" "$T/none"; is "splats: no log" $rc 2
echo 'race in base_fn( |$)' >"$T/known"
printf 'BUG: KCSAN: data-race in base_fn / base_fn\n' >"$T/log"; run sh "$BIN/splats.sh" "$T/log" "$T/known"; is "splats: one of the base" $rc 0
printf 'BUG: KMSAN: uninit-value in memcmp\n memcmp+0x1\n poke+0x2\n' >"$T/log"; echo 'KMSAN: uninit-value in memcmp.* poke' >>"$T/known"
run sh "$BIN/splats.sh" "$T/log" "$T/known"; is "splats: one that its trace tells" $rc 0
printf 'BUG: KMSAN: uninit-value in memcmp\n memcmp+0x1\n other+0x2\n poke+0x3\n' >"$T/log"
run sh "$BIN/splats.sh" "$T/log" "$T/known"; is "splats: ... and not another" "$rc $(cut -d: -f1 "$T/out")" "1 1"
printf 'BUG: KCSAN: data-race in base_fn2 / x\n' >"$T/log"; run sh "$BIN/splats.sh" "$T/log" "$T/known"; is "splats: another one" $rc 1

# --- booting, with a canned console for qemu -----------------------------------------------------
mkdir -p "$T/bin" "$T/bench/jobs"; echo 'echo x' >"$T/bench/jobs/j.sh"
cat >"$T/bin/qemu-system-x86_64" <<X
#!/bin/sh
[ "\$1" != --version ] || { echo toy; exit; }
cat '$T/console'; [ ! -f '$T/hang' ] || sleep 60
X
chmod +x "$T/bin/qemu-system-x86_64"; PATH=$T/bin:$PATH; export PATH
fresh; BENCH=$T/bench; export BENCH
boot() { sh "$BIN/boot.sh" "$@"; }
fails "boot: no kernel of that name" "which kernel" boot nonsense
fails "boot: kernel not built" "not built: run 'make build" boot stock-plain j
d=$O/v6.12/build/stock-plain; mkdir -p "$d/arch/x86/boot"; echo x >"$d/.stamp"; echo x >"$d/arch/x86/boot/bzImage"
fails "boot: no such job" "no job 'k': there are j" boot stock-plain k
printf 'RESULT\tw\tm\t12\tns\r\nRESULT\tbad\nJOB j exit 0\r\n' >"$T/console"
works "boot: a job" boot stock-plain j a=1
r=$O/v6.12/boot/stock-plain
is "boot: its results" "$(cat "$r/j.tsv")" "$(printf 'w\tm\t12\tns')"
if grep -q 'icount shift=1.*job=j job.cpus=[^ ]* job.args=a=1' "$r/j.cmd"; then ok "boot: the command line is kept"; else nok "boot: the command line is kept"; fi
works "boot: the same again" boot stock-plain j a=1
is "boot: ... was not run" "$(cat "$T/out")" "no_locks: stock-plain: j: unchanged"
echo 'JOB j exit 3' >"$T/console"; fails "boot: a job that fails" "JOB j exit 3" boot stock-plain j
is "boot: ... leaves no results" "$(ls "$r"/*.tsv 2>/dev/null)" ""
echo 'nothing' >"$T/console"; fails "boot: a job that does not end" "did not end" boot stock-plain j
printf 'WARNING: x\nJOB j exit 0\n' >"$T/console"; fails "boot: a splat" "splat: 1: WARNING" boot stock-plain j
: >"$T/hang"; fails "boot: a hang" "no end after 2 s" env TIMEOUT=2 sh "$BIN/boot.sh" stock-plain j; rm "$T/hang"

# --- bench and its report, on canned figures ------------------------------------------------
bench() { JOBLIST=$T/jobs.bench sh "$BIN/bench.sh" "$@"; }
echo 'a kvflood plain 1' >"$T/jobs.bench"; fails "bench: a line that is none" "no ID JOB FLAVOUR SMP MEM.*a kvflood plain 1$" bench
echo 'a kvflood plain 1 1G +fast x=1' >"$T/jobs.bench"; fails "bench: an unknown option" "unknown option \+fast" bench
printf 'a j plain 1 1G\na j plain 2 1G\n' >"$T/jobs.bench"; fails "bench: an ID twice" "ID twice: a j plain 2 1G" bench
printf 'a j plain 1 1G +runs=2\na.2 j plain 2 1G\n' >"$T/jobs.bench"; fails "bench: an ID that is another one's run" "its run a.2 is one of a: a.2 j plain 2 1G" bench
echo 'a j plain 1 1G +quick +alt=none' >"$T/jobs.bench"; fails "bench: an alternative that is none" "no alternative none" bench quick
echo 'a j plain 1 1G' >"$T/jobs.bench"; fails "bench: nothing for quick" "nothing to run" bench quick
printf 'id\trun\tkernel\tflavour\tworkload\tmetric\tvalue\tunit\n' >"$T/results.tsv"
for x in '1	stock	80' '2	stock	90' '1	patched	10' '2	patched	10'; do
	printf 'a\t%s\tplain\tw\tchannel 3\t%s\t%%\n' "${x%	*}" "${x##*	}"
done >>"$T/results.tsv"
printf 'what\tkernel\tvalue\n' >"$T/kernels.tsv"
report() { printf '%s\n' "$@" >"$T/in"; awk -f "$HERE/bench/report.awk" "$T/results.tsv" "$T/kernels.tsv" "$T/in"; }
is "report: the mean and its spread" "$(report '{a stock channel 3}|{a patched channel 3}|{a ratio channel 3}')" "85 (80 to 90)|10|0.118"
is "report: the worst of all, one over another" "$(report '{ALL worst channel 3}|{a/a stock channel 3}|{a/b stock channel 3}')" "0.118 (a)|1.000|not measured"
is "report: how many runs" "$(report @compare 'a | channel 3; none' @end | awk 'NR > 3 && !/^=/ { print $NF }' | paste -sd' ')" "2 -"
is "report: what is not there" "$(report 'x {b stock channel 3}')" "x not measured"
is "report: bars are met, missed, or not measured" "$(report @bars 'w | a ratio channel 3 | <= 0.2' 'w | a patched channel 3 | <= 0' 'w | b patched channel 3 | <= 0' @end | awk 'NR > 3 && !/^=/ { print $NF }' | paste -sd' ')" "met **missed** measured"

# --- with the real source: kconfig and kunit.py ------------------------------------------------
if [ -d "$REAL_STOCK" ]; then
	mkdir -p "$T/c" && cp "$CONFIGS"/*.config "$T/c/"; rm -rf "$O/v6.12/stock" "$d/.stamp"; ln -s "$REAL_STOCK" "$O/v6.12/stock"
	echo 'CONFIG_NO_SUCH_OPTION=y' >>"$T/c/plain.config"; echo '# CONFIG_TRACING is not set' >>"$T/c/plain.config"
	fails "build: dropped lines are named" "dropped by kconfig: CONFIG_NO_SUCH_OPTION=y; # CONFIG_TRACING is not set " env CONFIGS="$T/c" sh "$BIN/build.sh" stock-plain
	is "build: ... and no .config is left" "$(ls "$d/.config" 2>/dev/null)" ""
	fails "build: no space" "building stock-plain needs" env NO_LOCKS_FREE_MB=10 sh "$BIN/build.sh" stock-plain
	ln -sfn "$REAL_STOCK" "$O/v6.12/linux"
	# The suites of all topics of the real base.
	su=$(sed -n 's/^kunit\.[^=]*=//p' "$BASEFILE" | paste -sd' ')
	# kt FILE-EDIT: a canned KUnit console with all suites, one case each.
	kt() { { echo 'KTAP version 1'; echo "1..$(echo "$su" | wc -w)"; i=0
		for x in $su; do i=$((i + 1)); printf '    KTAP version 1\n    # Subtest: %s\n    1..2\n    ok 1 a\n    ok 2 b # SKIP none\nok %d %s\n' "$x" $i "$x"; done
		echo 'reboot: Power down'; } | sed "$1" >"$T/console"; }
	ns=$(echo "$su" | wc -w); first=${su%% *}
	kunit() { PATCHES='' KUNIT_IMAGE=$d/arch/x86/boot/bzImage run sh "$BIN/kunit.sh" plain; last=$(tail -n 1 "$T/out"); }
	kt ''; kunit; is "kunit: all pass" "$rc $last" "0 $((ns + 1)) passed, 0 failed, $ns skipped"
	kt "s/^    ok 1 a/    not ok 1 a/; s/^ok /not ok /"; kunit; is "kunit: failures counted" "$rc $last" "1 1 passed, $ns failed, $ns skipped"
	kt '2i WARNING: CPU: 0 PID: 1 at mm/x.c'; kunit; is "kunit: a splat fails the kernel" "$rc $last" "1 $ns passed, 1 failed, $ns skipped"
	kt "s/$first/other/"; kunit; is "kunit: a missing suite fails the kernel" "$rc $last" "1 $ns passed, 1 failed, $ns skipped"
	kt '/reboot/d'; kunit; is "kunit: a kernel that does not shut down" "$rc $last" "1 $ns passed, 1 failed, $ns skipped"
	echo nothing >"$T/console"; kunit; if [ $rc -ne 0 ] && echo "$last" | grep -qE '^0 passed, [1-9][0-9]* failed, 0 skipped$'; then ok "kunit: no KTAP at all"; else nok "kunit: no KTAP at all" "$last"; fi
	kt '/reboot/d'; : >"$T/hang"; TIMEOUT=3; export TIMEOUT; kunit; rm "$T/hang"
	if [ $rc -ne 0 ] && grep -q 'hung' "$T/out"; then ok "kunit: a hang"; else nok "kunit: a hang" "$last"; fi
else
	for x in "build: dropped lines" "kunit: canned consoles"; do skip "$x" "no source tree yet: make tree"; done
fi

echo "1..$n"
[ -z "$counts" ] || echo "$((n - bad - skipped)) $bad $skipped" >"$counts"
[ $bad -eq 0 ]
