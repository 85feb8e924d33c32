# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Sourced, in the guest: what the kernel said of each fault that a module has planted.
# The module announces one by a line "MODULE: WORD NAME: PATTERN".

# said_read MODULE WORD: what the log has of it; names and patterns go to /tmp/planted
said_read() {
	said_by="$1: $2"
	dmesg | sed 's/^\[[ 0-9.]*\] //' >/tmp/log
	sed -n "s/^$said_by \([a-z-]*\): *\(.*\)/\1 \2/p" /tmp/log |
		grep -v '^end' >/tmp/planted
}

# said NAME: what came between the line of NAME and the next one, in one line
said() {
	awk -v by="$said_by" -v begin="$said_by $1:" '
	index($0, begin) == 1 { inside = 1; next }
	index($0, by " ") == 1 { inside = 0 }
	inside' /tmp/log | tr '\n' ' '
}

# was_said NAME PATTERN
was_said() { said "$1" | grep -q "$2"; }
