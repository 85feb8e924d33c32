#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Write Documentation/api_table.rst: the kernel's calls, and ours beside them.

Which calls there are is from the headers of the kernels in the cache: all functions
and macros of slab.h and mempool.h, and of others those that allocate, copy or free.
What is of the headers alone is left out: names that begin with an underscore, and
those that end in _noprof. What stands beside them is from scripts/api_table.txt.

It fails where a header has a name that the map lacks, where the map has a name that
no header has, and where it names one of ours that our headers lack.

Usage: api_table.py [--check | --ktap]
    --check: fail when the page is stale
    --ktap: the same as KTAP, and a test of the checks: each has to find what is planted
"""

import pathlib
import re
import subprocess
import sys

from ktap import report

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "Documentation/api_table.rst"
MAP = ROOT / "scripts/api_table.txt"
OURS = [ROOT / "include/linux" / name for name in ("gomalloc.h", "gomalloc_module.h")]
KERNELS = {"6.1": "source-6.1", "6.12": "stock-6.12", "7.3": "source-7.3"}
# What of each header; those that a kernel does not have are elsewhere in it
HEADERS = {
    "slab.h": r".*",
    "mempool.h": r".*",
    "device.h": r"devm_(k\w+|\w*percpu|\w*free_pages)",
    "device/devres.h": r"devm_(k\w+|\w*percpu|\w*free_pages)",
    "string.h": r"k?\w*dup(_\w+)?|kfree_const",
    "kernel.h": r"kv?asprintf\w*",
    "sprintf.h": r"kv?asprintf\w*",
    "rcupdate.h": r"kv?free_\w*rcu\w*",
    "rcutree.h": r"kv?free_\w*rcu\w*",
}
PARENS = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
BANNER = """.. SPDX-License-Identifier: GPL-2.0
.. Written by scripts/api_table.py. DO NOT EDIT.

========================
The API beside kmalloc's
========================

