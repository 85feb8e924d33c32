# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Sourced, in the guest, by workloads: selftests of the kernel. How each of them ended without
# gomalloc is what it has to end with on it: a small guest has not all that they want.
results=/kselftests/results

# The one that was read. What depends on time is done twice: an emulated machine is slow.
kselftest() {
	# Each has a network of its own. Words are meant to split.
	# shellcheck disable=SC2016,SC2086
	(cd /tmp && timeout 60 unshare -n sh -c 'ip link set lo up && exec "$@"' sh \
		"/kselftests/$group/${file##*/}" $args) </dev/null >/tmp/said 2>&1
	status=$?
	return $status
}

# kselftests GROUP: the results of this run are in $results.RUN; prints what differs
kselftests() {
	# Their names are those of the run
	# shellcheck disable=SC2154
	: >"$results.$run"
	while read -r group file args; do
		[ "$group" = "$1" ] || continue
		kselftest || kselftest
		echo "$status $file $args" >>"$results.$run"
	done </kselftests/list
	[ "$run" = off ] || kselftests_alike || return
	# Most have to pass there
	[ "$(grep -c '^0 ' "$results.$run")" -gt $(($(wc -l <"$results.$run") * 6 / 10)) ]
}

# What passes without must pass
kselftests_alike() {
	awk '
	{ status = $1; sub(/^[0-9]+ /, "") }
	NR == FNR { was[$0] = status; next }
	was[$0] == 0 && status != 0 { print "ended with " status ": " $0; bad = 1 }
	END { exit bad }' "$results.off" "$results.$run"
}
