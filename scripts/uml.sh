#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Run one script in user-mode Linux, whose root file system is a folder of the
# host. Same verdict as qemu.sh, at the speed of the machine.
#
# Usage: uml.sh [OPTION]... KERNEL ROOT SCRIPT [ARG]...
#   --append WORDS  more of the kernel's command line
#   --cpus N        CPUs (2)
#   --mem MIB       memory (512)
#   --expect REGEX  as for qemu.sh
#   --bare          without zeroing what is allocated
#   --post-mortem   when the guest asks for it, gdb looks at its memory, see
#                   post_mortem.py; the module is $GOMALLOC_KO
#   --quiet         only errors on the console
#   --timeout S     give up after S seconds (600)
#   --log FILE      where the console goes
#   --show REGEX    print these lines of the console as they come
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$ROOT/scripts/verdict.sh"

cpus=2 mem=512 limit=600 log='' show='' dead='' expected='' append=()
while [[ ${1-} == --* ]]; do
	case $1 in
	--post-mortem) dead=1 ;;
	--quiet) append+=("loglevel=4") ;;
	--bare) read -ra append <<<"$BARE" ;;
	--append) read -ra more <<<"$2"; append+=("${more[@]}"); shift ;;
	--cpus) cpus=$2; shift ;;
	--expect) expected=$2; shift ;;
	--mem) mem=$2; shift ;;
	--timeout) limit=$2; shift ;;
	--log) log=$2; shift ;;
	--show) show=$2; shift ;;
	*) die "uml.sh: unknown option $1" ;;
	esac
	shift
done
kernel=$1 root=$2 script=$3
shift 3
log=${log:-$BUILD/log/uml-$script.log}
mkdir -p "$(dirname "$log")"
rm -f "$root/result" "$root/looked"
: >"$log"

words=$(IFS=, && echo "$*")
timeout --kill-after=10 "$limit" "$kernel" "mem=${mem}M" "ncpus=$cpus" seccomp=on \
	root=/dev/root rootfstype=hostfs "rootflags=$root" rw init=/init \
	con0=null,fd:1 con=null panic=-1 "${append[@]}" \
	"gomalloc.run=$script" gomalloc.result=/result \
	${words:+"gomalloc.arg=$words"} </dev/null >"$log" 2>&1 &
pid=$!
rc=0 dead_rc=0
if [[ $dead ]]; then
	"$ROOT/scripts/post_mortem.py" uml "$pid" "$root" "$log" "$GOMALLOC_KO" >"$log.dead" 2>&1 &
	dead_pid=$!
fi
follow "$pid" "$log" "$show" "$script"
wait "$pid" || rc=$?
[[ ! $dead ]] || wait "$dead_pid" || dead_rc=$?
((rc != 124)) || verdict_fail "$log" "no end after $limit s; the machine hangs"
((dead_rc == 0)) || verdict_fail "$log.dead" "gdb did not see the guest's memory"
verdict "$log" "$root/result" "$expected"
