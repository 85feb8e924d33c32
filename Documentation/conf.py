# SPDX-License-Identifier: GPL-2.0
"""For scripts/htmldocs.sh, which sets the variables of the environment."""

import os
import sys

sys.path.insert(0, os.environ["KERNEL_SPHINX"])

project = "gomalloc"
copyright = "its authors, GPL-2.0"
extensions = ["kerneldoc"]
exclude_patterns = ["man"]
highlight_language = "none"
html_theme = "alabaster"
html_sidebars = {"**": ["globaltoc.html", "localtoc.html", "searchbox.html"]}
html_show_sphinx = False

kerneldoc_bin = os.environ["KERNEL_DOC"]
kerneldoc_srctree = os.environ["ROOT"]

# Attributes of functions and fields that C has not
c_id_attributes = ["__user", "__percpu", "__must_check"]
