#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# What of the gomalloc command and the library needs no module, built with the
# sanitizers: the command refuses each of the traces in selftests/traces, and says why
# and where, and takes what is one; before a module that is a fake, it prints no byte
# of a heap's name that a terminal or JSON must not see, and completion runs nothing
# that a heap is called; everywhere shows and switches what is in a folder; the library tells which side is too old, and exports what its
# header has. Prints KTAP.
#
# Usage: tools.sh
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
# shellcheck source=scripts/guest/ktap.sh
. "$ROOT/scripts/guest/ktap.sh"

dir=$BUILD/tools-sanitized
version=$(awk '$2 == "GOMALLOC_VERSION" { print $3 }' "$ROOT/include/uapi/linux/gomalloc.h")
traces=$ROOT/selftests/traces
promtool=$("$ROOT/scripts/promtool.sh")
step "compile tools with sanitizers" "$BUILD/log/tools.log" make -s -C "$ROOT/tools" CC=gcc-12 O="$dir" \
	CFLAGS="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all" "$dir"/{gomalloc,gomalloc-fake,lib_test,libgomalloc.so.1}

# refuses FILE TEXT: the command ends with 1 and says "FILE:TEXT", nothing else
refuses() {
	local said rc=0
	said=$("$dir/gomalloc" run "$1" 2>&1) || rc=$?
	[[ $rc == 1 && $said == "gomalloc: $1:$2" ]] && return
	echo "# $rc: $said"
	return 1
}

# takes FORMAT LINES [WORD]...: what printf makes of it is a trace of so many lines
takes() {
	local format=$1 lines=$2 said
	shift 2
	# shellcheck disable=SC2059
	said=$(printf "$format" "$@" | fake run - 2>&1) && [[ $said == "$lines lines, "* ]] && return
	echo "# $said"
	return 1
}

# The command, for which there is a module
fake() { "$dir/gomalloc-fake" "$@"; }

# prints_only_text COMMAND...: printable ASCII and line ends, and a name as \xNN
prints_only_text() {
	local said
	said=$("$@") && [[ $said == *'\x1b[2J\x07'* ]] && ! LC_ALL=C grep -q '[^ -~]' <<<"$said"
}

# As JSON each name is what it is, a byte that is no ASCII as the character of that number
tells_names_as_json() {
	fake stats --json | python3 -c '
import json, sys
names = [heap["name"] for heap in json.load(sys.stdin)]
sys.exit(not {"\x1b[2J\x07", "quote\"back\\slash", "\xff\xc3(", "line\n 9 x\r\t"} <= set(names))'
}

# promtool takes what is printed for Prometheus, and each name is one label
exports_names() {
	fake export --classes | "$promtool" check metrics >"$BUILD/log/export.txt" 2>&1 ||
		{ sed 's/^/# /' "$BUILD/log/export.txt"; return 1; }
	fake export >"$BUILD/log/export.txt"
	# shellcheck disable=SC2016 # it is a name
	grep -qF 'name="quote\"back\\x5cslash",' "$BUILD/log/export.txt" &&
		grep -qF 'name="\\x1b[2J\\x07",' "$BUILD/log/export.txt" &&
		! LC_ALL=C grep -q '[^ -~]' "$BUILD/log/export.txt"
}

# Where it is written to is full
says_that_it_cannot_write() {
	local said rc=0
	said=$(fake export 2>&1 >/dev/full) || rc=$?
	[[ $rc == 1 && $said == *"cannot write"* ]]
}

# A line for the machine and one for each look, each of them JSON
records_json() {
	fake record -n 2 -i 10 -o - 2>/dev/null | python3 -c '
import json, sys
head, *looks = [json.loads(line) for line in sys.stdin]
sys.exit(not (head["gomalloc_record"] == 1 and len(head["class_bytes"]) == 68 and len(looks) == 2 and
              "\x1b[2J\x07" in [heap["name"] for heap in looks[1]["heaps"]]))'
}

