#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Run all tests on all rigs. Everything they need is fetched and built first,
# and kept for the next time. Ends with one line "N passed, N failed".
#
# Usage: check.sh [--long] [NAME]...   only the runs whose name contains one of these;
#                             those marked by_name only if one is named, or, with
#                             --long, they alone
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

passed=0 failed=0 skipped=0
long=0 by_name=0
if [[ ${1:-} == --long ]]; then
	long=1
	shift
fi
names=("$@")
log=$BUILD/log
# A torture that need not see every transition, and one whose main heap is at a limit
ANYWHERE="least=0 patience=0"
# What a kernel without the probes says of a kfree() of an object
KFREE_WARNS='free_large_kmalloc'
# What a client that is gone has left of gomalloc()'s own heap
LEFT='leak: heap default'
# What a driver with a leak leaves
LEAKY='leak: heap leaky'
# And one that calls kmalloc()
PORTED='leak: heap gomalloc_ported'
# What lives where the kernel shall have all back
HELD='leak: heap everywhere'
AT_LIMIT="limit_kb=8192 pressure=0 $ANYWHERE"
# The slowest rig makes some thousand calls in a second
FUZZ_TIME=(--timeout $((600 + ${GOMALLOC_FUZZ_CALLS:-0} / 1000)))

wanted() {
	local name
	((long == 0 || by_name)) || return 1
	((${#names[@]})) || return 0
	for name in "${names[@]}"; do
		[[ $1 != *"$name"* ]] || return 0
	done
	return 1
}

# count NAME RC LOG: what a run's log says, and its verdict
count() {
	local p f s
	read -r p f s < <(awk -f "$ROOT/scripts/ktap.awk" "$3" 2>>"$log/ktap.log")
	# A run that broke off failed, whatever its tests had said by then
	if (($2)) && ((f == 0)); then
		f=1
	fi
	if (($2 == 0 && p == 0)); then
		say "$1: no test has reported"
		f=1
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	printf '%-28s %4d passed %4d failed %4d skipped  (%d s)\n' \
		"$1" "$p" "$f" "$s" "$((SECONDS - began))"
	if ((f)); then
		{
			echo "$1: $f failed; the whole log is $3"
			grep -aE '^(\[ *[0-9.]+\] )?[a-z_: ]*not ok|EXPECTATION FAILED|ASSERTION FAILED' "$3" |
				head -n 20 || true
		} | tee -a "$log/failed" >&2
	fi
}

# guest NAME RIG SCRIPT ARGS [OPTION]...: one boot
guest() {
	local name=$1 rig=$2 script=$3 args=$4 rc=0
	shift 4
	wanted "$name" || return 0
	began=$SECONDS
	"$ROOT/scripts/boot.sh" "$name" "$rig" "$script" "$args" "$@" || rc=$?
	if ((rc == 2)); then
		echo "$name: not built"
		failed=$((failed + 1))
		return 0
	fi
	count "$name" "$rc" "$log/$name.log"
}

# by_name COMMAND...: a run that takes long, and that is made if it is asked for
by_name() {
	((long || ${#names[@]})) || return 0
	by_name=1
	"$@"
	by_name=0
}

# here NAME COMMAND...: a run on this machine that prints KTAP
here() {
	local name=$1 rc=0
	shift
	wanted "$name" || return 0
	began=$SECONDS
	"$ROOT/scripts/$1" "${@:2}" >"$log/$name.ktap" || rc=$?
	count "$name" "$rc" "$log/$name.ktap"
}

# kernel_tests RIG: zeroed memory is what some of them look for, reports what others do
kernel_tests() {
	wanted "kernel-tests-$1" || return 0
	local tests
	tests=$("$ROOT/scripts/kernel_tests.sh" "$1") || tests=none
	GOMALLOC_EXTRA=$tests guest "kernel-tests-$1" "$1" kernel_tests "" \
		--append "init_on_alloc=1 init_on_free=1" --expect '\[(lkdtm|kasan_test)'
}

# rows RIG: workloads for all of the kernel
rows() {
	wanted "everywhere-rows-$1" || return 0
	RIG=$1 here "everywhere-rows-$1" everywhere_row.sh
}

"$ROOT/scripts/deps.sh" check
"$ROOT/scripts/programs.sh" check >/dev/null
mkdir -p "$log"
xz -dc "$ROOT/bench/traces/recorded.txt.xz" >"$BUILD/recorded.txt"
: >"$log/ktap.log"
: >"$log/failed"

guest uml-kunit uml-7.3 kunit "" --cpus 2
guest uml-limit uml-7.3 torture "ops=1000000 $AT_LIMIT" --cpus 2
guest uml-torture uml-7.3 torture ops=5000000 --cpus 2
guest uml-oom uml-7.3 oom "" --mem 64 --quiet --timeout 100
guest uml-device uml-7.3 selftest ""
guest uml-fuzz uml-7.3 fuzz "--calls=${GOMALLOC_FUZZ_CALLS:-200000} --seed=3" --mem 1024 "${FUZZ_TIME[@]}"
guest debug-kunit-8cpu-2node debug-6.1 kunit "" --smp 8 --numa
guest debug-kunit-1cpu debug-6.1 kunit "" --smp 1 \
	--append "init_on_alloc=1 init_on_free=1"
guest debug-torture-8cpu-2node debug-6.1 torture "ops=${GOMALLOC_TORTURE_OPS:-60000} onoff=1 $ANYWHERE" \
	--smp 8 --numa --timeout 3000
guest debug-torture-1cpu debug-6.1 torture "ops=60000 $ANYWHERE" --smp 1
guest debug-checkers debug-6.1 checkers "" --expect "$KASAN_EXPECTED"
guest debug-device debug-6.1 selftest ""
guest debug-inside debug-6.1 inside 20000
# It has no random numbers yet with which to hash addresses
guest debug-trace debug-6.1 trace tracefs --append no_hash_pointers --timeout 1200
guest debug-fuzz debug-6.1 fuzz "--calls=${GOMALLOC_FUZZ_CALLS:-60000} --seed=1" "${FUZZ_TIME[@]}"
guest stock-6.1-device stock-6.1 selftest ""
guest stock-6.1-command stock-6.1 command ""
# What the gomalloc command printed as JSON in that run
here stock-6.1-command-json check_json.py "$log/stock-6.1-command.log"
# And for Prometheus
here stock-6.1-command-prometheus check_prom.sh "$log/stock-6.1-command.log"
guest stock-6.1-inside stock-6.1 inside ""
guest stock-6.12-inside stock-6.12 inside ""
# The page that is made of what that records, in a browser
guest stock-6.1-record stock-6.1 heaps ""
here stock-6.1-record-page report_page.py "$log/stock-6.1-record.log"
# Debuggers see in a guest's memory what it knows itself
wanted stock-6.1-post-mortem && GOMALLOC_EXTRA=$("$ROOT/scripts/drgn.sh") \
	guest stock-6.1-post-mortem stock-6.1 planted "" --mem 512 --post-mortem
here stock-6.1-post-mortem-live post_mortem.py judge live "$log/stock-6.1-post-mortem.log"
here stock-6.1-post-mortem-drgn post_mortem.py judge drgn "$log/stock-6.1-post-mortem.log"
here stock-6.1-post-mortem-gdb post_mortem.py judge gdb "$log/stock-6.1-post-mortem.log"
guest stock-6.12-post-mortem stock-6.12 planted "" --mem 256 --post-mortem
here stock-6.12-post-mortem-drgn post_mortem.py judge drgn "$log/stock-6.12-post-mortem.log"
here stock-6.12-post-mortem-gdb post_mortem.py judge gdb "$log/stock-6.12-post-mortem.log"
# Of the unit tests those that need this kernel; with it on, the others, too
guest uml-profiled-tag uml-profiled-7.3 kunit "" --append kunit.filter_glob=gomalloc_tag
by_name guest uml-profiled-kunit uml-profiled-7.3 kunit "" --cpus 2
guest uml-profiled-allocinfo uml-profiled-7.3 allocinfo "" --expect "$LEAKY"
guest uml-post-mortem uml-7.3 planted folder --post-mortem
here uml-post-mortem-gdb post_mortem.py judge gdb "$log/uml-post-mortem.log"
# Who listens to the tracepoints
guest stock-6.1-trace stock-6.1 trace "" --timeout 1200
guest stock-6.1-inside-torture stock-6.1 inside_torture "ops=300000 $ANYWHERE" --smp 4
guest stock-6.1-fuzz stock-6.1 fuzz "--calls=${GOMALLOC_FUZZ_CALLS:-1000000} --seed=2" --mem 1024 \
	"${FUZZ_TIME[@]}"
guest stock-6.1-pressure stock-6.1 pressure "" --mem 256 --quiet
guest stock-6.1-opens stock-6.1 opens "" --smp 8 --mem 1024
guest stock-6.1-dimm stock-6.1 dimm "5 ops=50000" --dimm
guest stock-6.1-kfree stock-6.1 kfree "" --expect "$KFREE_WARNS"
guest stock-6.12-kfree stock-6.12 kfree "" --expect "$KFREE_WARNS"
guest stock-6.1-guard stock-6.1 guard ""
guest stock-6.12-guard stock-6.12 guard ""
guest stock-6.1-track stock-6.1 track "" --expect "$LEAKY"
# The lines of the source that the leaks of that run were from
here stock-6.1-track-line hunt.sh stock-6.1 "$log/stock-6.1-track.log"
guest stock-6.12-track stock-6.12 track "" --expect "$LEAKY"
guest stock-6.1-guarded-torture stock-6.1 torture "ops=200000 guard_rate=20 guard_heaps=* track_rate=10 $ANYWHERE" --smp 4
guest stock-6.1-debugged-torture stock-6.1 torture "ops=150000 debug=FZPU $ANYWHERE" --smp 4
guest stock-6.1-leave stock-6.1 leave objects --expect "$LEFT"
guest stock-6.12-leave stock-6.12 leave objects --expect "$LEFT"
# A driver that calls kmalloc()
guest stock-6.1-ported stock-6.1 ported leak --expect "$PORTED"
guest stock-6.12-ported stock-6.12 ported leak --expect "$PORTED"
guest uml-ported uml-7.3 ported ""
# The kernel's own tests of kmalloc(), built with the header
kernel_tests uml-7.3
kernel_tests stock-6.1
kernel_tests debug-6.1
by_name kernel_tests stock-6.12
# All of the kernel
guest stock-6.1-everywhere stock-6.1 everywhere "" --toggle --expect "$HELD"
guest stock-6.12-everywhere stock-6.12 everywhere "" --toggle --expect "$HELD"
guest stock-6.1-everywhere-without stock-6.1 everywhere_without "" --expect gomalloc_strays
here everywhere-instructions everywhere.sh --check
for rig in stock-6.1 stock-6.12 drivers-7.3 stock-6.1-rt debug-ftrace-6.1; do
	by_name rows "$rig"
done
by_name guest everywhere-7.3 drivers-7.3 everywhere "" --toggle --expect "$HELD"
by_name guest everywhere-6.1-rt stock-6.1-rt everywhere "" --toggle --expect "$HELD"
by_name guest everywhere-rounds-6.1 stock-6.1 everywhere_rounds "" --toggle --mem 1024 --timeout 3600 \
	--expect "$HELD"
by_name guest everywhere-rounds-6.12 stock-6.12 everywhere_rounds "" --toggle --mem 1024 --timeout 3600 \
	--expect "$HELD"
guest stock-6.1-many stock-6.1 many "nr=10000" --smp 8 --mem 2048
guest stock-6.1-nofail stock-6.1 nofail "" --quiet
guest stock-6.12-nofail stock-6.12 nofail "" --quiet
guest stock-6.1-limit stock-6.1 torture "ops=400000 $AT_LIMIT" --smp 8
guest stock-6.1-torture-2cpu stock-6.1 torture "ops=250000 $ANYWHERE" --smp 2
guest stock-6.1-torture stock-6.1 torture "ops=1000000 onoff=10 patience=200" \
	--smp 4 --numa --mem 1024
guest stock-6.1-rt-device stock-6.1-rt selftest ""
guest stock-6.1-rt-torture stock-6.1-rt torture "ops=200000 $ANYWHERE" --smp 4 --mem 1024
guest stock-6.12-device stock-6.12 selftest ""
guest stock-6.12-fuzz stock-6.12 fuzz "--calls=${GOMALLOC_FUZZ_CALLS:-300000} --seed=4" --mem 1024 \
	"${FUZZ_TIME[@]}"
# In a memory cgroup, which is often full
guest stock-6.12-fuzz-cgroup stock-6.12 fuzz "cgroup 6 --calls=${GOMALLOC_FUZZ_CALLS:-50000} --seed=5" \
	--mem 1024 --quiet "${FUZZ_TIME[@]}"
guest stock-6.12-torture stock-6.12 torture "ops=500000 $ANYWHERE" --smp 8 --numa --mem 1024
by_name guest arm64-tags-6.1-checkers arm64-tags-6.1 checkers "" --expect "$KASAN_EXPECTED"
by_name guest release-7.3-kfree release-7.3 kfree "" --expect "$KFREE_WARNS"
by_name guest stock-6.12-trace stock-6.12 trace "" --timeout 1200
# A heap of 10 GiB is listed
by_name guest stock-6.1-inside-10g stock-6.1 inside "5600000 13000" --mem 14000 --timeout 3000 \
	--append sysctl.kernel.hung_task_timeout_secs=0
# Nothing that is used rightly is reported, in so many allocations
by_name guest stock-6.1-guard-long stock-6.1 guard "pairs=100000000" --smp 2 --timeout 3600
by_name guest release-7.3-leave release-7.3 leave objects --expect "$LEFT"
by_name guest stock-6.1-hog-cgroup stock-6.1 hog "cgroup ${GOMALLOC_HOG_SECONDS:-600}" --smp 8 --quiet --timeout 900
by_name guest stock-6.1-hog-machine stock-6.1 hog "machine ${GOMALLOC_HOG_SECONDS:-600}" --smp 8 --mem 384 --quiet --timeout 900
by_name guest kcsan-kunit kcsan-6.1 kunit "" --smp 4 --timeout 1500
by_name guest kcsan-torture kcsan-6.1 torture "ops=${GOMALLOC_KCSAN_OPS:-300000} $ANYWHERE" \
	--smp 4 --timeout 2400
by_name here kcsan-race test-harness.sh none-kcsan race-kcsan
# The free protocol, in all interleavings, and the barriers
here model model.sh
# Each barrier has a litmus test, and the check of that finds what is missing
here litmus litmus.py --ktap
# What of the command and the library needs no module, with the sanitizers
here tools tools.sh
# From the tarball to packages, to a module of DKMS in a guest, to nothing left
here packages packages.sh
# For two kernels, a second time, and with DKMS at work in the guest
by_name here dkms packages.sh --all
# The unit tests as programs of this machine, with the sanitizers
here host host.sh
# No file knows one above it, and the check of that finds what it is for
here layers layers.py --ktap
# Each call of the kernel's has ours beside it, and the check of that finds what is missing
here api-table api_table.py --ktap
# Modules of the kernel's own compile with the header as without it, and what is planted is found
here header header.sh 6.1 net/sched drivers/block/null_blk
here header-planted header.sh --planted
by_name here header-6.1 header.sh 6.1
by_name here header-6.12 header.sh 6.12
by_name here header-7.3 header.sh 7.3
# What syzkaller is told of the interface is what the header says
here syzlang syzlang.py --ktap
# The example of Documentation/porting.rst, with all that is wrong with it
here try-example try_example.sh
# Modules of the kernel
by_name here adopt adopt.sh
# Each message has its entry in the page of them, and the check of that finds what is missing
here messages messages.py --ktap
# Counted instructions, against the record
here instructions instructions.sh --check
# The tests of the tests
here harness test-harness.sh

# Again, as the last lines
cat "$log/failed"
((skipped == 0)) || echo "$skipped skipped, for want of CPUs or boot parameters"
echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
