#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# Boot a kernel with a root file system and run one script in it. QEMU's exit
# status says nothing, so the run is good only if the guest's init says so on a
# second serial port and the kernel had nothing to complain of.
#
# Usage: qemu.sh [OPTION]... KERNEL INITRAMFS SCRIPT [ARG]...
#   --smp N         virtual CPUs (2)
#   --mem MIB       memory (512)
#   --numa          two nodes
#   --dimm          a second node without CPUs, whose memory comes and goes as
#                   the guest asks for, see dimm.py
#   --post-mortem   when the guest asks for it, debuggers look at its memory, see
#                   post_mortem.py; the module is $GOMALLOC_KO
#   --arm64         a 64-bit Arm machine
#   --cpu MODEL     its processor (max)
#   --riscv64       a 64-bit RISC-V machine
#   --toggle        the kernel patches itself under load: one host thread for all CPUs
#   --icount        count instructions: guest time is one ns each, one CPU
#   --bare          without mitigations, and without zeroing what is allocated
#   --quiet         only errors on the console; for a kernel with lockdep, see
#                   guest/init
#   --timeout S     give up after S seconds (600)
#   --append WORDS  more for the kernel's command line
#   --devices WORDS more for that of QEMU
#   --log FILE      where the console goes
#   --show REGEX    print these lines of the console as they come
#   --expect REGEX  warnings of the kernel and leaks that have this are no fault
#   --interactive   a prompt instead of a run
#
# ACCEL=kvm uses the host's processor; the default works everywhere.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$ROOT/scripts/verdict.sh"

qemu='qemu-system-x86_64' arm_cpu=max thread=multi
devices=() smp=2 mem=512 level=7 numa='' dimm='' dead='' icount='' limit=600 append='' log='' show='' expected='' interactive=''
while [[ ${1-} == --* ]]; do
	case $1 in
	--smp) smp=$2; shift ;;
	--mem) mem=$2; shift ;;
	--timeout) limit=$2; shift ;;
	--append) append+=" $2"; shift ;;
	--devices) read -ra devices <<<"$2"; shift ;;
	--log) log=$2; shift ;;
	--show) show=$2; shift ;;
	--expect) expected=$2; shift ;;
	--numa) numa=1 ;;
	--dimm) dimm=1 ;;
	--post-mortem) dead=1 ;;
	--arm64) qemu='qemu-system-aarch64' ;;
	--riscv64) qemu='qemu-system-riscv64' ;;
	--cpu) arm_cpu=$2; shift ;;
	--quiet) level=4 ;;
	--toggle) thread=single ;;
	--icount) icount=1 ;;
	--bare) append+=" $BARE" ;;
	--interactive) interactive=1 ;;
	*) die "qemu.sh: unknown option $1" ;;
	esac
	shift
done
kernel=$1 initramfs=$2 script=$3
shift 3
log=${log:-$BUILD/log/qemu-$script.log}
result=$log.result
mkdir -p "$(dirname "$log")"
rm -f "$log" "$result"

command -v "$qemu" >/dev/null ||
	die "no $qemu; run scripts/deps.sh demo, or scripts/deps.sh matrix for Arm and RISC-V"
# Without five-level page tables: 6.1 forgets for a moment, while it identifies
# its processor, that it has them, and KASAN reports an interrupt in that moment
cpu=max,la57=off
case ${ACCEL:-tcg} in
tcg)
	# Before 8.1 QEMU may run an instruction that another CPU has just replaced
	machine=(-accel "tcg,thread=$thread" -cpu "$cpu")
	# The clock would else be a device that one CPU reads at a time, since
	# Linux does not believe that CPUs of this kind agree on the time
	[[ $qemu != *x86_64 || $icount ]] || append+=" tsc=reliable"
	# For the same reason, with several of them a kernel that patches itself while it boots may meet
	# a breakpoint of its own and call it an oops. guest/init starts the others.
	[[ $qemu != *x86_64 || $icount || $smp == 1 ]] || append+=" maxcpus=1"
	;;
kvm) machine=(-accel kvm -cpu host) ;;
*) die "ACCEL is tcg or kvm, not ${ACCEL}" ;;
esac
if [[ $icount ]]; then
	# Nothing of the host gets in: no time, not even while the guest sleeps, and
	# no random numbers, which would place the kernel elsewhere in each run
	machine=(-accel "tcg,thread=single" -icount "shift=0,sleep=off" -cpu "$cpu"
		-rtc "base=2026-01-01,clock=vm" -seed 1)
	append+=" nokaslr"
	smp=1
