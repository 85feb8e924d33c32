#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Find the phrases of scripts/words.txt in files, also across line breaks.

Usage: words.py FILE...   prints FILE:LINE: phrase (what to write instead)
"""

import pathlib
import re
import sys

WORDS = pathlib.Path(__file__).with_name("words.txt")
# A space, or a line break with what a comment, a patch or a man page begins a line with
SPACE = r"(?: |\n[ +-]?[ \t]*(?:\*|//|#|--)?[ \t]+|\n)"


def main():
    lines = [line for line in WORDS.read_text().splitlines() if line and line[0] != "#"]
    words = [re.split(r"\t+", line) for line in lines]
    for name in sys.argv[1:]:
        text = pathlib.Path(name).read_text(errors="replace")
        found = []
        for pattern, instead in words:
            for match in re.finditer(pattern.replace(" ", SPACE), text, re.IGNORECASE):
                line = text.count("\n", 0, match.start()) + 1
                found.append((line, re.sub(SPACE, " ", match.group()), instead))
        for line, phrase, instead in sorted(found):
            print(f"{name}:{line}: '{phrase}' (write: {instead})")


if __name__ == "__main__":
    main()
