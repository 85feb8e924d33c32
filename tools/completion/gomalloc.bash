# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Completion of the gomalloc command for bash. Names of heaps are what modules and
# programs say: they are compared and printed, never evaluated, as compgen -W would.

# Names of heaps, if they may be seen
_gomalloc_heaps() {
	gomalloc stats 2>/dev/null | awk 'NR > 1 && !/^held on/ { print $2 }'
}

# _gomalloc_match WORD CHOICE...: the choices that begin with it
_gomalloc_match() {
	local word=$1 choice
	COMPREPLY=()
	for choice in "${@:2}"; do
		# Readline puts it into the command line as it is
		[[ $choice != "$word"* ]] || COMPREPLY+=("$(printf '%q' "$choice")")
	done
}

_gomalloc() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local heaps=() words=()
	if ((COMP_CWORD == 1)); then
		words=(classes stats top run --help)
	elif [[ $before == --sort || $before == -s && ${COMP_WORDS[1]} == top ]]; then
		words=(bytes objects waste)
	elif [[ $before == --delay || $before == -d ]]; then
		return
	else
		[[ ${COMP_WORDS[1]} != @(stats|top) ]] || mapfile -t heaps < <(_gomalloc_heaps)
		case ${COMP_WORDS[1]} in
		classes) words=(--json --help) ;;
		stats) words=(--json --help) ;;
		top) words=(--delay --sort --once --help) ;;
		run) words=(--batch --compare --json --help) ;;
		esac
	fi
	_gomalloc_match "$word" "${words[@]}" "${heaps[@]}"
	if [[ ${COMP_WORDS[1]} == run && $word != -* ]] && ((COMP_CWORD > 1)); then
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
}

complete -o filenames -F _gomalloc gomalloc
