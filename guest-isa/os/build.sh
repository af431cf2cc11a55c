#!/bin/sh
# Builds Pupa: the programs, the packed file system and the kernel -> image/pupa.elf.
#   build.sh            build in place
#   build.sh --check    build in a scratch folder and compare with image/pupa.elf
#   build.sh DIR        build into DIR/pupa.elf, intermediate files in DIR too
# The result depends on the sources and the compiler only: no dates, no paths,
# no build id, sorted inputs. The committed image comes from gcc 12 (Debian 12).
set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")"

COMMON="-m32 -march=i686 -mno-sse -mno-mmx -ffreestanding -nostdlib -fno-pic -fno-pie \
 -fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none -fno-ident \
 -fno-strict-aliasing -fno-common -std=gnu11 -Wall -Wextra -Wno-unused-function"
KERNEL="$COMMON -Os -mgeneral-regs-only -Ikernel"
PROGRAM="$COMMON -O2 -Iinclude -fno-tree-loop-distribute-patterns -falign-functions=16"
LINK="-m elf_i386 -nostdlib --build-id=none -z noexecstack -z norelro --no-warn-rwx-segments"

TOOLS="ls cat echo cp rm mkdir wc hexdump grep ps mem cpu uname kill sleep yes true false"

have_compiler() {
  command -v gcc >/dev/null && command -v ld >/dev/null &&
    echo 'int x;' | gcc -m32 -ffreestanding -x c -c -o /dev/null - 2>/dev/null
}

compile() { # flags source object
  gcc $1 -c "$2" -o "$3"
}

# What a program is made of: its own name, and the parts that share its prefix.
parts() {
  case $1 in
    sh) echo programs/sh.c programs/shell-*.c ;;
    tools) echo programs/tools.c programs/tools-*.c ;;
    *) ls "programs/$1.c" "programs/$1.S" 2>/dev/null ;;
  esac
}

programs() { # every source that no other program owns
  ls programs/*.c | sed 's|programs/||; s|\.c$||' | grep -v -e '^shell-' -e '^tools-' | sort
}

build_programs() {
  mkdir -p "$1/lib" "$1/obj" "$1/bin"
  for source in lib/*.c lib/*.S; do
    compile "$PROGRAM" "$source" "$1/lib/$(basename "$source").o"
  done
  for program in $(programs); do
    objects=
    for source in $(parts "$program"); do
      object="$1/obj/$(basename "$source").o"
      compile "$PROGRAM" "$source" "$object"
      objects="$objects $object"
    done
    rm -f "$1/lib.a"
    (cd "$1/lib" && ar rcsD ../lib.a *.o)
    ld $LINK -s -n -T lib/program.ld -z max-page-size=16 -o "$1/bin/$program" \
      "$1/lib/crt0.S.o" $objects "$1/lib.a"
  done
}

packed_entry() { # guest path, label
  printf '    .long name_%s, content_%s, end_%s - content_%s\n' "$3" "$2" "$2" "$2"
}

# An assembly file with every packed file and the table that main.c walks.
pack() {
  table="$1/table.inc"
  names="$1/names.inc"
  : >"$table"; : >"$names"
  n=0
  echo '    .section .files, "a"'
  for file in "$1"/bin/* $(find files -type f | sort); do
    n=$((n + 1))
    case $file in
      files/*) guest="/${file#files/}" ;;
      *) guest="/bin/$(basename "$file")" ;;
    esac
    printf '    .balign 4\ncontent_%s:\n    .incbin "%s"\nend_%s:\n' $n "$file" $n
    if [ "$guest" = /bin/tools ]; then
      for tool in $TOOLS; do
        packed_entry x $n "tool_$tool" >>"$table"
        printf 'name_tool_%s: .asciz "/bin/%s"\n' "$tool" "$tool" >>"$names"
      done
    else
      packed_entry x $n "$n" >>"$table"
      printf 'name_%s: .asciz "%s"\n' $n "$guest" >>"$names"
    fi
  done
  cat "$names"
  printf '    .balign 4\n    .globl packed_files\npacked_files:\n'
  cat "$table"
  echo '    .long 0, 0, 0'
}

build_kernel() {
  mkdir -p "$1/kernel"
  objects="$1/kernel/start.S.o"
  compile "$KERNEL" kernel/start.S "$1/kernel/start.S.o"
  for source in kernel/*.c kernel/entry.S; do
    object="$1/kernel/$(basename "$source").o"
    compile "$KERNEL" "$source" "$object"
    objects="$objects $object"
  done
  pack "$1" >"$1/files.S"
  compile "$KERNEL" "$1/files.S" "$1/kernel/files.o"
  gcc -E -P -x c -Ikernel kernel/kernel.ld.S -o "$1/kernel.ld"
  ld $LINK -z max-page-size=16 -s -T "$1/kernel.ld" -o "$1/pupa.elf" $objects "$1/kernel/files.o"
}

build() {
  build_programs "$1"
  build_kernel "$1"
}

if ! have_compiler; then
  echo 'skipped: no gcc -m32'
  exit 0
fi

case "${1:-}" in
  --check)
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    build "$scratch"
    if cmp "$scratch/pupa.elf" image/pupa.elf; then
      echo 'image/pupa.elf: identical to its rebuild'
    else
      echo "image/pupa.elf differs from its rebuild by $(gcc --version | head -1)"
      exit 1
    fi ;;
  '')
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    build "$scratch"
    mkdir -p image
    cp "$scratch/pupa.elf" image/pupa.elf
    ls -l image/pupa.elf | awk '{print "image/pupa.elf: " $5 " bytes"}' ;;
  *)
    mkdir -p "$1"
    build "$1" ;;
esac
