# SPDX-License-Identifier: GPL-2.0
"""Debian's chromium without a screen, by its own protocol over a pipe."""

import base64
import json
import os
import shutil
import subprocess
import tempfile

PATIENCE = 60
# As root, as in a container, it has no sandbox; it gets only pages of ours
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
         "--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking",
         "--remote-debugging-pipe"]


class Browser:
    """One page in one browser; what it complains of and asks for is kept."""

    def __init__(self):
        program = shutil.which("chromium")
        if not program:
            raise RuntimeError("no chromium; run scripts/deps.sh check")
        self.folder = tempfile.mkdtemp()
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        # It reads from 3 and writes to 4
        shell = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}'
        self.process = subprocess.Popen(
            ["sh", "-c", shell, "sh", program, *FLAGS, "--user-data-dir=" + self.folder],
            pass_fds=(theirs_in, theirs_out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self.reader, self.writer = os.fdopen(ours_in, "rb"), os.fdopen(ours_out, "wb")
        self.number, self.session, self.buffer = 0, None, b""
        self.width = self.height = 0
        self.complaints, self.requests, self.loaded = [], [], 0
        target = self.command("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.command("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.command(domain + ".enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.writer.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _receive(self):
        while b"\0" not in self.buffer:
            more = os.read(self.reader.fileno(), 1 << 20)
            if not more:
                raise RuntimeError("chromium has ended")
            self.buffer += more
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def _note(self, event):
        method, params = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            self.complaints.append(str([arg.get("value") for arg in params["args"]]))
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.complaints.append(params["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Page.loadEventFired":
            self.loaded += 1

    def command(self, method, **params):
        """Give a command. Return: what it answers."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        self.writer.write(json.dumps(message).encode() + b"\0")
        self.writer.flush()
        while True:
            reply = self._receive()
            if reply.get("id") == self.number:
                if "error" in reply:
                    raise RuntimeError(f"{method}: {reply['error']['message']}")
                return reply["result"]
            self._note(reply)

    def size(self, width, height):
        """Give the window a size."""
        self.width, self.height = width, height
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                     mobile=False)

    def open(self, path, width, height, scheme):
        """Load a file in a window of that size, light or dark."""
        self.size(width, height)
        self.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        before = self.loaded
        self.command("Page.navigate", url="file://" + os.path.abspath(path))
        while self.loaded == before:
            self._note(self._receive())

    def value(self, expression):
        """What an expression of JavaScript is in the page."""
        result = self.command("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"].get("exception", {}).get("description", "error"))
        return result["result"].get("value")

    def picture(self, path, clip=None):
        """Write all of the page, or a part of it, as PNG."""
        before = self.height
        self.size(self.width, self.value("document.documentElement.scrollHeight"))
        # What was drawn is seen in the frame behind the next one
        self.command("Runtime.evaluate", awaitPromise=True,
                     expression="new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        more = {"clip": {**clip, "scale": 1}} if clip else {}
        data = self.command("Page.captureScreenshot", format="png", **more)["data"]
        self.size(self.width, before)
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