All that a module may call of ``linux/slab.h`` and ``linux/mempool.h``, and what allocates, copies or frees of
``linux/device.h``, ``linux/string.h``, ``linux/sprintf.h`` and ``linux/rcupdate.h``, in Linux 6.1, 6.12 and 7.3. Where
not all of them have a name, those that have it are named. Beside it is ours, or why there is none. What an object of
ours is freed by is always ``gofree()``, or, for one of a device, ``devm_gofree()``.
"""


def strip(text):
    """C without comments, each directive on a line of its own"""
    return re.sub(r"/\*(?s:.*?)\*/|//.*|\\\n", " ", text)


def functions(text):
    """What bare text declares or defines"""
    text = re.sub(r"^[ \t]*#.*", "", text, flags=re.M)
    nested = 1
    while nested:
        text, nested = re.subn(r"\{[^{}]*\}", ";", text)
    text = re.sub(rf"\b(DEFINE_FREE|static_assert|__\w+)\s*{PARENS}", " ", text)
    for words in text.split(";"):
        m = re.match(r"[\w\s*]*?[\s*](\w+)\s*\(", words)
        if m and not words.lstrip().startswith("typedef"):
            yield m[1]


def names(text):
    """Functions, macros, and what __free() takes, of a header"""
    text = strip(text)
    yield from functions(text)
    yield from re.findall(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", text, re.M)
    for name in re.findall(r"\bDEFINE_FREE\s*\(\s*(\w+)", text):
        yield f"__free({name})"


def wanted(name, pattern):
    return (name.startswith("__free(") or not name.startswith("_")) and \
        not name.endswith("_noprof") and re.fullmatch(pattern, name)


def folder(rig):
    """Where the headers of a kernel are, which is fetched if it is not in the cache"""
    done = subprocess.run([ROOT / "scripts/kernel.sh", rig], text=True, stdout=subprocess.PIPE)
    if done.returncode:
        sys.exit(f"api_table: no headers of {rig}")
    path = pathlib.Path(done.stdout.strip())
    common = list(path.glob("root/usr/src/linux-headers-*-common"))
    return (common or [path])[0] / "include/linux"


def read_headers():
    """The text of each header of each kernel that has it"""
    return {(version, header): (folder(rig) / header).read_text()
            for version, rig in KERNELS.items() for header in HEADERS
            if (folder(rig) / header).exists()}


def read_names(headers):
    """The kernels that have each name"""
    found = {}
    for (version, header), text in headers.items():
        for name in names(text):
            if wanted(name, HEADERS[header]):
                found.setdefault(name, {}).setdefault(version)
    return found


def read_map(text):
    """Titles of tables, with the rows of each: names, and what is beside them"""
    tables = []
    for line in text.splitlines():
        if line.startswith("= "):
            tables.append((line[2:], []))
        elif line and line[0] != "#":
            left, _, right = line.partition("\t")
            tables[-1][1].append((left.split(), right.strip()))
    return tables


def check_ours(text, header):
    """What the map says of ours that the header does not have"""
    declared = strip(header)
    for name in set(re.findall(r"\b(\w*go[a-z]\w*)\(\)", text)):
        if not re.search(rf"\b{name}\(", declared):
            yield f"gomalloc.h has no {name}()"
    for name in set(re.findall(r"\bGOMALLOC_\w+", text)):
        if not re.search(rf"^#define {name}\b", declared, re.M):
            yield f"gomalloc.h has no {name}"
    for name in set(re.findall(r"__free\((go\w+)\)", text)):
        if f"DEFINE_FREE({name}," not in declared:
            yield f"gomalloc.h has no __free({name})"


def check(found, tables, header):
    """The faults of the map"""
    rows = [row for _, rows in tables for row in rows]
    listed = [name for left, _ in rows for name in left]
    faults = [f"api_table.txt lacks {name} of {', '.join(found[name])}"
              for name in sorted(set(found) - set(listed))]
    faults += [f"no header has {name}" for name in sorted(set(listed) - set(found))]
    faults += [f"api_table.txt has {name} twice" for name in sorted(set(listed))
               if listed.count(name) > 1]
    faults += [f"nothing is beside {' '.join(left)}" for left, right in rows if not right]
    return faults + sorted(check_ours("\n".join(right for _, right in rows), header))


def code(text):
    """Names of functions and constants as literals"""
    return re.sub(r"(?<!`)\b(__free\(\w+\)|\w+\(\)|[A-Z_]{5,}\b)", r"``\1``", text)


def cell(name, versions):
    shown = name if re.fullmatch(r"[A-Z_]+|.*\)", name) else f"{name}()"
    some = "" if len(versions) == len(KERNELS) else f" ({', '.join(versions)})"
    return f"``{shown}``{some}"


def page(found, tables):
    text = BANNER
    for title, rows in tables:
        text += f"\n{title}\n{'=' * len(title)}\n\n"
        text += ".. list-table::\n   :header-rows: 1\n   :widths: 45 55\n\n"
        text += "   * - the kernel's\n     - gomalloc's\n"
        for left, right in rows:
            cells = ", ".join(cell(name, found[name]) for name in left if name in found)
            text += f"   * - {cells}\n     - {code(right)}\n"
    return text


def examine(headers, text, ours, old):
    """The faults, and the page as it should be"""
    found, tables = read_names(headers), read_map(text)
    faults, new = check(found, tables, ours), page(found, tables)
    if not faults and new != old:
        faults = ["Documentation/api_table.rst is stale; run scripts/api_table.py"]
    return faults, new


def plants(headers, text, ours, old):
    """What is wrong, what has to be said of it, and the input that is so"""
    slab = ("7.3", "slab.h")
    more = headers | {slab: headers[slab] + "\nvoid *kmalloc_planted(size_t size);\n"}
    macro = headers | {slab: headers[slab] + "\n#define kzalloc_planted(s) 0\n"}
    less = {key: text.replace("ksize", "kzise") for key, text in headers.items()}
    return (
        ("a function that the map lacks", r"api_table.txt lacks kmalloc_planted of 7\.3$",
         (more, text, ours, old)),
        ("a macro that the map lacks", r"api_table.txt lacks kzalloc_planted of 7\.3$",
         (macro, text, ours, old)),
        ("a name that no header has", r"no header has ksize$", (less, text, ours, old)),
        ("a row with nothing beside it", r"nothing is beside ksize$",
         (headers, re.sub(r"^ksize\t.*", "ksize\t", text, flags=re.M), ours, old)),
        ("one of ours that is not there", r"gomalloc\.h has no gosize\(\)$",
         (headers, text, ours.replace("gosize(", "gosized("), old)),
        ("a cleanup of ours that is not there", r"gomalloc\.h has no __free\(gofree\)$",
         (headers, text, ours.replace("DEFINE_FREE(gofree,", "DEFINE_FREE(gone,"), old)),
        ("a page that is stale", r"Documentation/api_table\.rst is stale",
         (headers, text, ours, old.replace("gosize", "size", 1))))


def ktap(inputs):
    """The check of the page, and whether it finds what is planted"""
    faults, _ = examine(*inputs)
    results = [(not faults, "the table of the API is complete and fresh", faults)]
    for what, pattern, planted in plants(*inputs):
        said, _ = examine(*planted)
        results.append((any(re.match(pattern, s) for s in said), f"it finds {what}", said))
    return not report(results)


def main():
    if sys.argv[1:] not in ([], ["--check"], ["--ktap"]):
        sys.exit(__doc__)
    old = PAGE.read_text() if PAGE.exists() else ""
    ours = "\n".join(header.read_text() for header in OURS)
    inputs = read_headers(), MAP.read_text(), ours, old
    if sys.argv[1:] == ["--ktap"]:
        return ktap(inputs)
    faults, new = examine(*inputs)
    if not sys.argv[1:] and all("stale" in fault for fault in faults):
        PAGE.write_text(new)
        return 0
    print("".join(f"{fault}\n" for fault in faults), end="")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
