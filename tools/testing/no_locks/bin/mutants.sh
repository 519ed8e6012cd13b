#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# mutants.sh [NAME...] - do the tests detect that the series is broken on purpose?
#
# Each mutants/BASE/NAME.patch, or mutants/NAME.patch where it is the same for every
# base, breaks branch series in one way. Its lines before the diff say how it must be
# detected:
#   flavour: the kernel to boot            suites: what KUnit runs there, a glob
#   fails: the cases that must fail, these and no others; blanks in names as _;
#          a case with a trailing ? may or may not
#   splat: extended regular expression that must be among the splats, if any
#   hang: yes, if the guest must not come to its end; timeout: seconds to wait
#   job: instead of suites, what boot.sh runs in a guest of 4 CPUs and 128M, and
#   says: extended regular expression of a line that it must fail with
# The mutant is built in O/mutants, incrementally, one flavour after the other.
# A mutant that is not detected, or is detected in another way than its header says, is
# an error. One that was detected on the same series is not run again. With no NAME all run, and
# mutants/BASE/RESULTS.tsv is written; with NAMEs their lines of it. Logs:
# O/mutants/log/BASE/NAME.*
# Last line: "N found out, N not". Exit 1 if there is one that is not.
. "$(dirname "$0")/lib.sh"
set_base; lock
all_topics_only "a mutant is one of all topics"
all=''
# file NAME: the patch.
file() { if [ -f "$HERE/mutants/$BASE/$1.patch" ]; then echo "$HERE/mutants/$BASE/$1.patch"; else echo "$HERE/mutants/$1.patch"; fi; }
names() { (cd "$HERE/mutants" && printf '%s\n' *.patch "$BASE"/*.patch) | sed 's,.*/,,; s,\.patch$,,' | grep -v '\*' | sort -u; }
if [ $# -eq 0 ]; then
	all=1
	# shellcheck disable=SC2046
	set -- $(for m in $(names); do echo "$m $(sed -n 's/^flavour: *//p' "$(file "$m")")"; done | sort -s -k 2 | cut -d' ' -f1)
fi
for m; do [ -f "$(file "$m")" ] || die "no mutant '$m' for $BASE: there are $(names | paste -sd' ')"; done
head=$(git -C "$TREE" rev-parse -q --verify series) || die "$TREE has no branch series: run 'make tree'"

M=$O/mutants; w=$M/${W##*/}; src=$w/linux; L=$M/log/${W##*/}
mkdir -p "$L" "$w/known"; ln -sfn "$STOCK" "$w/stock"	# for what boot.sh builds
if [ ! -d "$src" ]; then
	need_space 4000 "building mutants"
	rm -rf "$src.tmp"
	git clone -q -s -n "$TREE" "$src.tmp" 2>"$L/clone" &&
		progress "checking out a scratch tree" "$L/clone" "du -sm '$src.tmp' | cut -f1 | sed 's/\$/ MB/'" '1600 MB' \
			git -C "$src.tmp" checkout -q --detach "$head" || die "cannot make $src: see $L/clone"
	mv "$src.tmp" "$src"
fi
git -C "$src" fetch -q "$TREE" series && git -C "$src" checkout -q -f --detach "$head" || die "cannot check $head out in $src"

# header KEY: of mutant $m
header() { sed -n "/^diff --git/q; s/^$1: *//p" "$(file "$m")" | head -n 1; }

# judge: what was seen of mutant $m against what its header says; prints complaints.
judge() {
	log=$w/kunit/patched-$f/test.log; txt=$w/kunit/patched-$f/kunit.txt
	[ -s "$log" ] || { echo "no console output"; return; }
	if grep -q 'reboot: Power down' "$log"; then hung=no; else hung=yes; fi
	[ "$hung" = "$(header hang | grep . || echo no)" ] || echo "hang: $hung"
	if [ "$hung" = yes ]; then cases=''; else
		cases=$(sed -n 's/^\[[0-9:]*\] \[\(FAILED\|CRASHED\)\] //p' "$txt" | tr ' ' '_' | sort -u | paste -sd' ')
	fi
	for c in $cases; do case " $(header fails) " in *" $c "*|*" $c? "*) ;; *) echo "$c fails";; esac; done
	if [ "$hung" = no ]; then
		for c in $(header fails); do case " $cases " in *" ${c%\?} "*) ;; *) [ "${c%\?}" != "$c" ] || echo "$c does not fail";; esac; done
	fi
	want=$(header splat); first=$(grep -m 1 -E "${want:-.}" "$w/kunit/patched-$f/splats" | cut -d' ' -f2- | tr '\t' ' ' | cut -c 1-100)
	if [ -n "$want" ]; then [ -n "$first" ] || echo "no splat /$want/"
	elif [ -n "$first" ] && [ "$hung" = no ]; then echo "splat: $first"; fi
}

