# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# Many small files in a tmpfs, links of both kinds, and processes that look at them.
# shellcheck source=scripts/guest/files.sh
. /gomalloc/files.sh
for i in 1 2 3 4; do
	mkdir "/tmp/dir$i" && fill "/tmp/dir$i" || exit 1
done
before=$(sums /tmp/dir1)
cp -a /tmp/dir1 /tmp/copy && [ "$(sums /tmp/copy)" = "$before" ] && change /tmp/copy || exit 1
find /tmp /proc/self /sys/kernel -name '*[0-5]*' 2>/dev/null | wc -l
for i in 1 2 3 4; do
	(tar -C "/tmp/dir$i" -cf - . | gzip -1 | gunzip | tar -tf - | wc -l) &
done
wait
rm -r /tmp/dir? /tmp/copy
