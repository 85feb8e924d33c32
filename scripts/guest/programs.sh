# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Sourced, in the guest: programs that are not of busybox.
PATH=/usr/sbin:/usr/bin:$PATH

# The shell takes programs of its own before those in PATH. Prints what makes it take these.
prefer_programs() {
	for file in /usr/sbin/* /usr/bin/*; do
		name=${file##*/}
		case $name in
		'*' | *[!a-z0-9_]*) ;;
		*) echo "$name() { $file \"\$@\"; }" ;;
		esac
	done
}
