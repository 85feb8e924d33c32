# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Completion of the gomalloc command for bash. Names of heaps are what modules and
# programs say: they are compared and printed, never evaluated, as compgen -W would.

# Names of heaps, if they may be seen. There may be spaces in one; behind it are how
# many objects, and four sizes.
_gomalloc_heaps() {
	local size='[0-9.]+ [KMGT]?i?B'
	gomalloc stats 2>/dev/null |
		sed -nE "s/^ *[0-9]+ (.*[^ ]) +[0-9]+( +$size){3} +(-|$size) .*/\1/p"
}

# _gomalloc_match WORD CHOICE...: the choices that begin with it
_gomalloc_match() {
	local word=$1 choice quoted
	COMPREPLY=()
	for choice in "${@:2}"; do
		# Readline puts it into the command line as it is, and has what it put there
		printf -v quoted %q "$choice"
		[[ $quoted != "$word"* && $choice != "$word"* ]] || COMPREPLY+=("$quoted")
	done
}

_gomalloc() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local heaps=() words=()
	if ((COMP_CWORD == 1)); then
		words=(classes stats export top record report run everywhere --help)
	elif [[ $before == --sort || $before == -s && ${COMP_WORDS[1]} == top ]]; then
		words=(bytes objects waste change)
	elif [[ ${COMP_WORDS[1]} == everywhere && ($before == --modules || $before == -m) ]]; then
		mapfile -t words < <(cut -d ' ' -f 1 /proc/modules 2>/dev/null)
	elif [[ ${COMP_WORDS[1]} == everywhere && ($before == --only || $before == -o) ]]; then
		return
	elif [[ $before == --delay || $before == -d || $before == --interval || $before == -i ||
		$before == --number || $before == -n ]]; then
		return
	else
		[[ ${COMP_WORDS[1]} != @(stats|top|record) ]] || mapfile -t heaps < <(_gomalloc_heaps)
		case ${COMP_WORDS[1]} in
		classes) words=(--json --help) ;;
		stats) words=(--json --help) ;;
		export) words=(--classes --help) ;;
		top) words=(--delay --sort --cpus --once --json --help) ;;
		record) words=(--output --interval --number --no-maps --help) ;;
		report) words=(--output --help) ;;
		run) words=(--batch --compare --json --help) ;;
		everywhere) words=(status on audit drain off --json --callers --only --modules --help) ;;
		esac
	fi
	_gomalloc_match "$word" "${words[@]}" "${heaps[@]}"
	if [[ ${COMP_WORDS[1]} == @(run|report) && $word != -* || $before == --output || $before == -o ]] &&
		((COMP_CWORD > 1)); then
		# These it quotes itself
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
}

complete -F _gomalloc gomalloc
