#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: each tracepoint, by tracefs, bpftrace, trace-cmd and perf, with a
# module whose functions have the names of what they call.
#
# Usage: trace.sh [tracefs]     by tracefs alone, where there is no BTF
# shellcheck source=scripts/guest/ktap.sh
. /gomalloc/ktap.sh
PATH=/gomalloc:$PATH
export LD_LIBRARY_PATH=/gomalloc HOME=/tmp
mkdir -p /lib64
ln -sf /gomalloc/ld-linux-x86-64.so.2 /lib64/
tracing=/sys/kernel/tracing
mount -t tracefs tracefs $tracing
events=$tracing/events/gomalloc
seen=/tmp/seen

listen() { echo "$1" >"$events/enable"; }
module=/gomalloc/gomalloc_traced.ko
load() { insmod $module "$@"; }
leave() { rmmod gomalloc_traced; }
# What was told, with the names of functions, which are known while they are there
hear() {
	: >"$tracing/trace"
	listen 1
	load "$@" && sleep 2 || return 1
	listen 0
	grep -v '^#' "$tracing/trace" >"$seen"
	leave
}
# has EVENT WORDS: it was told with them, as grep -E has it
has() {
	grep -qE " $1: .*$2" "$seen" && return
	grep -E " $1: .*${2%% *}" "$seen" | head -n 5 >/tmp/out
	return 1
}
lacks() { ! has "$@"; }
listed() {
	for event in gomalloc_alloc gomalloc_free span_refill span_release heap_grow \
		arena_release scavenge limit_hit misuse; do
		[ -e "$events/$event/format" ] || return 1
	done
	[ "$(find "$events" -name format | wc -l)" = 9 ]
}
# The module's functions by what their names begin with
functions() { sed -n "s/.* \($1_[a-z_]*\)\t\[gomalloc_traced\]\$/\1/p" /tmp/symbols; }
# named EVENT PREFIX: each of these is the call site of its own call
named() {
	functions "$2" | while read -r function; do
		grep -q " $1: call_site=$function+0x.* ptr=0*[1-9a-f]" "$seen" ||
			echo "$function is not told"
	done >/tmp/out
	[ "$(functions "$2" | wc -l)" -gt 5 ] && [ ! -s /tmp/out ]
}
# What is allocated is freed once, with the same heap and class, before it is
# allocated again
pairs_up() {
	awk '
	function field(name) {
		return match($0, " " name "=[^ ]*") ? substr($0, RSTART, RLENGTH) : ""
	}
	{ ptr = field("ptr"); what = field("bytes_alloc") field("heap") field("class") }
	/ gomalloc_alloc: / && ptr !~ /=0+$/ {
		if (ptr in live) print "allocated twice: " $0
		live[ptr] = what
		n++
	}
	/ gomalloc_free: / {
		if (live[ptr] != what) print "not as allocated, " live[ptr] ": " $0
		delete live[ptr]
	}
	END {
		for (ptr in live) print "not freed: " ptr live[ptr]
		if (n < 2000) print "only " n " objects"
	}' "$seen" >/tmp/out
	[ ! -s /tmp/out ]
}
silent() {
	: >"$tracing/trace"
	load && leave || return 1
	grep -v '^#' "$tracing/trace" >/tmp/out
	[ ! -s /tmp/out ]
}
# runs COMMAND...: it ends well; what it says is in /tmp/said
runs() { "$@" >/tmp/said 2>/tmp/out; }
said() {
	grep -qE -- "$1" /tmp/said && return
	tail -n 40 /tmp/said >>/tmp/out
	return 1
}
bpf() {
	script=$1
	shift
	runs bpftrace "/gomalloc/$script" -c "/bin/insmod $module $*"
}
keeps() { said '^\]: 500$' && said '^\]: 104000$'; }
lives() { bpf golife.bt && leave && said '^@us\[1, 9\]:' && said '@@@'; }
sizes() { bpf gosize.bt && leave && said '^@asked\[1\]:' && said '^@wasted\[1\]: [1-9]'; }
# example WORDS: lines of the documentation that begin so
example() { sed -n "s/^  \($1.*\)/\1/p" /gomalloc/tracing.rst; }
# Each of the lines there, while the module makes its calls
bpf_lines() {
	example 'bpftrace -e ' | sed "s/^[^']*'\(.*\)'$/\1/" >/tmp/lines
	[ "$(wc -l </tmp/lines)" -ge 3 ] || return 1
	while read -r line; do
		runs bpftrace -e "$line" -c "/bin/insmod $module" && leave &&
			said '\]: [1-9]' || return 1
	done </tmp/lines
}
filters() {
	line=$(example "echo 'bytes_alloc ")
	[ "$line" ] && (cd "$tracing" && eval "$line") && hear rounds=1 || return 1
	echo 0 >"$events/gomalloc_alloc/filter"
	has gomalloc_alloc alloc_heap_kv && lacks gomalloc_alloc alloc_tiny
}
perf_stat() {
	line=$(example 'perf stat ')
	(
		sleep 1
		load && leave
	) &
	runs eval "$line 2>&1"
	wait
	said '[1-9][0-9]* .*gomalloc:gomalloc_alloc' && said '[1-9][0-9]* .*gomalloc:gomalloc_free'
}
# Commands for the module to be loaded by
trace_cmd() { runs trace-cmd record -o /tmp/trace.dat -e gomalloc insmod "$module"; }
trace_cmd_report() {
	runs trace-cmd report /tmp/trace.dat && leave &&
		said 'gomalloc_alloc:.*heap=1 class=9 ' &&
		said 'limit_hit:.*limit_bytes=2097152'
}
perf_record() { runs perf record -q -o /tmp/perf.data -a -g -e 'gomalloc:*' -- /bin/insmod "$module"; }
perf_script() {
	runs perf script -i /tmp/perf.data && leave &&
		said 'gomalloc:limit_hit: heap=' && said ' alloc_const\+0x'
}

