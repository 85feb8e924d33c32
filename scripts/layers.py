#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Check that each file of the module knows only files of the layers below it.

The order is in Documentation/design.rst, in the literal block behind the
comment ".. layers": a line for each layer, the top first; names are those of
.c files. Its last line, "types: ...", names headers that belong to no .c file
and are below all layers. The block behind ".. upcalls" names the functions that
a lower layer reaches through a pointer, and how, for example
"scavenge  work item heap->scavenge_work".

What the files call and refer to is from the compiler: each is compiled once
more with nothing inlined but what has to be. Calls come from its call graph
(-fcallgraph-info), other references from the symbols of the object. What they
include and which pointers to functions they store is from the source.

Usage: layers.py [--ktap]   prints each fault and a summary; --ktap: print KTAP, and
                            test the check, too: faults are planted in a copy, and
                            each has to be found
"""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from graphlib import CycleError, TopologicalSorter

from ktap import report

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Also what is built for kernels that inject faults, or look for leaks
FLAGS = ["-w", "-g0", "-DCONFIG_FAULT_INJECTION=1", "-DCONFIG_DEBUG_KMEMLEAK=1",
         "-fno-inline", "-fno-ipa-cp",
         "-fno-ipa-icf", "-fno-ipa-sra", "-fno-partial-inlining", "-fcallgraph-info"]
ATTRIBUTE = (r"\b__(acquires|aligned|alloc_size|attribute__|guarded_by|must_hold|printf|"
             r"releases)\s*\((\([^()]*\)|[^()])*\)")


def run(*words, cwd=ROOT):
    done = subprocess.run(words, cwd=cwd, text=True, stdout=subprocess.PIPE)
    if done.returncode:
        sys.exit(f"layers: {words[0]} failed on {words[-1]}")
    return done.stdout


def strip(text):
    """C without comments, strings and directives, line for line"""
    def blank(m):
        return '""' if m[0][0] == '"' else "\n" * m[0].count("\n")

    text = re.sub(r'"(?:\\.|[^"\\\n])*"|/\*(?s:.*?)\*/|//.*', blank, text)
    return re.sub(r"^[ \t]*#(?:\\\n|.)*", blank, text, flags=re.M)


def declared(text):
    """What bare text declares and does not define, but for what is static"""
    nested = 1
    while nested:
        text, nested = re.subn(r"\{[^{}]*\}", "@;", text)
    for words in text.split(";"):
        words = re.sub(ATTRIBUTE, "", words).strip()
        if "@" in words or re.match(r"(static|typedef)\b", words):
            continue
        m = re.match(r"[\w\s*]*[\s*](\w+)\s*\(", words) or \
            re.match(r"extern\s[\w\s*]*[\s*](\w+)(\[.*)?$", words)
        if m:
            yield m[1]


class Order:
    """The layers, the headers with types only, and the upcalls"""

    def __init__(self, text):
        layers, _, types = self.block(text, "layers").partition("types:")
        self.layers = [line.split() for line in layers.splitlines() if line.strip()]
        self.types = set(types.split())
        upcalls = self.block(text, "upcalls").splitlines()
        self.upcalls = dict(line.split(None, 1) for line in upcalls if line.strip())
        self.rank = {unit: n for n, row in enumerate(self.layers, 1) for unit in row}

    @staticmethod
    def block(text, name):
        m = re.search(r"^\.\. %s\n\s*::\n\s*\n((?:[ \t]+.*\n|\s*\n)+)" % name, text, re.M)
        if not m:
            sys.exit(f"layers: no block '.. {name}' in the documentation")
        return m[1]

    def unit(self, path):
        """mcache for mcache.c and include/mcache.h; "types" for such a header"""
        name = re.sub(r"^include/|\.[ch](:\d+)?$", "", path)
        return "types" if ".h" in path and name in self.types else name

    def of(self, unit):
        """The number of its layer, counted from the top; 0 for none"""
        return len(self.layers) + 1 if unit == "types" else self.rank.get(unit, 0)


class Compiler:
    """What the compiler knows of the source files in a folder"""

    def __init__(self, kernel, built):
        self.kernel, self.built = kernel, built
        # Kbuild's, which is the same for all files
        m = re.match(r"\S+ := (.*) -c -o ", (built / ".gomalloc_kmod.o.cmd").read_text())
        self.command = [w for w in shlex.split(m[1]) if not w.startswith("-Wp,-MMD")] + FLAGS

    def facts(self, root, unit):
        obj = root / "layers" / unit.replace("/", "-")
        obj.parent.mkdir(exist_ok=True)
        command = [word.replace(str(self.built), str(root)) for word in self.command]
        run(*command, "-c", "-o", f"{obj}.o", f"{root}/{unit}.c", cwd=self.kernel)
        return Facts(root, obj.with_suffix(".ci").read_text(), run("nm", f"{obj}.o"))


class Facts:
    """Of one file: its functions and where they are, what it calls and where"""

    def __init__(self, root, graph, symbols):
        self.root = root
        self.functions = {title.split(":")[-1]: place for title, place in self.places(
            r'^node: { title: "([^"]*)" label: "[^"\\]*\\n([^"\\]*)[^"]*" }', graph)}
        self.calls = [(place, name.split(":")[-1]) for name, place in self.places(
            r'^edge: .* targetname: "([^"]*)" label: "([^"]*)"', graph)]
        symbols = re.findall(r"([A-Z]) (\w+)$", symbols, re.M)
        self.defines = [name for kind, name in symbols if kind != "U"]
        self.uses = [name for kind, name in symbols if kind == "U"]

    def places(self, pattern, graph):
        """Names with file:line, where that is ours and not the kernel's"""
        for name, place in re.findall(pattern, graph, re.M):
            place = os.path.normpath(place)
            if place.startswith(f"{self.root}/"):
                yield name, place[len(str(self.root)) + 1:].rsplit(":", 1)[0]


