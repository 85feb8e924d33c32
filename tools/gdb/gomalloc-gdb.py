# SPDX-License-Identifier: GPL-2.0
"""gdb commands for the heaps of gomalloc: in user-mode Linux, in QEMU, in a core file.

    (gdb) add-symbol-file gomalloc.ko -s .text ADDRESS -s .data ADDRESS -s .bss ADDRESS ...
    (gdb) source tools/gdb/gomalloc-gdb.py
    (gdb) lx-gomalloc-heaps
    (gdb) lx-gomalloc-spans [HEAP]
    (gdb) lx-gomalloc-object ADDRESS...

The addresses are in /sys/module/gomalloc/sections; the kernel's own lx-symbols finds
them where vmlinux has debug information. gomalloc.ko needs its own: where the kernel is
built without, build it with KCFLAGS=-g. Where pages are not of 4 KiB, first
"set $gomalloc_page_shift = 16", or whatever it is.
"""

import os
import sys

import gdb

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)) + folder for folder in ("", "/../drgn")]
from gomalloc_walk import NotThere, Walk  # pylint: disable=wrong-import-position


class Memory:
    """What gomalloc_walk.Walk wants of a debugger."""

    def __init__(self):
        shift = gdb.convenience_variable("gomalloc_page_shift")
        self.page_shift = int(shift) if shift is not None else 12
        self._fields = {}

    def read(self, address, size):
        """Memory of the kernel."""
        return bytes(gdb.selected_inferior().read_memory(address, size))

    def fields(self, name):
        """The layout of a struct."""
        if name not in self._fields:
            self._fields[name] = {
                field.name: (offset, field.type.sizeof, self._element(field.type).sizeof)
                for offset, field in self._members(gdb.lookup_type(f"struct {name}"), 0)
            }
        return self._fields[name]

    def _members(self, kind, base):
        """Those of an anonymous union, too."""
        for field in kind.fields():
            offset = base + field.bitpos // 8
            if field.name:
                yield offset, field
            else:
                yield from self._members(field.type, offset)

    @staticmethod
    def _element(kind):
        kind = kind.strip_typedefs()
        return kind.target().strip_typedefs() if kind.code == gdb.TYPE_CODE_ARRAY else kind

    @staticmethod
    def sizeof(name):
        """Bytes of a struct."""
        return gdb.lookup_type(f"struct {name}").sizeof

    @staticmethod
    def enum(name):
        """What its values are called."""
        return {field.enumval: field.name for field in gdb.lookup_type(f"enum {name}").fields()}

    @staticmethod
    def symbol(name):
        """The address of a variable of the module."""
        return int(gdb.parse_and_eval(f"(unsigned long)&{name}"))


class Command(gdb.Command):
    """One of the three; what it prints is told by lines()."""

    def __init__(self, name, lines):
        super().__init__(name, gdb.COMMAND_DATA)
        self.lines = lines

    def invoke(self, argument, _from_tty):
        """By gdb, when it is typed."""
        try:
            for line in self.lines(Walk(Memory()), gdb.string_to_argv(argument)):
                print(line)
        except NotThere as error:
            raise gdb.GdbError(str(error)) from error
        except gdb.error as error:
            raise gdb.GdbError(f"{error}; has add-symbol-file told where gomalloc.ko is?") from error


def heaps(walk, _words):
    """All heaps."""
    return (walk.heap_line(heap) for heap in walk.heaps())


def spans(walk, words):
    """The spans of a heap, or of all."""
    for heap in [walk.heap(words[0])] if words else walk.heaps():
        for span in walk.spans(heap):
            yield f"{heap.text('name')}: {span.line()}"


def objects(walk, words):
    """What is at each address."""
    return (walk.object_line(int(gdb.parse_and_eval(word))) for word in words)


Command("lx-gomalloc-heaps", heaps)
Command("lx-gomalloc-spans", spans)
Command("lx-gomalloc-object", objects)
