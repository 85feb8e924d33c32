#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# The checks of form that need neither a kernel nor a download and take seconds.
# lint.sh runs them, too, and scripts/hooks/pre-commit.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

cd "$ROOT"
# Text that is ours: neither a licence nor recorded data nor pictures
mapfile -t files < <(git ls-files -co --exclude-standard -- \
	':!COPYING' ':!bench/traces/*' ':!Documentation/pictures/*' | while read -r file; do
	[[ ! -f $file ]] || printf '%s\n' "$file"
done)

# those PATTERN...: the files whose names match one of the patterns of the shell
those() {
	local file pattern
	for file in "${files[@]}"; do
		for pattern; do
			# shellcheck disable=SC2053
			[[ $file != $pattern ]] || printf '%s\n' "$file"
		done
	done
}

shell() {
	local -a scripts
	command -v shellcheck >/dev/null || return 0
	mapfile -t scripts < <(those '*.sh' '*.bash' .ci/run scripts/guest/init 'scripts/hooks/*')
	shellcheck -x "${scripts[@]}"
}

# Functions of at most 60 lines, nine of ten under 25; files of at most 600
sizes() {
	those '*.c' '*.h' | grep -v sizeclasses | xargs awk '
	FNR == 601 { print FILENAME ": more than 600 lines" }
	/^\{/ { start = FNR }
	/^\}/ && start {
		n = FNR - start - 1
		total++
		if (n >= 25) long++
		if (n > 60) print FILENAME ":" start ": a function of " n " lines"
		start = 0
	}
	END { if (long * 10 > total) print long " of " total " functions have 25 lines or more" }
	'
}

# In the first three lines of all that can hold a comment and is not Markdown
spdx() {
	those '*.c' '*.h' '*.sh' '*.bash' '*.py' '*.awk' '*.pml' '*.litmus' '*.rst' '*.[1-9]' \
		'scripts/hooks/*' '*Makefile' '*Kbuild' scripts/guest/init .clang-format \
		.editorconfig .gitignore scripts/words.txt |
		xargs awk '
		FNR <= 3 && /SPDX-License-Identifier: / { found[FILENAME] }
		END {
			for (i = 1; i < ARGC; i++)
				if (!(ARGV[i] in found)) print ARGV[i] ": no SPDX-License-Identifier"
		}'
}

# What .editorconfig asks for; the context of a patch, and a bad trace, end as they do
whitespace() {
	local file
	those '*' | grep -vE '\.(patch|trace)$' | xargs grep -InE '[[:blank:]]+$'
	for file in "${files[@]}"; do
		[[ $file == *.trace || ! -s $file || -z $(tail -c 1 "$file" | tr -d '\n') ]] ||
			echo "$file: no newline at its end"
	done
}

# Each changes the source as it is now: one that does not apply proves nothing
mutants() {
	local patch
	for patch in models/mutants/*.patch; do
		git apply --check "$patch"
	done
}

words() {
	those '*' | grep -vxE 'scripts/words.txt|CHANGELOG.md' | xargs python3 scripts/words.py
}

lint "generated files are fresh" scripts/gen_sizeclasses.py --check
lint "the figures of the README are fresh" scripts/headlines.py --check
lint "shellcheck" shell
lint "sizes of functions and files" sizes
lint "licences" spdx
lint "white space" whitespace
lint "words" words
lint "litmus tests" scripts/litmus.py
lint "messages" scripts/messages.py
lint "mutants" mutants
exit "$lint_failed"
