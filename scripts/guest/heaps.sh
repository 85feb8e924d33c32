#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: heaps come, grow and go while gomalloc record looks on. What it has
# written is printed for the host, which makes a page of it, see report_page.py.
# shellcheck source=scripts/guest/ktap.sh
. /gomalloc/ktap.sh
PATH=/gomalloc:$PATH
record=/tmp/gomalloc.record

start() {
	gomalloc record --interval 250 --output "$record" 2>/tmp/out &
	recorder=$!
	sleep 2
	kill -0 "$recorder"
}
# A driver with packets, and programs with objects of all sizes beside it
grow() {
	insmod /gomalloc/gomalloc_client.ko packets=3000 keep=1500
	sleep 1
	for batch in 1 16 64; do
		gomalloc run --batch "$batch" /gomalloc/recorded.txt >/dev/null &
		sleep 1
	done
}
# Its heap goes; another one had many objects, and has few in as many spans
shrink() {
	rmmod gomalloc_client
	insmod /gomalloc/gomalloc_client.ko packets=8000 keep=2000
	sleep 1
	gomalloc run --batch 64 /gomalloc/recorded.txt >/dev/null
	rmmod gomalloc_client
	insmod /gomalloc/gomalloc_client.ko packets=3000 keep=200
	sleep 1
}
# What gomalloc top shows after some seconds, in the log as the terminal gets it
screen() {
	# So that there is a change to be seen
	while :; do
		gomalloc run --batch 1 /gomalloc/recorded.txt >/dev/null
	done &
	busy=$!
	stty rows 26 cols 96 </dev/console
	echo gomalloc-screen-begins
	TERM=linux timeout 4 gomalloc top -d 1 </dev/console >/dev/console
	[ $? = 143 ]
	seen=$?
	kill "$busy"
	echo
	echo gomalloc-screen-ends
	return "$seen"
}
stop() {
	kill -INT "$recorder" && wait "$recorder" && grep -q ' looks recorded' /tmp/out
}

plan 7
check "gomalloc loads" insmod /gomalloc/gomalloc.ko
check "the recorder starts" start
check "heaps grow" grow
check "top shows them" screen
check "and shrink" shrink
check "the recorder ends when it is told" stop
check "gomalloc goes" eval 'rmmod gomalloc_client && rmmod gomalloc'
# When the kernel has nothing more to say in between
sleep 1
gzip -9 <"$record" | base64 | sed 's/^/record: /'
exit $rc
