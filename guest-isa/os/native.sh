#!/bin/sh
# Runs the test programs natively under Linux on the build machine's processor
# and prints their result lines: the independent source of the checksums in
# their `known` tables.
#   native.sh 32 PROGRAM [ARGUMENTS]   32-bit code, compiled as for Pupa
#   native.sh 64 PROGRAM [ARGUMENTS]   64-bit code, unoptimized (integer programs)
#   native.sh --all                    every program that needs no Pupa kernel, default sizes
set -eu
cd "$(dirname "$0")"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Programs of the C language alone; 64-bit SSE would round floating point differently.
INTEGER="chase crc digest hash life lz objects pi recurse sieve sort vm wide words"
X86="bits fft fpu jit legacy mandel matmul mixed mmx nbody precise smc strings"

flags() {
  case $1 in
    32) echo "-m32 -march=i686 -mno-sse -mno-mmx -O2 -fno-tree-loop-distribute-patterns" ;;
    64) echo "-m64 -O0" ;;
  esac
}

run() { # bits program arguments...
  bits=$1 program=$2
  shift 2
  sources="programs/$program.c"
  [ -f "programs/$program.S" ] && sources="$sources programs/$program.S"
  gcc $(flags "$bits") -Iinclude -fno-builtin -fno-pic -no-pie -fno-strict-aliasing -fno-stack-protector -std=gnu11 \
    -w -z noexecstack -Wl,--no-warn-rwx-segments -o "$scratch/program" $sources \
    lib/print.c lib/report.c lib/random.c lib/cpuid.c native/shim.c
  "$scratch/program" "$@"
}

if [ "$1" = --all ]; then
  for program in $INTEGER; do run 64 "$program" || true; run 32 "$program" || true; done
  for program in $X86; do run 32 "$program" || true; done
else
  run "$@"
fi