class Check:
    """The rules; each method adds the faults it finds"""

    def __init__(self, order, root, facts, kunit):
        self.order, self.facts, self.kunit = order, facts, kunit
        self.faults, self.upward, self.circles = [], 0, 0
        self.edges = {"calls": {}, "includes": {}}
        self.owner = {n: order.unit(p) for f in facts.values()
                      for n, p in f.functions.items() if ".h:" in p}
        self.owner.update((s, u) for u, f in facts.items() for s in f.defines)
        folders = {os.path.dirname(unit) for unit in facts}
        self.headers = [str(p.relative_to(root)) for folder in folders
                        for where in (folder, f"include/{folder}")
                        for p in (root / where).glob("*.h")]
        self.text = {f: (root / f).read_text() for f in self.headers + [f"{u}.c" for u in facts]}
        self.code = {file: strip(text) for file, text in self.text.items()}

    def fault(self, place, what):
        fault = f"{place}: {what}"
        self.faults += [fault] * (fault not in self.faults)

    def place(self, file, pattern):
        m = re.search(pattern, self.code[file])
        return f"{file}:{self.code[file].count(chr(10), 0, m.start()) + 1}" if m else file

    def edge(self, kind, place, target, what):
        """One file knows another: in a lower layer?"""
        source = self.order.unit(place)
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
        for unit, facts in self.facts.items():
            for place, name in facts.calls:
                at = facts.functions.get(name)
                target = self.order.unit(at) if at else self.owner.get(name)
                if target:
                    self.edge("calls", place, target, f"calls {name}()")
            called = {name for _, name in facts.calls} | set(self.order.upcalls)
            for name in set(facts.uses) & set(self.owner) - called:
                self.edge("calls", self.place(f"{unit}.c", rf"\b{name}\b"), self.owner[name],
                          f"refers to {name}")

    def check_includes(self):
        for file, text in self.text.items():
            for n, line in enumerate(text.splitlines(), 1):
                m = re.match(r"\s*#\s*include\s*([<\"])([^>\"]+)", line)
                folders = ("include",) if m and m[1] == "<" else (os.path.dirname(file), "include")
                headers = [os.path.normpath(os.path.join(f, m[2])) for f in folders if m]
                for header in [h for h in headers if h in self.text][:1]:
                    self.edge("includes", f"{file}:{n}", self.order.unit(header),
                              f"includes {header}")

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
            for name in declared(code):
                owner = self.owner.get(name) or self.left_out(file, name)
                if owner != self.order.unit(file) and (owner or file.endswith(".h")):
                    self.fault(self.place(file, rf"\b{name}\s*[(\[;]"),
                               f"declares {name}, which {owner or 'nothing'} defines")

    def left_out(self, header, name):
        """The file of a function that is only built for other kernels than this"""
        unit = self.order.unit(header)
        text = self.text.get(f"{unit}.c", "")
        return unit if re.search(rf"^\w[^;{{}}\n]*\b{name}\([^;{{}}]*\)\n{{", text, re.M) else None

    def pointers(self):
        """Where a file takes the address of a function of its own: the name, the
        statement, and the field that it is stored in"""
        for unit, facts in self.facts.items():
            own = {n for n, p in facts.functions.items() if p.startswith(f"{unit}.c:")}
            for statement in re.split(r"[;{}]", self.code[f"{unit}.c"]):
                for m in re.finditer(r"(?:(?:->|\.)(\w+)\s*[=,]\s*|[(,=&]\s*|^\s*)"
                                     r"(\w+)\s*(?=[,)]|$)", statement):
                    if m[2] in own and not re.match(r"\s*EXPORT_", statement):
                        yield unit, m[2], statement, m[1]

    def check_upcalls(self):
        stored = {}
        for unit, name, statement, field in self.pointers():
            stored[name] = stored.get(name, "") + statement
            if name not in self.order.upcalls:
                self.check_unlisted(unit, name, statement, field)
        functions = {n for f in self.facts.values() for n in f.functions}
        for name, how in self.order.upcalls.items():
            fields = re.findall(r"(?:->|\.)(\w+)", how)
            if name not in functions:
                self.fault("upcalls", f"{name}() does not exist")
            elif name not in stored:
                self.fault("upcalls", f"nothing takes the address of {name}()")
            elif not all(re.search(rf"\b{f}\b", stored[name]) for f in fields):
                self.fault("upcalls", f"nothing stores {name}() in {fields[-1]}")

    def check_unlisted(self, unit, name, statement, field):
        """Does a lower file get the pointer as an argument, or use that field of ours?

        Not a header of types, whose wrappers hand it to the kernel."""
        users = {self.owner.get(f) for f in re.findall(r"(\w+)\s*\(", statement)} - {None}
        if field and any(re.search(rf"\w[\s*]+(\(\*)?{field}(\[.*\])?[;)]", self.code[h])
                         for h in self.headers):
            users |= {self.order.unit(f) for f, code in self.code.items()
                      if re.search(rf"(->|\.){field}\b", code)}
        for user in sorted(u for u in users - {"types"} if self.order.of(u) > self.order.of(unit)):
            self.fault(self.place(f"{unit}.c", re.escape(statement.strip())),
                       f"{user} can call {name}(), which is not a listed upcall")

    def check_circles(self):
        for kind, edges in self.edges.items():
            while True:
                try:
                    TopologicalSorter(edges).prepare()
                    break
                except CycleError as error:
                    circle = error.args[1][::-1]
                self.circles += 1
                self.fault("circle", f"by {kind}: {' '.join(circle)}")
                # There may be others
                edges[circle[0]].remove(circle[1])

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
        """The faults, and a summary"""
        self.check_files()
        self.check_calls()
        self.check_includes()
        self.check_declarations()
        self.check_upcalls()
        self.check_circles()
        below = self.check_below()
        functions = {(n, p) for f in self.facts.values() for n, p in f.functions.items()}
        return self.faults, (
            f"layers: {self.upward} upward calls, {self.circles} circles; {len(functions)} "
            f"functions in {len(self.facts)} files, {len(self.headers)} headers, "
            f"{len(self.order.upcalls)} upcalls listed; KUnit below: {below}")