# Both run mutant $m on kernel $b, and leave complaints in $T/judge.
run_kunit() {
	O=$M KUNIT_IMAGE=$w/build/patched-$b/arch/x86/boot/bzImage SUITES=$(header suites) TIMEOUT=$(header timeout) \
		sh "$BIN/kunit.sh" "$f" >"$L/$m.kunit" 2>&1
	# In this shell, for its variables.
	judge >"$T/judge"
	cp "$w/kunit/patched-$f/test.log" "$L/$m.console" 2>/dev/null
}
run_job() {
	cases=$(header job | tr ' ' '_') hung=no first=''; : >"$T/judge"
	rm -f "$w/boot/patched-$b/mutant".*
	# shellcheck disable=SC2046
	! O=$M ICOUNT=0 SMP=4 MEM=128M RUN=mutant TIMEOUT=$(header timeout) QEMU_ARGS='' sh "$BIN/boot.sh" "patched-$b" $(header job) >"$L/$m.kunit" 2>&1 ||
		echo "the job passes" >"$T/judge"
	cp "$w/boot/patched-$b/mutant.log" "$L/$m.console"
	grep -qE "$(header says)" "$L/$m.console" || echo "nobody says /$(header says)/" >>"$T/judge"
}

ok=0 bad=0 n=0 total=$#; tmpdir
printf '# mutant\tkernel\tfailed cases\thang\tsplat\n' >"$T/results"
for m; do
	n=$((n + 1)) f=$(header flavour); need_flavour "$f"
	b=$(flavour_key "$f" build); b=${b:-$f}
	stamp=$({ git -C "$TREE" rev-parse 'series^{tree}'; cat "$(file "$m")" "$CONFIGS"/common*.config "$CONFIGS"/tests*.config "$CONFIGS/$b".*config "$CONFIGS/$f".*config 2>/dev/null; } | sha256sum)
	if [ "$(head -n 1 "$w/known/$m" 2>/dev/null)" = "$stamp" ]; then
		ok=$((ok + 1)); sed 1d "$w/known/$m" >>"$T/results"
		say "mutant $n of $total, $m on $f: found out, as before"; continue
	fi
	rm -f "$w/known/$m"
	git -C "$src" checkout -q -f HEAD -- . || die "cannot reset $src"
	git -C "$src" apply "$(file "$m")" 2>"$L/$m.apply" ||
		die "mutant $m does not apply to branch series: $(head -n 1 "$L/$m.apply")"
	O=$M sh "$BIN/build.sh" "patched-$b" >"$L/$m.build" 2>&1 || { cat "$L/$m.build" >&2; die "mutant $m does not build"; }
	cases='' hung='' first=''
	if [ -n "$(header job)" ]; then run_job; else run_kunit; fi
	why=$(paste -sd';' "$T/judge" | sed 's/;/; /g')
	printf '%s\t%s\t%s\t%s\t%s\n' "$m" "$f" "${cases:--}" "$hung" "${first:--}" >"$T/result"
	cat "$T/result" >>"$T/results"
	if [ -z "$why" ]; then
		ok=$((ok + 1)); { echo "$stamp"; cat "$T/result"; } >"$w/known/$m"
		say "mutant $n of $total, $m on $f: found out"
	else bad=$((bad + 1)); say "mutant $n of $total, $m on $f: NOT as expected: $why; console: $L/$m.console"; fi
done
git -C "$src" checkout -q -f HEAD -- .
R=$HERE/mutants/$BASE/RESULTS.tsv
if [ $bad -eq 0 ]; then
	[ -n "$all" ] || awk -F '\t' 'NR == FNR { new[$1] = $0; next } $1 in new { print new[$1]; delete new[$1]; next } { print }
		END { for (m in new) print new[m] }' "$T/results" "$R" >"$T/merged" && mv "$T/merged" "$T/results"
	cp "$T/results" "$R"
fi
echo "$ok found out, $bad not"
[ $bad -eq 0 ]
