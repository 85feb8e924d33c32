#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Plug a DIMM of QEMU's in and out, as the guest asks for in its log.

Usage: dimm.py SOCKET LOG   until QEMU ends

Lines "gomalloc_dimm: plug N" and "gomalloc_dimm: unplug N", N from 1 on, are done one by
one: a guest that wants the next step waits until it sees the last one. Ends with 1 if
QEMU refuses, or does not let go of what was to be unplugged.
"""

import json
import re
import socket
import sys
import time

MIB = 128  # a memory block of x86
REQUEST = re.compile(rb"gomalloc_dimm: (plug|unplug) (\d+)\r?\n")
PATIENCE = 60


class Qmp:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE)
        for _ in range(100):
            try:
                self.socket.connect(path)
                break
            except OSError:
                time.sleep(0.1)
        self.file = self.socket.makefile("rw")
        self.events = []
        self.receive()
        self.command("qmp_capabilities")

    def receive(self):
        line = self.file.readline()
        if not line:
            raise EOFError
        return json.loads(line)

    def command(self, name, **arguments):
        self.file.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.file.flush()
        while True:
            reply = self.receive()
            if "event" in reply:
                self.events.append(reply)
            elif "error" in reply:
                raise RuntimeError(f"{name}: {reply['error']['desc']}")
            else:
                return reply["return"]

    def wait_deleted(self, device):
        while True:
            event = self.events.pop(0) if self.events else self.receive()
            name, about = event.get("event"), event.get("data", {}).get("device")
            if name in ("MEM_UNPLUG_ERROR", "DEVICE_UNPLUG_GUEST_ERROR"):
                raise RuntimeError("the guest refused to unplug")
            if name == "DEVICE_DELETED" and about == device:
                return


def plug(qmp):
    qmp.command("object-add", **{"qom-type": "memory-backend-ram", "id": "mdimm", "size": MIB << 20})
    qmp.command("device_add", driver="pc-dimm", id="dimm", memdev="mdimm", node=1)


def unplug(qmp):
    qmp.command("device_del", id="dimm")
    qmp.wait_deleted("dimm")
    qmp.command("object-del", id="mdimm")


def requests(log):
    """What the guest asks for, as it comes; the end of QEMU ends it elsewhere."""
    text = b""
    with open(log, "rb") as file:
        while True:
            text += file.read()
            match = REQUEST.search(text)
            if match:
                text = text[match.end() :]
                yield match.group(1).decode(), int(match.group(2))
            else:
                yield None, 0


def main():
    qmp = Qmp(sys.argv[1])
    done = {"plug": 0, "unplug": 0}
    for what, n in requests(sys.argv[2]):
        if not what:
            time.sleep(0.05)
            qmp.command("query-status")
            continue
        done[what] += 1
        if n != done[what]:
            raise RuntimeError(f"{what} {n} asked for, {done[what]} is next")
        (plug if what == "plug" else unplug)(qmp)
        print(f"{what} {n}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass
    except (RuntimeError, TimeoutError, OSError) as error:
        sys.exit(f"dimm.py: {error or type(error).__name__}")
