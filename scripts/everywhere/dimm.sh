# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# A DIMM comes and goes while files are copied. Its memory is movable: that of the kernel's
# own stays for as long as what was allocated on it.
#
# kernels: stock-6.1 stock-6.12
# machine: --dimm
nr=/dimms
[ -e $nr ] || for block in /sys/devices/system/memory/memory[0-9]*; do
	echo "$block"
done >/blocks
echo on >/proc/sys/kernel/printk_devkmsg
echo online_movable >/sys/devices/system/memory/auto_online_blocks

block() {
	for block in /sys/devices/system/memory/memory[0-9]*; do
		grep -qx "$block" /blocks || echo "$block"
	done
}
is_here() { [ -n "$(block)" ] && grep -qx online "$(block)/state"; }
is_gone() { [ -z "$(block)" ]; }
# ask WHAT N TEST: of the host, see dimm.py
ask() {
	echo "gomalloc_dimm: $1 $2" >/dev/kmsg
	i=0
	until $3; do
		i=$((i + 1))
		[ $i -lt 300 ] || return
		sleep 0.1
	done
}
fill() {
	mkdir "/tmp/copy$1" && cp -a /gomalloc/*.sh /bin "/tmp/copy$1" && rm -r "/tmp/copy$1"
}
offline() {
	i=0
	until echo offline >"$1/state"; do
		i=$((i + 1))
		[ $i -lt 60 ] || return
		sleep 1
	done 2>/dev/null
}

for _ in 1 2 3; do
	n=$(($(cat $nr 2>/dev/null || echo 0) + 1))
	echo $n >$nr
	ask plug $n is_here && dimm=$(block) || exit 1
	for i in 1 2 3 4; do
		fill $i &
	done
	wait
	offline "$dimm" && ask unplug $n is_gone || exit 1
done
