#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Find the phrases of scripts/words.txt in files, also across line breaks.

Usage: words.py FILE...   prints FILE:LINE: phrase (what to write instead)
"""

import pathlib
import re
import sys

WORDS = pathlib.Path(__file__).with_name("words.txt")
# A line break with what a comment, a patch or a man page begins a line with
BREAK = re.compile(r"\n[ +-]?[ \t]*(?:\*|//|#|--)?[ \t]+|\n")


def read_words():
    """The pairs of (pattern, what to write instead)."""
    words = []
    for line in WORDS.read_text().splitlines():
        if line and not line.startswith("#"):
            pattern, instead = re.split(r"\t+", line)
            words.append((re.compile(pattern, re.IGNORECASE), instead))
    return words


def flatten(text):
    """The text as one line, and the offset at which each line of it begins."""
    parts, starts, at, end = [], [0], 0, 0
    for match in BREAK.finditer(text):
        parts += [text[end:match.start()], " "]
        at += match.start() - end + 1
        starts.append(at)
        end = match.end()
    return "".join(parts) + text[end:], starts


def check(name, words):
    """Print what is found in one file."""
    text, starts = flatten(pathlib.Path(name).read_text(errors="replace"))
    found = []
    for pattern, instead in words:
        for match in pattern.finditer(text):
            line = sum(start <= match.start() for start in starts)
            found.append((line, match.group(), instead))
    for line, phrase, instead in sorted(found):
        print(f"{name}:{line}: '{phrase}' (write: {instead})")


def main():
    words = read_words()
    for name in sys.argv[1:]:
        check(name, words)


if __name__ == "__main__":
    main()
