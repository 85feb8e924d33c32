#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest: the kernel's own tests of kmalloc(), on gomalloc. Each case has to pass, or
# to differ as /kernel_tests/differs says, where a line has
#
#   RIG  TEST  CASE  REGEX  WHY      with tabs between them
#
# REGEX is in the log of a case that does not pass, WHY is for who reads the row. A case
# that differs without a line fails, and so does one that has a line and passes.
#
# The log is kept from the console, since it has what the kernel says where it is provoked.
# All of it is looked at here.
#
# Usage: kernel_tests.sh [kmalloc]    the same tests as they are without gomalloc
tests=/kernel_tests built=/kernel_tests/${1:-gomalloc} results=/tmp/results logs=/tmp/logs
dir=/sys/kernel/debug/provoke-crash
tab=$(printf '\t')
rc=0 n=0

# begin: forget what the kernel has said; a crash makes it talk to the console again
begin() {
	dmesg -n 1
	dmesg -c >/dev/null
}
said() { dmesg -c | sed 's/^\[ *[0-9.]*\] //'; }
has() { [ -e "$built/$1.ko" ]; }
# result TEST CASE OUTCOME: its log is there
result() { echo "$1$tab$2$tab$3" >>$results; }

# kunit TEST: a suite, which runs when it is loaded. A case's log is what is said from the
# result before to its own.
kunit() {
	begin
	insmod "$built/$1.ko"
	said >/tmp/said
	rmmod "$1"
	awk -v test="$1" -v logs="$logs" -v OFS='\t' '
	{ text = text $0 "\n" }
	/^    (not )?ok [0-9]+ / {
		outcome = /^    ok/ ? "pass" : "fail"
		if (/# SKIP/)
			outcome = "skip"
		sub(/^    (not )?ok [0-9]+ (- )?/, "")
		name = $1
		printf "%s", text >(logs "/" test "." name)
		text = ""
		print test, name, outcome
	}' /tmp/said >>$results
}

# A test that is a module_init() and cannot be unloaded
meminit() {
	begin
	insmod "$built/test_meminit.ko"
	said >/tmp/said
	for name in test_pages test_kvmalloc test_kmemcache test_rcu_persistent; do
		grep "in $name \|: $name failed" /tmp/said >$logs/test_meminit.$name
		outcome=fail
		! grep -q "all .* in $name passed" /tmp/said || outcome=pass
		result test_meminit $name $outcome
	done
}

# What a report has to follow: this module has no results of its own. It is not loaded in
# the end, which makes insmod try twice.
kasan_module() {
	begin
	insmod "$built"/kasan_test_module.ko 2>/dev/null
	# A callback of RCU is one of them
	sleep 2
	said >/tmp/said
	awk -v logs="$logs" -v OFS='\t' '
	function judge() {
		if (name != "")
			print "kasan_test_module", name, seen ? "pass" : "fail"
		seen = 0
	}
	sub(/^kasan test: [a-z_]* /, "") { judge(); name = $0; gsub(/[ -]/, "_", name); gsub(/[()]/, "", name) }
	name != "" { print >(logs "/kasan_test_module." name) }
	/BUG: KASAN:/ { seen = 1 }
	END { judge() }' /tmp/said | awk '!seen[$2]++' >>$results
}

# trigger TEST NAME REGEX: one of LKDTM's, which may end the process
trigger() {
	echo 1 >/sys/kernel/debug/clear_warn_once
	begin
	echo "$2" | cat >$dir/DIRECT
	said >$logs/"$1.$2"
	if grep -qiE "$3" $logs/"$1.$2"; then
		result "$1" "$2" pass
	elif grep -q XFAIL: $logs/"$1.$2"; then
		result "$1" "$2" skip
	else
		result "$1" "$2" fail
	fi
}

# triggers TEST PATTERN: those of LKDTM's that fit, as its own list of them wants
triggers() {
	grep -E "$2" $dir/DIRECT | while read -r name; do
		regex=$(sed -n "s/^#*$name //p" $tests/lkdtm)
		case $regex in
		'' | Corrupts*) regex='call trace:' ;;
		esac
		trigger "$1" "$name" "$regex"
	done
}

