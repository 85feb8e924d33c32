#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# The packages from the tarball to the machine: the tarball is the same each time;
# lintian finds no error; in a Debian of its own, made for that, the packages are
# installed, DKMS builds the module for kernels, and programs and modules are built
# against what was installed. That Debian is booted: the module is loaded, used,
# and removed with its packages. Each purge has to leave the files as they were.
# Prints KTAP.
#
# Usage: packages.sh [--all]   with --all for two kernels, not one, with a second
#                     installation, and with DKMS at work within the guest, too
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$ROOT/scripts/apt.sh"
# shellcheck source=scripts/guest/ktap.sh
. "$ROOT/scripts/guest/ktap.sh"

# A user has not chroot and the like in it
PATH=$PATH:/usr/sbin:/sbin
rigs=(stock-6.1) all=''
if [[ ${1-} == --all ]]; then
	all=1
	rigs+=(stock-6.12)
fi
logs=$BUILD/log/packages
why=$logs/why
root=$BUILD/packages/root
wanted=dkms,gcc-12,libc6-dev,libelf1,make,kmod,openssl,pahole,pkgconf,python3,systemd-standalone-sysusers,udev,busybox-static
declare -A release

# Root of a user namespace where it is none of the machine
as_root() {
	if ((EUID == 0)); then
		unshare --mount "$@"
	else
		unshare --user --map-auto --map-root-user --mount "$@"
	fi
}

# inside COMMAND...: in that Debian
inside() {
	# shellcheck disable=SC2016 # they are the inner shell's
	as_root sh -ec '
		mount --rbind /dev "$0/dev"
		mount -t tmpfs tmpfs "$0/tmp"
		mount -t tmpfs tmpfs "$0/mnt"
		mkdir "$0/mnt/debs"
		mount --bind "$1" "$0/mnt/debs"
		mount -t proc proc "$0/proc" || mount --rbind /proc "$0/proc"
		root=$0
		shift
		exec chroot "$root" env -i LC_ALL=C HOME=/ DEBIAN_FRONTEND=noninteractive \
			PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"' "$root" "$BUILD/deb" "$@"
}

# Nothing of the machine's configuration goes in but the address of its archive
make_root() {
	local tar=$1 lines
	[[ ! -s $tar ]] || return 0
	need_space 2000 "a Debian to install packages in"
	apt_update
	mapfile -t lines < <(sed 2q "$APT_DIR/sources.list")
	step "make a Debian to install packages in" "$logs/mmdebstrap.log" mmdebstrap --variant=minbase \
		--include="$wanted" "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$tar.new" \
		--format=tar "${lines[@]}"
	mv "$tar.new" "$tar"
}

# Unpacked anew, with what modules are built against for each kernel, as in its packages
fresh_root() {
	local tar rig kernel name
	tar=$CACHE/debian-$(echo "$wanted" | sha256sum | cut -c1-12).tar
	with_lock debian make_root "$tar"
	as_root rm -rf "$BUILD/packages"
	mkdir -p "$root"
	as_root tar -C "$root" -xf "$tar" --exclude='./dev/*'
	for rig in "${rigs[@]}"; do
		kernel=$("$ROOT/scripts/kernel.sh" "$rig")
		name=$(<"$kernel/release")
		as_root cp -a "$kernel"/root/usr/. "$root/usr"
		as_root sed -i "s|^include $kernel/root/|include /|" "$root"/usr/src/linux-headers-*/Makefile
		as_root mkdir -p "$root/lib/modules/$name"
		as_root ln -s "/usr/src/linux-headers-$name" "$root/lib/modules/$name/build"
		inside depmod "$name"
	done
	# DKMS makes a key of its own at its first module, and keeps it for all others
	inside openssl req -new -x509 -nodes -days 100 -subj "/CN=DKMS module signing key" \
		-newkey rsa:2048 -keyout /var/lib/dkms/mok.key -outform DER -out /var/lib/dkms/mok.pub
	inside sh -c 'echo "autoinstall_all_kernels=1" >>/etc/dkms/framework.conf'
}

