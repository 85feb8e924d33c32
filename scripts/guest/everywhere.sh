#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: all of the kernel's kmalloc() on gomalloc, while files, processes,
# namespaces, packets and modules come and go, and a module frees what it must not; then
# back to the kernel's, as far as that goes.
# shellcheck source=scripts/guest/ktap.sh
. /gomalloc/ktap.sh
# shellcheck source=scripts/guest/everywhere_work.sh
. /gomalloc/everywhere_work.sh

refused() { ! "$@" >/tmp/out 2>&1; }
serves_none() { [ "$(cat "$here/served")" = 0 ]; }
serves() { [ "$(cat "$here/served")" -gt 1000 ]; }

# It looks at what it has as at objects of a slab
pools() {
	insmod /gomalloc/gomalloc_pool.ko && rmmod gomalloc_pool || return
	! dmesg | grep 'WARNING:' >/tmp/out
}

later() {
	said=$(live misuses)
	insmod /gomalloc/gomalloc_later.ko && rmmod gomalloc_later && [ "$(live misuses)" = "$said" ]
}

# What the log has of the stray with that name
told() {
	dmesg | sed -n "/gomalloc_strays: planted $1:/,/gomalloc_strays: planted/p" >/tmp/out
	grep -q "gomalloc: .*$2.*\[gomalloc_strays\]" /tmp/out
}

audited() { sed -n "s/^$1 //p" "$here/audit"; }

# What is counted is not served, so that it can be switched off at once
audits() {
	state audit && state_is audit && work && serves_none && [ "$(audited served)" -gt 1000 ] &&
		[ "$(audited account)" -gt 0 ] && [ "$(audited bytes)" -le "$(audited gomalloc_bytes)" ] &&
		[ "$(audited bytes)" -le "$(audited kmalloc_bytes)" ] && state off && state_is off
}

counts_anew() {
	before=$(audited served)
	state audit && [ "$(audited served)" -lt "$before" ] && state off
}

# Also of a module that comes later, and no one else's
module_only() {
	echo gomalloc-strays >"$here/modules" && state on && work && serves_none &&
		insmod /gomalloc/gomalloc_strays.ko && [ "$(cat "$here/served")" -ge 3 ] &&
		[ "$(cat "$here/served")" -le 20 ] && rmmod gomalloc_strays && state off && state_is off
}

name() { echo "$1" >"$here/modules"; }

# As they were before
bad_name() {
	refused name "$(printf '%0100d' 0)" && refused name "a b c d e f g h i j k l m n o p q" &&
		[ "$(cat "$here/modules")" = gomalloc_strays ] && name "" && [ -z "$(cat "$here/modules")" ]
}

# insert WORD...: the module alone, with these parameters
insert() { insmod /gomalloc/gomalloc_everywhere.ko "$@"; }

limits_are() { [ "$(cat "$here/only")" = "$1" ] && [ "$(cat "$here/modules")" = "$2" ]; }

# From the first request on
limited_from_the_load() {
	insert only=50 && limits_are "50 0 4194304" "" && rmmod gomalloc_everywhere &&
		insert only=100,8,1024 modules=a-module,gomalloc_strays && limits_are "100 8 1024" "a_module gomalloc_strays" &&
		state on && work && serves_none && state off && rmmod gomalloc_everywhere
}

# refuses_limit TEXT PARAMETER: it is not loaded, and the log says why
refuses_limit() {
	refused insert "$2" && dmesg | tail -n 1 >/tmp/out && grep -q "gomalloc_everywhere: $1" /tmp/out && [ ! -e "$here" ]
}

bad_limits() {
	refuses_limit "only=101,0,4194304 makes no sense" only=101 && refuses_limit "only=10,9,8 makes no sense" only=10,9,8 &&
		refuses_limit ".*invalid for parameter" only=ten && refuses_limit "no more than 16 modules" "modules=$(seq -s , 17)" &&
		refuses_limit "no module has so long a name" "modules=$(printf '%0100d' 0)"
}

# says STATUS WORDS [WORD]...: the command ends with that status and says that
says() {
	status=$1 words=$2
	shift 2
	/gomalloc/gomalloc everywhere "$@" >/tmp/out 2>&1
	[ $? = "$status" ] && { [ -z "$words" ] || grep -qE -- "$words" /tmp/out; }
}

command_shows() {
	says 0 '^ +state  off$' && says 0 '^ +slabs of the kernel  [1-9]' && says 0 '^ +of that kmalloc  [1-9]' &&
		says 0 '^ +only  100 % of requests of 0 B to 4.0 MiB$' status && says 0 'all, and the kernel$' &&
		says 1 'nothing is switched on' drain
}