def plants(order):
    """What is wrong, what has to be said of it, and the text that makes it so, by file"""
    low, beside = [row for row in order.layers if len(row) > 1][-1][:2]
    top = order.layers[0][0]
    declare = "void plant(void);\n"
    call = declare + "void plant_low(void);\nvoid plant_low(void) { plant(); }"
    body = declare + "void plant(void) { }"
    taker = "void plant(void (*f)(void));\n"
    return (
        ("a call upward",
         rf"{low}\.c:\d+: calls plant\(\) of {top}, which is above",
         {f"{top}.c": body, f"{low}.c": call}),
        ("a pointer to a function above",
         rf"{low}\.c:\d+: refers to plant of {top}, which is above",
         {f"{top}.c": body, f"{low}.c": declare + "void (*plant_pointer)(void) = plant;"}),
        ("a call to a file of the same layer",
         rf"{low}\.c:\d+: calls plant\(\) of {beside}, which is beside",
         {f"{beside}.c": body, f"{low}.c": call}),
        ("a circle",
         r"circle: by calls:.* mheap malloc\b",
         {"malloc.c": body, "mheap.c": call}),
        ("an include upward",
         rf"{low}\.c:\d+: includes include/malloc\.h of malloc, which is above",
         {f"{low}.c": '#include "malloc.h"'}),
        ("an include upward in a header",
         rf"include/{low}\.h:\d+: includes include/mheap\.h of mheap, which is above",
         {f"include/{low}.h": '#include "mheap.h"'}),
        ("an upcall of a function that does not exist",
         r"upcalls: gone\(\) does not exist",
         {"order": ".. upcalls\n\n::\n\n  gone  no way\n"}),
        ("an upcall that is not listed",
         rf"{top}\.c:\d+: {low} can call plant_back\(\), which is not a listed upcall",
         {f"{low}.c": taker + "void plant(void (*f)(void)) { f(); }",
          f"{top}.c": taker + "void plant_top(void);\nstatic void plant_back(void) { }\n"
                      "void plant_top(void) { plant(plant_back); }"}),
        ("a module of tests that links a file above its layer",
         rf"kunit/gomalloc_below_{low}\.mod: links malloc, which is above",
         {f"kunit/gomalloc_below_{low}.mod": f"kunit/{low}-{low}.o kunit/{low}-malloc.o"}))


