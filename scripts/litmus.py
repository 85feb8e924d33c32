#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Check that the litmus tests are of the code: each function that a test of
models/litmus names behind "Code:" is one of the module's; each that has a
barrier with a comment "pairs with" is named by a test, or in models/litmus/README.rst,
which says why not; and each test has a variant that must fail.

Usage: litmus.py [--ktap]   prints each fault; --ktap: print KTAP, and test the
                            check, too: faults are planted, and each has to be found
"""

import pathlib
import re
import sys

from ktap import report

ROOT = pathlib.Path(__file__).resolve().parent.parent
TESTS = ROOT / "models" / "litmus"
FUNCTION = re.compile(r"(\w+)\((?:[^;{}()]|\([^()]*\))*\)\n\{\n.*?^\}", re.M | re.S)
PAIRS = re.compile(r"/\*(?:(?!\*/).)*?\bpairs?[\s*]+with\b", re.I | re.S)


def sources():
    """What is built into the module, by name"""
    files = [p for folder in (".", "dev", "include") for p in (ROOT / folder).glob("*.[ch]")]
    return {str(p.relative_to(ROOT)): p.read_text() for p in files}


def functions(text):
    """Name and end of each function of a file"""
    return [(m[1], m.start(), m.end()) for m in FUNCTION.finditer(text)]


def paired(text):
    """The functions that have such a comment, in them or before them"""
    ends = functions(text)
    for m in PAIRS.finditer(text):
        yield next((name for name, _, end in ends if end > m.start()), "no function")


def not_modelled(readme):
    block = readme.partition(".. not modelled")[2].partition("::\n")[2]
    return [line.split()[0] for line in block.splitlines() if line.startswith("  ")]


def faults(code, tests, readme):
    """All that is wrong with tests, texts by name"""
    defined = {name for text in code.values() for name, _, _ in functions(text)}
    modelled = set()
    for name, text in tests.items():
        named = [re.findall(r"(\w+)\(\)", line)
                 for line in re.findall(r"^ \* Code: (.*)$", text, re.M)]
        modelled.update(*named)
        if not any(named):
            yield f"{name} names no code"
        if not text.startswith(f"C {name}\n"):
            yield f"{name} has another name inside"
        if not re.search(r"// [A-Z_]+:", text):
            yield f"{name} has no variant that is weaker"
    for name in sorted(modelled - defined):
        yield f"{name}() is in a litmus test and not in the code"
    spared = set(not_modelled(readme))
    having = {function: file for file, text in code.items() for function in paired(text)}
    for name in sorted(spared - set(having)):
        yield f"{name}() is in models/litmus/README.rst and has no barrier that pairs"
    for name, file in sorted(having.items()):
        if name not in modelled | spared:
            yield f"{file}: no litmus test is of the barrier in {name}()"


def plant(code, tests, readme):
    """What has to be found, and how it looks: each a change of one of the three"""
    some = next(iter(tests))
    text = tests[some]
    orphan = "/* Pairs with nobody */\nvoid planted(void)\n{\n}\n"
    yield ("a function that is gone", "planted() is in a litmus test",
           code, {**tests, some: text.replace("Code: ", "Code: planted(), ")}, readme)
    yield ("a barrier without a test", "of the barrier in planted()",
           {**code, "planted.c": orphan}, tests, readme)
    yield ("a barrier that is not there any more", "planted() is in models/litmus/README.rst",
           code, tests, readme + "  planted  no reason\n")
    yield ("a test without a variant", "has no variant",
           code, {**tests, some: re.sub("//.*", "", text)}, readme)
    yield ("a test that was copied", "has another name",
           code, {**tests, "planted": text}, readme)


def main():
    code = sources()
    tests = {p.stem: p.read_text() for p in sorted(TESTS.glob("*.litmus"))}
    readme = (TESTS / "README.rst").read_text()
    found = list(faults(code, tests, readme))
    if "--ktap" not in sys.argv:
        print(*found, sep="\n", end="\n" if found else "")
        return bool(found)
    results = [(not found, "each barrier that pairs has a litmus test", found)]
    for what, text, *planted in plant(code, tests, readme):
        said = list(faults(*planted))
        results.append((any(text in f for f in said), f"{what} is found", said))
    return not report(results)


if __name__ == "__main__":
    sys.exit(main())