# Each file with its mode, owner and contents; not what dpkg and ldconfig write anew in
# each of their runs, nor copies of the file of groups
inventory() {
	# shellcheck disable=SC2016 # for the shell there
	inside sh -ec '
		list() {
			find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /mnt -o -path /tmp \
				-o -path /var/log -o -path /var/cache/ldconfig -o -path "/var/lib/dpkg/lock*" \
				-o -path /var/lib/dpkg/triggers -o -name "*-old" -o -name group- \
				-o -name gshadow- -o -path /etc/.pwd.lock \) -prune -o "$@"
		}
		list -printf "%p %y %m %u:%g %l\n"
		list -type f -print0 | xargs -0 md5sum' | sort
}

# as_before BEFORE: what was not there, or is no longer
as_before() {
	inventory >"$logs/after"
	diff "$1" "$logs/after" >"$why"
}

# With another umask, other dates, another time zone and other options of tar and xz
tarball_is_reproducible() {
	local copy=$BUILD/packages/clone first second
	first=$(sha256sum <"$("$ROOT/scripts/dist.sh")")
	as_root rm -rf "$copy"
	git clone -q --shared --no-checkout "$ROOT" "$copy" 2>"$why" || return
	cp "$(cd "$ROOT" && git rev-parse --path-format=absolute --git-path index)" "$copy/.git/index"
	(
		umask 077
		cd "$ROOT"
		git ls-files -z | xargs -0 cp -P --parents -t "$copy"
		cd "$copy"
		git ls-files -z | xargs -0 touch -d 2001-02-03
		TZ=Asia/Tokyo XZ_OPT=-0 TAR_OPTIONS=--mtime=now scripts/dist.sh >/dev/null
	)
	second=$(sha256sum <"$(echo "$copy"/build/dist/*.tar.xz)")
	echo "$first, then $second" >"$why"
	[[ $first == "$second" ]]
}

# quietly COMMAND...: what it says is why it failed
quietly() { "$@" >"$why" 2>&1; }

