# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Fetch packages of this machine's Debian and of newer suites through an apt
# state of our own, so that nothing of the machine's configuration is touched.
# The addresses are those the machine is configured with. Sourced. apt_suite is
# one suite in place of these, for what they lack.

APT_DIR=$CACHE/apt
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

apt_options=(
	-o "Dir::State::Lists=$APT_DIR/lists"
	-o "Dir::Cache=$APT_DIR/cache"
	-o "Dir::Etc::SourceList=$APT_DIR/sources.list"
	-o "Dir::Etc::SourceParts=/dev/null"
	-o "APT::Sandbox::User=root"
	-o "APT::Get::List-Cleanup=0"
)

# archive_of SUITE: the address that the machine has for it
archive_of() {
	# apt fills these in, not the shell
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(RELEASE) $(REPO_URI)' \
		'Created-By: Packages' | awk -v r="$1" '$1 == r { print $2; exit }'
}

write_sources() {
	local code main security
	code=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	main=$(archive_of "$code")
	[[ $code == bookworm && -n $main ]] ||
		die "kernels are fetched on Debian 12 with its archive configured; build with KDIR= elsewhere"
	security=$(archive_of "$code-security")
	if [[ ${apt_suite-} ]]; then
		echo "deb [signed-by=$KEYRING] $main $apt_suite main" >"$APT_DIR/sources.list"
		return
	fi
	{
		echo "deb [signed-by=$KEYRING] $main $code main"
		[[ -z $security ]] ||
			echo "deb [signed-by=$KEYRING] $security $code-security main"
		echo "deb [signed-by=$KEYRING] $main $code-backports main"
		echo "deb [signed-by=$KEYRING] $main trixie-backports main"
	} >"$APT_DIR/sources.list"
}

# Once an hour is often enough
apt_update() {
	mkdir -p "$APT_DIR/lists/partial" "$APT_DIR/cache/archives/partial"
	[[ -z $(find "$APT_DIR/updated" -mmin -60 2>/dev/null) ]] || return 0
	write_sources
	step "read package lists" "$BUILD/log/apt-update.log" \
		apt-get "${apt_options[@]}" update
	touch "$APT_DIR/updated"
}

# apt_find PATTERN META: the newest package that META depends on and that the
# pattern matches
apt_find() {
	apt-cache "${apt_options[@]}" show "$2" 2>/dev/null |
		sed -n 's/^Depends: //p' | tr ',|' '\n' | tr -d ' ' |
		sed 's/(.*//' | grep -Ex "$1" | sort -V | tail -n 1
}

# apt_fetch DIR PACKAGE...: download into DIR
apt_fetch() {
	local dir=$1
	shift
	mkdir -p "$dir"
	(cd "$dir" && apt-get "${apt_options[@]}" download "$@")
}
