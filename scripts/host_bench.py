#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Make tables of what scripts/host-bench.sh has measured.

Usage: host_bench.py [--all] CSV   --all: each size, with the least and the spread
"""

import statistics
import sys
from collections import defaultdict

ALLOCATORS = ["gomalloc", "glibc", "tcmalloc", "jemalloc", "mimalloc", "go", "go_alloc"]


def read(path):
    """Nanoseconds by (workload, threads), size and allocator; lines of memory"""
    times = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    memory = defaultdict(dict)
    with open(path) as file:
        for line in file:
            kind, allocator, name, *rest = line.strip().split(",")
            if kind == "time":
                size, threads, ns = rest
                times[name, int(threads)][int(size)][allocator].append(float(ns))
            else:
                memory[name][allocator] = [int(n) for n in rest]
    return times, memory


def table(head, rows):
    """As reStructuredText and Markdown both take it for text in columns"""
    rows = [head, *rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    rule = "  ".join("=" * width for width in widths)

    def line(row):
        return "  ".join(word.ljust(width) for word, width in zip(row, widths)).rstrip()

    return "\n".join([rule, line(head), rule, *map(line, rows[1:]), rule])


def summary(times):
    """Medians; of workloads by size the geometric mean over the sizes"""
    for (name, threads), sizes in times.items():
        row = [f"{name}, {threads}"]
        for allocator in ALLOCATORS:
            medians = [statistics.median(by[allocator]) for by in sizes.values() if allocator in by]
            row.append(f"{statistics.geometric_mean(medians):.1f}" if medians else "")
        yield row


def details(times):
    """Median, least, and the middle half of the rounds, as a part of the median"""
    for (name, threads), sizes in times.items():
        for size, by in sorted(sizes.items()):
            row = [f"{name}, {threads}" + (f", {size}" if size else "")]
            for allocator in ALLOCATORS:
                ns = by.get(allocator)
                if not ns:
                    row.append("")
                    continue
                low, middle, high = statistics.quantiles(ns, n=4) if len(ns) > 1 else ns * 3
                row.append(f"{middle:.1f} ({min(ns):.1f}, {100 * (high - low) / middle:.0f} %)")
            yield row


def of_memory(memory):
    """MiB at the peak, when all that goes is freed, and later"""
    for name, by in memory.items():
        live = next(iter(by.values()))[0]
        row = [name + (f", {live / 2**20:.1f} asked" if live else "")]
        for allocator in ALLOCATORS[:5]:
            row.append(" / ".join(f"{n / 2**20:.1f}" for n in by[allocator][1:])
                       if allocator in by else "")
        yield row


def main():
    words = sys.argv[1:]
    every = "--all" in words
    if len(words) != 1 + every:
        sys.exit(__doc__)
    times, memory = read(words[-1])
    rounds = max(len(ns) for sizes in times.values() for by in sizes.values() for ns in by.values())
    if every:
        print(f"Nanoseconds: median (least, spread) of {rounds} rounds\n")
        print(table(["workload, threads, size", *ALLOCATORS], details(times)))
    else:
        print(f"Nanoseconds for each object, median of {rounds} rounds\n")
        print(table(["workload, threads", *ALLOCATORS], summary(times)))
    print("\nMiB: at the peak / when it is freed / 5 s later\n")
    print(table(["workload", *ALLOCATORS[:5]], of_memory(memory)))


if __name__ == "__main__":
    main()
