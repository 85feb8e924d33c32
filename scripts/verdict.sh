# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What makes a run of a guest a good one. Sourced.

# Words of a kernel that has found something. A line of our own that tells of
# misuse is none: those are what the tests provoke.
SPLAT='BUG:|WARNING:|Oops|Call Trace|Kernel panic|KASAN|UBSAN|possible circular locking|suspicious RCU|unreferenced object|Invalid wait context|soft lockup|rcu_.*self-detected stall|blocked for more than'

# follow PID LOG REGEX WHAT: show what is asked for, or that time goes by
follow() {
	local pid=$1 log=$2 regex=$3 what=$4 start=$SECONDS next=10 seen=0 now
	while true; do
		local alive=1
		kill -0 "$pid" 2>/dev/null || alive=
		if [[ $regex ]]; then
			now=$(wc -l <"$log")
			if ((now > seen)); then
				sed -n "$((seen + 1)),${now}p" "$log" | tr -d '\r' |
					sed 's/^\[[ 0-9.]*\] //' | grep -E -- "$regex" || true
				seen=$now
			fi
		fi
		[[ $alive ]] || return 0
		if ((SECONDS - start >= next)); then
			say "  $what: $((SECONDS - start)) s"
			next=$((next + 10))
		fi
		sleep 0.2
	done
}

verdict_fail() {
	say "--- last lines of $1"
	tail -n 30 "$1" | tr -d '\r' >&2
	say "gomalloc: failed: $2"
	say "gomalloc: the whole log is $1"
	exit 1
}

# without_expected REGEX: less the warnings, the oopses, and the reports of KASAN, that
# have it, from their first to their last line
without_expected() {
	awk -v expected="$1" '
	function judge() {
		if (expected == "" || block !~ expected)
			printf "%s", block
		inside = ""
	}
	!inside && /-+\[ cut here \]-+/ { block = ""; inside = "warning" }
	!inside && /(Oops|invalid opcode): .*\[#/ { block = $0 "\n"; inside = "warning"; next }
	!inside && /==============================/ { block = $0 "\n"; inside = "KASAN"; next }
	inside { block = block $0 "\n" }
	inside == "warning" && /---\[ end trace/ { judge(); next }
	inside == "KASAN" && /==============================/ { judge(); next }
	!inside
	END { if (inside) printf "%s", block }'
}

# What KCSAN says of the kernel itself is its own affair: of its reports only
# those are left in which one of the accesses is in a module of ours
our_splats() {
	tr -d '\r' <"$1" | awk '
	/BUG: KCSAN/ { report = $0; inside = 1; ours = 0; next }
	inside && / by (task|interrupt) .*on cpu/ { at_access = 1; next }
	inside && at_access { if (/\[gomalloc/) ours = 1; at_access = 0; next }
	inside && /==========/ { if (ours) print report; inside = 0; next }
	!inside'
}

# verdict LOG RESULT [EXPECTED]: of the kernel's warnings and of leaks, those that are
# expected
verdict() {
	local found
	found=$(our_splats "$1" | without_expected "${3-}" | grep -aEm1 -- "$SPLAT" || true)
	[[ -z $found ]] || verdict_fail "$1" "the kernel says: $found"
	# A test that leaks on purpose calls its heap expected-leak
	found=$(grep -a 'gomalloc: leak:' "$1" | grep -aEvm1 -- "expected${3:+|$3}" || true)
	[[ -z $found ]] || verdict_fail "$1" "leaked: $found"
	grep -qs gomalloc-success "$2" || verdict_fail "$1" "the guest did not report success"
}
