/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xarray - pointers by number: an array in the order of the numbers
 */
#ifndef _HOST_XARRAY_H
#define _HOST_XARRAY_H

#include <host/mm.h>

struct host_xa_entry {
	unsigned long	index;
	void		*entry;
};

/**
 * struct xarray - pointers by number
 * @xa_lock: for the user
 * @lock: of what follows
 * @entries: [lock] in order, none of them NULL
 * @nr: [lock] how many
 * @room: [lock] for how many there is room
 */
struct xarray {
	spinlock_t		xa_lock;	/* see above */
	raw_spinlock_t		lock;
	struct host_xa_entry	*entries;
	unsigned long		nr;
	unsigned long		room;
};

struct xa_limit {
	u32 max;
	u32 min;
};

#define XA_LIMIT(least, most)	((struct xa_limit){ .min = (least), .max = (most) })
#define XA_FLAGS_ALLOC1		1
#define XA_FLAGS_ACCOUNT	2
#define XA_FLAGS_LOCK_IRQ	4
#define XA_PRESENT		0

void xa_init_flags(struct xarray *xa, unsigned int flags);
void xa_destroy(struct xarray *xa);
void *xa_load(struct xarray *xa, unsigned long index);
void *xa_find(struct xarray *xa, unsigned long *index, unsigned long max,
	      unsigned int filter);
void *__xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp);
void *__xa_erase(struct xarray *xa, unsigned long index);
void *xa_store_irq(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp);
void *xa_erase(struct xarray *xa, unsigned long index);
int xa_alloc_cyclic(struct xarray *xa, u32 *id, void *entry,
		    struct xa_limit limit, u32 *next, gfp_t gfp);

#define xa_err(entry)			(IS_ERR(entry) ? PTR_ERR(entry) : 0)
#define xa_lock(xa)			spin_lock(&(xa)->xa_lock)
#define xa_unlock(xa)			spin_unlock(&(xa)->xa_lock)
#define xa_lock_irqsave(xa, flags)	spin_lock_irqsave(&(xa)->xa_lock, flags)
#define xa_unlock_irqrestore(xa, flags) \
	spin_unlock_irqrestore(&(xa)->xa_lock, flags)
#define xa_for_each(xa, index, entry)					\
	for ((index) = 0; ((entry) = xa_find(xa, &(index), ~0UL, 0));	\
	     (index)++)

#endif /* _HOST_XARRAY_H */
