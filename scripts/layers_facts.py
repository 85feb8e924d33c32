# SPDX-License-Identifier: GPL-2.0
"""What the compiler knows of a source file, for layers.py

Each file is compiled once more with nothing inlined but what has to be. Calls
come from the compiler's call graph (-fcallgraph-info), other references from
the symbols of the object, includes from the preprocessor (-dI), which shows
those too that a guard skips.
"""

import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

# Also what is built for kernels that inject faults
FLAGS = ["-w", "-g0", "-DCONFIG_FAULT_INJECTION=1", "-fno-inline", "-fno-ipa-cp",
         "-fno-ipa-icf", "-fno-ipa-sra", "-fno-partial-inlining"]
ATTRIBUTE = (r"\b__(acquires|aligned|alloc_size|attribute__|guarded_by|must_hold|printf|"
             r"releases)\s*\((\([^()]*\)|[^()])*\)")


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


class Compiler:
    """What the compiler says of one file, kept in DIR/layers until it changes"""

    def __init__(self, kernel, root):
        self.kernel, self.root = kernel, root

    def command(self, unit):
        """Kbuild's, or for a file that this kernel does without, a neighbour's"""
        for name in unit, "gomalloc_kmod":
            folder, base = os.path.split(name)
            path = self.root / folder / f".{base}.o.cmd"
            if path.exists():
                break
        m = re.match(rf"\w+?_(/\S+/){name}\.o := (.*)", path.read_text())
        words = shlex.split(m[2].split(" ; ")[0].replace(m[1], f"{self.root}/"))
        words = [w for w in words if not w.startswith("-Wp,-MMD")]
        return words[:words.index("-c")] + FLAGS + [f"{self.root}/{unit}.c"]

    def run(self, *words):
        done = subprocess.run(words, cwd=self.kernel, text=True, stdout=subprocess.PIPE)
        if done.returncode:
            sys.exit(f"layers: {words[0]} failed on {words[-1]}")
        return done.stdout

    def key(self, files):
        data = pathlib.Path(__file__).read_bytes()
        for file in files:
            path = self.root / file
            data += path.read_bytes() if path.exists() else b"gone"
        return hashlib.sha256(data).hexdigest()

    def facts(self, unit):
        kept = self.root / "layers" / f"{unit}.json"
        if kept.exists():
            facts = json.loads(kept.read_text())
            if facts["key"] == self.key(facts["files"]):
                return facts
        kept.parent.mkdir(parents=True, exist_ok=True)
        (gcc, *flags), stem = self.command(unit), str(kept.with_suffix(""))
        includes = self.includes(self.run(gcc, "-E", "-dI", *flags))
        self.run(gcc, "-fcallgraph-info", "-c", "-o", f"{stem}.o", *flags)
        functions, calls = self.graph(pathlib.Path(f"{stem}.ci").read_text())
        files = sorted({f"{unit}.c"}.union(*includes))
        symbols = re.findall(r"(\w) (\w+)$", self.run("nm", f"{stem}.o"), re.M)
        facts = {"key": self.key(files), "files": files, "includes": includes,
                 "functions": functions, "calls": calls,
                 "defines": [s for t, s in symbols if t.isupper() and t != "U"],
                 "uses": [s for t, s in symbols if t == "U"]}
        kept.write_text(json.dumps(facts))
        return facts

    def ours(self, path):
        """Relative to the sources, or nothing for the kernel's"""
        path = os.path.normpath(path)
        return path[len(str(self.root)) + 1:] if path.startswith(f"{self.root}/") else ""

    def includes(self, text):
        found, file = set(), ""
        for mark, quote, name in re.findall(r'^(# \d+|#include) (["<])([^">]*)', text, re.M):
            if mark != "#include":
                file = self.ours(name)
                continue
            for folder in (os.path.dirname(file), "include")[quote == "<":]:
                header = os.path.normpath(os.path.join(folder, name))
                if file and (self.root / header).exists():
                    found.add((file, header))
                    break
        return sorted(found)

    def graph(self, text):
        """Functions by name as the graph has it, and calls as (place, name)"""
        functions, calls = {}, []
        for title, place in re.findall(
                r'^node: { title: "([^"]*)" label: "[^"\\]*\\n([^"\\]*)[^"]*" }', text, re.M):
            name = title.split(":")[-1]
            if self.ours(place):
                functions[name] = self.ours(place).rsplit(":", 1)[0]
        for name, place in re.findall(
                r'^edge: .* targetname: "([^"]*)" label: "([^"]*)"', text, re.M):
            if self.ours(place):
                calls.append((self.ours(place).rsplit(":", 1)[0], name.split(":")[-1]))
        return functions, calls
