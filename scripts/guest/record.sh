#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# In the guest: record what the kernel allocates with kmalloc() since it began to
# boot, and while files are copied, a program is compiled, data goes over the
# loopback device, and containers run.
set -e
trace=/sys/kernel/tracing
mount -t tracefs tracefs $trace
echo 0 >$trace/tracing_on
mkdir /tmp/work
cd /tmp/work
tar xf /gomalloc/workload.tar
ip link set lo up

echo 1 >$trace/tracing_on
# A tree of files, copied, packed and removed
cp -a tree copy
tar cf - copy | gzip -1 >copy.tar.gz
find copy -type f -exec cat {} + >/dev/null
# A compiler and an assembler, as many processes
for i in 1 2 3; do
	./lib/ld.so --library-path lib ./cc1 -quiet -fpreprocessed -O2 source.i -o source.s
	./lib/ld.so --library-path lib ./as source.s -o source$i.o
done
# Files fetched by http over the loopback device, several at a time
httpd -p 127.0.0.1:80 -h /tmp/work
for i in 1 2 3 4 5 6 7 8; do
	for file in copy.tar.gz source.i source.s source1.o; do
		wget -q -O /dev/null "http://127.0.0.1/$file" &
		wget -q -O "/tmp/fetched$i.$file" "http://127.0.0.1/$file" &
	done
	wait
done
# Namespaces, as containers have them
n=0
while [ $n -lt 40 ]; do
	unshare -m -u -i -n -p -f sh -c "ip link set lo up; sleep 5" &
	n=$((n + 1))
done
wait
rm -rf copy
echo 0 >$trace/tracing_on

# Lines "a ID BYTES" and "f ID", with small numbers for objects; what began
# before the recording is left out
awk '
/ kmalloc(_node)?: / {
	match($0, /ptr=[0-9a-fx]+/); ptr = substr($0, RSTART + 4, RLENGTH - 4)
	match($0, /bytes_req=[0-9]+/); size = substr($0, RSTART + 10, RLENGTH - 10)
	if (size == 0 || ptr in id) next
	id[ptr] = unused ? free[unused--] : next_id++
	print "a", id[ptr], size
}
/ kfree: / {
	match($0, /ptr=[0-9a-fx]+/); ptr = substr($0, RSTART + 4, RLENGTH - 4)
	if (!(ptr in id)) next
	print "f", id[ptr]
	free[++unused] = id[ptr]
	delete id[ptr]
}' $trace/trace | gzip -9 >/tmp/recorded.gz
echo gomalloc-recording-begins
base64 /tmp/recorded.gz
echo gomalloc-recording-ends
