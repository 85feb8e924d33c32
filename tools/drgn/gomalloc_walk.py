# SPDX-License-Identifier: GPL-2.0
"""From an address in a stopped kernel to the heap, span and object it belongs to.

Knows the structs of gomalloc (include/heap.h, mspan.h, marena.h, pagemap.h) and nothing
of any debugger: one is a class with

    read(address, size)     bytes of the kernel's memory
    fields(struct)          {name: (offset, size of the field, size of an element)}
    enum(name)              {value: name}
    sizeof(struct)          bytes of it
    symbol(name)            address of a variable of the module
    page_shift              of the kernel's pages

of which gomalloc.py makes one for drgn and gomalloc-gdb.py one for gdb. Takes no lock:
what a live kernel changes meanwhile may look odd, and is never written to.
"""

import struct

# The layouts that a build has are in its debug information; these are none of them
TINY_SPAN_CLASS = 2 << 1 | 1
TINY_SIZE = 16
TINY_STARTS = 0x7FFF
BIT_STATE_SIZE = 8
LEAF_SHIFT = 9
# By enum object_state and enum guard_state
OBJECT_STATES = {
    0: "not allocated yet", 1: "live", 2: "freed", 3: "for gofree_rcu() to free",
    5: "live", 7: "live", 9: "for gofree_rcu() to free",
}
GUARD_STATES = ("not allocated yet", "changing", "live", "for gofree_rcu() to free", "freed")
XA_MARK_INTERNAL = 2
XA_SMALLEST_NODE = 4096
# Of the kernel's: the module uses no field of it, so that its debug information has none
XA_NODE = {"shift": (0, 1, 1), "slots": (40, 512, 8)}


class NotThere(Exception):
    """The module, a heap or a struct is not in this kernel, or not as it should be."""


class Struct:
    """A struct at an address, whose fields are read when they are asked for."""

    def __init__(self, memory, tag, address):
        self.memory, self.tag, self.address = memory, tag, address
        self.layout = XA_NODE if tag == "xa_node" else memory.fields(tag)

    def at(self, field):
        """Where the field is."""
        if field not in self.layout:
            raise NotThere(f"struct {self.tag} has no field {field}; is this the module that is loaded?")
        return self.address + self.layout[field][0]

    def __getitem__(self, field):
        at = self.at(field)
        return int.from_bytes(self.memory.read(at, self.layout[field][1]), "little")

    def array(self, field, number, first=0):
        """Elements of an array that the struct has, or ends with."""
        size = self.layout[field][2]
        data = self.memory.read(self.at(field) + first * size, number * size)
        return [int.from_bytes(data[i : i + size], "little") for i in range(0, len(data), size)]

    def text(self, field):
        """A string in the struct, as a terminal may see it."""
        data = self.memory.read(self.at(field), self.layout[field][1]).split(b"\0")[0]
        return "".join(chr(c) if 32 <= c < 127 else f"\\x{c:02x}" for c in data)


