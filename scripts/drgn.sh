#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Pack Debian's drgn and its Python for a guest, and print where: an archive for the
# guest's root. Our own helper is in /gomalloc there.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

out=$BUILD/drgn.tar
python=$(readlink -f /usr/bin/python3)
[[ -e /usr/share/doc/python3-drgn ]] || die "no python3-drgn; run scripts/deps.sh check"

# What drgn's helper imports, by itself or when it reads its options, and nothing else of
# Python's library
imports='import argparse, re, struct, sys, drgn
argparse.ArgumentParser().add_argument("word")
print(*(m.__file__ for m in sys.modules.values() if getattr(m, "__file__", None)), sep="\n")'
mapfile -t modules < <("$python" -c "$imports")
mapfile -t libraries < <(
	printf '%s\n' "$python" "${modules[@]}" | grep -E '\.so|python3\.[0-9]+$' |
		xargs ldd 2>/dev/null | grep -oE '/[^ ]+\.so[^ :]*' | sort -u
)
mkdir -p "$BUILD"
tar -C / --dereference -cf "$out" "${python#/}" "${modules[@]#/}" "${libraries[@]#/}"
tar -C "$ROOT/tools/drgn" --transform 's,^,gomalloc/,' -rf "$out" gomalloc.py gomalloc_walk.py
echo "$out"
