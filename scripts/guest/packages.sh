#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# In the guest, which is a Debian with the packages: DKMS' module is loaded by
# modprobe, udev lets the group open the device, a module and a program that were
# built against what the packages have run; then the packages go.
#
# Usage: packages.sh run|build    build: DKMS adds, builds and installs it first
# shellcheck source=scripts/guest/ktap.sh
. /gomalloc/ktap.sh
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/ LC_ALL=C DEBIAN_FRONTEND=noninteractive
release=$(uname -r)
# What udev makes on a machine that has an init of Debian's; bash wants it
ln -s /proc/self/fd /dev/fd
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' /usr/src/gomalloc-*/dkms.conf)

# quietly COMMAND...: what it says is why it failed
quietly() { "$@" >/tmp/out 2>&1; }
says() {
	words=$1
	shift
	quietly "$@" && grep -q -- "$words" /tmp/out
}
fails() { ! quietly "$@"; }
# Where DKMS puts it, and not another one
is_of_dkms() { says "^/lib/modules/$release/updates/dkms/gomalloc.ko" modinfo -n gomalloc; }
udev_runs() {
	mkdir -p /run/udev
	quietly /lib/systemd/systemd-udevd --daemon
}
device_is_of_the_group() {
	quietly udevadm settle --timeout=60
	says '^660 gomalloc$' stat -c '%a %G' /dev/gomalloc
}
client_runs() {
	quietly insmod "/opt/gomalloc_client-$release.ko" && quietly rmmod gomalloc_client
}
gone() {
	find / -xdev -name '*gomalloc*' ! -path '/gomalloc*' ! -path '/opt/*' ! -path '/var/log/*' >/tmp/out
	[ ! -s /tmp/out ]
}
group_is_gone() { fails getent group gomalloc; }

plan "$([ "$1" = build ] && echo 16 || echo 13)"
if [ "$1" = build ]; then
	check "DKMS adds the module" quietly dkms add "gomalloc/$version"
	check "DKMS builds it" quietly dkms build "gomalloc/$version"
	check "DKMS installs it" quietly dkms install "gomalloc/$version"
fi
check "udev runs" udev_runs
check "the module is that of DKMS" is_of_dkms
check "and has the version of its package" says "^$version$" modinfo -F version gomalloc
check "modprobe loads it" quietly modprobe gomalloc dev_limit_mb=64
check "with parameters" says '^64$' cat /sys/module/gomalloc/parameters/dev_limit_mb
check "the device is the group's" device_is_of_the_group
check "the command sees the module" says '^ *1 .*default' gomalloc stats
check "a program runs" quietly /opt/gomalloc_map
check "a module that uses it runs" client_runs
check "modprobe unloads it" quietly modprobe -r gomalloc
check "the packages are purged" quietly dpkg --purge gomalloc-dkms gomalloc-tools libgomalloc-dev libgomalloc1
check "nothing of their names is left" gone
check "nor the group" group_is_gone
exit "$rc"
