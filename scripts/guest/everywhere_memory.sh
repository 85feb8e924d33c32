#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: what the kernel's slabs, and gomalloc in its place, hold more for many
# namespaces, files and modules. Prints "memory POPULATION SLAB-KIB HELD-KIB".
#
# Usage: everywhere_memory.sh off|on
set -e
here=/sys/kernel/gomalloc_everywhere

slab() { sed -n 's/^Slab: *\([0-9]*\) kB/\1/p' /proc/meminfo; }
held() { echo $(($(sed -n 's/^held_bytes //p' "$here/live") / 1024)); }

look() {
	# The scavenger and RCU have had their turn
	sleep 5
	slab_now=$(slab) held_now=$(held)
}

# measure NAME COMMAND...
measure() {
	name=$1
	shift
	look
	slab_was=$slab_now held_was=$held_now
	"$@"
	look
	echo "memory $name $((slab_now - slab_was)) $((held_now - held_was))"
}

namespaces() {
	i=0
	while [ "$i" -lt 100 ]; do
		unshare -m -u -i -n sleep 1000 &
		i=$((i + 1))
	done
	sleep 10
}

files() {
	mkdir /tmp/files
	i=0
	while [ "$i" -lt 20000 ]; do
		: >"/tmp/files/a name that is too long to stand in the entry itself, $i"
		i=$((i + 1))
	done
}

modules() {
	for file in /gomalloc/nls_*.ko; do
		insmod "$file"
	done
}

insmod /gomalloc/gomalloc.ko
# The names of files are charged to a memory cgroup
insmod /gomalloc/gomalloc_everywhere.ko account=1
echo "$1" >"$here/state"
measure namespaces namespaces
measure files files
measure modules modules
