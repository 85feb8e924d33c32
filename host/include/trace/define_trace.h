/* SPDX-License-Identifier: GPL-2.0 */
/* No tracepoint is defined: see host/trace.h */
