/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of object.c: what an address is */
#ifndef _GOMALLOC_OBJECT_H
#define _GOMALLOC_OBJECT_H

#include <linux/types.h>

#include "heap.h"

/**
 * struct object - where an address lies
 * @span: its span, or NULL
 * @index: its slot
 * @off: its offset in the slot, for a tiny object the start of it
 */
struct object {
	struct mspan	*span;
	unsigned int	index;
	unsigned int	off;
};

enum gomalloc_misuse object_find(const void *p, struct object *o);
bool object_set_pending(const struct object *o);
bool object_clear_pending(const struct object *o);
size_t object_size(const struct object *o);
size_t object_room(const struct object *o, const void *p);
const char *object_state_text(const struct object *o);

#endif /* _GOMALLOC_OBJECT_H */