# Those that end a process come last: the module cannot be unloaded then
lkdtm() {
	echo 0 >/proc/sys/kernel/panic_on_oops
	insmod "$built"/lkdtm.ko
	triggers lkdtm '^(SLAB_LINEAR|SLAB_INIT|WRITE_AFTER|READ_AFTER|KFENCE)'
	rmmod lkdtm
	echo FZP,lkdtm >/sys/module/gomalloc/parameters/debug
	insmod "$built"/lkdtm.ko
	triggers lkdtm-FZP '^(SLAB_LINEAR|SLAB_INIT|WRITE_AFTER|READ_AFTER)'
	echo >/sys/module/gomalloc/parameters/debug
	# The others want a kernel that looks for such things without KASAN, and that lives on
	# after a BUG()
	if grep -q ' __check_object_size$' /proc/kallsyms && ! grep -q 'User Mode' /proc/cpuinfo; then
		triggers lkdtm '^(SLAB_FREE|USERCOPY_SLAB|FORTIFY)'
	fi
}

# What is none of the cases' affair
unrelated() {
	cd $logs || return
	for log in *; do
		grep -qxF "$(echo "$log" | tr . ' ')" /tmp/used || cat "$log"
	done | grep -E 'possible circular|suspicious RCU|Invalid wait context|soft lockup|self-detected stall|UBSAN|sleeping function|unreferenced object|Kernel panic'
}

# Each line of the table that was used is noted
judge() {
	line=$(awk -F'\t' -v t="$1" -v c="$2" '$2 == t && $3 == c' $tests/differs)
	n=$((n + 1)) row="$n $1: $2"
	[ ! "$line" ] || echo "$1 $2" >>/tmp/used
	regex=$(echo "$line" | cut -f4) why=$(echo "$line" | cut -f5)
	case $3 in
	skip)
		# Not with the word that is looked for in the log of a boot
		why=$(sed -n 's/.*\(# SKIP \|XFAIL: \)//p' "$logs/$1.$2" | sed 's/KASAN/Kasan/g')
		echo "ok $row # SKIP $why"
		;;
	pass)
		[ "$line" ] || { echo "ok $row" && return; }
		echo "not ok $row"
		echo "# it passes, and is in the table of those that do not"
		rc=1
		;;
	fail)
		[ ! "$line" ] || ! grep -qE "$regex" "$logs/$1.$2" || { echo "ok $row # differs: $why" && return; }
		echo "not ok $row"
		sed 's/^/# /' "$logs/$1.$2"
		rc=1
		;;
	esac
}

mkdir -p $logs
: >$results
: >/tmp/used
insmod /gomalloc/gomalloc.ko || exit 1
[ "${1-}" != kmalloc ] || : >$tests/differs
if has kasan_reports; then
	insmod "$built"/kasan_reports.ko || exit 1
	kunit kasan_test
	kasan_module
fi
! has slub_kunit || kunit slub_kunit
! has fortify_kunit || kunit fortify_kunit
! has test_meminit || meminit
! has lkdtm || lkdtm
begin
[ -s $results ] || exit 1
echo "KTAP version 1"
echo "1..$(($(wc -l <$results) + 2))"
while IFS=$tab read -r test name outcome; do
	judge "$test" "$name" "$outcome"
done <$results
n=$((n + 1))
cut -f2,3 $tests/differs | tr '\t' ' ' | grep -vxFf /tmp/used >/tmp/unused
if [ -s /tmp/unused ]; then
	echo "not ok $n each case of the table is there"
	sed 's/^/# /' /tmp/unused
	rc=1
else
	echo "ok $n each case of the table is there"
fi
n=$((n + 1))
if unrelated >/tmp/unrelated; then
	echo "not ok $n nothing else is wrong"
	sed 's/^/# /' /tmp/unrelated
	rc=1
else
	echo "ok $n nothing else is wrong"
fi
exit $rc
