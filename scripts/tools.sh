#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# What of the gomalloc command and the library needs no module, built with the
# sanitizers: the command refuses each of the traces in selftests/traces, and says why
# and where, and takes what is one; before a module that is a fake, it prints no byte
# of a heap's name that a terminal or JSON must not see, and completion runs nothing
# that a heap is called; the library tells which side is too old, and exports what its
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
plan $((${#files[@]} + 26))
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
check "the library tells which side is too old" library_is_right
check "the library exports what its header has" exports_the_header
check "it has a SONAME" has_soname
exit "$rc"
