#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Look at the page that gomalloc report makes, in a browser. Prints KTAP.

Usage: report_page.py LOG     with a record that guest/heaps.sh has printed

The page of that record is opened at 1280 and at 400 pixels, light and dark, and so is one
of a record that is made up here: with a map of arenas, stacks, the kernel on gomalloc,
heaps, functions and modules whose names are HTML, and one look that is not whole.
Pictures are left in build/report.
"""

import base64
import gzip
import json
import os
import re
import subprocess
import sys

from browser import Browser

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
COMMAND = os.path.join(ROOT, "build/tools-sanitized/gomalloc")
OUT = os.path.join(ROOT, "build/report")
SIZES = ((1280, 900), (400, 800))
SCHEMES = ("light", "dark")
EVIL = "</script><b id=evil>"

# What is drawn, as far as there is something; each is a name and an expression
DRAWN = {
    "each heap has its bytes over time":
        "$('timeline').querySelectorAll('polygon').length === Math.min(ranked.length, 8) && "
        "$('timeline-legend').children.length === Math.min(ranked.length, 8)",
    "kmalloc is beside": "$('kmalloc').querySelectorAll('polygon').length === 1 && "
                         "$('kmalloc').querySelectorAll('polyline').length === 2",
    "classes have their waste":
        "$('waste').querySelectorAll('g').length === Math.min(14, classesOf(looks[state.look]).length) && "
        "$('waste').querySelectorAll('g').length > 0",
    "classes have their occupancy":
        "$('occupancy').querySelectorAll('rect').length === 9 * classesOf(looks[state.look]).length",
    "pages are on the map":
        "!looks.some(look => look.heaps.some(heap => heap.arenas)) || (() => {"
        " const c = $('map'), d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data, seen = new Set();"
        " for (let i = 0; i < d.length; i += 4) seen.add(d[i] << 16 | d[i + 1] << 8 | d[i + 2]);"
        " return !$('map-section').hidden && seen.size > 2; })()",
    "stacks are there if heaps are tracked":
        "looks[state.look].heaps.some(heap => heap.leaks) !== $('stacks-section').hidden",
    "the kernel on gomalloc is there if it was recorded":
        "looks.some(look => look.everywhere) !== $('everywhere-section').hidden && "
        "$('everywhere').querySelectorAll('polygon').length === (looks.some(look => look.everywhere) ? 3 : 2)",
    "and who holds what of it":
        "(n => $('callers').querySelectorAll('g').length === n && $('callers-section').hidden === !n)"
        "(Math.min(20, looks[state.look].everywhere?.callers?.length ?? 0))",
}
# Nothing is wider than the window, and no text of a chart lies outside of it
NARROW = ("document.documentElement.scrollWidth <= innerWidth && [...document.querySelectorAll('svg')].every(svg => "
          "{ const box = svg.getBoundingClientRect(); return [...svg.querySelectorAll('text')].every(text => "
          "{ const t = text.getBoundingClientRect(); return t.left >= box.left - 1 && t.right <= box.right + 1; }); })")
# Of all text, against what is behind it: as WCAG defines it
CONTRAST = """(() => {
const rgb = text => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
const light = c => { const [r, g, b] = c.map(n => (n /= 255) <= .03928 ? n / 12.92 : ((n + .055) / 1.055) ** 2.4);
	return .2126 * r + .7152 * g + .0722 * b; };
const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
	if (!/, 0\\)|transparent/.test(c)) return rgb(c); } return [255, 255, 255]; };
/* A text on a rectangle, which may let some of the card through */
const below = e => { const under = behind(e), rect = e.previousElementSibling;
	if (e.getAttribute('pointer-events') !== 'none') return under;
	const [r, g, b, a = 1] = getComputedStyle(rect).fill.match(/[\\d.]+/g).map(Number);
	return [r, g, b].map((n, i) => n * a + under[i] * (1 - a)); };
