#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Make the pictures of the README of what a guest has printed, see pictures.sh.

Usage: pictures.py LOG FOLDER

The screen of gomalloc top, and parts of the page of gomalloc report: light and dark.
"""

import html
import os
import re
import sys

from browser import Browser
from report_page import OUT, make_command, make_page, read_log, record_of

# What gomalloc top tells a terminal, as CSS
STYLES = {"1": "font-weight: bold", "7": "background: var(--ink); color: var(--page)", "31": "color: var(--red)",
          "33": "color: var(--yellow)"}
SCREEN = """<!DOCTYPE html><meta charset="utf-8"><meta name="color-scheme" content="light dark"><style>
:root { --page: #ffffff; --ink: #1c2128; --red: #b42318; --yellow: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --page: #0f1318; --ink: #e6eaef; --red: #ff7b72; --yellow: #e3b341; } }
body { margin: 0; background: var(--page); color: var(--ink); display: inline-block; padding: 12px; }
pre { margin: 0; font: 14px/1.3 monospace; }</style><pre id="screen">%s</pre>"""
# The page of the report: the name of a picture, what is on it, from the first to the last,
# and how much around that
PARTS = {"report": ("h1", "#kmalloc-legend", 16), "map": ("#map-section", "#map-section", 0)}


def last_screen(log):
    """What was on the terminal when the program ended: all behind the last clearing."""
    text = read_log(log).split("gomalloc-screen-begins\n")[-1].split("\ngomalloc-screen-ends")[0]
    return text.split("\033[H\033[J")[-1]


def to_html(screen):
    """Its colours as HTML."""
    parts, opened = [], 0
    for part in re.split("(\033\\[[0-9]*m)", screen):
        code = re.fullmatch("\033\\[([0-9]*)m", part)
        if not code:
            parts.append(html.escape(part))
        elif code.group(1) in STYLES:
            parts.append(f'<span style="{STYLES[code.group(1)]}">')
            opened += 1
        else:
            parts.append("</span>" * opened)
            opened = 0
    return "".join(parts)


def box(browser, first, last, margin):
    """Where on the page they are."""
    return browser.value(
        f"(() => {{ const a = document.querySelector('{first}').getBoundingClientRect(), "
        f"b = document.querySelector('{last}').getBoundingClientRect(), m = {margin}; "
        "return { x: Math.max(0, Math.min(a.left, b.left) - m), y: Math.max(0, a.top + scrollY - m), "
        "width: Math.max(a.right, b.right) - Math.min(a.left, b.left) + 2 * m, "
        "height: b.bottom - a.top + 2 * m }; })()")


def main():
    """As the usage says."""
    log, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    make_command()
    page = make_page("guest", record_of(log))
    screen = os.path.join(OUT, "screen.html")
    with open(screen, "w", encoding="utf-8") as file:
        file.write(SCREEN % to_html(last_screen(log)))
    with Browser() as browser:
        for scheme in ("light", "dark"):
            browser.open(screen, 900, 600, scheme)
            browser.picture(os.path.join(folder, f"top-{scheme}.png"), clip=box(browser, "body", "body", 0))
            browser.open(page, 1000, 900, scheme)
            # The look in which the heaps hold most, not the last one
            browser.value("choose(looks.map(look => sum(look.heaps, heap => heap.held_bytes)).reduce((best, n, i, all) => n > all[best] ? i : best, 0))")
            for name, (first, last, margin) in PARTS.items():
                if browser.value(f"document.querySelector('{first}').hidden"):
                    continue
                browser.picture(os.path.join(folder, f"{name}-{scheme}.png"), clip=box(browser, first, last, margin))
    print("\n".join(sorted(os.listdir(folder))))


if __name__ == "__main__":
    main()
