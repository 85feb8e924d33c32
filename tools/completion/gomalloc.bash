# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Completion of the gomalloc command for bash.

# Names of heaps, if they may be seen
_gomalloc_heaps() {
	gomalloc stats 2>/dev/null | awk 'NR > 1 && !/^held on/ { print $2 }'
}

_gomalloc() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local words=''
	if ((COMP_CWORD == 1)); then
		words='classes stats top run --help'
	elif [[ $before == --sort || $before == -s && ${COMP_WORDS[1]} == top ]]; then
		words='bytes objects waste'
	elif [[ $before == --delay || $before == -d ]]; then
		return
	else
		case ${COMP_WORDS[1]} in
		classes) words='--json --help' ;;
		stats) words="--json --help $(_gomalloc_heaps)" ;;
		top) words="--delay --sort --once --help $(_gomalloc_heaps)" ;;
		run) words='--batch --compare --json --help' ;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
	if [[ ${COMP_WORDS[1]} == run && $word != -* ]] && ((COMP_CWORD > 1)); then
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
}

complete -o filenames -F _gomalloc gomalloc
