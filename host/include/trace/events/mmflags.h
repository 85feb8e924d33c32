/* SPDX-License-Identifier: GPL-2.0 */
/* No flag is printed: there are no tracepoints */
