#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# The compiler of scripts/header.sh. An object of a module is compiled with the header;
# where anything is said of that, once more without. $GOMALLOC_SAID/OBJECT has one of
#
#   clean   nothing is said
#   same    the same is said without the header
#   more    there is a warning more
#   breaks  it compiles without the header only
#
# and then what was said. What is no object of a module is compiled as it is, but one
# of the kernel itself, which is nobody's here, is left empty.
set -euo pipefail

cc=gcc-12
out="" module=0 object=0
without=()
skip=0 previous=""
for word in "$@"; do
	case $previous in
	-o) out=$word ;;
	-include) [[ $word != *gomalloc_kmalloc.h ]] || skip=1 ;;
	esac
	case $word in
	-DMODULE) module=1 ;;
	-c) object=1 ;;
	esac
	previous=$word
	if ((skip)); then
		unset 'without[-1]'
		skip=0
		continue
	fi
	# Where the header is
	[[ $word == "${GOMALLOC_INCLUDE-}" ]] || without+=("$word")
done
source=${!#}
if ((!object)) || [[ $out != *.o || $source != *.c || -z ${GOMALLOC_SAID-} ||
	$source == *.mod.c || " $* " != *gomalloc_kmalloc.h* ]]; then
	exec "$cc" "$@"
fi
if ((!module)); then
	exec "$cc" -c -x c /dev/null -o "$out"
fi

said=$GOMALLOC_SAID/$(realpath --relative-to="${0%/*}" -m "$source" | sed 's|.*/linux-[0-9.]*/||; s|/|-|g')
rc=0
# The paths of the two runs are the same, so their words are, too
text=$("$cc" "$@" 2>&1) || rc=$?
if ((rc == 0)) && [[ ! $text ]]; then
	echo clean >"$said"
	exit 0
fi
faults() { grep -oE '(warning|error): .*' <<<"$1" | sort || true; }
with=$text with_rc=$rc rc=0
text=$("$cc" "${without[@]}" 2>&1) || rc=$?
if ((with_rc && !rc)); then
	word="breaks"
elif [[ $(faults "$with") == "$(faults "$text")" ]]; then
	word="same"
else
	word="more"
fi
printf '%s\n' "$word" "--- with" "$with" "--- without" "$text" >"$said"
printf '%s\n' "$with" >&2
exit "$rc"
