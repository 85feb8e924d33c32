# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Sourced, in the guest and elsewhere: results as KTAP. A script ends with "exit $rc".
# shellcheck disable=SC2034
rc=0 n=0 why=/tmp/out

plan() {
	echo "KTAP version 1"
	echo "1..$1"
}

# check NAME COMMAND...: does it succeed? What it left in $why says why not.
check() {
	name=$1
	shift
	n=$((n + 1))
	if "$@"; then
		echo "ok $n $name"
		return
	fi
	echo "not ok $n $name"
	[ ! -e "$why" ] || sed 's/^/# /' "$why"
	rc=1
}
