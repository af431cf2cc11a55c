#!/bin/sh
# Builds silicon.c and rewrites the fixtures: one gzip file per instruction, seed 1.
# Needs gcc on x86-64. The fixtures in the repository were made on an AMD processor of
# family 1Ah; on another one the transcendental results may differ in their last bit.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/fixtures}
program=$(mktemp)
trap 'rm -f "$program"' EXIT
gcc -O1 -Wall -Wextra -o "$program" "$here/silicon.c"
mkdir -p "$out"
for op in $("$program" --list); do
    case $op in
    fadd | fsub | fmul | fdiv | fsqrt) count=1000 ;;
    fcom | fscale | fprem | fprem1 | frndint | fstp_m32 | fstp_m64) count=700 ;;
    f2xm1 | fyl2x | fyl2xp1 | fsin | fcos | fsincos | fptan | fpatan) count=600 ;;
    fld1 | fldl2t | fldl2e | fldpi | fldlg2 | fldln2 | fldz) count=60 ;;
    fchs | fabs | fxam | fild_m16 | fild_m32 | fild_m64) count=200 ;;
    *) count=400 ;;
    esac
    "$program" "$op" 1 "$count" | gzip -9n > "$out/$op.bin.gz"
done
