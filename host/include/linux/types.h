/* SPDX-License-Identifier: GPL-2.0 */
/* That of the C library, which includes it, too */
#include_next <linux/types.h>
#include <host/kernel.h>
