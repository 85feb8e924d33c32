// SPDX-License-Identifier: GPL-2.0
/*
 * size - what runs in the place of the kernel's functions that ask for or change a size
 *
 * What: of an object of gomalloc the answer is gomalloc's. One that grows moves to
 *	where a new one would be.
 * Locks: none; any context but NMI.
 */
#include <linux/align.h>
#include <linux/gomalloc.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/numa.h>
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

/**
 * struct wish - what an object is to be changed to
 * @size: its size
 * @align: it is to lie at a multiple of that
 * @gfp: how to allocate, if it has to move
 * @node: where, or NUMA_NO_NODE
 * @caller: who asks
 */
struct wish {
	size_t		size;
	unsigned long	align;
	gfp_t		gfp;
	int		node;
	unsigned long	caller;
};

static bool fits(const void *p, const struct wish *w, size_t room)
{
	bool is_near = !(w->gfp & __GFP_THISNODE) || w->node == NUMA_NO_NODE ||
		       w->node == page_to_nid(virt_to_page(p));

	return is_near && w->size <= room && IS_ALIGNED((unsigned long)p, w->align);
}

/* As the kernel does it: in its place if it fits, and what is not in use is zero */
static void *stay(void *p, const struct wish *w, size_t room)
{
	if (want_init_on_alloc(w->gfp))
		memset(p + w->size, 0, room - w->size);
	return p;
}

/* It may sleep, and has to come back to us */
static void *move(void *p, const struct wish *w, size_t room)
{
	void *q;

	flight_begin();
	q = kmalloc_node_track_caller(w->size, w->gfp, w->node);
	if (q) {
		memcpy(q, p, min(room, w->size));
		gofree_try_track_caller(p, w->caller);
	}
	flight_end();
	return q;
}

static noinline void *resize(void *p, const struct wish *w)
{
	size_t room = gosize(p);

	if (!w->size) {
		gofree_try_track_caller(p, w->caller);
		return ZERO_SIZE_PTR;
	}
	return fits(p, w, room) ? stay(p, w, room) : move(p, w, room);
}

/* The function in the place of @name, see alloc.c, and what is asked of it, a struct wish */
#define DEFINE_RESIZE(name, params, args, ...)						\
void *everywhere_##name params								\
{											\
	if (!is_ours(p))								\
		return static_call(original_##name) args;				\
	return resize((void *)p, &(struct wish){ __VA_ARGS__ });			\
}

#if !COMPAT_HAS_NOPROF
DEFINE_RESIZE(krealloc, (const void *p, size_t size, gfp_t gfp), (p, size, gfp),
	      size, 1, gfp, NUMA_NO_NODE, _RET_IP_)
#elif !COMPAT_HAS_ALIGN
DEFINE_RESIZE(krealloc_noprof, (const void *p, size_t size, gfp_t gfp), (p, size, gfp),
	      size, 1, gfp, NUMA_NO_NODE, _RET_IP_)
#else
DEFINE_RESIZE(krealloc_node_align_noprof,
	      (const void *p, DECL_TOKEN_PARAMS(size, token), unsigned long align, gfp_t gfp,
	       int node),
	      (p, PASS_TOKEN_PARAMS(size, token), align, gfp, node),
	      size, align, gfp, node, _RET_IP_)
#endif
