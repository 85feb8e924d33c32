#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The heaps of gomalloc in a live kernel or in a vmcore, by drgn.

Usage: gomalloc.py [-c VMCORE] -m GOMALLOC.KO heaps
       gomalloc.py [-c VMCORE] -m GOMALLOC.KO spans [HEAP]
       gomalloc.py [-c VMCORE] -m GOMALLOC.KO object ADDRESS...

Without -c it is the running kernel, for root. GOMALLOC.KO is the module that is loaded
there, with its debug information: where the kernel was built without, build it with
KCFLAGS=-g. No debug information of the kernel itself is needed, but Linux 6.1 or newer
with CONFIG_KALLSYMS_ALL, as distributions have it.

From drgn's prompt:

    >>> import gomalloc
    >>> go = gomalloc.attach(prog, "gomalloc.ko")           # and the vmcore, if it is one
    >>> print(go.object_line(0xffff888012345678))
    >>> span = go.span_of(0xffff888012345678)
    >>> go.memory.object("struct mspan", span.address)      # of drgn's own kind
"""

import argparse
import re
import struct
import sys

import drgn
from gomalloc_walk import NotThere, Walk


def vmcoreinfo(path):
    """What a kernel says of itself, in a note of its core file."""
    with open(path, "rb") as core:
        header = core.read(64)
        if header[:4] != b"\x7fELF":
            raise NotThere(f"{path} is no ELF file; makedumpfile -E writes one")
        at, (size, number) = struct.unpack_from("<Q", header, 32)[0], struct.unpack_from("<HH", header, 54)
        for i in range(number):
            core.seek(at + i * size)
            kind, _, offset, _, _, length = struct.unpack("<IIQQQQ", core.read(40))
            if kind == 4:
                core.seek(offset)
                notes = core.read(length)
                found = notes.find(b"VMCOREINFO\0")
                if found >= 0:
                    size = struct.unpack_from("<I", notes, found - 8)[0]
                    return notes[found + 12 : found + 12 + size].decode(errors="replace")
    raise NotThere(f"there is no VMCOREINFO in {path}")


class Kallsyms:
    """The kernel's table of its symbols, of which the vmcoreinfo says where it is."""

    def __init__(self, prog, core):
        self.prog = prog
        text = vmcoreinfo(core)
        self.info = {k: int(v, 16) for k, v in re.findall(r"^SYMBOL\((\w+)\)=([0-9a-f]+)$", text, re.M)}
        if "kallsyms_names" not in self.info:
            raise NotThere("the vmcoreinfo of this kernel does not say where its symbols are; is it older than 6.1?")

    def _tokens(self):
        index = struct.unpack("<256H", self.prog.read(self.info["kallsyms_token_index"], 512))
        table = self.prog.read(self.info["kallsyms_token_table"], index[255] + 64)
        return [table[i:].split(b"\0", 1)[0] for i in index]

    def _names(self, number):
        """The name of each symbol in turn, with its type in front."""
        tokens, at, data, end = self._tokens(), 0, b"", self.info["kallsyms_names"]
        for _ in range(number):
            if len(data) - at < 1024:
                data, at = data[at:] + self.prog.read(end, 65536), 0
                end += 65536
            length = data[at]
            at += 1
            if length & 0x80:
                length = length & 0x7F | data[at] << 7
                at += 1
            yield b"".join(tokens[c] for c in data[at : at + length])
            at += length

    def _address(self, number):
        """The address of the symbol of that number, by each of the ways in which kernels have written it."""
        place = self.info["kallsyms_offsets"] + 4 * number
        offset = self.prog.read_u32(place)
        signed = offset - (offset >> 31 << 32)
        # From the place itself
        ways = [place + signed]
        if "kallsyms_relative_base" in self.info:
            base = self.prog.read_u64(self.info["kallsyms_relative_base"])
            # From the lowest address; or that, negative, and what is of each CPU as it is
            ways += [base + offset, offset if signed >= 0 else base - 1 - signed]
        return ways

    def find(self, name):
        """The address of a symbol of the kernel's."""
        number = self.prog.read_u32(self.info["kallsyms_num_syms"])
        wanted, way = {name: None, "_stext": None}, None
        for i, text in enumerate(self._names(number)):
            text = text[1:].decode(errors="replace")
            if text in wanted and wanted[text] is None:
                wanted[text] = self._address(i)
        if wanted["_stext"] and self.info["_stext"] in wanted["_stext"]:
            way = wanted["_stext"].index(self.info["_stext"])
        if way is None or not wanted[name]:
            raise NotThere(f"the kernel has no symbol '{name}'; has it CONFIG_KALLSYMS_ALL?")
        return wanted[name][way]


