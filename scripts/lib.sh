# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the scripts share: messages, progress, places. Sourced, not run.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${GOMALLOC_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/gomalloc}
BUILD=$ROOT/build
# For figures of an allocator and not of what else is done to its memory
BARE="mitigations=off init_on_alloc=0"
# shellcheck disable=SC2034
# What KASAN reports of gomalloc_checkers
KASAN_EXPECTED='KASAN: [a-z-]+ in (read|write)_at'
# What make wants to hear to build for another machine; arrays are not exported
# shellcheck disable=SC2034
ARM64=(ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- CC=aarch64-linux-gnu-gcc-12)
# shellcheck disable=SC2034
RISCV64=(ARCH=riscv CROSS_COMPILE=riscv64-linux-gnu- CC=riscv64-linux-gnu-gcc-12)
export ROOT CACHE BUILD BARE

say() { printf '%s\n' "$*" >&2; }

die() {
	say "gomalloc: $*"
	exit 1
}

# step WHAT LOG COMMAND...: run quietly, say every ten seconds that it goes on,
# show the end of the log if it fails
step() {
	local what=$1 log=$2 pid rc=0 start=$SECONDS next=10
	shift 2
	mkdir -p "$(dirname "$log")"
	"$@" >"$log" 2>&1 </dev/null &
	pid=$!
	while kill -0 "$pid" 2>/dev/null; do
		sleep 0.2
		if ((SECONDS - start >= next)); then
			say "  $what: $((SECONDS - start)) s"
			next=$((next + 10))
		fi
	done
	wait "$pid" || rc=$?
	if ((rc)); then
		say "--- last lines of $log"
		tail -n 25 "$log" >&2
		die "failed: $what (exit $rc)"
	fi
	if ((SECONDS - start >= 10)); then
		say "  $what: done in $((SECONDS - start)) s"
	fi
}

# lint NAME COMMAND...: what it prints is a fault
# shellcheck disable=SC2034
lint_failed=0
# shellcheck disable=SC2034
lint() {
	local name=$1 out
	shift
	out=$("$@" 2>&1) || true
	if [[ $out ]]; then
		printf '%s\n' "$out" >&2
		echo "not ok $name"
		lint_failed=1
	else
		echo "ok $name"
	fi
}

# need_space MIB WHAT
need_space() {
	local free
	mkdir -p "$CACHE"
	free=$(df -Pm "$CACHE" | awk 'NR == 2 { print $4 }')
	((free >= $1)) ||
		die "$2 needs $1 MiB under $CACHE, which has $free; make room or set GOMALLOC_CACHE"
}

# Two runs at once must not fill one cache folder
with_lock() {
	local name=$1
	shift
	mkdir -p "$CACHE"
	(
		flock 9
		"$@"
	) 9>"$CACHE/.lock-$name"
}
