# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# In the guest, sourced: do all heaps add up, in the midst of it? A kernel may be
# without debugfs.
validate=/sys/kernel/debug/gomalloc/validate
: >/tmp/valid
: >/tmp/invalid

count_live() {
	[ -e $validate ] || return 0
	while read -r line; do
		case $line in
		*INVALID*) echo "$line" >>/tmp/invalid ;;
		*": valid") echo "$line" >>/tmp/valid ;;
		esac
	done <$validate
}