install_packages() {
	# shellcheck disable=SC2016 # for the shell there
	quietly inside sh -c 'dpkg -i $(ls /mnt/debs/*.deb | grep -v dbgsym) ||
		{ tail -n 20 /var/lib/dkms/gomalloc/*/build/make.log; exit 1; }'
}

purge_packages() {
	quietly inside dpkg --purge gomalloc-dkms gomalloc-tools libgomalloc-dev libgomalloc1
}

# For each kernel, and signed with the key of this DKMS
dkms_has_built() {
	local rig
	inside dkms status >"$why" 2>&1
	for rig in "${rigs[@]}"; do
		grep -q "^gomalloc/$version, ${release[$rig]}, .*: installed" "$why" || return
		inside modinfo -k "${release[$rig]}" -F signer gomalloc 2>&1 |
			grep -q 'DKMS module signing key' || return
	done
}

# A program, as with any library; it must find the shared one
program_is_built() {
	# shellcheck disable=SC2016 # for the shell there
	quietly inside sh -c 'gcc-12 -Wall -Werror -o /opt/gomalloc_map \
		/usr/share/doc/libgomalloc-dev/examples/gomalloc_map.c $(pkg-config --cflags --libs libgomalloc) &&
		ldd /opt/gomalloc_map | grep -q "libgomalloc.so.1 => /"'
}

# A module, against the headers and the symbols that DKMS has kept
module_is_built() {
	local rig
	for rig in "${rigs[@]}"; do
		# shellcheck disable=SC2016 # for the shell there
		quietly inside sh -ec '
			mkdir -p "/opt/$1"
			cp /usr/share/doc/gomalloc-dkms/examples/gomalloc_client.c "/opt/$1"
			echo "obj-m := gomalloc_client.o" >"/opt/$1/Kbuild"
			make -C "/lib/modules/$1/build" M="/opt/$1" KCFLAGS=-idirafter/usr/src/gomalloc/include \
				KBUILD_EXTRA_SYMBOLS="/var/lib/dkms/gomalloc/kernel-$1-x86_64/Module.symvers" modules
			mv "/opt/$1/gomalloc_client.ko" "/opt/gomalloc_client-$1.ko"
			rm -rf "/opt/$1"' sh "${release[$rig]}" || return
	done
}

command_is_there() {
	quietly inside gomalloc classes && quietly inside sh -c '! gomalloc stats' &&
		quietly inside sh -c 'gomalloc stats 2>&1 | grep -q "modprobe gomalloc"'
}

group_is_there() { quietly inside getent group gomalloc; }

# pack OUT [LEFT-OUT]...: that Debian for a guest, with our init in place of its own
pack() {
	local out=$1 words=() path
	shift
	for path in proc sys dev tmp mnt "$@"; do
		words+=(-o -path "./$path/*")
	done
	# shellcheck disable=SC2016 # for the shell there
	as_root sh -ec 'cd "$0"; find . -path ./var/cache/apt -prune "$@" -prune -o -print |
		cpio --quiet -o -H newc -R 0:0' "$root" "${words[@]}" >"$out"
	mkdir -p "$BUILD/packages/more"/{gomalloc,usr/sbin}
	cp "$ROOT"/scripts/guest/init "$BUILD/packages/more/init"
	chmod +x "$BUILD/packages/more/init"
	cp "$ROOT"/scripts/guest/*.sh "$BUILD/packages/more/gomalloc"
	# The only program that Debian has elsewhere
	ln -sf /bin/busybox "$BUILD/packages/more/usr/sbin/poweroff"
	(cd "$BUILD/packages/more" && find . -mindepth 1 ! -path ./usr ! -path ./usr/sbin |
		cpio --quiet -o -H newc -R 0:0) >>"$out"
}

# boot RIG IMAGE [OPTION]... -- ARG: a kernel with it; what it says is left in a log
boot() {
	local rig=$1 image=$2 options=()
	shift 2
	while [[ $1 != -- ]]; do
		options+=("$1")
		shift
	done
	"$ROOT/scripts/qemu.sh" --log "$logs/$rig.log" "${options[@]}" \
		"$("$ROOT/scripts/kernel.sh" "$rig")/image" "$image" packages "$2" 2>"$why" || return
	! grep -a '^not ok' "$logs/$rig.log" >"$why" && grep -aq '^ok' "$logs/$rig.log"
}

"$ROOT/scripts/deps.sh" packages
mkdir -p "$logs"
# Its files may be those of users whom only as_root() knows
trap 'as_root rm -rf "$BUILD/packages"' EXIT
version=$("$ROOT/scripts/version.sh")
for rig in "${rigs[@]}"; do
	release[$rig]=$(cat "$("$ROOT/scripts/kernel.sh" "$rig")/release")
done
plan $((10 + ${#rigs[@]} + (all ? 4 + ${#rigs[@]} : 0)))
check "the same files make the same tarball" tarball_is_reproducible
check "make deb makes packages, and lintian has no error" quietly "$ROOT/scripts/deb.sh"
step "unpack a Debian" "$logs/root.log" fresh_root
inventory >"$logs/before"
check "they are installed" install_packages
check "DKMS has built and signed the module" dkms_has_built
check "the command is there, and says how the module is loaded" command_is_there
check "the group is there" group_is_there
check "a program is built against the library" program_is_built
check "a module is built against gomalloc" module_is_built
pack "$BUILD/packages/run.cpio" "usr/src/linux-*" usr/lib/gcc usr/include usr/share/doc usr/share/locale usr/lib/python3.11
for rig in "${rigs[@]}"; do
	check "it is loaded, used and removed on $rig" boot "$rig" "$BUILD/packages/run.cpio" --mem 1536 -- run
done
as_root rm -rf "${root:?}"/opt/gomalloc*
check "they are purged" purge_packages
check "and leave nothing" as_before "$logs/before"
if [[ $all ]]; then
	check "they are installed again" install_packages
	check "and purged again" purge_packages
	check "and leave nothing" as_before "$logs/before"
	check "and once more" install_packages
	command_is_there && program_is_built && module_is_built
	# As if it was only unpacked
	inside dkms remove "gomalloc/$version" --all >"$logs/remove.log"
	pack "$BUILD/packages/build.cpio" usr/share/doc usr/share/locale
	for rig in "${rigs[@]}"; do
		check "DKMS adds, builds and installs it on $rig" \
			boot "$rig" "$BUILD/packages/build.cpio" --mem 3072 --timeout 3600 -- build
	done
fi
exit "$rc"
