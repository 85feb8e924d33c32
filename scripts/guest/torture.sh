#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: the torture module with its parameters as arguments (those that begin
# with guard_, track_ or debug= are gomalloc's), while page reclaim is asked for again and again, and the
# heaps counted now and then; and free memory before and after, beside that of a run
# in which nothing happens.
# shellcheck source=scripts/guest/memory.sh
. /gomalloc/memory.sh
# shellcheck source=scripts/guest/leaks.sh
. /gomalloc/leaks.sh
# shellcheck source=scripts/guest/valid.sh
. /gomalloc/valid.sh

guard=
for word; do
	shift
	case $word in
	guard_* | track_* | debug=*) guard="$guard $word" ;;
	*) set -- "$@" "$word" ;;
	esac
done

run_torture() {
	# shellcheck disable=SC2086
	insmod /gomalloc/gomalloc.ko scavenge_ms=100 $guard &&
		insmod /gomalloc/gomalloc_torture.ko "$@" &&
		rmmod gomalloc_torture &&
		rmmod gomalloc
}

# The console may be quiet; who waits for a day wants to see that it goes on
progress() {
	while sleep 30; do
		dmesg | grep 'so far' | tail -n 1 >/dev/console
	done
}

meanwhile() {
	while :; do
		for _ in 1 2 3 4 5; do
			echo 2 >/proc/sys/vm/drop_caches
			sleep 1
		done
		count_live
	done
}

leaks_clear
progress &
# Some rounds first: what the kernel and its checkers keep (KASAN a 32nd of all
# memory), they keep before the count
onoff=0
case " $* " in *" onoff="*) onoff=2 ;; esac
meanwhile &
pid=$!
run_torture "$@" ops=40000 onoff=$onoff least=0 || exit 1
kill $pid
idle=$(free_pages)
insmod /gomalloc/gomalloc.ko || exit 1
rmmod gomalloc || exit 1
before=$(free_pages)
used_pages >/tmp/used
meanwhile &
pid=$!
run_torture "$@"
rc=$?
kill $pid
after=$(free_pages)
echo "gomalloc_memory: free pages before $before after $after"
echo "gomalloc_memory: an empty run takes $((idle - before)), this one $((before - after))"
used_pages_since /tmp/used | sed 's/^/gomalloc_memory: /'
others=$(pages_of_others /tmp/used)
echo "gomalloc_torture: $(wc -l </tmp/valid) times a heap in use added up"
if [ -s /tmp/invalid ]; then
	cat /tmp/invalid
	rc=1
fi
# Asked in any case: where pages are missing it may know whose they were
leaks_found
[ $rc = 0 ] && check_memory "$before" "$after" "$others"
