#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Is what a guest printed as JSON what it should be? Prints KTAP.

Usage: check_json.py LOG    whose lines "json: ..." are those of guest/command.sh
"""
import json
import re
import sys

CLASS = {"class", "object_bytes", "span_bytes", "objects", "tail_waste_bytes", "max_waste_percent"}
HEAP = {"id", "name", "device", "owner", "orphan", "objects", "object_bytes", "held_bytes", "limit_bytes", "misuses"}
RUN = {"lines", "objects", "peak_bytes", "batch", "ns", "peak_held_bytes"}


def classes(value):
    """gomalloc classes --json: all 67."""
    return len(value) == 67 and all(CLASS <= set(row) for row in value) and \
        value[8] == {"class": 9, "object_bytes": 112, "span_bytes": 8192, "objects": 73,
                     "tail_waste_bytes": 16, "max_waste_percent": 13.56}


def heaps(value):
    """gomalloc stats --json: a list, the default heap first."""
    return all(HEAP <= set(row) for row in value) and value[0]["name"] == "default" and \
        value[-1]["device"] and not value[0]["device"]


def heap(value):
    """gomalloc stats --json HEAP: its classes add up to it."""
    return HEAP <= set(value) and value["objects"] > 0 and \
        sum(row["objects"] for row in value["classes"]) == value["objects"]


def top(value):
    """gomalloc top --once --json HEAP: all heaps, and that one with its classes."""
    return len(value["heaps"]) >= 2 and {"id", "name", "held_bytes", "held_rate"} <= set(value["heaps"][0]) and \
        value["heap"]["name"] == "client" and value["heap"]["rates"] == {} and len(value["heap"]["classes"]) > 2


def run(value):
    """gomalloc run --json --compare: both ways."""
    return RUN <= set(value["each"]) and RUN <= set(value["batched"]) and value["ratio"] > 0


def main():
    """Parse each line and look at it."""
    with open(sys.argv[1], encoding="utf-8", errors="replace") as log:
        lines = re.findall(r"^(?:\[[ 0-9.]*\] )?json: (.*?)\r?$", log.read(), re.M)
    looks = (classes, heaps, heap, top, run)
    print(f"KTAP version 1\n1..{len(looks)}")
    good = len(lines) == len(looks)
    for i, (look, line) in enumerate(zip(looks, lines), 1):
        try:
            ok = look(json.loads(line))
        except (ValueError, KeyError, TypeError, IndexError):
            ok = False
        good = good and ok
        print(f"{'ok' if ok else 'not ok'} {i} {look.__doc__.rstrip('.')}")
    sys.exit(not good)


if __name__ == "__main__":
    main()