plan "$([ "${1-}" = tracefs ] && echo 29 || echo 40)"
insmod /gomalloc/gomalloc.ko scavenge_ms=200 || exit 1
check "there are nine tracepoints" listed
check "nobody listens, and nothing is told" silent
load
cat /proc/kallsyms >/tmp/symbols
leave
check "all of them can be listened to" hear
check "an allocation is told with the fields of kmem:kmalloc" has gomalloc_alloc \
	"call_site=alloc_size\+0x.* ptr=[0-9a-f]+ bytes_req=100 bytes_alloc=112 gfp_flags=GFP_KERNEL node=-1 heap=1 class=9 kind=scan"
check "with the caller, whichever call it is" named gomalloc_alloc alloc
check "and what it asked for" has gomalloc_alloc \
	"alloc_atomic.* bytes_req=2000 bytes_alloc=2048 gfp_flags=GFP_ATOMIC"
check "zeroes, too" has gomalloc_alloc "alloc_zeroed.* gfp_flags=GFP_KERNEL.__GFP_ZERO"
check "an object without pointers is noscan" has gomalloc_alloc \
	"alloc_noscan.* bytes_req=300 bytes_alloc=320 .*kind=noscan"
check "a tiny one is packed" has gomalloc_alloc \
	"alloc_tiny.* bytes_req=5 bytes_alloc=[0-9]+ .* class=2 kind=noscan"
check "a large one has class 0" has gomalloc_alloc \
	"alloc_large.* bytes_req=100000 bytes_alloc=102400 .* class=0 "
check "so has a mapped one" has gomalloc_alloc \
	"alloc_mapped.* bytes_req=5242880 bytes_alloc=5242880 .* class=0 "
check "a node is told" has gomalloc_alloc "alloc_node.* node=0 "
check "the heap is told" has gomalloc_alloc "alloc_heap\+.* heap=[2-9]"
check "a request that fails has no object" has gomalloc_alloc \
	"ptr=0+ bytes_req=1000 bytes_alloc=0 "
check "a free is told with who frees" named gomalloc_free free
check "what is allocated is freed once" pairs_up
check "a cache takes new spans" has span_refill "heap=[2-9].* objects=[1-9][0-9]* from=new"
check "and those that others have left" has span_refill "from=partial"
check "spans are released" has span_release "heap=[2-9].* class=[1-9].* bytes=[1-9]"
check "a heap grows" has heap_grow "heap=[2-9].* bytes=[1-9][0-9]* held_bytes=[1-9]"
check "arenas are released" has arena_release "heap=[2-9].* bytes=[1-9][0-9]* whole=1"
check "a heap is scavenged" has scavenge \
	"heap=1 before_bytes=[0-9]+ held_bytes=[0-9]+ all=0"
check "a limit is met" has limit_hit \
	"heap=[2-9].* bytes=[1-9][0-9]* held_bytes=[0-9]+ limit_bytes=2097152 group=0"
check "nothing is misused" lacks misuse .
check "all of them with a double free" hear misuse=1
check "it is told, with who did it" has misuse \
	"misuse=double_free call_site=misuse_twice\+0x.* heap=1 class=9 kind=scan"
check "and is no free" lacks gomalloc_free "call_site=misuse_twice\+"
check "a filter filters" filters
check "when nobody listens any more nothing is told" silent
if [ "${1-}" = tracefs ]; then
	rmmod gomalloc || rc=1
	exit $rc
fi
check "goleak.bt runs" bpf goleak.bt keep=500
check "and names who keeps objects" said "alloc_kept\+"
check "how many, and their bytes" keeps
leave
check "golife.bt has the lives by class" lives
check "gosize.bt has the sizes" sizes
check "the lines for bpftrace say something" bpf_lines
check "trace-cmd records" trace_cmd
check "and reports" trace_cmd_report
check "perf records, with stacks" perf_record
check "and prints them" perf_script
check "and counts" perf_stat
rmmod gomalloc || rc=1
exit $rc