# A map, of which nothing is recorded while it is as it was; and who has what
records_what_debugfs_has() {
	local debugfs=$dir/debugfs
	mkdir -p "$debugfs"
	# Two arenas, with comments and a line that begins as one does
	printf '# a character is a page\n\n(p) node 0: 66 pages, 2 free, 0 released\n%s\n..\n' \
		"$(printf '#%.0s' {1..60})99LL" >"$debugfs/arenas"
	printf '\n(p) node 1: 3 pages, 0 free, 1 released\n50-\n' >>"$debugfs/arenas"
	# Of two heaps; the number of the second begins as that of the first
	printf '# one of 1\n1 default: 2 objects\n  a <stack>\n12 other: 1 objects\n  another\n' >"$debugfs/leaks"
	printf '# head\ncpu 3, offline: 512 of 2048 bytes flush=7 refill=9\n    9   scan\n' >"$debugfs/cpus"
	GOMALLOC_FAKE_DEBUGFS=$debugfs fake record -n 2 -i 10 -o - default 2>/dev/null | python3 -c '
import json, sys
head, first, second = [json.loads(line)  for line in sys.stdin]
heap = first["heaps"][0]
sys.exit(not (heap["arenas"] == [{"node": 0, "runs": ["#", 60, "9", 2, "L", 2, ".", 2]},
                                 {"node": 1, "runs": ["5", 1, "0", 1, "-", 1]}] and
              heap["leaks"] == "1 default: 2 objects\n  a <stack>\n" and "arenas" not in second["heaps"][0]))'
}

shows_cpus() {
	GOMALLOC_FAKE_DEBUGFS=$dir/debugfs fake top --once --cpus default |
		grep -qE '^ +3 +512 B +2\.0 KiB +9 +7 *$' &&
		fake top --once --cpus default | grep -q 'only root sees'
}

# Of a module there is what everywhere says, of so many callers; of none, or beside the record
# of another heap, nothing
records_everywhere() {
	everywhere_root
	printf '4 everywhere: 1 objects, 8 bytes, 1 to 2 ms old\n  <less%d>+0x1/0x2\n' {1..50} \
		>>"$root/sys/kernel/debug/gomalloc/leaks"
	recorded_everywhere 'x["state"] == "on" and x["slab_bytes"] == 2 << 20 and x["held_bytes"] == 2 << 20 and
		x["kmalloc_bytes"] == 88 << 10 and x["audit"]["served"] == 600 and x["modules"] == ["a_\x1bdriver", "b"] and
		x["callers"][0] == {"function": "first", "objects": 3, "bytes": 1624, "kmalloc_bytes": 640} and
		x["tracked"] == "one of 1 requests is tracked; there was no room for 0" and
		len(x["callers"]) == 40 and x["callers_with_less"] == 13' &&
		GOMALLOC_FAKE_ROOT=$root fake report -o "$dir/everywhere.html" "$dir/record" &&
		grep -qF '{"function":"\u003cless1>",' "$dir/everywhere.html" || return
	recorded_everywhere 'not x' default || return
	rm "$root/sys/kernel/debug/gomalloc/leaks"
	recorded_everywhere 'x["state"] == "on" and not "callers" in x' || return
	rm -r "$here"
	recorded_everywhere 'not x'
}

# recorded_everywhere PYTHON [HEAP]: of a look it is so
recorded_everywhere() {
	GOMALLOC_FAKE_ROOT=$root fake record -n 1 -i 10 -o "$dir/record" "${@:2}" 2>/dev/null && python3 -c "
import json, sys
head, look = [json.loads(line) for line in open(sys.argv[1])]
x = look.get('everywhere')
sys.exit(not ($1))" "$dir/record"
}

# says_of_record TEXT COMMAND...: what the command prints is no record, and report says so
says_of_record() {
	local text=$1 said rc=0
	shift
	said=$("$@" | fake report -o "$dir/page" - 2>&1) || rc=$?
	[[ $rc == 1 && $said == *"$text"* && ! -e $dir/page ]]
}

# The page has all that is whole, and in it no tag can begin
reports_what_is_whole() {
	local said
	GOMALLOC_FAKE_DEBUGFS=$dir/debugfs fake record -n 2 -i 10 -o "$dir/record" 2>/dev/null || return
	printf '{"ms":3,"hea' >>"$dir/record"
	said=$(fake report -o "$dir/page" "$dir/record" 2>&1) && [[ $said == *:4:\ not\ a\ whole* ]] &&
		sed '1,/id="record"/d; /<\/script>/,$d' "$dir/page" >"$dir/data" &&
		[[ $(wc -l <"$dir/data") == 3 ]] && ! grep -q '<' "$dir/data" &&
		grep -q 'a \\u003cstack>' "$dir/data"
	said=$?
	rm -f "$dir/page"
	return "$said"
}

# What is printed of a name is a name
finds_what_it_prints() {
	[[ $(fake stats '\x1b[2J\x07') == 'heap 2, '* && $(fake top --once '\xff\xc3(') == *'heap 5, '* ]]
}

