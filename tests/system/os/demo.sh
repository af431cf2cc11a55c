#!/bin/bash
# demo.sh COMMAND...: runs it, shows what it prints, and compares that with demo.expected.txt: the
# console of the embedded guest OS with its demonstration, as independent machines print it.
set -u -o pipefail
expected=$(dirname "$0")/demo.expected.txt
printed=$(mktemp)
trap 'rm -f "$printed"' EXIT
"$@" | tee "$printed" || exit
diff "$printed" "$expected" && echo 'as on other machines, to the letter'
