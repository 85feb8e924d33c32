#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: each file of debugfs says what the others and the gomalloc command say,
# while the heap is at rest; folders come and go as they should; and of a large heap no
# lock is held for more than one span.
#
# Usage: inside.sh [PACKETS [MIB]]    that each CPU keeps in the large heap (40000), which
#                                     may hold so much (256)
large=${1:-40000} limit=${2:-256}
mkdir -p /etc
echo "root:x:0:0::/:/bin/sh" >/etc/passwd
echo "user:x:1000:1000::/:/bin/sh" >>/etc/passwd
PATH=/gomalloc:$PATH
# shellcheck source=scripts/guest/ktap.sh
. /gomalloc/ktap.sh
dir=/sys/kernel/debug/gomalloc

# says WORDS COMMAND...: it succeeds and says that
says() {
	words=$1
	shift
	"$@" >/tmp/out 2>&1 && grep -q -- "$words" /tmp/out
}
# fails WORDS COMMAND...: it does not, and says that
fails() {
	words=$1
	shift
	! "$@" >/tmp/out 2>&1 && grep -q -- "$words" /tmp/out
}
write() { echo "$1" >"$2"; }
# same WHAT A B: for a reader of the log, too
same() {
	echo "$1: $2, and $3" >/tmp/out
	[ "$2" ] && [ "$2" = "$3" ]
}
# The number of the newest heap of that name
id_of() { awk -v name="$1" '$NF == name { id = $1 } END { print id }' $dir/heaps; }
# A value of a heap's stats
stat() { sed -n "s/^$1 //p" "$heap/stats"; }
count() { sed -n "s/^$1 //p" "$heap/counters"; }
# Of the rows of a table the sum of a column, which has a name in the header
sum() {
	awk -v key="$2" '
	/^#/ { next }
	!col { for (i = 1; i <= NF; i++) if ($i == key) col = i; next }
	{ n += $col }
	END { printf "%d\n", n }' "$heap/$1"
}
rows() { awk '!/^#/ && ++n > 1' "$heap/$1" | wc -l; }
# Of the map all characters of that kind
marks() { grep -vE '^# |node' "$heap/arenas" | tr -dc "$1" | wc -c; }

has_files() {
	for file in arenas classes counters cpus limit spans stats trim validate; do
		[ -e "$heap/$file" ] || return 1
	done
}
names_all_counters() {
	same counters "$(wc -l <"$heap/counters")" "$(grep -c "^$id client: " "$dir/counters")"
}
agrees_with_the_command() {
	gomalloc stats --json client | sed 's/[{,]/\n/g' | sed -n 's/^"\([a-z_]*\)":\([0-9]*\)$/\1 \2/p' |
		sed '/^class /,$d' >/tmp/command
	n_same=0
	while read -r key value; do
		[ "$(stat "$key")" = "$value" ] || { same "$key" "$(stat "$key")" "$value"; return 1; }
		n_same=$((n_same + 1))
	done </tmp/command
	same keys 18 "$n_same"
}
slots_add_up() {
	awk '/^#/ { next } !head { head = 1; next }
	$7 != "large" { n++; if ($8 + $9 + $10 != $7) bad = $0 }
	END { if (bad) print bad; exit bad != "" || !n }' "$heap/spans" >/tmp/out
}
waste_is_told() {
	awk '/^#/ { next } !head { head = 1; next }
	# Large objects are of many sizes
	$2 { if ($11 != $9 * 4096 - $4 * $2) bad = $0; n++; kmalloc += $12 }
	END { if (bad) print bad; exit bad != "" || n < 5 || !kmalloc }' "$heap/classes" >/tmp/out
}
# 64 bytes is a size of kmalloc's, 1152 none: 2048 are
kmalloc_is_told() {
	awk '/^#/ { next } !head { head = 1; next }
	$2 == 64 { exact = $12 == 0 } $2 == 1152 { other = $12 == $4 * (2048 - 1152) }
	END { exit !exact || !other }' "$heap/classes"
}
cached_is_whole() {
	same bytes "$(stat cached_bytes)" \
		"$(sed -n 's/^cpu [0-9]*[^:]*: \([0-9]*\) of .*/\1/p' "$heap/cpus" |
			awk '{ n += $1 } END { print n }')"
}
charges_are_whole() {
	same bytes "$(stat cached_bytes)" "$(awk '/^ *[0-9]/ { n += $NF } END { print n + 0 }' "$heap/cpus")" &&
		[ "$(stat cached_bytes)" -gt 0 ]
}
cpus_count() {
	same refills "$(stat refills)" "$(grep -o ' refill=[0-9]*' "$heap/cpus" |
		awk -F= '{ n += $2 } END { print n }')"
}
# Nobody else is at work; drains may be, until the heap is at rest
at_rest() {
	for _ in 1 2 3 4 5; do
		before=$(cat "$heap/stats")
		sleep 2
		[ "$before" != "$(cat "$heap/stats")" ] || return 0
	done
	return 1
}
trims() {
	write 1 "$heap/trim" || return
	same bytes 0 "$(stat cached_bytes)" && same pages 0 "$(marks .)"
}
# A limit that is less than what is live
is_busy() { fails "busy" write "4096 0" "$heap/limit" && says "^67108864 33554432$" cat "$heap/limit"; }
sets_one() { write 128M "$heap/limit" && says "^134217728 33554432$" cat "$heap/limit"; }
# Of the large heap: as many locks as spans or runs, at least
takes_a_lock_for_each() {
	before=$(count lock)
	cat "$heap/$1" >/dev/null
	locks=$(($(count lock) - before)) spans=$(stat spans)
	echo "# $1: $spans spans, $(stat held_bytes) bytes, $locks times a lock"
	[ "$spans" -gt 1000 ] && [ "$locks" -ge "$spans" ]
}
# Somebody reads while the heap goes
reads_no_heap_that_is_gone() {
	exec 4<"$heap/spans"
	head -c 100 <&4 >/dev/null
	rmmod gomalloc_client || return
	cat <&4 >/tmp/rest 2>/tmp/out
	gone=$?
	exec 4<&-
	[ "$gone" != 0 ] && grep -q "No such file" /tmp/out
}
shows() { write "$1" "$dir/show" && says "^device 1$" cat "$dir/heap/$1/stats"; }
folder_goes() { cat "$dir/heaps" >/dev/null && [ ! -e "$heap" ]; }

