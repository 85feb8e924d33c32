#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Compare what the module, the library and the command say with troubleshooting.rst.

Each format of a pr_err() or of its kin, each text of a misuse, each explanation of the
library and each reason of the command to end needs an entry in that page: a line that is
the message between double backquotes, with any word in the place of a conversion. An
entry that nothing prints is stale. Prints what is missing and what is stale.

Usage: messages.py [--ktap]   with --ktap the same, and whether faults are found
"""

import pathlib
import re
import sys

from ktap import report

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = "Documentation/troubleshooting.rst"
LITERAL = r'"((?:[^"\\]|\\.)*)"'
# Constants between literals, which C joins
CONSTANTS = {"PRIu64": "u", "GOMALLOC_DEVICE": "/dev/gomalloc",
             "EVERYWHERE": "/sys/kernel/gomalloc_everywhere"}
TEXT = rf"((?:{LITERAL}|{'|'.join(CONSTANTS)}|\s)+)"
CONVERSION = r"%[-+ #0]*[\d*]*(?:\.[\d*]+)?(?:hh|h|ll|l|z)?(?:p[A-Za-z]*|[a-zA-Z])"
# Who prints, by the files that do: what stands before the text
PRINTERS = (
    (("*.c", "dev/*.c", "everywhere/*.c", "include/*.h", "include/*/*.h"),
     r"\bpr_(?:emerg|alert|crit|err|warn|notice|info)(?:_once|_ratelimited)?\("),
    (("report.c",), r"\bscnprintf\(text, REPORT_TEXT_LEN,"),
    # The texts of misuse, by number
    (("report.c",), r"\[GOMALLOC_\w+\] ="),
    (("tools/lib/libgomalloc.c",), r"\[E\w+\] ="),
    (("tools/lib/libgomalloc.c",), r"return(?= \"there)"),
    (("tools/gomalloc/*.c",), r"\b(?:errx?|warnx?)\((?:EXIT_\w+,)?"),
    (("tools/gomalloc/*.c",), r"\b(?:fail|misuse)\("),
    (("tools/gomalloc/trace.c",), r"\bbad\(r,"),
)


def join(tokens):
    """The text of literals and constants, as C joins them"""
    parts = re.findall(rf"{LITERAL}|(\w+)", tokens)
    text = "".join(CONSTANTS[name] if name else literal for literal, name in parts)
    return re.sub(r"\\n", "", text).replace('\\"', '"').strip()


def formats(sources):
    """What is printed, with the file that does"""
    found = {}
    for patterns, before in PRINTERS:
        for name in sorted(n for n in sources if any(pathlib.PurePath(n).match(p) and
                           n.count("/") >= p.count("/") for p in patterns)):
            if name.startswith(("tools", "kunit", "bench", "samples", "host", "selftests")) and \
                    not any(p.startswith("tools") for p in patterns):
                continue
            for match in re.finditer(rf"{before}\s*{TEXT}", sources[name]):
                text = join(match[1])
                # Without words of its own it prints the words of another
                if re.search(r"[a-z]{2}", re.sub(CONVERSION, "", text)):
                    found.setdefault(text, name)
    return found


def pattern(text):
    """What a format can become"""
    parts = [re.escape(p.replace("%%", "%")) for p in re.split(CONVERSION, text)]
    return re.compile(".+".join(parts))


def compare(sources, page):
    """The faults, and how many messages there are"""
    entries = re.findall(r"^``(.+)``$", page, re.MULTILINE)
    known = {text: pattern(text) for text in formats(sources)}
    faults = [f"{name}: no entry in {PAGE} for: {text}" for text, name in formats(sources).items()
              if not any(known[text].fullmatch(entry) for entry in entries)]
    faults += [f"{PAGE}: nothing prints: {entry}" for entry in entries
               if not any(p.fullmatch(entry) for p in known.values())]
    return faults, len(known)


def ktap(sources, page):
    """The comparison, and whether it finds what is planted"""
    faults, count = compare(sources, page)
    entry = re.search(r"^``.* is at its limit of .*``$", page, re.MULTILINE)[0]
    plants = (
        ("a message without an entry", "retry.c: no entry", sources, page.replace(entry, "")),
        ("a new message", "api.c: no entry .*the sky falls",
         sources | {"api.c": sources["api.c"] + 'pr_warn_once("the sky falls on %s\\n", x);'}, page),
        ("a message that has changed", "request.c: no entry",
         sources | {"request.c": sources["request.c"].replace("NMI context", "an NMI")}, page),
        ("an entry that nothing prints", f"{PAGE}: nothing prints: the sky is blue",
         sources, page + "\n``the sky is blue``\n"),
    )
    results = [(not faults, f"{count} messages have an entry", faults)]
    for what, words, changed, text in plants:
        said, _ = compare(changed, text)
        results.append((any(re.search(words, s) for s in said), f"it finds {what}", said))
    return report(results)


def main():
    if sys.argv[1:] not in ([], ["--ktap"]):
        sys.exit(__doc__)
    wanted = {pattern for patterns, _ in PRINTERS for pattern in patterns}
    sources = {str(p.relative_to(ROOT)): p.read_text() for w in wanted for p in ROOT.glob(w)
               if not p.name.endswith(".mod.c")}
    page = (ROOT / PAGE).read_text()
    if sys.argv[1:]:
        return not ktap(sources, page)
    faults, _ = compare(sources, page)
    print("".join(f"{fault}\n" for fault in faults), end="")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