def planted(compiler, facts, files):
    """A copy of the sources with more in some files, and what is known of it"""
    root = ROOT / "build/layers"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(compiler.built, root, ignore=shutil.ignore_patterns("*.o", "*.ko", "*.ci"))
    for name, text in files.items():
        (root / name).parent.mkdir(exist_ok=True)
        with open(root / name, "a") as file:
            file.write(f"{text}\n")
    changed = [name[:-2] for name in files if name.endswith(".c")]
    return root, facts | {unit: compiler.facts(root, unit) for unit in changed}


def ktap(order_text, faults, summary, compiler, facts):
    """The check of the sources, and whether it finds what is planted in a copy"""
    results = [(not faults, summary, faults)]
    for what, pattern, files in plants(Order(order_text)):
        order = Order(files.get("order", "") + order_text)
        root, known = planted(compiler, facts, files)
        said, _ = Check(order, root, known, root).run()
        results.append((any(re.match(pattern, s) for s in said), f"it finds {what}", said))
    return report(results)


def main():
    if sys.argv[1:] not in ([], ["--ktap"]):
        sys.exit(__doc__)
    text = (ROOT / "Documentation/design.rst").read_text()
    order = Order(text)
    kernel = run("scripts/kernel.sh", "stock-6.1").strip()
    root = pathlib.Path(run("scripts/modules.sh", "stock-6.1").strip())
    # Stock kernels have no unit tests
    kunit = pathlib.Path(run("scripts/modules.sh", "uml-7.3").strip())
    compiler = Compiler(f"{kernel}/build", root)
    folders = {os.path.dirname(unit) for unit in order.rank}
    units = sorted(str(p.relative_to(root))[:-2] for folder in folders
                   for p in (root / folder).glob("*.c") if not p.name.endswith(".mod.c"))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        facts = dict(zip(units, pool.map(lambda unit: compiler.facts(root, unit), units)))
    faults, summary = Check(order, root, facts, kunit).run()
    if sys.argv[1:]:
        return not ktap(text, faults, summary, compiler, facts)
    print("\n".join([*faults, summary]))
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
