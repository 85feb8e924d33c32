# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What a workload says of itself, in lines "# WORD: VALUE", and what a guest has to have
# for it. try.sh has the words. Sourced; $workload is its file, if there is one.

# wish WORD: what the workload has to have
wish() { [[ ! $workload ]] || sed -n "s/^# $1: //p" "$workload"; }

# is_for_kernel RIG: one that names no kernels is for all; what is for one is for its PREEMPT_RT
is_for_kernel() {
	local kernels
	kernels=$(wish kernels)
	[[ ! $kernels || " $kernels " == *" ${1/-rt/} "* ]]
}

# pack_programs OUT: the programs that it wants, for initramfs.sh; nothing if it wants none
pack_programs() {
	local packages
	packages=$(wish packages)
	[[ $(wish programs) ]] || return 0
	# Words are meant to split
	# shellcheck disable=SC2046
	"$ROOT/scripts/userland.sh" "$1" "${packages// /,}" $(wish programs)
}

# work_of: the file that does the work, which may be that of another workload
work_of() {
	local work
	work=$(wish as)
	echo "${work:+$(dirname "$workload")/}${work:-$workload}"
}
