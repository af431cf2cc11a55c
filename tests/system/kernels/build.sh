#!/bin/sh
# Builds the test kernels of src/ into image/, one multiboot ELF (or flat ROM) each.
#   build.sh            build in place
#   build.sh --check    build in a scratch folder and compare with image/
#   build.sh DIR        build into DIR
# The result depends on the sources and the compiler only; the committed images come from gcc 12
# and nasm 2.16 (Debian 12).
set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")"

FLAGS="-m32 -march=i686 -mno-sse -mno-mmx -mno-80387 -ffreestanding -nostdlib -fno-pic -fno-pie -Os \
 -fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none -fno-ident -fno-inline-functions \
 -fno-inline-small-functions -fno-ipa-cp -fno-common -fno-toplevel-reorder -std=gnu11 -Wall -Wextra -Wno-unused-function -Ilib"
LINK="-m elf_i386 -nostdlib --build-id=none -n -s -z noexecstack --no-warn-rwx-segments"

if ! echo 'int x;' | gcc -m32 -ffreestanding -x c -c -o /dev/null - 2>/dev/null || ! command -v nasm >/dev/null; then
  echo 'skipped: no gcc -m32 or no nasm'
  exit 0
fi

build() { # folder
  mkdir -p "$1"
  objects=$(mktemp -d)
  for source in lib/start.S lib/print.c lib/tables.c lib/run.c lib/double.c; do
    gcc $FLAGS -c "$source" -o "$objects/$(basename "$source").o"
  done
  for source in src/*.c; do
    name=$(basename "$source" .c)
    gcc $FLAGS -c "$source" -o "$objects/$name.o"
    ld $LINK -T lib/link.ld -o "$1/$name.elf" "$objects"/start.S.o "$objects/$name.o" \
      "$objects"/print.c.o "$objects"/tables.c.o "$objects"/run.c.o "$objects"/double.c.o
  done
  for source in $(ls src/*.asm 2>/dev/null); do
    nasm -f bin -Isrc/ -o "$1/$(basename "$source" .asm).rom" "$source"
  done
  rm -r "$objects"
}

check() {
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  build "$scratch"
  for image in "$scratch"/*; do
    cmp "$image" "image/$(basename "$image")" || failed=1
  done
  if [ -n "${failed:-}" ]; then
    echo "image/ differs from its rebuild by $(gcc --version | head -1)"
    exit 1
  fi
  echo 'image/: identical to its rebuild'
}

case "${1:-}" in
  --check) check ;;
  '') build image ;;
  *) build "$1" ;;
esac
