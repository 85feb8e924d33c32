#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Write the table of figures in README.md from what was measured last.

Instructions are those that `make check` compares with, bench/instructions.txt;
bytes held are those of the table in Documentation/performance.rst, and what is
found is that of the table of misuse in Documentation/design.rst.

Usage: headlines.py [--check]   --check: fail where README.md says something else
"""

import pathlib
import re
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
BEGIN, END = "<!-- scripts/headlines.py -->\n", "<!-- end -->\n"

# Words, case and size of a line of the record
COUNTED = (
    ("allocate and free 64 bytes", "pair", 64),
    ("10 000 objects of 64 bytes, then free all", "batch", 64),
    ("replace random ones of many of 64 bytes", "live", 64),
    ("4096 objects of mixed sizes, then free all", "fill_free", 1),
    ("packets of a network that come and go", "skb", 1),
    ("allocate and free 64 KiB", "large_pair", 65536),
)

# Words, and the trace in the table of memory
HELD = (
    ("a kernel that boots, compiles, serves files", "recorded"),
    ("the sizes of all objects of a running kernel", "live"),
)


def counted():
    """Rows of instructions per operation."""
    record = {}
    for line in (ROOT / "bench/instructions.txt").read_text().splitlines():
        if not line.startswith("#"):
            case, size, ours, kmalloc = line.split()
            record[case, int(size)] = float(ours), float(kmalloc)
    for words, case, size in COUNTED:
        ours, kmalloc = record[case, size]
        yield (f"{words}, instructions", f"{ours:.0f}", f"{kmalloc:.0f}",
               f"{ours / kmalloc:.2f}", "`make instructions`")


def held():
    """Rows of bytes held at the peak, for a byte that was asked for."""
    text = (ROOT / "Documentation/performance.rst").read_text()
    for words, trace in HELD:
        row = re.search(rf"^{trace} .*?  +([\d.]+) +([\d.]+) +([\d.]+)$", text, re.M)
        if not row:
            sys.exit(f"headlines.py: performance.rst has no row of memory '{trace}'")
        yield (f"{words}, bytes held per byte", *row.groups(), "`make bench-memory`")


def found():
    """The kinds of misuse that are always caught."""
    text = (ROOT / "Documentation/design.rst").read_text()
    always = re.findall(r"^(.+?)  +caught(?: \(later\))?$", text, re.M)
    if not always:
        sys.exit("headlines.py: design.rst has no table of what is caught")
    return "; ".join(kind.strip() for kind in always)


def table():
    """The text between both marks."""
    rows = ["| on Linux 6.1 | gomalloc | kmalloc | ratio | by |", "|---|---|---|---|---|"]
    rows += ["| " + " | ".join(row) + " |" for row in (*counted(), *held())]
    always = textwrap.fill(f"Always found, on any kernel: {found()}.", 120)
    return "\n".join(rows) + f"\n\n{always}\n"


def main():
    """Compare or write."""
    text = README.read_text()
    before, rest = text.split(BEGIN)
    fresh = before + BEGIN + table() + END + rest.split(END)[1]
    if fresh == text:
        return
    if "--check" in sys.argv[1:]:
        sys.exit("README.md: the figures are not those that were measured; run scripts/headlines.py")
    README.write_text(fresh)


if __name__ == "__main__":
    main()
