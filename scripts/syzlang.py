#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Compare selftests/gomalloc.txt, for syzkaller, with include/uapi/linux/gomalloc.h.

Each command, struct, field (its place, its width, whether the kernel writes it) and
value of an enum of the one has to be in the other. Which struct belongs to which command
is from the kernel-doc of the struct.

Usage: syzlang.py [--ktap]   prints each difference; --ktap: print KTAP, and test the
                             check, too: each fault that is planted has to be found
"""

import pathlib
import re
import sys

from ktap import report

ROOT = pathlib.Path(__file__).resolve().parent.parent
HEADER = ROOT / "include/uapi/linux/gomalloc.h"
DESCRIPTION = ROOT / "selftests/gomalloc.txt"
WIDTHS = {"__u32": 4, "__aligned_u64": 8, "char": 1}
# A fault, what it is put in for, and what it is
FAULTS = (
    (r"\tvalue\t", "\tvalues\t", "a field of another name"),
    (r"\tvalue\t.*\n", "", "a field less"),
    (r"(\toffset\t.*\n)(\tlength\t.*\n)", r"\2\1", "two fields in another order"),
    (r"int32\[0:255\]", "int64[0:255]", "a field of another width"),
    (r"occupancy\tarray\[int64, 9\]", "occupancy\tarray[int64, 8]", "an array that is shorter"),
    (r"(out_nr_classes\tint32)\t\(out\)", r"\1", "an answer that is none"),
    (r"(ioctl\$GOMALLOC_IOC_TRIM\(.*)inout", r"\1in", "a struct without an answer"),
    (r"ioctl\$GOMALLOC_IOC_FILL.*\n", "", "a command less"),
    (r"gomalloc_ioc_fill\]", "gomalloc_ioc_free]", "a command with another's struct"),
    (r", GOMALLOC_KIND_LARGE", "", "a value less"),
    (r"(GOMALLOC_ALLOC_NOSCAN)\n", r"\1, GOMALLOC_ALLOC_MORE\n", "a value too much"),
    (r"const\[112, int32\]", "const[104, int32]", "a row of another size"),
)


def read_header(text):
    """Commands with their structs, structs with their fields, enums with their values"""
    structs, commands = {}, {}
    for name, body in re.findall(r"^struct (\w+) \{\n(.*?)^\};", text, re.M | re.S):
        structs[name] = [(field, WIDTHS[kind] * int(count or 1), field.startswith("out_"))
                         for kind, field, count in
                         re.findall(r"^\t(\w+)\s+(\w+)(?:\[(\d+)\])?;$", body, re.M)]
        if len(structs[name]) != body.count(";"):
            sys.exit(f"syzlang: {HEADER.name}: a field of {name} that is none")
    for name, title in re.findall(r"^ \* struct (\w+) - (ioctl\(.*)$", text, re.M):
        for command in re.findall(r"ioctl\((\w+)\)", title):
            commands[command] = name
    for command in re.findall(r"^#define (GOMALLOC_IOC_\w+)", text, re.M):
        commands.setdefault(command, None)
    enums = {name: re.findall(r"^\t(GOMALLOC_\w+)\s*=", body, re.M) for name, body in
             re.findall(r"^enum (\w+) \{\n(.*?)^\};", text, re.M | re.S)}
    return commands, structs, enums


def split(text):
    """The options of a type, of which some have options themselves"""
    parts, depth = [""], 0
    for c in text:
        depth += {"[": 1, "]": -1}.get(c, 0)
        if c == "," and not depth:
            parts.append("")
        else:
            parts[-1] += c
    return [part.strip() for part in parts]


def width(kind, resources):
    """Bytes of a type; None if they are not the same each time"""
    name, _, options = kind.partition("[")
    options = split(options[:-1])
    if m := re.fullmatch(r"int(8|16|32|64)", name):
        return int(m[1]) // 8
    if name in resources:
        return width(resources[name], resources)
    if name in ("const", "flags", "len", "bytesize"):
        return width(options[-1], resources)
    if name == "array" and len(options) == 2:
        return width(options[0], resources) * int(options[1])
    return 8 if name == "ptr64" else None


def read_fields(body):
    """Names and types, and whether the kernel writes them"""
    fields = []
    for line in body.splitlines():
        m = re.fullmatch(r"\t(\w+)\t+(\S.*?)(\t\(out\))?", line)
        if not m:
            sys.exit(f"syzlang: {DESCRIPTION.name}: not a field: {line.strip()}")
        fields.append((m[1], m[2], bool(m[3])))
    return fields


def read_description(text):
    """The same of the description, where types are text, and its resources"""
    text = re.sub(r"^#.*\n", "", text, flags=re.M)
    resources = dict(re.findall(r"^resource (\w+)\[(\w+)\]", text, re.M))
    structs = {name: read_fields(body) for name, body in
               re.findall(r"^(?:type )?(\w+)(?:\[\w+\])? \{\n(.*?)^\}", text, re.M | re.S)}
    commands = {name: (number, way, struct) for name, number, way, struct in re.findall(
        r"^ioctl\$(\w+)\(fd fd_gomalloc, cmd const\[(\w+)\], arg ptr\[(\w+), (\w+)", text, re.M)}
    flags = {name: split(values) for name, values in re.findall(r"^(\w+) = (.*)$", text, re.M)}
    return commands, structs, flags, resources


def differences(what, ours, theirs):
    """Names that one of them has not"""
    yield from (f"gomalloc.txt lacks {what} {name}" for name in ours if name not in theirs)
    yield from (f"gomalloc.h has no {what} {name}" for name in theirs if name not in ours)


def compare_commands(ours, theirs, structs):
    """Numbers, structs, and whether these are written"""
    yield from differences("command", ours, theirs)
    for name, (number, way, struct) in theirs.items():
        if name not in ours:
            continue
        if number != name:
            yield f"{name} is {number}"
        if struct != ours[name]:
            yield f"{name} has {struct}, not {ours[name]}"
        answers = any(out for _, _, out in structs.get(struct, ()))
        if way != ("inout" if answers else "in"):
            yield f"{name}: {struct} is not for {way}"


def compare_structs(ours, theirs, resources):
    """Fields one by one, and sizes of rows"""
    yield from differences("struct", ours, theirs)
    for name in ours.keys() & theirs.keys():
        fields = [(field, width(kind, resources), out) for field, kind, out in theirs[name]]
        if len(fields) != len(ours[name]):
            yield f"{name} has {len(fields)} fields, not {len(ours[name])}"
        for got, want in zip(fields, ours[name]):
            if got != want:
                yield f"{name}: {got} is not {want} of gomalloc.h"
        kinds = {field: kind for field, kind, _ in theirs[name]}
        row = re.search(r"array\[(\w+)\]", kinds.get("rows", ""))
        if row:
            size = sum(n for _, n, _ in ours.get(row[1], ()))
            if kinds["row_size"] != f"const[{size}, int32]":
                yield f"{name}: {row[1]} has {size} bytes"


def compare(header, description):
    """All differences"""
    commands, structs, enums = read_header(header)
    their_commands, their_structs, flags, resources = read_description(description)
    yield from compare_commands(commands, their_commands, structs)
    yield from compare_structs(structs, their_structs, resources)
    ours = {value for values in enums.values() for value in values}
    theirs = {value for values in flags.values() for value in values if "GOMALLOC" in value}
    yield from differences("value", sorted(ours), sorted(theirs))
    for name, values in enums.items():
        if flags.get(name, values) != values:
            yield f"{name} has other values than that of gomalloc.h, or in another order"


def print_ktap(header, description):
    """Return: did the check find nothing, and all that was planted?"""
    found = list(compare(header, description))
    results = [(not found, "the description is that of the header", found)]
    for pattern, to, what in FAULTS:
        planted = re.sub(pattern, to, description, count=1)
        ok = planted != description and any(compare(header, planted))
        results.append((ok, f"{what} is found", []))
    return report(results)


def main():
    """As the arguments say"""
    header, description = HEADER.read_text(), DESCRIPTION.read_text()
    if sys.argv[1:] == ["--ktap"]:
        sys.exit(not print_ktap(header, description))
    found = list(compare(header, description))
    print("".join(f"{line}\n" for line in found), end="")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
