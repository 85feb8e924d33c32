/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kernel - all of them: each <linux/NAME.h> that is asked for is this, see the Makefile
 */
#ifndef _HOST_KERNEL_H
#define _HOST_KERNEL_H

#include <host/config.h>
#include <host/compiler.h>
#include <host/bits.h>
#include <host/atomic.h>
#include <host/list.h>
#include <host/cpu.h>
#include <host/lib.h>
#include <host/lock.h>
#include <host/rcu.h>
#include <host/mm.h>
#include <host/xarray.h>
#include <host/work.h>
#include <host/trace.h>

#endif /* _HOST_KERNEL_H */