# says_who_is_old VERSION TEXT: of a module of that version
says_who_is_old() {
	local said rc=0
	said=$(GOMALLOC_FAKE_VERSION=$1 fake stats 2>&1) || rc=$?
	[[ $rc == 1 && $said == *"$2"* ]]
}

# completes_nothing_else NR WORD: WORD has so many ends; each is one word of the shell,
# which finds its heap, and for none of them the shell runs anything
completes_nothing_else() (
	cd "$dir"
	rm -f ran
	gomalloc() { fake "$@"; }
	# shellcheck source=tools/completion/gomalloc.bash
	. "$ROOT/tools/completion/gomalloc.bash"
	# shellcheck disable=SC2034 # the function reads them
	COMP_WORDS=(gomalloc stats "$2") COMP_CWORD=2 COMPREPLY=()
	expected=$1 found=0
	_gomalloc
	for reply in "${COMPREPLY[@]}"; do
		eval "set -- $reply"
		[[ $# == 1 ]] || exit 1
		[[ $1 == --* ]] || fake stats "$1" >/dev/null || exit 1
		found=$((found + 1))
	done
	[[ $found == "$expected" && ! -e ran ]]
)

# everywhere_root: a module that is switched on, and kernels of which one has each file
everywhere_root() {
	root=$dir/root here=$root/sys/kernel/gomalloc_everywhere
	rm -rf "$root"
	mkdir -p "$here" "$root"/{proc,sys/kernel/debug/gomalloc,sys/kernel{,/debug}/slab/{,dma-}kmalloc-64}
	echo on >"$here/state"
	echo 1234 >"$here/served"
	printf 'objects 5\nbytes 3072\nheld_bytes 2097152\nmisuses 1\n' >"$here/live"
	echo 10 0 512 >"$here/only"
	printf 'a_\033driver b\n' >"$here/modules"
	printf 'served 600\naccount 300\nnew 100\nbytes 1000\nkmalloc_bytes 1500\ngomalloc_bytes 1100\n' >"$here/audit"
	printf 'MemTotal: 9 kB\nSReclaimable: 7 kB\nSlab:           2048 kB\n' >"$root/proc/meminfo"
	printf '%s\n' 'slabinfo - version: 2.1' '# name <active_objs> ...' \
		'dentry 9 9 192 21 1 : tunables 0 0 0 : slabdata 9 9 0' \
		'kmalloc-cg-64 9 9 64 64 1 : tunables 0 0 0 : slabdata 2 2 0' \
		'kmalloc-rcl-64 9 9 64 64 1 : tunables 0 0 0 : slabdata 3 3 0' \
		'dma-kmalloc-64 9 9 64 64 1 : tunables 0 0 0 : slabdata 7 7 0' \
		'dm-kmalloc-64 9 9 64 64 1 : tunables 0 0 0 : slabdata 9 9 0' \
		'kmalloc-64 9 9 128 32 2 : tunables 0 0 0 : slabdata 4 5 0' >"$root/proc/slabinfo"
	printf '%s\n' '# one of 1 requests is tracked; there was no room for 0' \
		'3 client: 1 objects, 9999 bytes, 1 to 2 ms old' '  of_client+0x1/0x2' \
		'4 everywhere: 2 objects, 1024 bytes, 1 to 2 ms old' '  kmemdup+0x1/0x2' '  first.isra.0+0x9/0x10 [m]' \
		'4 everywhere: 2 objects, 1536 bytes, 1 to 2 ms old' '  second+0x1/0x2' '  first+0x1/0x2' \
		'4 everywhere: 3 objects, 96 bytes, 1 to 2 ms old' '  (no stack)' \
		'4 everywhere: 1 objects, 600 bytes, 1 to 2 ms old' '  first+0x3/0x10' >"$root/sys/kernel/debug/gomalloc/leaks"
	printf '%7d %s\n' 3 'first+0x7/0x10 age=1 pid=1' 9 'kstrdup+0x1/0x2 age=1 pid=1' 5 '__kmalloc+0x1/0x2 age=2' \
		>"$root/sys/kernel/debug/slab/kmalloc-64/alloc_traces"
	printf '        %s\n' __slab_alloc+0x1/0x2 first+0x2/0x10 >>"$root/sys/kernel/debug/slab/kmalloc-64/alloc_traces"
	printf '%7d %s\n' 2 'first+0x7/0x10 age=1' >"$root/sys/kernel/debug/slab/dma-kmalloc-64/alloc_traces"
	tee "$root"/sys/kernel/slab/{,dma-}kmalloc-64/object_size <<<64 >/dev/null
	printf '%12d %8d %s\n' 70 1 'x.c:1 [m] func:first' 30 1 'x.c:9 func:first' 5 1 'y.c:2 func:others' >"$root/proc/allocinfo"
}

# everywhere [WORD]...: the command, of these
everywhere() { GOMALLOC_FAKE_ROOT=$root fake everywhere "$@"; }

# shows_everywhere LINE...: it shows them, and nothing else
shows_everywhere() {
	diff <(printf '%s\n' "$@") <(everywhere status | sed 's/  */ /g; s/^ //')
}

shows_all_of_everywhere() {
	everywhere_root
	shows_everywhere 'state on' 'requests served 1234' 'live objects 5' 'in their classes 3.0 KiB' \
		'held 2.0 MiB' 'misuses 1' 'slabs of the kernel 2.0 MiB' 'of that kmalloc 88.0 KiB' \
		'only 10 % of requests of 0 B to 512 B' 'of modules a_\x1bdriver b' '' 'audit of 1000 requests:' \
		'would be served 600 60.0 %' 'charged to a cgroup 300 30.0 %' 'new 100 10.0 %' \
		'asked for 1000 B 100.0 %' "in kmalloc's classes 1.5 KiB 150.0 %" "in gomalloc's classes 1.1 KiB 110.0 %"
}

# An older module, and a user who may not see slabs
shows_what_there_is() {
	everywhere_root
	echo >"$here/modules"
	everywhere | grep -qx ' *of modules  all, and the kernel' && tells_everywhere 'x["modules"] == []' || return
	rm "$here"/{modules,audit} "$root/proc/slabinfo"
	shows_everywhere 'state on' 'requests served 1234' 'live objects 5' 'in their classes 3.0 KiB' \
		'held 2.0 MiB' 'misuses 1' 'slabs of the kernel 2.0 MiB' 'only 10 % of requests of 0 B to 512 B'
}

# tells_everywhere PYTHON: as JSON, with who called, it is so
tells_everywhere() {
	everywhere --json --callers | python3 -c "
import json, sys
x = json.load(sys.stdin)
callers = [list(c.values()) for c in x['callers']]
sys.exit(not ($1))"
}

tells_all_of_everywhere() {
	everywhere_root
	tells_everywhere 'x["state"] == "on" and x["held_bytes"] == 2 << 20 and x["kmalloc_bytes"] == 88 << 10 and
		x["only"] == {"percent": 10, "least": 0, "most": 512} and x["modules"] == ["a_\x1bdriver", "b"] and
		x["audit"]["requests"] == 1000 and x["audit"]["gomalloc_bytes"] == 1100 and
		callers == [["first", 3, 1624, 10 * 64], ["second", 2, 1536], ["(no stack)", 3, 96]]'
}

# Where slabs note nothing it is in allocinfo, and where that is not either, nowhere
tells_what_the_kernel_has() {
	everywhere_root
	rm -r "$root/sys/kernel/debug/slab"
	tells_everywhere 'callers[0] == ["first", 3, 1624, 100] and "allocinfo_bytes" in x["callers"][0]' || return
	rm "$root/proc/allocinfo"
	tells_everywhere 'callers[:2] == [["first", 3, 1624], ["second", 2, 1536]]' &&
		everywhere -c | grep -qE '^ +3 +96 B +-  \(no stack\)$'
}

switches_everywhere() {
	everywhere_root
	everywhere audit -o 50 -m "" && [[ $(<"$here/state") == audit && $(<"$here/only") == 50 ]] &&
		[[ -z $(<"$here/modules") ]] && everywhere on --only "100 0 4096" --modules "x y" &&
		[[ $(<"$here/state") == on && $(<"$here/only") == "100 0 4096" && $(<"$here/modules") == "x y" ]]
}

# refuses_everywhere STATUS ERRNO TEXT WORD...: that errno of the module, and what is said
refuses_everywhere() {
	local status=$1 errno=$2 text=$3 said rc=0
	shift 3
	said=$(GOMALLOC_FAKE_ERRNO=$errno everywhere "$@" 2>&1) || rc=$?
	[[ $rc == "$status" && $said == *"$text"* ]] && return
	echo "# $rc: $said"
	return 1
}

says_what_everywhere_lacks() {
	everywhere_root
	refuses_everywhere 1 22 "nothing is switched on" drain &&
		refuses_everywhere 1 22 "PERCENT is 100 at most" on -o 101 &&
		refuses_everywhere 1 16 "a BPF program or a live patch" on &&
		refuses_everywhere 1 16 "still in drain: 5 objects of 3.0 KiB live" off || return
	echo "objects 0" >"$here/live"
	refuses_everywhere 1 16 "is not through; try again" off || return
	rm "$here/modules"
	refuses_everywhere 1 0 "older than this program, and has no 'modules'" on -m x || return
	rm -r "$here"
	refuses_everywhere 1 0 "is not loaded; modprobe it" on -m x && refuses_everywhere 1 0 "is not loaded" status
}

refuses_words_of_everywhere() {
	everywhere_root
	refuses_everywhere 2 0 "not '10 cow'" on -o "10 cow" && refuses_everywhere 2 0 "not '10 1'" on -o "10 1" &&
		refuses_everywhere 2 0 "not 'cow'" cow && refuses_everywhere 2 0 "takes one word" on off &&
		refuses_everywhere 2 0 "neither --only" -o 10 && refuses_everywhere 2 0 "are for everywhere status" off -j &&
		[[ $(<"$here/only") == "10 0 512" && $(<"$here/state") == on ]]
}

# A directory can be opened, and not be read
reads_no_directory() { refuses "$dir" "1: cannot read: Is a directory"; }

# The shared library: what the header has, and nothing else
exports_the_header() {
	diff <(grep -oE '\bgomalloc_[a-z_]+\(' "$ROOT/tools/lib/libgomalloc.h" | tr -d '(' |
		sort -u) \
		<(nm -D --defined-only "$dir/libgomalloc.so.1" | sed -n 's/.* T \([^@]*\).*/\1/p' | sort)
}

library_is_right() {
	"$dir/lib_test" >"$BUILD/log/lib_test.ktap" && return
	sed 's/^/# /' "$BUILD/log/lib_test.ktap"
	return 1
}

has_soname() { readelf -d "$dir/libgomalloc.so.1" | grep -q 'SONAME.*\[libgomalloc.so.1\]'; }

mapfile -t files < <(cd "$traces" && ls ./*.trace)
plan $((${#files[@]} + 34))
while IFS=$'\t' read -r file text; do
	[[ $file == \#* ]] || check "${file%.trace} is refused" refuses "$traces/$file" "$text"
done <"$traces/expected.tsv"
check "each trace has its text" [ "$(grep -vc '^#' "$traces/expected.tsv")" = ${#files[@]} ]
check "a folder is no trace" reads_no_directory
check "a long number is a trace" takes 'a 18446744073709551615 4194304\nf 18446744073709551615\n' 2
check "and what ends otherwise than in a line" takes '# \xc3\xa4\r\n\n\ta\t0\v1\f \r\nf 0#1' 2
check "and a line of 1000 bytes" takes '#%0999d\na%995s 1 1\n' 1 0 ''
check "stats prints no byte of a name that a terminal obeys" prints_only_text fake stats
check "nor of that of a heap" prints_only_text fake stats 2
check "nor does top" prints_only_text fake top --once
check "JSON has each name as it is" tells_names_as_json
check "Prometheus has each name" exports_names
check "export says that it cannot write" says_that_it_cannot_write
check "a record is lines of JSON" records_json
check "it has what debugfs has" records_what_debugfs_has
check "top shows the CPUs that are there" shows_cpus
check "report refuses what is no record" says_of_record "is no record" echo '{"gomalloc_record":2,"x":1}'
check "nor takes an empty one" says_of_record "is empty" true
check "of a record it has what is whole" reports_what_is_whole
check "what is printed of a name finds the heap" finds_what_it_prints
check "the command says that it is old" says_who_is_old $((version + 1)) "this program is older"
check "or that the module is" says_who_is_old $((version - 1)) "the module is older"
check "completion runs no name of a heap" completes_nothing_else 14 ''
# shellcheck disable=SC2016 # it must not
check "nor one that was begun" completes_nothing_else 1 '$('
check "nor one that was quoted" completes_nothing_else 1 '\`to'
check "everywhere shows what a module and a kernel have" shows_all_of_everywhere
check "and of an older module, what that has" shows_what_there_is
check "as JSON, too, with who called" tells_all_of_everywhere
check "beside what the kernel knows of it" tells_what_the_kernel_has
check "a record has that, too, and a page" records_everywhere
check "it limits and switches" switches_everywhere
check "and says why the module does not" says_what_everywhere_lacks
check "what makes no sense it does not write" refuses_words_of_everywhere
check "the library tells which side is too old" library_is_right
check "the library exports what its header has" exports_the_header
check "it has a SONAME" has_soname
exit "$rc"
