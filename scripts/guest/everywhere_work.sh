# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Of all runs with gomalloc_everywhere: how it is switched, and work for a kernel. Sourced.
here=/sys/kernel/gomalloc_everywhere
# Not each run looks at it
# shellcheck disable=SC2034
leaks=/sys/kernel/debug/gomalloc/leaks
validate=/sys/kernel/debug/gomalloc/validate

state() { echo "$1" >"$here/state" 2>/tmp/out; }
state_is() { [ "$(cat "$here/state")" = "$1" ]; }
live() { sed -n "s/^$1 //p" "$here/live"; }
load() { insmod /gomalloc/gomalloc.ko "$@" && insmod /gomalloc/gomalloc_everywhere.ko; }
unload() { rmmod gomalloc_everywhere && rmmod gomalloc; }
valid() { cat "$validate" >/tmp/out && grep -q 'everywhere: valid' /tmp/out && ! grep -q INVALID /tmp/out; }

work() {
	mkdir /tmp/work
	for _ in 1 2 3; do
		cp -a /gomalloc/*.sh /bin /tmp/work
		find /tmp/work -type f -exec cat {} + | gzip -1 >/tmp/work.gz
		rm -rf /tmp/work/*
	done
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		unshare -m -u -i -n -p -f sh -c 'ip link set lo up && ping -c 1 127.0.0.1' >/dev/null 2>&1 &
	done
	wait
	ip link set lo up
	netstat -ltn | grep -q ':80 ' || httpd -p 127.0.0.1:80 -h /gomalloc
	for _ in 1 2 3 4 5 6 7 8; do
		wget -q -O /tmp/fetched "http://127.0.0.1/everywhere.sh"
	done
	cmp /tmp/fetched /gomalloc/everywhere.sh
	insmod /gomalloc/gomalloc_client.ko && rmmod gomalloc_client
	insmod /gomalloc/gomalloc_client.ko && rmmod gomalloc_client
	rm -rf /tmp/work /tmp/work.gz
	ls -lR /proc/self /sys/kernel >/dev/null 2>&1
	true
}