fi
if [[ $numa ]]; then
	half=$((mem / 2)) cpus=$((smp / 2)) last=$((smp - 1))
	smp+=,sockets=2
	machine+=(
		-object "memory-backend-ram,id=m0,size=${half}M"
		-object "memory-backend-ram,id=m1,size=${half}M"
		-numa "node,nodeid=0,memdev=m0,cpus=0-$((cpus - 1))"
		-numa "node,nodeid=1,memdev=m1,cpus=$cpus-$last"
	)
fi
if [[ $dimm ]]; then
	# The path of a socket must be short
	dimm=$(mktemp -d)
	trap 'rm -rf "$dimm"' EXIT
	machine+=(
		-object "memory-backend-ram,id=m0,size=${mem}M"
		-numa "node,nodeid=0,memdev=m0,cpus=0-$((smp - 1))" -numa "node,nodeid=1"
		-qmp "unix:$dimm/qmp,server=on,wait=off"
	)
	mem+=,slots=1,maxmem=8G
fi

consoles=file,id=console,path=$log
if [[ $dead ]]; then
	dead=$(mktemp -d)
	trap 'rm -rf "$dead"' EXIT
	machine+=(-qmp "unix:$dead/qmp,server=on,wait=off")
	# The guest waits there for its answer
	consoles=socket,id=console,path=$dead/console,server=on,wait=off,logfile=$log
fi

words=$(IFS=, && echo "$*")
console=ttyS0 results=/dev/ttyS1 serial=(-serial chardev:result)
if [[ $qemu == *aarch64 ]]; then
	machine=(-accel "tcg,thread=multi" -machine "virt,gic-version=3" -cpu "$arm_cpu"
		"${machine[@]:4}")
	# The only serial port there is; the other one is on the bus
	console=ttyAMA0 results=/dev/ttyS0
	serial=(-device "pci-serial,chardev=result")
elif [[ $qemu == *riscv64 ]]; then
	# Timers by way of the firmware: with those of Sstc a CPU stood still, and with
	# it all that waited there
	machine=(-accel "tcg,thread=multi" -machine virt -cpu "rv64,sstc=off" "${machine[@]:4}")
	# One serial port of its own, too, but the bus is looked at before it
	console=ttyS1 results=/dev/ttyS0
	serial=(-device "pci-serial,chardev=result")
fi
append="console=$console gomalloc.result=$results log_buf_len=4M panic=-1 gomalloc.run=$script${words:+ gomalloc.arg=$words} $append"
common=("${machine[@]}" -smp "$smp" -m "$mem" -nodefaults -no-reboot -display none
	-kernel "$kernel" -initrd "$initramfs" "${devices[@]}")

if [[ $interactive ]]; then
	exec "$qemu" "${common[@]}" -serial mon:stdio -append "$append"
fi

touch "$log"
timeout --kill-after=10 "$limit" "$qemu" "${common[@]}" \
	-append "oops=panic loglevel=$level $append" \
	-chardev "$consoles" -serial chardev:console \
	-chardev "file,id=result,path=$result" "${serial[@]}" \
	</dev/null >"$log.qemu" 2>&1 &
pid=$!
rc=0 dimm_rc=0 dead_rc=0
if [[ $dimm ]]; then
	"$ROOT/scripts/dimm.py" "$dimm/qmp" "$log" >"$log.dimm" 2>&1 &
	dimm_pid=$!
fi
if [[ $dead ]]; then
	"$ROOT/scripts/post_mortem.py" qemu "$dead" "$log" "$GOMALLOC_KO" >"$log.dead" 2>&1 &
	dead_pid=$!
fi
follow "$pid" "$log" "$show" "$script"
wait "$pid" || rc=$?
[[ ! $dimm ]] || wait "$dimm_pid" || dimm_rc=$?
[[ ! $dead ]] || wait "$dead_pid" || dead_rc=$?
((rc != 124)) || verdict_fail "$log" "no end after $limit s; the machine hangs"
((rc == 0)) || verdict_fail "$log.qemu" "QEMU ended with $rc"
((dimm_rc == 0)) || verdict_fail "$log.dimm" "the DIMM was not plugged in or out"
((dead_rc == 0)) || verdict_fail "$log.dead" "the debuggers did not see the guest's memory"
verdict "$log" "$result" "$expected"
