#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# The manual pages, into build/man: those of Documentation/man as they are, and
# one of section 9 for each function and struct of the kernel interface, from
# its kernel-doc. That is done by the kernel's own script: of KDIR's kernel if it
# has it, else of Debian's source of 6.1.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

out=$BUILD/man
kernel_doc=${KDIR:-/lib/modules/$(uname -r)/build}/scripts/kernel-doc
[[ -e $kernel_doc ]] || kernel_doc=$("$ROOT/scripts/kernel.sh" source-6.1)/scripts/kernel-doc
rm -rf "$out"
mkdir -p "$out"
cp "$ROOT"/Documentation/man/*.[134] "$out"
cd "$ROOT"
mkdir -p "$BUILD/log"
mapfile -t exporting < <(grep -l '^EXPORT_SYMBOL_GPL(' ./*.c dev/*.c)
KBUILD_BUILD_TIMESTAMP=$(git log -1 --format=%cI 2>/dev/null || date -I) \
	"$kernel_doc" -man include/linux/gomalloc.h "${exporting[@]}" \
	2>"$BUILD/log/man.log" >"$out/all" || die "kernel-doc failed; see $BUILD/log/man.log"
# A page begins with .TH; those of what only the header uses begin with __
awk -v out="$out" '
/^\.TH/ {
	sub(/ LINUX$/, "")
	if (file)
		close(file)
	split($0, part, "\"")
	name = part[2] == "Kernel API" ? part[4] : part[2]
	sub(/^struct /, "", name)
	file = name ~ /^__/ ? "" : out "/" name ".9"
}
file { print >file }' "$out/all"
rm "$out/all"
