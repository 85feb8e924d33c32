#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""From results.csv of the benchmark: a table, and a page with plots.

Usage: bench_report.py RESULTS REPORT

The plots are made by gnuplot and lie in the page itself.
"""

import csv
import html
import math
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from statistics import geometric_mean

from gen_sizeclasses import make_classes

SMALL = 4096
PLOTTED = ("pair", "batch", "live")
# Rows that have no kmalloc to compare with
ALONE = ("clock_irq", "clock_spin_irq", "clock_spin", "clock_this_cpu", "clock_raw_cpu",
         "clock_preempt", "clock_cpu", "heap_size", "longest_alloc", "longest_free", "trim", "again_clean",
         "spike_counted", "spike_pinned")


def read(path):
    with open(path, newline="", encoding="ascii") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["size"] = int(row["size"])
        row["cpus"] = int(row["cpus"])
        for name in ("gomalloc", "kmalloc", "ratio"):
            row[name] = float(row[name]) if row[name] else None
    return rows


def group(rows, *names):
    groups = defaultdict(list)
    for row in rows:
        groups[tuple(row[name] for name in names)].append(row)
    return groups


def summary(rows):
    """One line per case: what it costs beside kmalloc, and where it costs most"""
    rated = [row for row in rows if row["ratio"]]
    for names, part in group(rated, "rig", "kernel", "case", "cpus").items():
        small = [row for row in part if row["size"] <= SMALL] or part
        worst = max(part, key=lambda row: row["ratio"])
        mean = geometric_mean(row["ratio"] for row in small)
        yield (*names, part[0]["unit"], mean, worst["ratio"], worst["size"])


def print_table(rows):
    print(f"{'rig':13}{'kernel':27}{'case':18}{'CPUs':>5}"
          f"{'ratio':>8}{'worst':>8}  at size")
    for rig, kernel, case, cpus, _, mean, worst, size in summary(rows):
        print(f"{rig:13}{kernel[:25]:27}{case:18}{cpus:5}"
              f"{mean:8.3f}{worst:8.3f}  {size}")
    for row in rows:
        if row["case"] in ALONE:
            print(f"{row['rig']:13}{row['kernel'][:25]:27}{row['case']:18}"
                  f"{row['size']:>8}  {row['gomalloc']:.1f} {row['unit']}")


def plot(title, ylabel, series, extra=""):
    """An SVG picture; each of series is a name and its points"""
    data = "".join(
        f"$d{i} << EOD\n" + "".join(f"{x} {y}\n" for x, y in points) + "EOD\n"
        for i, (_, points) in enumerate(series))
    curves = ", ".join(f"$d{i} with linespoints title '{name}'"
                       for i, (name, _) in enumerate(series))
    script = ("set terminal svg size 760,420 dynamic background 'white'\n"
              "set key outside right top\nset grid\nset logscale x 2\n"
              f"{data}set title '{title}'\nset ylabel '{ylabel}'\n"
              f"set xlabel 'bytes'\n{extra}plot {curves}\n")
    run = subprocess.run(["gnuplot"], input=script, text=True, capture_output=True, check=True)
    return run.stdout[run.stdout.index("<svg"):]


def by_size(rows, case):
    """What a case costs by size, of both allocators, on one kernel"""
    part = sorted((row for row in rows if row["case"] == case and row["kmalloc"]),
                  key=lambda row: row["size"])
    return [(f"{case} {name}", [(row["size"], row[name]) for row in part])
            for name in ("gomalloc", "kmalloc")] if part else []


def size_plots(rows):
    for (rig, kernel, unit), part in group(rows, "rig", "kernel", "unit").items():
        series = [s for case in PLOTTED for s in by_size(part, case)]
        if series:
            yield plot(f"{rig}, Linux {kernel}", f"{unit} per operation", series,
                       "set logscale y\n")


def scaling_plots(rows):
    scale = [row for row in rows if row["case"] == "scale"]
    for (rig, kernel), part in group(scale, "rig", "kernel").items():
        series = []
        for (size,), some in group(part, "size").items():
            one = next((r for r in some if r["cpus"] == 1), None)
            if not one:
                continue
            for name in ("gomalloc", "kmalloc"):
                series.append((f"{size} bytes, {name}",
                               [(r["cpus"], r["cpus"] * one[name] / r[name])
                                for r in some if r[name]]))
        if series:
            yield plot(f"work done by several CPUs, {rig}, Linux {kernel}",
                       "times that of one CPU", series,
                       "set xlabel 'CPUs'\nset yrange [0:]\n")


def kmalloc_size(size):
    if 64 < size <= 96:
        return 96
    if 128 < size <= 192:
        return 192
    return max(8, 1 << (size - 1).bit_length())


def waste_plot():
    """Part of an object that nobody asked for, in the mean up to each size"""
    classes = [size for size, _ in make_classes()]
    edges = [math.ceil(2 ** (i / 4)) for i in range(12, 61)]
    points = {"gomalloc": [], "kmalloc": []}
    for low, high in zip(edges, edges[1:]):
        sizes = range(low, max(high, low + 1))
        given = {"gomalloc": sum(next(c for c in classes if c >= size) for size in sizes),
                 "kmalloc": sum(kmalloc_size(size) for size in sizes)}
        for name, total in given.items():
            points[name].append((low, 100 * (1 - sum(sizes) / total)))
    return plot("memory waste by size", "percent of what is given",
                list(points.items()), "set yrange [0:]\n")


def html_table(heads, lines):
    """Each of lines is the attributes of a row and its cells"""
    table = "<table><tr>" + "".join(f"<th>{head}" for head in heads)
    for attributes, cells in lines:
        table += f"\n<tr{attributes}>" + "".join(f"<td>{html.escape(str(c))}" for c in cells)
    return table + "\n</table>"


def html_summary(rows):
    heads = ("rig", "kernel", "case", "CPUs", "unit", f"ratio, mean up to {SMALL} bytes", "worst",
             "at size")
    return html_table(heads, (
        (" class=over" if worst > 1 else "", (*names, f"{mean:.3f}", f"{worst:.3f}", size))
        for *names, mean, worst, size in summary(rows)))


def html_rows(rows):
    heads = ("rig", "kernel", "case", "size", "cpus", "unit", "gomalloc", "kmalloc", "ratio")
    return html_table(heads, (("", ("" if row[h] is None else row[h] for h in heads))
                              for row in rows))


PAGE = """<!doctype html>
<html lang=en><meta charset=utf-8><title>gomalloc beside kmalloc</title>
<style>body {{ font: 15px sans-serif; max-width: 60em; margin: 2em auto }}
td, th {{ padding: 0 .6em; text-align: right }} .over {{ color: #a00 }}
svg {{ width: 100%; height: auto }}</style>
<h1>gomalloc beside kmalloc</h1>
<p>Both run in turns in one boot. The cost of the empty loop is taken off. A
ratio below 1 is a gain; cases that are above 1 at some size are red.
{plots}
<h2>Cases</h2>
{summary}
<h2>All figures</h2>
{table}
</html>
"""


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    rows = read(sys.argv[1])
    if not rows:
        sys.exit("bench_report.py: the benchmark printed no figures")
    print_table(rows)
    plots = [*size_plots(rows), *scaling_plots(rows), waste_plot()]
    Path(sys.argv[2]).write_text(
        PAGE.format(plots="\n".join(plots), summary=html_summary(rows),
                    table=html_rows(rows)), encoding="utf-8")


main()
