#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Let debuggers look at the memory of a guest, and compare what they see.

Usage: post_mortem.py qemu FOLDER LOG MODULE     sockets qmp and console are in FOLDER
       post_mortem.py uml PID ROOT LOG MODULE    PID is the parent of user-mode Linux
       post_mortem.py judge drgn|gdb|live LOG    prints KTAP

The guest runs guest/planted.sh. When it says "post-mortem: look", its memory is written
to a vmcore, which tools/drgn/gomalloc.py reads, and gdb is attached to it with the
commands of tools/gdb/gomalloc-gdb.py. What they print is kept in LOG.drgn and LOG.gdb;
what drgn said in the guest itself, of the live kernel, is in lines of the log.
The judge compares that with what the guest's kernel has reported of the same addresses.
"""

import json
import os
import re
import socket
import struct
import subprocess
import sys
import time

from dimm import Qmp

HERE = os.path.dirname(os.path.abspath(__file__))
DRGN = os.path.join(HERE, "../tools/drgn/gomalloc.py")
GDB = os.path.join(HERE, "../tools/gdb/gomalloc-gdb.py")
PATIENCE = 500
STATES = {"fresh": "not allocated yet", "live": "live", "freed": "freed"}


def read_log(path):
    """The log as text, without what a console puts in front."""
    with open(path, encoding="utf-8", errors="replace") as log:
        return re.sub(r"^\[[ 0-9.]*\] ", "", log.read().replace("\r", ""), flags=re.M)


def wait_for_guest(path):
    """Until it asks for a look."""
    for _ in range(PATIENCE * 5):
        if re.search("^post-mortem: look$", read_log(path), re.M):
            return
        time.sleep(0.2)
    sys.exit("the guest did not ask for a look")


def planted(log):
    """(address, what, the kernel's report or "") of each object."""
    return re.findall(r"^gomalloc_planted: at (0x[0-9a-f]+) (\w+)\n(?:gomalloc: (.*)\n)?", read_log(log), re.M)


#
# === looking ===
#


def add_vmcoreinfo(vmcore, note):
    """To the notes of a core file of QEMU's, which it moves behind all else."""
    with open(vmcore, "r+b") as core:
        header = core.read(64)
        at = struct.unpack_from("<Q", header, 32)[0]
        size, number = struct.unpack_from("<HH", header, 54)
        for i in range(number):
            core.seek(at + i * size)
            program = bytearray(core.read(size))
            kind, _, offset, _, _, length = struct.unpack_from("<IIQQQQ", program)
            if kind == 4:
                core.seek(offset)
                notes = core.read(length) + note
                struct.pack_into("<Q", program, 8, core.seek(0, 2))
                struct.pack_into("<QQ", program, 32, len(notes), len(notes))
                core.write(notes)
                core.seek(at + i * size)
                core.write(program)


def read_physical(vmcore, address, length):
    """Bytes of the guest's memory out of the core file."""
    with open(vmcore, "rb") as core:
        header = core.read(64)
        at = struct.unpack_from("<Q", header, 32)[0]
        size, number = struct.unpack_from("<HH", header, 54)
        for i in range(number):
            core.seek(at + i * size)
            kind, _, offset, _, start, filled = struct.unpack_from("<IIQQQQ", core.read(size))
            if kind == 1 and start <= address < start + filled:
                core.seek(offset + address - start)
                return core.read(length)
    raise ValueError(f"no memory at {address:#x} in {vmcore}")


def whole_note(data):
    """The first note of some bytes, alone."""
    name, text = struct.unpack_from("<II", data)
    return data[: 12 + (name + 3 & ~3) + (text + 3 & ~3)]


def run_drgn(vmcore, log, module):
    """Each of the commands on the core file, as a person would."""
    addresses = [address for address, _, _ in planted(log)]
    with open(log + ".drgn", "w", encoding="utf-8") as out:
        for words in (["heaps"], ["spans", "planted"], ["object", *addresses], ["spans", "cow"]):
            # Of Debian, as its drgn is
            subprocess.run(
                ["/usr/bin/python3", DRGN, "-c", vmcore, "-m", module, *words],
                stdout=out, stderr=subprocess.STDOUT, timeout=PATIENCE, check=False,
            )


def gdb_commands(log, module):
    """What is typed at gdb's prompt."""
    sections = re.findall(r"^section: (\S+) (0x[0-9a-f]+)$", read_log(log), re.M)
    where = " ".join(f"-s {name} {address}" for name, address in sections)
    yield f"add-symbol-file {module} {where}"
    yield f"source {GDB}"
    yield "lx-gomalloc-heaps"
    yield "lx-gomalloc-spans planted"
    yield "lx-gomalloc-object " + " ".join(address for address, _, _ in planted(log))
    yield "lx-gomalloc-spans cow"


def run_gdb(target, log, module):
    """The same with gdb; an error ends no batch that is given on the command line."""
    words = ["gdb", "-batch", "-nx", "-iex", "set confirm off", *target]
    for command in gdb_commands(log, module):
        words += ["-ex", command]
    with open(log + ".gdb", "w", encoding="utf-8") as out:
        subprocess.run(words, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                       timeout=PATIENCE, check=False)


def look_by_qemu(folder, log, module):
    """Into a virtual machine, which waits for a line on its console afterwards."""
    vmcore = log + ".vmcore"
    qmp = Qmp(os.path.join(folder, "qmp"))
    qmp.socket.settimeout(PATIENCE)
    try:
        wait_for_guest(log)
        qmp.command("dump-guest-memory", paging=True, protocol="file:" + vmcore)
        place, size = re.search(r"^vmcoreinfo: (?:0x)?([0-9a-f]+) ([0-9a-f]+)$", read_log(log), re.M).groups()
        add_vmcoreinfo(vmcore, whole_note(read_physical(vmcore, int(place, 16), int(size, 16))))
        run_drgn(vmcore, log, module)
        stub = os.path.join(folder, "gdb")
        qmp.command("human-monitor-command", **{"command-line": f"gdbserver unix:{stub},server=on,wait=off"})
        run_gdb(["-ex", f"target remote {stub}"], log, module)
    finally:
        if os.path.exists(vmcore):
            os.unlink(vmcore)
        with socket.socket(socket.AF_UNIX) as console:
            console.connect(os.path.join(folder, "console"))
            console.sendall(b"\n")


def look_by_uml(pid, root, log, module):
    """Into the process that user-mode Linux is, which waits for a file afterwards."""
    try:
        wait_for_guest(log)
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
            kernel = children.read().split()[0]
        run_gdb(["-p", kernel], log, module)
    finally:
        with open(os.path.join(root, "looked"), "w", encoding="ascii"):
            pass


#
# === judging ===
#


def wanted(what, report):
    """What a line about an object has to have, in this order."""
    if what == "foreign":
        return ["not gomalloc's"]
    if what == "mapped":
        return ["heap planted, mapped (8388608 bytes), offset 12345, live"]
    if what.startswith("guarded"):
        place = re.search(r"; (heap guarded, guarded object) \S+ (of \d+ bytes, offset \d+);", report)
        return [*(place.groups() if place else ["no report of it"]), STATES[what.partition("_")[2]]]
    place = re.search(r"; (heap \S+, class \d+ \(.*?\)), span \S+, (object \d+ of \d+, offset \d+);", report)
    return [*(place.groups() if place else ["no report of it"]), STATES[what]]


def has(line, parts):
    """Are they in it, one after the other?"""
    at = 0
    for part in parts:
        at = line.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True


def listed(log):
    """The kernel's own list of heaps, but for that of the command which has asked for it."""
    told = re.search(r"^heaps: (\[.*\])$", read_log(log), re.M)
    return [heap for heap in json.loads(told.group(1)) if not heap["device"]] if told else []


def has_heaps(text, heaps):
    """Is a line there for each of them?"""
    lines = [f"{heap['id']} {heap['name']}: of {heap['owner']}, {heap['objects']} objects, {heap['held_bytes']} bytes" for heap in heaps]
    return len(lines) == 4 and set(lines) <= set(text.splitlines())


def spans_hold(text, heaps):
    """Do the spans have all objects of the heap?"""
    spans = re.findall(r"^planted: 0x[0-9a-f]+ class .* (\d+) of \d+ live, struct mspan 0x", text, re.M)
    return bool(spans) and sum(map(int, spans)) == sum(heap["objects"] for heap in heaps)


def judge(tool, log):
    """Print KTAP. Return: an exit status."""
    if tool == "live":
        text = "\n".join(re.findall("^live: (.*)$", read_log(log), re.M))
    else:
        with open(f"{log}.{tool}", encoding="utf-8") as out:
            text = out.read()
    heaps = listed(log)
    results = [
        ("heaps are those that the kernel lists", has_heaps(text, heaps)),
        ("the spans of a heap hold its objects", spans_hold(text, [heap for heap in heaps if heap["name"] == "planted"])),
        ("a heap that is not there is said to be so", "there is no heap 'cow'" in text),
    ]
    number = {}
    for address, what, report in planted(log):
        number[what] = number.get(what, 0) + 1
        line = re.search(f"^{address}: .*$", text, re.M)
        results.append((f"an address, {what} {number[what]}", bool(line) and has(line.group(), wanted(what, report))))
    # All ten, and two that are guarded where that can be: who planted less proves less
    nr = 3 + 10 + 2 * bool(number.get("guarded_live"))
    print(f"KTAP version 1\n1..{nr}")
    for i, (name, good) in enumerate(results, 1):
        print(f"{'ok' if good else 'not ok'} {i} {name}")
    return 0 if len(results) == nr and all(good for _, good in results) else 1


def main():
    """As the usage says."""
    what, words = sys.argv[1], sys.argv[2:]
    if what == "judge":
        sys.exit(judge(*words))
    {"qemu": look_by_qemu, "uml": look_by_uml}[what](*words)


if __name__ == "__main__":
    main()
