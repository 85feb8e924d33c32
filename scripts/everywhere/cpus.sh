# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# CPUs go and come back while files are copied.
#
# machine: --smp 4
cpus=/sys/devices/system/cpu
copy() {
	while [ ! -e /tmp/enough ]; do
		mkdir "/tmp/copy$1" && cp -a /gomalloc/*.sh /bin "/tmp/copy$1" && rm -r "/tmp/copy$1" || return
	done
}
copy 1 & copy 2 & copy 3 &
rc=0
for _ in 1 2 3 4 5 6; do
	for cpu in 1 2 3; do
		echo 0 >$cpus/cpu$cpu/online || rc=1
	done
	sleep 0.3
	for cpu in 3 1 2; do
		echo 1 >$cpus/cpu$cpu/online || rc=1
	done
done
: >/tmp/enough
wait
[ $rc = 0 ] && [ "$(cat $cpus/online)" = 0-3 ]