def bit(words, index):
    """Is it set?"""
    return bool(words[index // 64] >> index % 64 & 1)


def ones(number):
    """How many bits are set."""
    return bin(number).count("1")


class Span(Struct):
    """A struct mspan."""

    def __init__(self, memory, address):
        super().__init__(memory, "mspan", address)
        self.base, self.npages = self["base"], self["npages"]
        self.elemsize, self.nelems = self["elemsize"], self["nelems"]
        self.spanclass = self["spanclass"]
        self.tiny = self.spanclass == TINY_SPAN_CLASS

    def states(self):
        """A state for each object; of a tiny span, a mask for each slot."""
        if self.elemsize == BIT_STATE_SIZE:
            # A bit does not tell what was freed from what never was allocated
            bits = int.from_bytes(self.memory.read(self.at("objstate"), (self.nelems + 7) // 8), "little")
            return [1 if bits >> i & 1 else 2 for i in range(self.nelems)]
        data = self.memory.read(self.at("objstate"), self.nelems * (2 if self.tiny else 1))
        return struct.unpack(f"<{self.nelems}H", data) if self.tiny else data

    def live(self):
        """How many objects are in use."""
        if self.tiny:
            return sum(ones(mask & TINY_STARTS) for mask in self.states())
        return sum(state & 1 for state in self.states())

    def words(self, field):
        """Its free or remote bits."""
        number = (self.nelems + 63) // 64
        return struct.unpack(f"<{number}Q", self.memory.read(self[field], 8 * number))

    def kind(self):
        """Its class, as the kernel's reports have it."""
        noscan = "noscan" if self.spanclass & 1 else "scan"
        return f"class {self.spanclass >> 1} ({self.elemsize} bytes, {noscan})"

    def where(self, index):
        """Which of the places of a free object it is in."""
        if bit(self.words("free"), index):
            return "in its span"
        if bit(self.words("remote"), index):
            return "by another CPU"
        return "in a cache"

    def state(self, index, offset):
        """What an object is, in words; offset is that in its slot."""
        state = self.states()[index]
        if self.tiny:
            starts = [i for i in range(offset + 1) if state & TINY_STARTS & 1 << i]
            if starts:
                return f"live, a tiny object that begins at {starts[-1]}"
            return "freed" if not state & TINY_STARTS else "no object, in a block of tiny ones"
        text = OBJECT_STATES.get(state, f"in no state that is known ({state})")
        return f"{text}, {self.where(index)}" if state == 2 else text

    def line(self):
        """One line for it."""
        state = self.memory.enum("mspan_state").get(self["state"], "?")
        return (
            f"{self.base:#x} {self.kind()}, {self.npages} pages, {state.replace('MSPAN_', '').lower()}, "
            f"{self.live()} of {self.nelems} live, struct mspan {self.address:#x}"
        )


class Walk:
    """The module in one kernel's memory."""

    def __init__(self, memory):
        self.memory = memory
        self.sys = Struct(memory, "gomalloc_sys", memory.symbol("gomalloc_sys"))
        self.page_size = 1 << memory.page_shift
        self.no_span = {memory.symbol("pagemap_free_page"): "free", memory.symbol("pagemap_foreign_page"): "foreign"}
        self._leaves = None

    # xarrays and trees

    def _xa_entries(self, entry, base):
        if entry & 3 != XA_MARK_INTERNAL or entry < XA_SMALLEST_NODE:
            if entry and entry & 3 != XA_MARK_INTERNAL:
                yield base, entry
            return
        node = Struct(self.memory, "xa_node", entry - XA_MARK_INTERNAL)
        shift = node["shift"]
        number = node.layout["slots"][1] // node.layout["slots"][2]
        for i, slot in enumerate(node.array("slots", number)):
            yield from self._xa_entries(slot, base + (i << shift))

    def xarray(self, address):
        """(index, pointer) of each entry."""
        return self._xa_entries(Struct(self.memory, "xarray", address)["xa_head"], 0)

    def arenas(self, mheap):
        """The arenas of a struct mheap, by address."""
        at = Struct(self.memory, "marena", 0).at("rb")
        stack, node = [], Struct(self.memory, "rb_root", mheap.at("arenas"))["rb_node"]
        while stack or node:
            while node:
                stack.append(node)
                node = Struct(self.memory, "rb_node", node)["rb_left"]
            node = stack.pop()
            yield Struct(self.memory, "marena", node - at)
            node = Struct(self.memory, "rb_node", node)["rb_right"]

    # the page map

    def _read_leaves(self):
        pointer = self.memory.symbol("pagemap")
        pagemap = Struct(self.memory, "pagemap", int.from_bytes(self.memory.read(pointer, 8), "little"))
        leaves = set(pagemap.array("leaf", pagemap["mask"] + 1))
        found = {}
        for leaf in leaves:
            leaf = Struct(self.memory, "pagemap_leaf", leaf)
            found[leaf["key"]] = leaf
        return found

    def page_entry(self, address):
        """The entry of its page: that of a span, or of none."""
        if self._leaves is None:
            self._leaves = self._read_leaves()
        page = address >> self.memory.page_shift
        leaf = self._leaves.get(page >> LEAF_SHIFT)
        if not leaf:
            return None
        return leaf.array("span", 1, page & (1 << LEAF_SHIFT) - 1)[0]

    def span_of(self, address):
        """The span, or "free" for a page that no span uses, or "foreign"."""
        entry = self.page_entry(address)
        if entry is None or entry in self.no_span:
            return self.no_span.get(entry, "foreign")
        return Span(self.memory, entry)

    # heaps

    def heaps(self):
        """All of them, oldest first."""
        for _, address in self.xarray(self.sys.at("heaps")):
            yield Struct(self.memory, "gomalloc_heap", address)

    def heap(self, name):
        """The heap of that name or number."""
        for heap in self.heaps():
            if name in (str(heap["id"]), heap.text("name")):
                return heap
        raise NotThere(f"there is no heap '{name}'")

    def nodes(self, heap):
        """Each struct mheap of it."""
        for address in heap.array("node", heap["nr_nodes"]):
            yield Struct(self.memory, "mheap", address)

    def spans(self, heap):
        """Each span of it, by node and address."""
        for mheap in self.nodes(heap):
            for arena in self.arenas(mheap):
                yield from self._spans_of(heap, arena)

    def _spans_of(self, heap, arena):
        at, end = arena["base"], arena["base"] + arena["npages"] * self.page_size
        while at < end:
            span = self.span_of(at)
            # A page that went may be in an arena of another by now
            if not isinstance(span, str) and span["arena"] == arena.address and span["heap"] == heap.address:
                yield span
                at = max(at, span.base) + span.npages * self.page_size
            else:
                at += self.page_size

    def vmaps(self):
        """Objects that are mapped."""
        for _, address in self.xarray(self.sys.at("vmaps")):
            yield Struct(self.memory, "mvmap", address)

    def live(self, heap):
        """How many objects in spans, and guarded ones, it has in use, as its statistics count."""
        return sum(span.live() for span in self.spans(heap)) + heap["guarded"]

    # for people

    def heap_line(self, heap):
        """One line for it."""
        owner = heap.text("owner_name")
        if self.memory.enum("heap_owner_state").get(heap["owner_state"]) == "HEAP_ORPHAN":
            owner += ", which is gone"
        held = heap["held_pages"] * self.page_size
        return f"{heap['id']} {heap.text('name')}: of {owner}, {self.live(heap)} objects, {held} bytes"

    def _mapped_line(self, address):
        for vmap in self.vmaps():
            offset = address - vmap["addr"]
            if 0 <= offset < vmap["nr_pages"] * self.page_size:
                heap = Struct(self.memory, "gomalloc_heap", vmap["heap"])
                size = vmap["nr_pages"] * self.page_size
                return f"heap {heap.text('name')}, mapped ({size} bytes), offset {offset}, live"
        return "not gomalloc's"

    def _guarded_line(self, address):
        """What it says of an address in the pool of guarded objects; None for another."""
        pool = self.sys["guard"]
        guard = Struct(self.memory, "guard", pool) if pool else None
        if not guard or not 0 <= address - guard["base"] < guard["bytes"]:
            return None
        page = (address - guard["base"]) // self.page_size
        # Page 2n + 1 is that of slot n
        if page % 2 == 0:
            return "in a page between two guarded objects, which faults"
        at = guard["slots"] + page // 2 * self.memory.sizeof("guard_slot")
        slot = Struct(self.memory, "guard_slot", at)
        view = Struct(self.memory, "guard_view", slot.at("view"))
        state = GUARD_STATES[slot["state"]]
        if slot["state"] == 0:
            return "in a page for guarded objects that had none yet"
        return (
            f"heap {view.text('heap')}, guarded object {slot['object']:#x} of {slot['size']} bytes, "
            f"offset {address - slot['object']}, {state}"
        )

    def object_line(self, address):
        """What is there."""
        span = self.span_of(address)
        if span == "foreign":
            return f"{address:#x}: {self._guarded_line(address) or self._mapped_line(address)}"
        if span == "free":
            return f"{address:#x}: in a page of a heap that no span uses"
        heap = Struct(self.memory, "gomalloc_heap", span["heap"])
        index, offset = divmod(address - span.base, span.elemsize)
        state = span.state(index, offset) if index < span.nelems else "behind the last object"
        return (
            f"{address:#x}: heap {heap.text('name')}, {span.kind()}, span {span.base:#x}, "
            f"object {index} of {span.nelems}, offset {offset}, {state}"
        )