let least = 21;
for (const e of document.querySelectorAll('h1, h2, p, span, b, label, th, td, svg text, pre, summary, output')) {
	const style = getComputedStyle(e), c = rgb(e instanceof SVGElement ? style.fill : style.color);
	const [a, b] = [light(c), light(below(e))].sort((x, y) => y - x);
	least = Math.min(least, (a + .05) / (b + .05));
}
return least; })()"""


class Tests:
    """Results as KTAP."""

    def __init__(self):
        self.number, self.failed, self.lines = 0, 0, []

    def check(self, name, good, why=""):
        """One result."""
        self.number += 1
        self.failed += not good
        self.lines.append(f"{'ok' if good else 'not ok'} {self.number} {name}")
        if not good and why:
            self.lines.append("# " + str(why).replace("\n", "\n# "))

    def end(self):
        """Print them. Return: an exit status."""
        print(f"KTAP version 1\n1..{self.number}", *self.lines, sep="\n")
        return 1 if self.failed else 0


def read_log(path):
    """The log as text."""
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read().replace("\r", "")


def record_of(log):
    """What gomalloc record has written in the guest."""
    lines = re.findall("^record: (.*)$", read_log(log), re.M)
    if not lines:
        sys.exit(f"there is no record in {log}")
    return gzip.decompress(base64.b64decode("".join(lines))).decode()


def heap(number, name, look):
    """A heap that grows from look to look, with everything that a heap can have."""
    rows = [{"class": c, "object_size": s, "objects": 40 * look + c, "object_bytes": (40 * look + c) * s, "spans": 9,
             "span_bytes": 9 * 8192 + look * 65536, "occupancy": [1, 0, 2, 0, 3, 0, 1, 0, 2]} for c, s in ((2, 16), (8, 96), (33, 1152))]
    rows.append({"class": 0, "object_size": 0, "objects": 2, "object_bytes": 200704, "spans": 2, "span_bytes": 200704,
                 "occupancy": [0, 0, 0, 0, 0, 0, 0, 0, 2]})
    figures = dict.fromkeys(("objects", "object_bytes", "spans", "span_bytes", "peak_bytes", "limit_bytes", "misuses"), look)
    found = {"id": number, "name": name, "device": False, "owner": name, "orphan": False, **figures,
             "held_bytes": (look + 1) * (4 << 20) // number, "classes": rows}
    if look != 1:
        found["arenas"] = [{"node": 0, "runs": ["#", 100, "5", 60 + look, ".", 352 - look]},
                           {"node": 0, "runs": ["L", 700, "l", 20, ".", 200, "-", 104]}]
        found["leaks"] = f"{EVIL} 12 objects, 1152 bytes\n  driver_probe+0x10/0x20"
    return found


def everywhere(look):
    """What gomalloc_everywhere says in a look, and what the kernel has: of the second caller nothing."""
    callers = [{"function": f"{EVIL}{'long_' * 60}{n}", "objects": n, "bytes": (30 - n) << 20} for n in range(30)]
    callers[0]["kmalloc_bytes"], callers[2]["kmalloc_bytes"] = 15 << 20, 0
    audit = {"requests": 1000, "served": 750, EVIL: 250, "bytes": 4096, "kmalloc_bytes": 8192, "gomalloc_bytes": 5120}
    return {"state": f"on{EVIL}", "served": 12345, "objects": 77, "bytes": 3 << 20, "held_bytes": 4 << 20, "misuses": look,
            "slab_bytes": 24 << 20, "kmalloc_bytes": 8 << 20, "only": {"percent": 10, "least": 0, "most": 512},
            "modules": [EVIL, "mydriver"], "audit": audit, "tracked": f"one of 1 requests is tracked{EVIL}",
            "callers": callers, "callers_with_less": 5}


def made_up():
    """A record of three looks at nine heaps, and a bit of a fourth."""
    head = {"gomalloc_record": 1, "release": EVIL, "machine": "x86_64", "cpus": 2, "page_bytes": 4096, "time": 1795000000,
            "class_bytes": [0, 8, 16] + [96] * 6 + [1152] * 59}
    looks = [{"ms": 500 * i, "heaps": [heap(n + 1, f"{EVIL}{n}" if n else "a name of thirty-one characters", i)
                                       for n in range(9)]} for i in range(3)]
    # The module came after the first look
    for i in (1, 2):
        looks[i]["everywhere"] = everywhere(i)
    lines = [json.dumps(line, separators=(",", ":")) for line in [head, *looks]]
    return "\n".join(lines) + '\n{"ms":1500,"hea'


def make_page(name, record):
    """Return: the page that the command makes of it."""
    os.makedirs(OUT, exist_ok=True)
    paths = [os.path.join(OUT, name + end) for end in (".record", ".html")]
    with open(paths[0], "w", encoding="ascii") as file:
        file.write(record)
    subprocess.run([COMMAND, "report", "-o", paths[1], paths[0]], check=True)
    return paths[1]


def look_at(tests, browser, name, page):
    """Each size and scheme of it."""
    for width, height in SIZES:
        for scheme in SCHEMES:
            where = f"{name}, {width} pixels, {scheme}"
            browser.complaints.clear()
            browser.requests.clear()
            browser.open(page, width, height, scheme)
            for what, expression in DRAWN.items():
                tests.check(f"{where}: {what}", browser.value(expression))
            tests.check(f"{where}: nothing is cut off", browser.value(NARROW))
            contrast = browser.value(CONTRAST)
            tests.check(f"{where}: text can be read", contrast >= 4.5, f"contrast {contrast}")
            tests.check(f"{where}: the browser has no complaint", not browser.complaints, browser.complaints)
            others = [url for url in browser.requests if not url.startswith(("file:", "data:"))]
            tests.check(f"{where}: it loads nothing", not others, others)
            browser.picture(os.path.join(OUT, f"{name}-{width}-{scheme}.png"))


def use(tests, browser, page):
    """What a person does with it."""
    browser.open(page, 1280, 900, "light")
    pixels = "(() => $('map').toDataURL())()"
    before = browser.value(pixels)
    browser.value("$('in').click()")
    tests.check("a button zooms the map", browser.value("state.zoom") == 2 and browser.value(pixels) != before)
    browser.value("$('map-box').dispatchEvent(new WheelEvent('wheel', { deltaY: -1, clientX: 300, clientY: 300 }))")
    tests.check("and the wheel", browser.value("state.zoom") == 2.5)
    browser.value("choose(1)")
    tests.check("a look without a map has that of the one before", browser.value("map.rows.length") == 9 * 6)
    when = browser.value("$('when').textContent")
    browser.value("$('look').value = 0; $('look').dispatchEvent(new Event('input'))")
    tests.check("another look can be chosen", browser.value("$('when').textContent") != when == "0.5 s")
    browser.value("$('heap').value = 2; $('heap').dispatchEvent(new Event('change'))")
    tests.check("and one heap", browser.value("map.rows.length") == 6 and
                browser.value("$('figures').textContent").startswith("2.0 MiBheld by 1 heaps"))
    tests.check("a name is text", browser.value("!document.getElementById('evil') && ranked[1].name.startsWith('</script>')"))
    tests.check("what is not whole is left out", browser.value("looks.length") == 3)
    tests.check("a page of one look is drawn", one_look(browser))


def use_everywhere(tests, browser, page):
    """What it says of the kernel on gomalloc."""
    browser.open(page, 1280, 900, "light")
    text = browser.value("$('everywhere-state').textContent")
    tests.check("it says what is served of the kernel's memory", text == f"State on{EVIL}: 12345 requests served, 77 objects live, "
                f"3.0 MiB in their classes, 2 misuses; served are 10 % of requests of 0 B to 512 B; of modules {EVIL}, mydriver.", text)
    bars = browser.value("[...$('callers').querySelectorAll('g')].slice(0, 3).map(g => "
                         "[...g.querySelectorAll('rect')].map(rect => +rect.getAttribute('width')))")
    tests.check("what a caller has stands beside kmalloc's", [len(row) for row in bars] == [2, 1, 2] and
                abs(bars[0][0] / bars[0][1] - 2) < 0.01 and bars[2][1] == 0, bars)
    labels = browser.value("[...$('callers').querySelectorAll('g')].map(g => g.textContent)")
    tests.check("it is named, and what it has said", labels[0].startswith("</script>") and labels[0].endswith("\u202630.0 MiB15.0 MiB") and
                labels[1].endswith("\u202629.0 MiB"), labels[:2])
    note = browser.value("$('callers-note').textContent")
    tests.check("and how many are not", note.endswith(f"; one of 1 requests is tracked{EVIL}. 15 callers have less."), note)
    rows = browser.value("[...$('audit').rows].map(row => [...row.cells].map(cell => cell.textContent))")
    tests.check("an audit is a table", rows == [
        ["audited", "", "of all"], ["requests", "1000", "100.0 %"], ["served", "750", "75.0 %"], [EVIL, "250", "25.0 %"],
        ["bytes", "4.0 KiB", "100.0 %"], ["kmalloc bytes", "8.0 KiB", "200.0 %"], ["gomalloc bytes", "5.0 KiB", "125.0 %"]], rows)
    shares = browser.value("[...$('everywhere').querySelectorAll('polygon')].map(p => { const ys = p.getAttribute('points').split(' ')"
                           ".map(point => +point.split(',')[1]); return ys[3] - ys[2]; })")
    tests.check("slabs and what is held add up", abs(shares[0] / shares[2] - 2) < 0.05 and abs(shares[1] / shares[2] - 4) < 0.05, shares)
    tests.check("its names are text", browser.value("!document.getElementById('evil')"))
    browser.value("choose(0)")
    tests.check("before that it was not loaded", "is not loaded in this look" in browser.value("$('everywhere-state').textContent") and
                browser.value("$('callers-section').hidden && !$('audit').rows.length"))


def one_look(browser):
    """The shortest record there is."""
    browser.complaints.clear()
    browser.open(make_page("one", "\n".join(made_up().split("\n")[:2]) + "\n"), 400, 800, "dark")
    return not browser.complaints and all(browser.value(e) for e in DRAWN.values()) and browser.value(NARROW)


def make_command():
    """The gomalloc command with the sanitizers."""
    subprocess.run(
        ["make", "-s", "-C", os.path.join(ROOT, "tools"), "CC=gcc-12", "O=" + os.path.abspath(os.path.join(ROOT, "build/tools-sanitized")),
         "CFLAGS=-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all", os.path.abspath(COMMAND)], check=True)


def main():
    """As the usage says."""
    make_command()
    page = make_page("guest", record_of(sys.argv[1]))
    planted = make_page("made-up", made_up())
    tests = Tests()
    with Browser() as browser:
        look_at(tests, browser, "guest", page)
        tests.check("the guest's record has many looks", browser.value("looks.length >= 20 && ranked.length >= 3"))
        look_at(tests, browser, "made-up", planted)
        use(tests, browser, planted)
        use_everywhere(tests, browser, planted)
    sys.exit(tests.end())


if __name__ == "__main__":
    main()
