/* SPDX-License-Identifier: GPL-2.0 */
/* That of the C library, which includes it, too */
#include_next <linux/errno.h>
#include <host/kernel.h>
