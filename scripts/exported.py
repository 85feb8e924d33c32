#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Is each name that the module exports in each document that is to have all of them?

Names are those of EXPORT_SYMBOL_GPL() in the source, of the functions and macros with
kernel-doc in the headers, which are made of these, and of what was built of it for the
kernels of the rigs (build/modules/*/Module.symvers). A name that begins with __ is for
our header alone: it has no manual page, and no place in a guide. Each that allocates has
a tag for memory allocation profiling, too.

Usage: exported.py DOCUMENT...   a folder with manual pages, a page of HTML, or a page of
                     Documentation; prints what is missing
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# That of declarations, and that of each driver that has a heap as its own
HEADERS = ("include/linux/gomalloc.h", "include/linux/gomalloc_module.h")
EXPORT = re.compile(r"^EXPORT_SYMBOL_GPL\(([a-z_]\w*)\);", re.MULTILINE)
# Each call that allocates has a tag there; mempools take theirs by its address
TAGS = "include/linux/gomalloc_tags.h"
UNTAGGED = {"mempool_gomalloc_alloc"}
ALLOCATES = re.compile(r"\b([a-z]\w+)\(([^();]*\bgfp_t\b[^();]*)\)")
DOCUMENTED = re.compile(r"^ \* (\w+)\(\) - ", re.MULTILINE)


def exported():
    names = {name: header for header in HEADERS if (ROOT / header).exists()
             for name in DOCUMENTED.findall((ROOT / header).read_text())}
    for path in [*ROOT.glob("*.c"), *ROOT.glob("dev/*.c")]:
        names |= {name: path.name for name in EXPORT.findall(path.read_text())}
    for path in sorted(ROOT.glob("build/modules/*/Module.symvers")):
        for line in path.read_text().splitlines():
            # crc, name, module, kind, namespace: of a rig's other modules there are some,
            # too, and of ours those that unit tests alone may have
            _, name, module, _, namespace, *_ = line.split("\t") + [""]
            if "KUNIT" in namespace or "GPL" not in line:
                continue
            if module.endswith("/gomalloc") or module == "gomalloc":
                names.setdefault(name, f"the module for {path.parent.name}")
    return names


def reader(document):
    """A function that says whether a name is in the document"""
    path = pathlib.Path(document)
    if path.is_dir():
        pages = {page.stem for page in path.glob("*.9")}
        return lambda name: name in pages or name.startswith("__")
    text = path.read_text()
    if path.suffix == ".html":
        ids = set(re.findall(r'id="c\.(\w+)"', text))
        return lambda name: name in ids or name.startswith("__")
    included = [path.parent / name for name in re.findall(r"^\.\. include:: (.+)$", text, re.MULTILINE)]
    text += "".join(page.read_text() for page in included if page.exists())
    words = set(re.findall(r"\w+", text))
    return lambda name: name in words or name.startswith("__")


def untagged():
    text, tags = ((ROOT / header).read_text() for header in (HEADERS[0], TAGS))
    names = {name for name, _ in ALLOCATES.findall(text)} - UNTAGGED
    tagged = set(re.findall(r"^#define (\w+)\(\.\.\.\)[\s\\]+GOMALLOC_HOOKS\(\1\(__VA_ARGS__\)\)$", tags, re.MULTILINE))
    return sorted(names ^ tagged)


def main():
    if not sys.argv[1:]:
        sys.exit(__doc__)
    names = exported()
    missing = [] if names else ["nothing is exported; is this the source of gomalloc?"]
    for document in sys.argv[1:]:
        has = reader(document)
        missing += [f"{document}: {name} of {where} is missing"
                    for name, where in sorted(names.items()) if not has(name)]
    missing += [f"{TAGS}: {name} should have a tag, or has one and allocates nothing" for name in untagged()]
    print("".join(f"{line}\n" for line in missing), end="")
    return bool(missing)


if __name__ == "__main__":
    sys.exit(main())
