#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# One would have sworn: with -icount, QEMU counts an instruction once, so `rep stosb` of
# 4096 bytes costs no more than `rep stosl` of the same bytes, and less than a loop.
# Instead: each iteration counts as one instruction. Clearing a page with `rep stosb` costs
# 4096, with `rep stosl` 1024. -cpu max has ERMS ("fast rep stosb"), for which Linux clears
# pages with `rep stosb` and not with `rep stosq`: the feature that makes it faster on
# silicon costs eight times the instructions here.
# And rdtsc counts 2^shift per instruction, so it counts nanoseconds and not instructions.
set -eu
. "$(dirname "$0")/lib.sh"
use_suites trixie trixie-backports
unpack_qemu
# A multiboot program, without a kernel: it prints three numbers in hex and ends.
cat >"$T/rep.S" <<'X'
	.long 0x1badb002, 0, -0x1badb002
	.globl _start
_start:	mov $7, %eax
	xor %ecx, %ecx
	cpuid
	shr $9, %ebx		# ERMS
	and $1, %ebx
	mov %ebx, %eax
	call print
	mov $4096, %ecx
	call start
	rep stosb
	call stop
	mov $1024, %ecx
	call start
	rep stosl
	call stop
	mov $0xf4, %dx
	out %al, %dx
start:	mov $0x200000, %edi
	rdtsc
	mov %eax, %ebp
	xor %eax, %eax
	ret
stop:	rdtsc
	sub %ebp, %eax
print:	mov $8, %ecx
1:	rol $4, %eax
	mov %eax, %esi
	and $15, %eax
	add $'0', %al
	cmp $'9', %al
	jbe 2f
	add $'a' - '9' - 1, %al
2:	out %al, $0xe9
	mov %esi, %eax
	loop 1b
	mov $' ', %al
	out %al, $0xe9
	ret
X
gcc -m32 -nostdlib -static -Wl,-Ttext=0x100000,--build-id=none -o "$T/rep" "$T/rep.S"
for shift in 0 3; do
	# shellcheck disable=SC2046
	set -- $(qemu -cpu max -icount "shift=$shift,sleep=off" -kernel "$T/rep" \
		-debugcon stdio -device isa-debug-exit,iobase=0xf4)
	echo "shift=$shift: ERMS $((0x$1)); 4096 bytes by rep stosb: $((0x$2)) TSC ticks," \
		"by rep stosl: $((0x$3))"
	[ $((0x$1)) = 1 ] || changed "-cpu max has no ERMS"
	# Six more instructions lie between the two rdtsc.
	[ $((0x$2 >> shift)) = 4102 ] || changed "rep stosb"
	[ $((0x$3 >> shift)) = 1030 ] || changed "rep stosl"
done
