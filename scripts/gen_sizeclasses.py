#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Derive the size classes of the Go runtime and write the C headers.

The classes follow from four rules, not from a list:

1. Sizes grow in steps of an alignment that widens with the size: 8 bytes,
   16 from 32 on, an eighth of the size from 128 on, 256 from 2048 on.
2. A span takes as many 8 KiB Go pages as it needs to waste at most an eighth
   of itself behind its last object.
3. Two neighbouring sizes that give the same number of objects in the same
   span are one class, the larger.
4. A class grows into the tail of its span where that keeps the 128-byte
   granularity of the lookup table.

Rules 1 and 2 bound the waste by 12.5 % each. What is not Go's is which class a few
sizes get: one that is aligned as kmalloc() promises.

Usage: gen_sizeclasses.py [--check]   --check: fail when a header is stale
"""

import pathlib
import sys
import zlib

PAGE_SIZE = 8192
MAX_SMALL_SIZE = 32768
SMALL_SIZE_DIV = 8
SMALL_SIZE_MAX = 1024
LARGE_SIZE_DIV = 128
NUM_SIZE_CLASSES = 68

# Of the tables of the Go runtime: the port is exact or it is refused.
EXPECT8 = (129, 2972, 0x092E8492)
EXPECT128 = (249, 14342, 0xAD826808)

ROOT = pathlib.Path(__file__).resolve().parent.parent
BANNER = """/* SPDX-License-Identifier: GPL-2.0 */
/*
 * {what}
 *
 * Written by scripts/gen_sizeclasses.py. DO NOT EDIT.
 */
"""


def span_size(size):
    """Rule 2: the smallest span with at most an eighth of tail waste."""
    span = PAGE_SIZE
    while span % size > span // 8:
        span += PAGE_SIZE
    return span


def make_classes():
    """The list of (object size, span size); entry 0 stands for large."""
    classes = [(0, 0)]
    align = SMALL_SIZE_DIV
    size = align
    while size <= MAX_SMALL_SIZE:
        if size & (size - 1) == 0:
            if size >= 2048:
                align = 256
            elif size >= 128:
                align = size // 8
            elif size >= 32:
                align = 16
        span = span_size(size)
        last_size, last_span = classes[-1]
        if span == last_span and span // size == last_span // last_size:
            classes[-1] = (size, span)
        else:
            classes.append((size, span))
        size += align
    return [classes[0]] + [(grow_into_tail(s, n), n) for s, n in classes[1:]]


def grow_into_tail(size, span):
    """Rule 4."""
    return max(size, (span // (span // size)) & ~(LARGE_SIZE_DIV - 1))


def lookup(classes, first, last, step):
    """For each multiple of step, the first class that holds it."""
    table = []
    cls = 0
    for size in range(first, last + 1, step):
        while classes[cls][0] < size:
            cls += 1
        table.append(cls)
    return table


def aligned(classes, table, first, step):
    """The table with, for sizes of which Go's class is less aligned than the kernel
    promises, by the largest power of two in the size, the next one that is not."""
    out = []
    for i, cls in enumerate(table):
        size = first + i * step
        while size and (classes[cls][0] & -classes[cls][0]) < (size & -size):
            cls += 1
        out.append(cls)
    return out


def lookup_tables(classes):
    """What size_to_class() looks into, below and above SMALL_SIZE_MAX."""
    to8 = lookup(classes, 0, SMALL_SIZE_MAX, SMALL_SIZE_DIV)
    to128 = lookup(classes, SMALL_SIZE_MAX, MAX_SMALL_SIZE, LARGE_SIZE_DIV)
    expect("size_to_class8", to8, EXPECT8)
    expect("size_to_class128", to128, EXPECT128)
    return (aligned(classes, to8, 0, SMALL_SIZE_DIV),
            aligned(classes, to128, SMALL_SIZE_MAX, LARGE_SIZE_DIV))


def div_magic(size, span):
    """The 32-bit multiplier that divides every offset in a span by size."""
    magic = (0xFFFFFFFF // size + 1) & 0xFFFFFFFF
    # Kernels with 64 KiB pages have spans of at least that.
    for n in range(max(span, 65536) + 1):
        if (n * magic) >> 32 != n // size:
            sys.exit(f"gen_sizeclasses: no multiplier for {size} bytes")
    return magic


def expect(name, table, want):
    """Refuse a lookup table that is not Go's."""
    got = (len(table), sum(table), zlib.crc32(bytes(table)))
    if got != want:
        sys.exit(f"gen_sizeclasses: {name} is {got}, Go's is {want}")


