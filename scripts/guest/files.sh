# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Sourced, in the guest, by workloads: what a file system is made to do.

# disk MIB: a block device of that size in memory, in $disk
disk() {
	dd if=/dev/zero of=/tmp/disk bs=1M count=0 seek="$1" 2>/dev/null &&
		disk=$(losetup -f) && losetup "$disk" /tmp/disk
}

# fill DIR: files and folders, small and large, with links of both kinds
fill() {
	for i in 0 1 2 3 4 5 6 7 8 9; do
		mkdir -p "$1/folder$i/inside" || return
		for j in 0 1 2 3 4 5 6 7 8 9; do
			echo "file $i $j" >"$1/folder$i/small$j" &&
				ln -sfn "../folder$i/small$j" "$1/folder$i/link$j" || return
		done
		ln -f "$1/folder$i/small0" "$1/folder$i/inside/hard" &&
			dd if=/dev/urandom of="$1/folder$i/large" bs=64k count=16 2>/dev/null || return
	done
	# A target too long for what is inline
	ln -sfn "$(head -c 900 /dev/zero | tr '\0' x)" "$1/long"
}

# sums DIR: of what is in all files
sums() { (cd "$1" && find . -type f | sort | xargs md5sum && find . -type l | sort | xargs -n 1 readlink) | md5sum; }

# change DIR: as a mount in use
change() {
	for i in 1 3 5 7; do
		mv "$1/folder$i/large" "$1/moved$i" &&
			dd if=/dev/urandom of="$1/moved$i" bs=4k count=20 seek=10 conv=notrunc 2>/dev/null &&
			rm -r "$1/folder$i" || return
	done
	for i in $(seq 300); do
		echo "$i" >"$1/many$i" || return
	done
	rm "$1"/many?5
	for i in 0 2 4; do
		cat "$1/folder$i/link3" >/dev/null || return
	done
}

# file_system MOUNT...: with a command that mounts $disk on /tmp/mnt
file_system() {
	mkdir -p /tmp/mnt
	echo "umount /tmp/mnt" >/tmp/after
	"$@" && fill /tmp/mnt && sync && before=$(sums /tmp/mnt) && umount /tmp/mnt &&
		"$@" && [ "$(sums /tmp/mnt)" = "$before" ] && change /tmp/mnt &&
		fill /tmp/mnt && sync && df /tmp/mnt
}
