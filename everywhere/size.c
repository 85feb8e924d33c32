// SPDX-License-Identifier: GPL-2.0
/*
 * size - what runs in the place of the kernel's functions that ask for or change a size
 *
 * What: of an object of gomalloc the answer is gomalloc's. One that grows moves to
 *	where a new one would be.
 * Locks: none; any context but NMI.
 */
#include <linux/gomalloc.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "flight.h"
#include "table.h"

static bool is_ours(const void *p)
{
	return !ZERO_OR_NULL_PTR(p) && gomalloc_owns(p);
}

size_t everywhere_ksize(const void *p)
{
	return is_ours(p) ? gosize(p) : static_call(original_ksize)(p);
}

/* As the kernel does it: in its place if it fits, and what is not in use is zero */
static void *stay(void *p, size_t size, size_t room, gfp_t gfp)
{
	if (want_init_on_alloc(gfp))
		memset(p + size, 0, room - size);
	return p;
}

/* It may sleep, and has to come back to us */
static void *move(void *p, size_t size, size_t room, gfp_t gfp, unsigned long caller)
{
	void *q;

	flight_begin();
	q = kmalloc_node_track_caller(size, gfp, NUMA_NO_NODE);
	if (q) {
		memcpy(q, p, room);
		gofree_try_track_caller(p, caller);
	}
	flight_end();
	return q;
}

static noinline void *resize(void *p, size_t size, gfp_t gfp, unsigned long caller)
{
	size_t room = gosize(p);

	if (!size) {
		gofree_try_track_caller(p, caller);
		return ZERO_SIZE_PTR;
	}
	if (size <= room)
		return stay(p, size, room, gfp);
	return move(p, size, room, gfp, caller);
}

#if !COMPAT_HAS_NOPROF
void *everywhere_krealloc(const void *p, size_t size, gfp_t gfp)
{
	return is_ours(p) ? resize((void *)p, size, gfp, _RET_IP_) :
			    static_call(original_krealloc)(p, size, gfp);
}
#else
void *everywhere_krealloc_noprof(const void *p, size_t size, gfp_t gfp)
{
	return is_ours(p) ? resize((void *)p, size, gfp, _RET_IP_) :
			    static_call(original_krealloc_noprof)(p, size, gfp);
}
#endif
