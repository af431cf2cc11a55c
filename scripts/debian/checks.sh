#!/bin/sh
# Computes the same lines with busybox in the guest and with the native programs of any other
# machine: `sh scripts/debian/checks.sh`. All data comes from a small generator, whose products
# stay below 2^53 so that every awk computes them exactly.
LC_ALL=C
export LC_ALL
dir=$(mktemp -d) || exit 1

awk 'BEGIN { x = 20260101; for (i = 0; i < 12000; i++) { x = (x * 16807) % 2147483647; print x, i } }' > "$dir/data"
result() { echo "check $1 $2"; }

result size "$(wc -c < "$dir/data" | tr -d ' ')"
result md5sum "$(md5sum < "$dir/data" | cut -d ' ' -f 1)"
result sha256sum "$(sha256sum < "$dir/data" | cut -d ' ' -f 1)"
result gzip "$(gzip -c < "$dir/data" | gunzip | md5sum | cut -d ' ' -f 1)"
result sort "$(sort -n < "$dir/data" | md5sum | cut -d ' ' -f 1)"
result sort-text "$(sort -r -k 1,1 < "$dir/data" | md5sum | cut -d ' ' -f 1)"
result awk-integer "$(awk '{ s = (s * 31 + $1) % 1000003; n += $1 % 2 } END { print s, n }' < "$dir/data")"
result awk-real "$(awk 'function root(x,  y, i) { y = x; for (i = 0; i < 20; i++) y = (y + x / y) / 2; return y }
BEGIN { for (i = 1; i <= 3000; i++) { h += 1 / i; r += root(i) } printf "%.9f %.6f", h, r }')"
result sed "$(sed -e 's/\([0-9]*\) \([0-9]*\)/\2:\1/' -e '/7$/d' < "$dir/data" | md5sum | cut -d ' ' -f 1)"

rm -r "$dir"
