#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# The manual pages, into build/man: those of Documentation/man as they are, and
# one of section 9 for each function and struct of the kernel interface, from
# its kernel-doc. That is done by the kernel's own script: of KDIR's kernel if it
# has it, else of what Debian's headers bring, else of Debian's source of 6.1. The
# guides of Documentation are of section 7, where there is Sphinx to make them.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

out=$BUILD/man
kernel_doc=${KDIR:-/lib/modules/$(uname -r)/build}/scripts/kernel-doc
for kept in /usr/lib/linux-kbuild-*/scripts/kernel-doc; do
	[[ -e $kernel_doc || ! -e $kept ]] || kernel_doc=$kept
done
[[ -e $kernel_doc ]] || kernel_doc=$("$ROOT/scripts/kernel.sh" source-6.1)/scripts/kernel-doc
rm -rf "$out"
mkdir -p "$out"
cp "$ROOT"/Documentation/man/*.[134] "$out"
cd "$ROOT"
mkdir -p "$BUILD/log"
mapfile -t exporting < <(grep -l '^EXPORT_SYMBOL_GPL(' ./*.c dev/*.c)
date=$(git log -1 --format=%cI 2>/dev/null || date -I)
[[ -z ${SOURCE_DATE_EPOCH-} ]] || date=$(date -u -Id -d "@$SOURCE_DATE_EPOCH")
KBUILD_BUILD_TIMESTAMP=$date \
	"$kernel_doc" -man include/linux/gomalloc.h include/linux/gomalloc_module.h "${exporting[@]}" \
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
# A name and what it is; "struct" would be a name of its own
named { sub(/^struct /, "") }
{ named = /^\.SH NAME/ }
file { print >file }' "$out/all"
rm "$out/all"

guides() {
	# The pages that are no guides are read, too, and refer to what is left out here
	sphinx-build -Q -b man -d "$BUILD/man-doctrees" Documentation "$out/guides" || return
	mv "$out"/guides/*.7 "$out"
	rm -rf "$out/guides"
}

if command -v sphinx-build >/dev/null; then
	unset KERNEL_SPHINX
	SOURCE_DATE_EPOCH=$(date -d "$date" +%s)
	export SOURCE_DATE_EPOCH
	guides || die "sphinx-build failed"
else
	say "no sphinx-build: without the guides of section 7; install python3-sphinx for them"
fi
