#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# The pages of Documentation and the interfaces as HTML, into build/htmldocs. The
# kernel-doc is read by the kernel's own Sphinx extension, of Debian's source of
# 6.1, or of the version that is named; exported functions and parameters are
# looked up in the source. Silent, but for a warning of Sphinx or a part of an
# interface that no page shows.
#
# Usage: htmldocs.sh [VERSION]
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

"$ROOT/scripts/deps.sh" docs
cd "$ROOT"
source=$("$ROOT/scripts/kernel.sh" "source-${1:-6.1}")
out=$BUILD/htmldocs
parts=$BUILD/docs
uapi=include/uapi/linux/gomalloc.h
rm -rf "$out" "$parts"
mkdir -p "$out" "$parts"

# Those of the tests and samples are none of the module's
mapfile -t exporting < <(git ls-files -co --exclude-standard '*.c' |
	grep -vE '^(kunit|samples|bench|tools|selftests|scripts)/' |
	xargs grep -lE '^EXPORT_SYMBOL_GPL\([a-z]')

# The description of each parameter, from one string or several
parameters() {
	perl -0ne 'while (/^MODULE_PARM_DESC\((\w+),\s*((?:"[^"]*"\s*)+)\);/gm) {
		my ($name, $text) = ($1, $2);
		$text =~ s/"\s*"|^"|"$//g;
		print "``$name``\n  $text\n\n";
	}' gomalloc_kmod.c
}

# What has kernel-doc of its own: exported functions, and in the headers inline
# ones and macros that a caller may use, and types
documented() {
	# But for what headers alone use and has no parameters of our choice
	sed -n 's/^EXPORT_SYMBOL_GPL(\(.*\));$/\1/p' "${exporting[@]}" |
		grep -vE '^__(CORE|gomalloc_core|gomalloc_own)'
	sed -nE 's/^ \* ([a-z_]+)\(\) - .*/\1/p' include/linux/gomalloc.h include/linux/gomalloc_module.h
	sed -nE 's/^(struct|enum) (gomalloc_[a-z_]+) \{$/\2/p' "$uapi" include/linux/gomalloc.h include/linux/gomalloc_module.h
}

for file in "${exporting[@]}"; do
	printf '.. kernel-doc:: %s\n   :export:\n\n' "$file"
done >"$parts/exports.rst"
parameters >"$parts/parameters.rst"

srctree=$source KERNEL_SPHINX=$source/Documentation/sphinx KERNEL_DOC=$source/scripts/kernel-doc \
	PYTHONDONTWRITEBYTECODE=1 sphinx-build -q -W --keep-going -b html \
	-d "$parts/doctrees" Documentation "$out" ||
	die "sphinx-build failed"

missing=0
# want PATTERN: is each name of the input in the pages, as the pattern has it?
want() {
	local name
	while read -r name; do
		grep -q -- "${1//NAME/$name}" "$out/api.html" && continue
		say "gomalloc: $name is not in the pages"
		missing=1
	done
}

want 'id="c\.NAME"' < <(documented)
want '\<NAME\>' < <(sed -nE 's/^#define (GOMALLOC_IOC_[A-Z_]+).*/\1/p' "$uapi")
want '<dt><code.*>NAME<' < <(sed -nE 's/^module_param[a-z_]*\(([a-z0-9_]+).*/\1/p' gomalloc_kmod.c)
exit $missing