class Memory:
    """What gomalloc_walk.Walk wants of a debugger."""

    def __init__(self, prog, path, core):
        self.read = prog.read
        self.page_shift = prog["PAGE_SHIFT"].value_()
        # Of its own: drgn takes a module's types only with those of the kernel
        self.types = drgn.Program(prog.platform)
        self.types.add_memory_segment(0, (1 << 64) - 1, lambda address, count, offset, physical: prog.read(address, count))
        self.types.load_debug_info([path])
        self._fields = {}
        self._symbols = self._module_symbols(Kallsyms(prog, core).find("modules"), path)

    def object(self, kind, address):
        """One of drgn's objects."""
        return drgn.Object(self.types, kind, address=address)

    def fields(self, name):
        """The layout of a struct."""
        if name not in self._fields:
            self._fields[name] = {
                m.name: (m.bit_offset // 8, self._size(m.type), self._size(self._element(m.type)))
                for m in self._members(self.types.type(f"struct {name}"))
            }
        return self._fields[name]

    def _members(self, kind):
        """Those of an anonymous union, too."""
        for member in kind.members:
            if member.name:
                yield member
        for member in kind.members:
            if not member.name:
                for inner in self._members(member.type):
                    yield drgn.TypeMember(inner.type, inner.name, member.bit_offset + inner.bit_offset)

    @staticmethod
    def _resolve(kind):
        while kind.kind == drgn.TypeKind.TYPEDEF:
            kind = kind.type
        return kind

    def _element(self, kind):
        kind = self._resolve(kind)
        return self._resolve(kind.type) if kind.kind == drgn.TypeKind.ARRAY else kind

    def _size(self, kind):
        kind = self._resolve(kind)
        incomplete = kind.kind == drgn.TypeKind.ARRAY and kind.length is None
        return 0 if incomplete else drgn.sizeof(kind)

    def sizeof(self, name):
        """Bytes of a struct."""
        return drgn.sizeof(self.types.type(f"struct {name}"))

    def enum(self, name):
        """What its values are called."""
        return {e.value: e.name for e in self.types.type(f"enum {name}").enumerators}

    def _module_symbols(self, modules, path):
        """The symbols that the kernel keeps of the module."""
        head = self.object("struct list_head", modules)
        link = self.fields("module")["list"][0]
        node = head.next
        while node.value_() != modules:
            module = self.object("struct module", node.value_() - link)
            if module.name.string_() == b"gomalloc":
                return self._symbols_of(module.kallsyms)
            node = node.next
        raise NotThere(f"gomalloc is not loaded there; {path} is of no use")

    def _symbols_of(self, kallsyms):
        size = drgn.sizeof(self.types.type("struct elf64_sym"))
        number = kallsyms.num_symtab.value_()
        data = self.read(kallsyms.symtab.value_(), number * size)
        strings = kallsyms.strtab.value_()
        found = {}
        for name, _, _, _, value, _ in struct.iter_unpack("<IBBHQQ", data):
            found[strings + name] = value
        end = max(found) + 256
        text = self.read(strings, end - strings)
        return {text[at - strings :].split(b"\0", 1)[0].decode(): value for at, value in found.items()}

    def symbol(self, name):
        """The address of a variable of the module."""
        if name not in self._symbols:
            raise NotThere(f"the module has no symbol '{name}'; has the kernel CONFIG_KALLSYMS_ALL?")
        return self._symbols[name]


def attach(prog, path, core="/proc/kcore"):
    """The module in the kernel that drgn looks at; path is that of gomalloc.ko."""
    return Walk(Memory(prog, path, core))


def lines(walk, what, words):
    """What a command prints."""
    if what == "heaps":
        return [walk.heap_line(heap) for heap in walk.heaps()]
    if what == "spans":
        heaps = [walk.heap(words[0])] if words else walk.heaps()
        return [f"{heap.text('name')}: {span.line()}" for heap in heaps for span in walk.spans(heap)]
    return [walk.object_line(int(word, 16)) for word in words]


def main():
    """The commands."""
    usage = __doc__.split("\n\n", 1)[1].split("\n\nFrom", 1)[0]
    parser = argparse.ArgumentParser(usage="\n" + usage)
    parser.add_argument("-c", "--core")
    parser.add_argument("-m", "--module", required=True)
    parser.add_argument("what", choices=("heaps", "spans", "object"))
    parser.add_argument("words", nargs="*")
    args = parser.parse_args()
    prog = drgn.Program()
    try:
        if args.core:
            prog.set_core_dump(args.core)
        else:
            prog.set_kernel()
        print("\n".join(lines(attach(prog, args.module, args.core or "/proc/kcore"), args.what, args.words)))
    except (NotThere, OSError, ValueError, LookupError, drgn.FaultError) as error:
        sys.exit(f"gomalloc.py: {error}")


if __name__ == "__main__":
    main()
