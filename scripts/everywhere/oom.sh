# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# Memory runs out, more than once, and who took it is killed, while files are copied. What the
# kernel says of that is no fault, so that it is not on the console.
#
# kernels: stock-6.1 stock-6.12 drivers-7.3
# machine: --quiet
# memory: 384
copy() {
	while [ ! -e /tmp/enough ]; do
		mkdir "/tmp/copy$1" && cp -a /gomalloc/*.sh "/tmp/copy$1" && rm -r "/tmp/copy$1"
	done
}
kills() { dmesg | grep -c 'Out of memory: Killed process'; }
copy 1 & copy 2 &
for _ in 1 2 3; do
	before=$(kills)
	# One line without an end is kept as a whole
	sh -c 'echo 1000 >/proc/self/oom_score_adj; exec tail /dev/zero' 2>/dev/null
	[ "$(kills)" -gt "$before" ] || exit 1
done
: >/tmp/enough
wait
fill=/tmp/after-all
mkdir $fill && cp -a /gomalloc/*.sh $fill && cmp $fill/ktap.sh /gomalloc/ktap.sh
