#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: the gomalloc command, as root and as others, with the module and
# without. What it prints as JSON is in the log, in lines that begin with
# "json:", and what it prints for Prometheus, in those with "prom:", for the host to
# parse.
mkdir -p /etc
echo "root:x:0:0::/:/bin/sh" >/etc/passwd
echo "user:x:1000:1000::/:/bin/sh" >>/etc/passwd
echo "gomalloc:x:99:user" >/etc/group
chmod 1777 /tmp
PATH=/gomalloc:$PATH

# shellcheck source=scripts/guest/ktap.sh
. /gomalloc/ktap.sh
# fails STATUS WORDS COMMAND...: it ends with that status and says that
fails() {
	status=$1 words=$2
	shift 2
	"$@" >/tmp/out 2>&1
	[ $? = "$status" ] && grep -q -- "$words" /tmp/out
}
# says WORDS COMMAND...: it succeeds and says that
says() { fails 0 "$@"; }
as_user() { su user -c "PATH=/gomalloc:/bin $*"; }
# json COMMAND...: it succeeds, and the host shall read it
json() {
	"$@" >/tmp/out 2>&1 || return 1
	echo "json: $(tr -d '\n' </tmp/out)"
}
# prom COMMAND...: the same
prom() {
	"$@" >/tmp/out 2>&1 || return 1
	sed 's/^/prom: /' /tmp/out
}
# The sum over heaps is the sum over nodes: nothing is mapped here
held_by_heaps() {
	gomalloc stats --json | sed 's/[{,]/\n/g' |
		awk -F: '$1 == "\"held_bytes\"" { n += $2 } END { printf "%d\n", n }'
}
held_by_nodes() {
	cat "$nodes"/node*_held_bytes | awk '{ n += $1 } END { printf "%d\n", n }'
}
# The command's own heap comes and goes, and others are scavenged
nodes_agree() {
	for _ in 1 2 3 4 5; do
		heaps=$(held_by_heaps)
		[ "$heaps" -gt 0 ] && [ "$heaps" = "$(held_by_nodes)" ] && return
		sleep 1
	done
	echo "heaps $heaps, nodes $(held_by_nodes)" >"$why"
	return 1
}
two_looks() {
	gomalloc top --json --delay 1 >/tmp/looks &
	sleep 4
	kill $!
	[ "$(grep -c '"rates":{"objects"' /tmp/looks)" -ge 2 ]
}
trace() { printf '%b' "$1" >/tmp/trace; }

plan 48
check "without the module it says how to load it" \
	fails 1 "modprobe gomalloc, or insmod" gomalloc stats
check "the table of classes needs no module" \
	says "67 *32768 *32768 *1 " gomalloc classes
check "a size has its class, and kmalloc's" \
	says "class 33 of 1152 bytes.*kmalloc: 2048" gomalloc classes 1025
check "the table is JSON, too" json gomalloc classes --json
check "no command is told of all" fails 2 "^  classes" gomalloc
check "an unknown one is refused" fails 2 "no command 'cow'" gomalloc cow
for command in classes stats export top record report run everywhere; do
	check "$command has help" says "^Usage: gomalloc $command" \
		gomalloc $command --help
done

insmod /gomalloc/gomalloc.ko
insmod /gomalloc/gomalloc_client.ko packets=2000 keep=200
check "stats lists the kernel's heaps" says " default " gomalloc stats
check "and the program's own" says " gomalloc:[0-9]" gomalloc stats
check "one heap has its classes" says "^class " gomalloc stats default
nodes=/sys/kernel/gomalloc
check "and what they hold on each node" \
	says "^held on node 0: [1-9].* [KM]iB$" gomalloc stats
check "sysfs tells that to anybody" \
	says "^[1-9][0-9]*$" as_user cat $nodes/node0_held_bytes
check "and as much as the heaps hold" nodes_agree
check "a heap that is not there is said to be so" \
	fails 1 "no heap 'cow'" gomalloc stats cow
check "all heaps as JSON" json gomalloc stats --json
check "one heap as JSON" json gomalloc stats -j client
check "all heaps for Prometheus" prom gomalloc export --classes
check "one heap for Prometheus" \
	says '^gomalloc_objects{id="[0-9]*",name="client",owner="gomalloc_client"} [1-9]' gomalloc export client
check "export says which heap there is not" fails 1 "no heap 'cow'" gomalloc export cow
check "top shows the largest" says "^heap " gomalloc top --once
check "top can be asked for one" says "^heap 1, default" gomalloc top -o default
check "top tells what it sees as JSON" json gomalloc top --once --json client
check "with rates, look by look" two_looks
check "and an order of its own" says "; by change$" gomalloc top -o -s change
check "top refuses an unknown order" fails 2 "not 'cow'" gomalloc top -s cow
debugfs=/sys/kernel/debug/gomalloc
check "the kernel can be asked if every heap adds up" \
	says "client: valid" cat $debugfs/validate
check "and what its heaps have done" says "client: refill [1-9]" \
	cat $debugfs/counters
check "and whose they are" says " owned  *gomalloc_client  *client$" \
	cat $debugfs/heaps
check "stats tells that, too" says " gomalloc_client$" gomalloc stats
rmmod gomalloc_client

check "record writes looks" says "^gomalloc: 2 looks recorded" \
	gomalloc record -n 2 -i 10 -o /tmp/record
check "and report a page of them" gomalloc report -o /tmp/page /tmp/record
trace '# two of them\na 1 100\na 2 40000\nf 1\n'
check "run replays a trace" \
	says "3 lines, 2 objects; at most 2 at a time" gomalloc run /tmp/trace
check "run compares, as JSON" json gomalloc run --json --compare /tmp/trace
check "a kernel's own allocations can be replayed" \
	says "batches are .* times as fast" gomalloc run -c /gomalloc/recorded.txt
trace 'a 1 100\nf 2\n'
check "run says which line is wrong" \
	fails 1 "/tmp/trace:2: object 2 is not in use" gomalloc run /tmp/trace
trace 'a 1 100\na 1 100\n'
check "and why" fails 1 "trace:2: object 1 is in use" gomalloc run /tmp/trace
check "a file that is missing is no device" \
	fails 1 "cannot read /cow: No such file" gomalloc run /cow
i=0
while [ $i -lt 300 ]; do
	echo "a $i 4000000"
	i=$((i + 1))
done >/tmp/trace
check "at a limit it says which" fails 1 "dev_limit_mb" gomalloc run /tmp/trace

check "who may not open it is told of the group" \
	fails 1 "join the group gomalloc" as_user gomalloc stats
chgrp 99 /dev/gomalloc
chmod 660 /dev/gomalloc
trace 'a 1 100\nf 1\n'
check "the group may use it" says "2 lines" as_user gomalloc run /tmp/trace
check "but not see the heaps of others" \
	fails 1 "CAP_SYS_ADMIN" as_user gomalloc stats
gomalloc_top_test || rc=1
rmmod gomalloc || rc=1
exit $rc
