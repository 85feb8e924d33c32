#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Sizes that the memory benchmark draws from, as lines of "bytes count".

Usage: histograms.py structs /sys/kernel/btf/vmlinux
       histograms.py live /proc/slabinfo        (as root)

The first counts the structs in a kernel's type information, the second the
live objects of a running kernel in caches of their own, as if each came from
the general allocator. What they print is kept in bench/traces.
"""

import struct
import sys
from collections import Counter

# Kinds of BTF with something behind the common header, and bytes per member
KIND_STRUCT = 4
FIXED = {1: 4, 3: 12, 14: 4, 17: 4}
PER_MEMBER = {4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12}
SMALLEST, LARGEST = 8, 32768


def structs(path):
    with open(path, "rb") as file:
        data = file.read()
    _, _, _, header, type_off, type_len, _, _ = struct.unpack_from("<HBBIIIII", data)
    at = header + type_off
    end = at + type_len
    while at < end:
        name, info, size = struct.unpack_from("<III", data, at)
        kind, members = (info >> 24) & 0x1f, info & 0xffff
        at += 12 + FIXED.get(kind, 0) + PER_MEMBER.get(kind, 0) * members
        if kind == KIND_STRUCT and name and SMALLEST <= size <= LARGEST:
            yield size, 1


def live(path):
    with open(path, encoding="ascii") as file:
        for line in file:
            words = line.split()
            # Objects of these are of any size up to that
            if words[0].startswith(("slabinfo", "#", "kmalloc", "dma-kmalloc")):
                continue
            size, count = int(words[3]), int(words[1])
            if count and SMALLEST <= size <= LARGEST:
                yield size, count


def main():
    sources = {"structs": structs, "live": live}
    if len(sys.argv) != 3 or sys.argv[1] not in sources:
        sys.exit(__doc__)
    sizes = Counter()
    for size, count in sources[sys.argv[1]](sys.argv[2]):
        sizes[size] += count
    for size in sorted(sizes):
        print(size, sizes[size])


main()
