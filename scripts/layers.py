#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Check that each file of the module knows only files of the layers below it.

The order is in Documentation/design.rst, in the literal block behind the
comment ".. layers": a line for each layer, the top first; names are those of
.c files. Its last line, "types: ...", names headers that belong to no .c file
and are below all layers. The block behind ".. upcalls" names the functions that
a lower layer reaches through a pointer, and how, for example
"scavenge  work item heap->scavenge_work".

What the files call, refer to and include is from the compiler, see
layers_facts.py; which pointers to functions they store, from the source.

Usage: layers.py [--order FILE] [--kunit DIR] KERNEL_BUILD MODULE_DIR
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import sys

from layers_facts import Compiler, declared, strip

ROOT = pathlib.Path(__file__).resolve().parent.parent
PUBLIC = ("include/linux/", "include/uapi/")


class Order:
    """The layers, the headers with types only, and the upcalls"""

    def __init__(self, path):
        text = path.read_text()
        layers, _, types = self.block(text, "layers").partition("types:")
        self.layers = [line.split() for line in layers.splitlines() if line.strip()]
        self.types = set(types.split())
        upcalls = self.block(text, "upcalls").splitlines()
        self.upcalls = dict(f"{line.strip()} ".split(" ", 1) for line in upcalls if line.strip())
        self.rank = {unit: n for n, row in enumerate(self.layers, 1) for unit in row}

    @staticmethod
    def block(text, name):
        m = re.search(r"^\.\. %s\n\s*::\n\s*\n((?:[ \t]+.*\n|\s*\n)+)" % name, text, re.M)
        if not m:
            sys.exit(f"layers: no block '.. {name}' in the documentation")
        return m[1]

    def unit(self, path):
        """mcache for mcache.c and include/mcache.h; "types" for such a header"""
        name = re.sub(r"^include/|\.[ch]$", "", path)
        return "types" if path.endswith(".h") and name in self.types else name

    def of(self, unit):
        """The number of its layer, counted from the top; 0 for none"""
        return len(self.layers) + 1 if unit == "types" else self.rank.get(unit, 0)


def reachable(edges, start):
    found, todo = set(), [start]
    while todo:
        new = edges.get(todo.pop(), set()) - found
        found |= new
        todo += new
    return found


