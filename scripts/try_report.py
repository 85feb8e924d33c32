#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The table of try.sh: what its boots have said of a module, with kmalloc() and with
gomalloc, side by side; and what is wrong with the module, by line of its source.

Usage: try_report.py LOGS FOLDER SOURCE MODULE...
           LOGS: the logs are LOGS-kmalloc.log and so on; FOLDER has the modules as they
           were built for gomalloc, SOURCE is named in the lines
"""

import os
import pathlib
import re
import subprocess
import sys

MISUSE = re.compile(
    r"gomalloc: (?P<what>(?:double free|free of|use of|access beyond|bytes beside|"
    r"write to an object|copy beyond|krealloc\(\) or)[^:]*): \S+ (?:freed )?by (?P<where>[^;]+);")
KFREE = re.compile(r"gomalloc: kfree\(\) of an object: \S+ by (?P<where>[^;]+);")
FRAME = re.compile(r"gomalloc: +(?P<place>[\w.]+\+0x[0-9a-f]+)/0x[0-9a-f]+ \[(?P<module>\w+)\]")
PLACE = re.compile(r"(?P<place>[\w.]+\+0x[0-9a-f]+)/0x[0-9a-f]+ \[(?P<module>\w+)\]")


class Log:
    """What one boot has said"""

    def __init__(self, path):
        text = path.read_text(errors="replace") if path.exists() else ""
        self.lines = [re.sub(r"^\[[ 0-9.]*\] ", "", line.rstrip("\r"))
                      for line in text.splitlines()]
        passed = path.with_suffix(".passed")
        self.passed = passed.exists() and passed.read_text().strip() == "yes"
        self.told = [line[5:].split() for line in self.lines if line.startswith("try: ")]

    def numbers(self, key):
        """What was told of @key, or None"""
        for words in self.told:
            if words[0] == key:
                return [int(word) for word in words[1:]]
        return None

    def words(self, key):
        return [words[1:] for words in self.told if words[0] == key]


class Lines:
    """Lines of the source, by places in the modules"""

    def __init__(self, folder, source, modules):
        self.folder, self.source = folder.resolve(), source
        self.files = {name: next((p for p in folder.rglob("*.ko")
                                  if p.stem.replace("-", "_") == name), None)
                      for name in modules}
        self.symbols = {name: symbols(ko) for name, ko in self.files.items() if ko}
        self.known = {}

    def of(self, module, place):
        """file:line (function) of a return address, as "function+0x12" """
        if (module, place) not in self.known:
            self.known[module, place] = self.ask(module, place)
        return self.known[module, place]

    def ask(self, module, place):
        function, _, offset = place.partition("+")
        section, start = self.symbols.get(module, {}).get(function, (None, 0))
        if not section:
            return f"{place} in {module}"
        # What returns there is the instruction before it
        address = start + int(offset, 16) - 1
        out = run("addr2line", "-f", "-i", "-e", self.files[module], "-j", section,
                  hex(address)).splitlines()
        # Pairs of a function and a line, of what is inline from the inside
        places = [(out[i], out[i + 1].split(" ")[0]) for i in range(0, len(out) - 1, 2)]
        inside = [p for p in places if p[1].startswith(str(self.folder))]
        if not inside:
            return f"{function}() in {module}"
        name, line = inside[0]
        return f"{os.path.join(self.source, os.path.relpath(line, self.folder))} in {name}()"


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def symbols(ko):
    """Section and offset of each function"""
    lines = re.findall(r"^([0-9a-f]{16}) .{7} (\S+)\t[0-9a-f]{16}(?: \.hidden)? (\S+)$",
                       run("objdump", "-t", ko), re.M)
    return {name: (section, int(value, 16)) for value, section, name in lines
            if section.startswith(".")}


def kib(value):
    return "-" if value is None else f"{value:,} KiB".replace(",", " ")


def millions(value):
    return "-" if value is None else f"{value / 1e6:.1f} M"


def ratio(a, b):
    return f"{b / a:.2f}" if a and a > 0 and b is not None else ""


def held(log, gomalloc):
    """KiB of kmalloc and of the heaps since before the module was loaded, and of the
    whole machine"""
    before, after = log.numbers("before"), log.numbers("worked")
    if not before or not after:
        return None, None, None
    slab, heap = after[0] - before[0], after[3] - before[3]
    meta = after[1] - before[1]
    return slab, heap + meta if gomalloc else 0, before[2] - after[2]


def peak(log):
    before, most = log.numbers("before"), log.numbers("peak")
    return most[0] - before[0] - before[1] - before[3] if before and most else None


def rows(logs):
    """The table: name, kmalloc's, gomalloc's, ratio"""
    a, b = logs["kmalloc"], logs["gomalloc"]
    yes = {True: "yes", False: "NO"}
    yield "passed", yes[a.passed], yes[b.passed], ""
    # Where objects are tracked small ones share no slots: memory is of the other runs
    if logs["gomalloc-count"].told:
        a, b = logs["kmalloc-count"], logs["gomalloc-count"]
    slab_a, _, machine_a = held(a, False)
    slab_b, heap_b, machine_b = held(b, True)
    both = None if slab_b is None else slab_b + heap_b
    yield "memory held", kib(slab_a), kib(both), ratio(slab_a, both)
    yield "  in heaps", "", kib(heap_b), ""
    yield "  by kmalloc()", kib(slab_a), kib(slab_b), ""
    yield "at the peak", kib(peak(a)), kib(peak(b)), ratio(peak(a), peak(b))
    yield "whole machine", kib(machine_a), kib(machine_b), ratio(machine_a, machine_b)
    count = [(logs[name].numbers("ran") or [None])[0]
             for name in ("kmalloc-count", "gomalloc-count")]
    if any(count):
        yield "instructions", millions(count[0]), millions(count[1]), ratio(*count)


def frame_after(log, at, word):
    """The first place in a module of the stack that begins with @word behind line @at"""
    for i in range(at + 1, min(at + 40, len(log.lines))):
        line = log.lines[i]
        if line.startswith(f"gomalloc: {word} by task"):
            for frame in log.lines[i + 1:i + 24]:
                m = FRAME.match(frame)
                if m:
                    return m["module"], m["place"]
                if not frame.startswith("gomalloc:   "):
                    break
            return None
        # That of another object
        if MISUSE.match(line) or KFREE.match(line):
            break
    return None


def found(log, lines):
    """Misuse, and what the kernel itself has freed"""
    misuse, kfreed = {}, {}
    for at, line in enumerate(log.lines):
        m = MISUSE.match(line)
        if m:
            place = PLACE.search(m["where"])
            where = lines.of(place["module"], place["place"]) if place else m["where"]
            made = frame_after(log, at, "allocated")
            text = f"{m['what']}: {where}"
            if made:
                text += f"; allocated at {lines.of(*made)}"
            misuse[text] = None
        m = KFREE.match(line)
        if m:
            made = frame_after(log, at, "allocated")
            where = lines.of(*made) if made else "a place that was not tracked"
            place = PLACE.search(m["where"])
            by = lines.of(place["module"], place["place"]) if place else \
                m["where"].split("+")[0] + "()"
            kfreed[where, by] = None
    return list(misuse), list(kfreed)


def leaks(log, lines):
    """What is left when a module is gone: objects, bytes, where they are from"""
    for at, line in enumerate(log.lines):
        m = re.match(r"gomalloc: leak: heap (.+): (\d+) objects?, (\d+) bytes, ", line)
        if not m or m[1] not in lines.files:
            continue
        for frame in log.lines[at + 1:at + 24]:
            place = FRAME.match(frame)
            if place:
                yield m[2], m[3], lines.of(place["module"], place["place"])
            if place or not frame.startswith("gomalloc:   "):
                break


def reason(log):
    """Why a run was no good: what the kernel said first, or as qemu.sh has it"""
    said = pathlib.Path(f"{log}.log").read_text(errors="replace")
    m = re.search(r"(BUG: .*|general protection fault.*|kernel BUG at .*|WARNING: .*)", said)
    if m:
        return m[1].strip()
    verdict = pathlib.Path(f"{log}.verdict")
    text = verdict.read_text(errors="replace") if verdict.exists() else ""
    m = re.search(r"^gomalloc: failed: (.*)$", text, re.M)
    return re.sub(r"\[ *[0-9.]+\] ", "", m[1]).strip() if m else "no verdict"


def main():
    prefix, folder, source, modules = (sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3],
                                       sys.argv[4:])
    logs = {name: Log(pathlib.Path(f"{prefix}-{name}.log"))
            for name in ("kmalloc", "gomalloc", "kmalloc-count", "gomalloc-count")}
    lines = Lines(folder, source, modules)
    log = logs["gomalloc"]
    print(f"{' '.join(modules):24} {'kmalloc':>16} {'gomalloc':>16} {'ratio':>7}")
    for row in rows(logs):
        print(f"{row[0]:24} {row[1]:>16} {row[2]:>16} {row[3]:>7}")
    misuse, kfreed = found(log, lines)
    left = list(leaks(log, lines))
    print()
    for text in misuse:
        print(f"misuse: {text}")
    for nr, size, where in left:
        print(f"leak: {nr} objects, {size} bytes: allocated at {where}")
    for where, by in kfreed:
        print(f"freed by the kernel: {by}: allocated at {where}; "
              "have kernel_kmalloc() or its kin there")
    if not misuse and not left and not kfreed:
        print("nothing is wrong")
    for words in log.words("unloadable"):
        print(f"not loaded: {words[0]}; see {prefix}-gomalloc.log")
    for words in log.words("busy"):
        print(f"not unloaded: {words[0]}; see {prefix}-gomalloc.log")
    for name in ("kmalloc", "gomalloc"):
        if not logs[name].passed:
            print(f"with {name}(): {reason(f'{prefix}-{name}')}; see {prefix}-{name}.log")


if __name__ == "__main__":
    main()