plan 55
# What is cached stays cached
insmod /gomalloc/gomalloc.ko scavenge_ms=0
check "the module's own heap has a folder" [ -e $dir/heap/1/stats ]
insmod /gomalloc/gomalloc_client.ko packets=2000 keep=500
check "heaps has a table" says "^ *id  *objects  *object_bytes .* owner  *name$" cat $dir/heaps
check "and the default heap" says "^ *1 .* ours  *gomalloc  *default$" cat $dir/heaps
check "and that of a module" says " owned  *gomalloc_client  *client$" cat $dir/heaps
id=$(id_of client)
heap=$dir/heap/$id
check "which has a folder" [ -e "$heap" ]
check "with all files" has_files
check "nobody else may see it" fails "denied" su user -c "cat $heap/stats"
check "the heap comes to rest" at_rest

check "stats has its name" says "^name client$" cat "$heap/stats"
check "and its owner" says "^owner gomalloc_client$" cat "$heap/stats"
check "and what the command says" agrees_with_the_command
check "the table does, too" same objects "$(stat objects)" "$(awk -v id="$id" '$1 == id { print $2 }' $dir/heaps)"
check "counters are those of all heaps" names_all_counters
check "and those of stats" same refills "$(stat refills)" "$(count refill)"

check "classes has all objects" same objects "$(stat objects)" "$(sum classes objects)"
check "and spans" same spans "$(stat spans)" "$(sum classes spans)"
check "and their pages" same bytes "$(stat span_bytes)" "$(($(sum classes pages) * 4096))"
check "and what they waste" waste_is_told
check "and what kmalloc would" kmalloc_is_told
check "a reader may go back" same classes "$(tail -c +200 "$heap/classes" | tail -n 1)" "$(tail -n 1 "$heap/classes")"
check "or begin later" same classes "$(dd if="$heap/classes" bs=1 skip=300 2>/dev/null | tail -n 1)" "$(tail -n 1 "$heap/classes")"

check "spans has each of them" same spans "$(stat spans)" "$(rows spans)"
check "and their pages" same bytes "$(stat span_bytes)" "$(sum spans bytes)"
check "slots are live, free or cached" slots_add_up
check "classes has the same of them" same slots "$(sum classes slots)" "$(sum spans slots)"
check "and as many cached" same cached "$(sum classes cached)" "$(sum spans cached)"

check "arenas has all pages" same pages "$(($(stat held_bytes) / 4096))" "$(marks '.lL#0-9')"
check "and those of spans" same pages "$(($(stat span_bytes) / 4096))" "$(marks 'lL#0-9')"
check "and each arena" same arenas "$(stat arenas)" "$(grep -c node "$heap/arenas")"

check "cpus has what is cached" cached_is_whole
check "by class" charges_are_whole
check "and what each CPU has counted" cpus_count

check "the heap is valid" says "^valid$" cat "$heap/validate"
check "it has a limit" says "^268435456 0$" cat "$heap/limit"
check "that can be changed" write "64M 32M" "$heap/limit"
check "and is then" says "^67108864 33554432$" cat "$heap/limit"
check "no number is refused" fails "Invalid" write cow "$heap/limit"
check "nor a soft limit above" fails "Invalid" write "1M 2M" "$heap/limit"
check "nor less than what is live" is_busy
check "one number leaves the soft limit" sets_one
check "it is not debugged" says "^-$" cat "$heap/debug"
check "that can be asked for" write "zf" "$heap/debug"
check "and is so then" says "^FZ$" cat "$heap/debug"
check "no letter of slub_debug's is refused" fails "Invalid" write X "$heap/debug"
check "it goes off again" write - "$heap/debug"
check "trim releases what is free" trims

exec 3<>/dev/gomalloc
device=$(id_of "gomalloc:[0-9]*")
device=${device:-$(awk '$8 == "device" { print $1 }' $dir/heaps)}
check "a heap of the device has no folder" [ "$device" ] && [ ! -e "$dir/heap/$device" ]
check "until somebody wants to see it" shows "$device"
check "show knows what is there" fails "No such file" write 4711 $dir/show
exec 3<&-

check "a reader keeps no heap" reads_no_heap_that_is_gone
check "what is gone has no folder" folder_goes
insmod /gomalloc/gomalloc_client.ko packets="$large" keep="$large" limit_mb="$limit"
heap=$dir/heap/$(id_of client)
check "the heap comes to rest again" at_rest
check "a large heap is listed span by span" takes_a_lock_for_each spans
check "its pages, too" takes_a_lock_for_each arenas
check "and its classes" takes_a_lock_for_each classes
rmmod gomalloc_client || rc=1
rmmod gomalloc || rc=1
exit $rc
