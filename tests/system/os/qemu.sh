#!/bin/sh
# The embedded guest OS on an independent machine: runs the demonstration in
# QEMU with several processors, memory sizes and speeds and compares the console
# with demo.expected.txt, checks exit statuses, and types into the shell.
#   qemu.sh            test (exit 0 or 1)
#   qemu.sh --accept   record demo.expected.txt anew
set -u
cd "$(dirname "$0")"
image=../../../guest-isa/os/image/pupa.elf
failed=0

command -v qemu-system-i386 >/dev/null || { echo 'skipped: no qemu-system-i386'; exit 0; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

boot() { # command line, QEMU options...
  line=$1
  shift
  timeout 120 qemu-system-i386 -kernel "$image" -append "$line" -display none -monitor none -serial stdio \
    -device isa-debug-exit,iobase=0xf4,iosize=4 -no-reboot "$@"
}

result() { # name, 0 if good
  if [ "$2" -eq 0 ]; then echo "ok      $1"; else echo "FAILED  $1"; failed=1; fi
}

demo() { # name, extra words, QEMU options...
  name=$1 words=$2
  shift 2
  boot "run=/etc/demo $words" "$@" </dev/null >"$scratch/raw"
  status=$?
  tr -d '\r' <"$scratch/raw" | diff - demo.expected.txt && [ $status -eq 0 ]
  result "demo: $name" $?
}

status() { # expected status, script
  boot "quiet script=\"$2\"" -m 32 -cpu pentium2 </dev/null >"$scratch/raw"
  got=$?
  [ $got -eq "$1" ] || echo "status $got instead of $1"
  [ $got -eq "$1" ]
  result "status $1: $2" $?
}

if [ "${1:-}" = --accept ]; then
  boot run=/etc/demo -m 64 -cpu pentium2 </dev/null | tr -d '\r' >demo.expected.txt
  tail -2 demo.expected.txt
  exit 0
fi

# Time by counted instructions: the timer then interrupts at the same places each time, however busy
# this machine is.
fast='-icount shift=2,sleep=off'
demo 'Pentium II, 64 MB' '' -cpu pentium2 -m 64 $fast
demo 'no PSE, PGE, SEP, FXSR, 12 MB' '' -cpu pentium2,-pse,-pge,-sep,-fxsr -m 12 $fast
demo 'Core Duo, 1 GB, int $0x80' 'syscall=int' -cpu coreduo -m 1024 $fast
demo '4 million instructions a second' '' -cpu pentium2 -m 64 -icount shift=8,sleep=off

status 0 'exit 0'
status 0 'poweroff'
status 7 'exit 3'
status 3 'sieve 1000; false'
status 255 'nosuch; exit 127'

# Typing: backspace, ctrl-c against a program, redirection, a pipe, a background job.
typed="$scratch/typed"
: >"$typed"

await() { # a text on the console, at least so many times
  for i in $(seq 200); do
    [ "$(grep -c -e "$1" "$typed")" -ge "$2" ] && return
    sleep 0.1
  done
}

{
  await 'pupa:/' 1
  printf 'echo hello wordl\177\177ld\r'
  await 'pupa:/' 2
  printf 'echo started; yes > /dev/null\r'
  await '^started' 1
  sleep 1
  printf '\003'
  await 'pupa:/' 3
  printf 'echo one two > /tmp/x; cat /tmp/x | wc; sleep 1 & wait\r'
  await 'pupa:/' 4
  printf 'half a line\003'
  await 'pupa:/' 5
  printf 'echo status $?; exit 5\r'
  await 'status 0' 1
} | boot '' -cpu pentium2 -m 32 >"$typed"
tr -d '\r' <"$typed" >"$scratch/text"
for line in 'hello world' '^C' '      1       2       8' 'status 0'; do
  grep -qxF -e "$line" "$scratch/text" || grep -qF -e "$line" "$scratch/text"
  result "typed: $line" $?
done

exit $failed