command_audits() {
	says 0 '' audit && state_is audit && says 0 '^ +would be served +[1-9][0-9]* +[0-9.]+ %$' &&
		says 0 "^ +in gomalloc's classes +[0-9.]+ .?i?B +1[0-9.]+ %$" && says 0 '' off && state_is off
}

# As long as nothing is served it goes off
command_limits() {
	says 0 '' on --only "0 8 512" --modules "a-module b" && state_is on && says 0 '"percent":0,"least":8,"most":512' -j &&
		says 0 '^ +of modules  a_module b$' && says 0 '' off && says 0 '' off --only 100 --modules "" &&
		says 1 'PERCENT is 100 at most' on --only 101 && state_is off
}

# By name and, of the kernel's own, nothing, where it was not asked to note that
command_says_who() {
	says 1 'still in drain: [1-9][0-9]* objects of .* live' off &&
		says 0 '^ +[1-9][0-9]* +[0-9.]+ .?i?B +(-|[0-9.]+ .?i?B)  [a-z_][A-Za-z0-9_]+$' status --callers &&
		says 0 '"state":"drain".*"callers":' status --callers --json
}

# What report makes a page of: a look, with what the kernel has and who holds
recorded() {
	/gomalloc/gomalloc record -n 1 -m -o /tmp/record everywhere 2>/tmp/out &&
		grep -qE '"everywhere":\{"state":"on",.*"held_bytes":[1-9].*"kmalloc_bytes":[1-9].*"function":"[a-z_]' /tmp/record &&
		/gomalloc/gomalloc report -o /tmp/page /tmp/record && grep -q '"everywhere":{"state":"on",' /tmp/page
}

# Try to go back while something lives, and say whose it is
held() {
	refused state off && state_is drain && dmesg | grep -q "gomalloc_everywhere: .* objects of .* live" &&
		dmesg | grep -A 1 'leak: heap everywhere: .* objects' | grep -q '+0x' &&
		grep -A 1 'everywhere: ' "$leaks" >/tmp/out && [ -s /tmp/out ] &&
		! grep -q 'gomalloc_everywhere' "$leaks"
}

# What a namespace had is freed a while after it is gone
fewer() {
	before=$1
	tries=0
	while [ "$(live objects)" -ge "$before" ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 10 ] || return
		sleep 1
	done
}

# With nothing served it ends in off, however often
rounds() {
	echo 0 >"$here/only"
	round=0
	while [ "$round" -lt 5 ]; do
		state on && state drain && state on && state off && state_is off || return
		round=$((round + 1))
	done
}

plan 37
check "the command says what is missing" says 1 "is not loaded; modprobe it" on
check "it loads, and is off" eval 'load && state_is off'
check "the command shows that, and what the kernel has" command_shows
check "drain comes after on" refused state drain
check "an unknown state is refused" refused state everything
check "nothing is served while it is off" serves_none
check "it goes on and off again while nothing is served" rounds
check "it goes when it is off" unload
insmod /gomalloc/gomalloc.ko
check "it is limited from the load on" limited_from_the_load
check "limits that make no sense it does not load with" bad_limits
rmmod gomalloc
check "it loads again" load track_rate=1
check "it counts and serves nothing while it audits" audits
check "it counts anew when it audits again" counts_anew
check "requests of a module alone are served" module_only
check "names that no module has are refused, and the others stay" bad_name
check "the command audits" command_audits
check "it limits and switches" command_limits
# A place that misuses is named once, and the strays are to be named again
check "it goes, and gomalloc with it" unload
check "both load once more" load track_rate=1
check "it is switched on" eval 'state on && state_is on'
check "it does not go while it is on" refused rmmod gomalloc_everywhere
check "ftrace cannot be switched off meanwhile" refused sysctl -w kernel.ftrace_enabled=0
check "the machine works" work
check "requests were served" serves
check "pools of objects are the kernel's" pools
check "what waits for RCU is freed, and no other" later
check "a record has what they hold, and a page is made of it" recorded
check "all heaps add up" valid
check "a module with strays goes on" insmod /gomalloc/gomalloc_strays.ko
check "its free into the middle is reported" told middle 'pointer into an object'
check "its double free is reported" told double 'double free'
check "its free of a stack address is reported" told stack 'never allocated\|not gomalloc'
check "the machine works on" work
before=$(live objects)
check "it is not off while something lives, and says whose that is" held
check "so does the command" command_says_who
check "what lives gets less" fewer "$before"
check "all heaps add up in the end" valid
exit $rc
