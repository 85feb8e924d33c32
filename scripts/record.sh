#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Record bench/traces/recorded.txt.xz: what a kernel allocates with kmalloc()
# while it boots, copies files, runs a compiler, talks to itself over the
# network and has containers.
# Needed only to make a new one; what it made is kept in the tree.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

"$ROOT/scripts/deps.sh" check
work=$BUILD/record
log=$BUILD/log/record.log
rm -rf "$work"
mkdir -p "$work/lib" "$work/tree"
kernel=$("$ROOT/scripts/kernel.sh" stock-6.1)
source=$("$ROOT/scripts/kernel.sh" source-6.1)
cp -a "$source/include/linux" "$work/tree"
cp "$(gcc-12 -print-prog-name=cc1)" "$(command -v as)" "$work"
for program in "$work/cc1" "$work/as"; do
	ldd "$program" | awk '$3 ~ /^\// { print $3 }' | xargs -I{} cp -L {} "$work/lib"
done
cp -L /lib64/ld-linux-x86-64.so.2 "$work/lib/ld.so"
gcc-12 -E "$ROOT/selftests/gomalloc_test.c" -D_GNU_SOURCE -I"$ROOT/include/uapi" -I"$ROOT/tools/lib" \
	-I"$source/tools/testing/selftests" -o "$work/source.i"
tar -C "$work" -cf "$BUILD/workload.tar" .
"$ROOT/scripts/initramfs.sh" "$BUILD/record.cpio" "$BUILD/workload.tar"
"$ROOT/scripts/qemu.sh" --mem 3000 --timeout 1800 --log "$log" \
	--append "trace_event=kmem:kmalloc,kmem:kfree trace_buf_size=40M" \
	"$kernel/image" "$BUILD/record.cpio" record
tr -d '\r' <"$log" | sed '1,/^gomalloc-recording-begins/d; /^gomalloc-recording-ends/,$d' |
	base64 -d | gunzip | xz -9e >"$ROOT/bench/traces/recorded.txt.xz"
say "recorded $(xzcat "$ROOT/bench/traces/recorded.txt.xz" | wc -l) events"