def rows(values, width):
    """The values as lines of a macro body."""
    lines = [values[i:i + width] for i in range(0, len(values), width)]
    return " \\\n".join("\t" + " ".join(f"{v}," for v in line) for line in lines)


def comment_table(classes):
    """The table for human readers."""
    out = ["/*", " * class  bytes/obj  bytes/span  objects  tail waste  max waste"]
    prev = 0
    for i, (size, span) in enumerate(classes[1:], 1):
        objs = span // size
        tail = span - size * objs
        worst = ((size - prev - 1) * objs + tail) / span * 100
        out.append(f" * {i:5d}  {size:9d}  {span:10d}  {objs:7d}  {tail:10d}  {worst:8.2f}%")
        prev = size
    out.append(" */")
    return "\n".join(out)


def private_header(classes):
    """include/sizeclasses.h: the tables."""
    to8, to128 = lookup_tables(classes)
    magic = [0] + [div_magic(s, n) for s, n in classes[1:]]
    text = BANNER.format(what="sizeclasses - the size classes of the Go runtime")
    text += f"""#ifndef _GOMALLOC_SIZECLASSES_H
#define _GOMALLOC_SIZECLASSES_H

{comment_table(classes)}

#define GO_PAGE_SHIFT\t\t13
#define MAX_SMALL_SIZE\t\t{MAX_SMALL_SIZE}
#define SMALL_SIZE_DIV\t\t{SMALL_SIZE_DIV}
#define SMALL_SIZE_MAX\t\t{SMALL_SIZE_MAX}
#define LARGE_SIZE_DIV\t\t{LARGE_SIZE_DIV}
#define NUM_SIZE_CLASSES\t{NUM_SIZE_CLASSES}

"""
    for name, values, width in (
            ("CLASS_TO_SIZE", [s for s, _ in classes], 12),
            ("CLASS_TO_ALLOCNPAGES", [n // PAGE_SIZE for _, n in classes], 12),
            ("CLASS_TO_DIVMAGIC", [f"0x{m:08x}" for m in magic], 6),
            ("SIZE_TO_CLASS8", to8, 12),
            ("SIZE_TO_CLASS128", to128, 12)):
        text += f"#define {name}_INIT {{ \\\n{rows(values, width)} \\\n}}\n\n"
    return text + "#endif /* _GOMALLOC_SIZECLASSES_H */\n"


def public_header(classes):
    """include/linux/gomalloc_sizeclasses.h: the class of a constant size."""
    text = BANNER.format(what="gomalloc_sizeclasses - the class of a size, for the compiler")
    text += """#ifndef _LINUX_GOMALLOC_SIZECLASSES_H
#define _LINUX_GOMALLOC_SIZECLASSES_H

#include <linux/compiler.h>
#include <linux/types.h>

/*
 * Folds to a constant where @size is one; for other sizes the module has a
 * table. 0 stands for "large".
 */
static __always_inline unsigned int gomalloc_size_class(size_t size)
{
"""
    to8, to128 = lookup_tables(classes)
    slots = [(i * SMALL_SIZE_DIV, cls) for i, cls in enumerate(to8)][1:]
    slots += [(SMALL_SIZE_MAX + i * LARGE_SIZE_DIV, cls) for i, cls in enumerate(to128)][1:]
    for (size, cls), (_, following) in zip(slots, slots[1:] + [(0, 0)]):
        if cls != following:
            text += f"\tif (size <= {size})\n\t\treturn {cls};\n"
    return text + "\treturn 0;\n}\n\n#endif /* _LINUX_GOMALLOC_SIZECLASSES_H */\n"


def main():
    """Write the headers, or compare them with what would be written."""
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    classes = make_classes()
    if len(classes) != NUM_SIZE_CLASSES:
        sys.exit(f"gen_sizeclasses: {len(classes)} classes, Go has {NUM_SIZE_CLASSES}")
    stale = []
    for name, text in (("include/sizeclasses.h", private_header(classes)),
                       ("include/linux/gomalloc_sizeclasses.h", public_header(classes))):
        path = ROOT / name
        if not sys.argv[1:]:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            stale.append(name)
    if stale:
        sys.exit(f"gen_sizeclasses: stale: {' '.join(stale)}; run scripts/gen_sizeclasses.py")


if __name__ == "__main__":
    main()
