#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: gomalloc_everywhere is switched on, to drain and off, over and over; then the
# same work is done over and over, and no caller may have more of it alive each time.
#
# Usage: everywhere_rounds.sh [toggles=N] [rounds=N]
# shellcheck source=scripts/guest/ktap.sh
. /gomalloc/ktap.sh
# shellcheck source=scripts/guest/everywhere_work.sh
. /gomalloc/everywhere_work.sh

toggles=1000 rounds=20 warm=5
for arg; do
	case $arg in
	toggles=*) toggles=${arg#*=} ;;
	rounds=*) rounds=${arg#*=} ;;
	esac
done

# A few objects that others had meanwhile may live: a while later it has to be off
goes_off() {
	tries=0
	until state off; do
		tries=$((tries + 1))
		[ "$tries" -lt 20 ] || return
		sleep 1
	done
	state_is off
}

# With nothing served, as fast as it goes
toggle() {
	i=0
	echo 0 >"$here/only"
	while [ "$i" -lt "$toggles" ]; do
		state on && state drain && state off && state_is off || return
		i=$((i + 1))
	done
	echo 100 >"$here/only"
}

# With all of an idle machine served: each round is a race with what it does by itself
toggle_served() {
	i=0
	while [ "$i" -lt 20 ]; do
		state on && state drain || return
		i=$((i + 1))
	done
}

work_rounds() {
	i=0
	while [ "$i" -lt "$1" ]; do
		work || return
		i=$((i + 1))
	done
	# What RCU and work items free, they free later
	sleep 5
}

# "OBJECTS CALLER < CALLER < CALLER" of what lives
by_caller() {
	awk '
	function done() {
		if (key != "")
			sum[key] += objects
		key = ""
		frames = 0
	}
	/^[0-9]/ {
		done()
		mine = $2 == "everywhere:"
		objects = $3
	}
	/^ / && mine && frames < 3 {
		key = key (frames++ ? " < " : "") $1
	}
	END {
		done()
		for (key in sum)
			print sum[key], key
	}' "$leaks" >"$1"
	[ -s "$1" ]
}

# More than half of an object in each round is too much
grown() {
	awk -v most=$(((rounds - warm) / 2)) '
	{ caller = substr($0, index($0, " ") + 1) }
	NR == FNR { was[caller] = $1; next }
	$1 - was[caller] > most {
		printf "# %d more: %s\n", $1 - was[caller], caller
		bad = 1
	}
	END { exit !bad }' /tmp/callers.warm /tmp/callers.end
}

plan 9
check "it loads" load track_objects=262144
check "$toggles rounds of on, drain and off end in off" toggle
check "it goes on and to drain while the machine uses what it serves" toggle_served
check "nothing of an idle machine lives for good, or it says so" eval 'goes_off || state_is drain'
state on
check "the machine works" work_rounds "$warm"
echo 1 >/sys/module/gomalloc/parameters/track_rate
check "it works on while all is tracked" work_rounds "$warm"
check "who holds is known" by_caller /tmp/callers.warm
check "it works for $((rounds - warm)) more rounds" work_rounds $((rounds - warm))
by_caller /tmp/callers.end
check "no caller has more alive each time" eval '! grown'
exit $rc
