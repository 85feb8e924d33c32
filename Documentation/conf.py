# SPDX-License-Identifier: GPL-2.0
"""For scripts/htmldocs.sh, which sets the variables of the environment, and man.sh.

The latter makes manual pages of guides, which need nothing of the kernel's.
"""

import os
import pathlib
import sys

WITH_KERNEL = "KERNEL_SPHINX" in os.environ
if WITH_KERNEL:
    sys.path.insert(0, os.environ["KERNEL_SPHINX"])

project = "gomalloc"
copyright = "its authors, GPL-2.0"
extensions = ["kerneldoc"] if WITH_KERNEL else []
exclude_patterns = ["man"] if WITH_KERNEL else ["man", "api.rst"]
highlight_language = "none"
html_theme = "alabaster"
html_sidebars = {"**": ["globaltoc.html", "localtoc.html", "searchbox.html"]}
html_show_sphinx = False

# Guides that are manual pages, too: the page, and what it is
GUIDES = {
    "install": "how gomalloc is installed, signed and loaded",
    "heaps": "which heap for which problem",
    "porting": "from kmalloc to gomalloc",
    "troubleshooting": "what the messages of gomalloc mean",
    "faq": "questions about gomalloc, answered",
}
man_pages = [(page, f"gomalloc-{page}", what, "", 7) for page, what in GUIDES.items()
             if pathlib.Path(__file__).with_name(f"{page}.rst").exists()]

if WITH_KERNEL:
    kerneldoc_bin = os.environ["KERNEL_DOC"]
    kerneldoc_srctree = os.environ["ROOT"]

# Attributes of functions and fields that C has not
c_id_attributes = ["__user", "__percpu", "__must_check"]