class Check:
    """The rules; each method adds the faults it finds"""

    def __init__(self, order, root, facts, kunit):
        self.order, self.root, self.facts, self.kunit = order, root, facts, kunit
        self.faults, self.upward = [], 0
        self.edges = {"calls": {}, "includes": {}}
        self.owner = {n: order.unit(p.split(":")[0]) for f in facts.values()
                      for n, p in f["functions"].items() if ".h:" in p}
        self.owner.update((s, u) for u, f in facts.items() for s in f["defines"])
        files = {name for f in facts.values() for name in f["files"]}
        folders = {pathlib.PurePath(f).parent for f in files}
        files |= {str(p.relative_to(root)) for d in folders for p in (root / d).glob("*.h")}
        self.text = {f: (root / f).read_text() for f in sorted(files)}
        self.headers = [f for f in self.text if f.endswith(".h") and not f.startswith(PUBLIC)]
        self.code = {file: strip(text) for file, text in self.text.items()}

    def fault(self, place, what):
        self.faults.append(f"{place}: {what}")

    @staticmethod
    def line(file, text, pattern):
        m = re.search(pattern, text)
        return f"{file}:{text.count(chr(10), 0, m.start()) + 1}" if m else file

    def edge(self, kind, place, target, what):
        """One file knows another: in a lower layer?"""
        source = self.order.unit(place.split(":")[0])
        here, there = self.order.of(source), self.order.of(target)
        if source == target:
            return
        self.edges[kind].setdefault(source, set()).add(target)
        if not here or not there or there > here:
            return
        self.upward += 1
        where = "above it" if there < here else "beside it"
        self.fault(place, f"{what} of {target}, which is {where} (layer {there}, not below {here})")

    def check_calls(self):
        seen = set()
        for unit, facts in self.facts.items():
            called = set()
            for place, name in facts["calls"]:
                called.add(name)
                file = facts["functions"].get(name)
                target = self.order.unit(file.split(":")[0]) if file else self.owner.get(name)
                key = place.split(":")[0], name
                if target and key not in seen:
                    seen.add(key)
                    self.edge("calls", place, target, f"calls {name}()")
            for name in facts["uses"]:
                if name in self.owner and name not in called and name not in self.order.upcalls:
                    place = self.line(f"{unit}.c", self.code[f"{unit}.c"], rf"\b{name}\b")
                    self.edge("calls", place, self.owner[name], f"refers to {name}")

    def check_includes(self):
        for file, header in sorted({tuple(i) for f in self.facts.values() for i in f["includes"]}):
            if not file.startswith(PUBLIC) and not header.startswith(PUBLIC):
                place = self.line(file, self.text[file],
                                  r"#\s*include.*\b" + re.escape(os.path.basename(header)))
                self.edge("includes", place, self.order.unit(header), f"includes {header}")

    def check_files(self):
        for unit in self.facts:
            if unit not in self.order.rank:
                self.fault(f"{unit}.c", "is in no layer")
        for unit in sorted(set(self.order.rank) - set(self.facts)):
            self.fault(f"{unit}.c", "is in a layer, and does not exist")
        for header in self.headers:
            unit = self.order.unit(header)
            if unit != "types" and unit not in self.facts:
                self.fault(header, "has no .c file, and is not listed as types only")
        stems = {re.sub(r"^include/|\.h$", "", h) for h in self.headers}
        for name in sorted(self.order.types - stems):
            self.fault(f"{name}.h", "is listed as types only, and does not exist")

    def check_declarations(self):
        """Each header declares what its own .c file defines, and no .c file does"""
        for file, code in self.code.items():
            for name in () if file.startswith(PUBLIC) else declared(code):
                owner = self.owner.get(name)
                if owner != self.order.unit(file) and (owner or file.endswith(".h")):
                    place = self.line(file, code, rf"\b{name}\s*[(\[;]")
                    self.fault(place, f"declares {name}, which {owner or 'nothing'} defines")

    def pointers(self):
        """Where a file takes the address of a function of its own: the name, the
        statement, and the field that it is stored in"""
        for unit, facts in self.facts.items():
            own = {n for n, p in facts["functions"].items() if p.startswith(f"{unit}.c:")}
            for statement in re.split(r"[;{}]", self.code[f"{unit}.c"]):
                for m in re.finditer(r"(?:(?:->|\.)(\w+)\s*[=,]\s*|[(,=&]\s*|^\s*)"
                                     r"(\w+)\s*(?=[,)]|$)", statement):
                    if m[2] in own and not re.match(r"\s*EXPORT_", statement):
                        yield unit, m[2], statement, m[1]

    def check_upcalls(self):
        stored = {}
        for unit, name, statement, field in self.pointers():
            stored.setdefault(name, []).append(statement)
            if name not in self.order.upcalls:
                self.check_unlisted(unit, name, statement, field)
        functions = {n for f in self.facts.values() for n in f["functions"]}
        for name, how in self.order.upcalls.items():
            fields = re.findall(r"(?:->|\.)(\w+)", how)
            if name not in functions:
                self.fault("upcalls", f"{name}() does not exist")
            elif name not in stored:
                self.fault("upcalls", f"nothing takes the address of {name}()")
            elif not all(re.search(rf"\b{f}\b", " ".join(stored[name])) for f in fields):
                self.fault("upcalls", f"nothing stores {name}() in {fields[-1]}")

    def check_unlisted(self, unit, name, statement, field):
        """Does a lower file get the pointer as an argument, or use that field of ours?

        Not a header of types, whose wrappers hand it to the kernel."""
        users = {self.owner.get(f) for f in re.findall(r"(\w+)\s*\(", statement)} - {None}
        if field and any(re.search(rf"\w[\s*]+(\(\*)?{field}(\[.*\])?[;)]", self.code[h])
                         for h in self.headers):
            users |= {self.order.unit(f) for f, code in self.code.items()
                      if not f.startswith(PUBLIC) and re.search(rf"(->|\.){field}\b", code)}
        text = self.code[f"{unit}.c"]
        for user in sorted(u for u in users - {"types"} if self.order.of(u) > self.order.of(unit)):
            self.fault(self.line(f"{unit}.c", text, re.escape(statement.strip())),
                       f"{user} can call {name}(), which is not a listed upcall")

    def check_circles(self):
        circles = 0
        for kind, edges in self.edges.items():
            reach = {u: reachable(edges, u) for u in edges}
            rest = {u for u in reach if u in reach[u]}
            while rest:
                circle = {u for u in rest if u in reach[min(rest)] and min(rest) in reach[u]}
                rest -= circle
                circles += 1
                self.fault("circle", f"{len(circle)} files by {kind}: {' '.join(sorted(circle))}")
        return circles

    def check_below(self):
        """Modules of tests that link only what is not above their layer"""
        words = []
        for mod in sorted(self.kunit.glob("kunit/gomalloc_below_*.mod")):
            layer = mod.stem[len("gomalloc_below_"):]
            units = {re.sub(rf"^{layer}-", "", pathlib.Path(p).stem)
                     for p in mod.read_text().split()} & set(self.order.rank)
            words.append(f"{layer}({len(units)} file{'s' * (len(units) != 1)})")
            if layer not in self.order.rank:
                self.fault(f"kunit/{mod.name}", f"there is no layer of {layer}")
                continue
            for unit in sorted(units):
                if self.order.of(unit) < self.order.of(layer):
                    self.fault(f"kunit/{mod.name}", f"links {unit}, which is above {layer}")
        return " ".join(words) or "0 modules"

    def run(self):
        self.check_files()
        self.check_calls()
        self.check_includes()
        self.check_declarations()
        self.check_upcalls()
        circles, below = self.check_circles(), self.check_below()
        functions = {(n, p) for f in self.facts.values() for n, p in f["functions"].items()}
        return (f"{self.upward} upward calls, {circles} circles; {len(functions)} functions in "
                f"{len(self.facts)} files, {len(self.headers)} headers, "
                f"{len(self.order.upcalls)} upcalls listed; KUnit below: {below}")


def main():
    parser = argparse.ArgumentParser(description="Check the layers of the module")
    parser.add_argument("--order", type=pathlib.Path, default=ROOT / "Documentation/design.rst")
    parser.add_argument("--kunit", type=pathlib.Path, help="where the unit tests are built")
    parser.add_argument("kernel", type=pathlib.Path)
    parser.add_argument("dir", type=pathlib.Path)
    args = parser.parse_args()
    order, root = Order(args.order), args.dir.resolve()
    folders = {""} | {os.path.dirname(unit) for unit in order.rank}
    units = {str(p.relative_to(root))[:-2] for d in folders for p in (root / d).glob("*.c")}
    units = sorted(u for u in units if not u.endswith(".mod"))
    compiler = Compiler(args.kernel, root)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        facts = dict(zip(units, pool.map(compiler.facts, units)))
    check = Check(order, root, facts, args.kunit or root)
    summary = check.run()
    print("\n".join(check.faults + [f"layers: {summary}"]))
    return bool(check.faults)


if __name__ == "__main__":
    sys.exit(main())
