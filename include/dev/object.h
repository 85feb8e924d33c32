/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dev/object - the objects of an open /dev/gomalloc, by handle
 *
 * Private interface of dev/object.c, and what an open file is.
 *
 * Lock order: mmap_lock is taken within dev_file.resize, by a fault in what a
 * command copies; and the xarray's own lock within both.
 */
#ifndef _GOMALLOC_DEV_OBJECT_H
#define _GOMALLOC_DEV_OBJECT_H

#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>
#include <linux/xarray.h>
#include <uapi/linux/gomalloc.h>

#include "../heap.h"
#include "../malloc.h"

/*
 * For whatever a program can ask for as often as it likes: charged to its
 * memory cgroup, and refused rather than taken from another's life.
 */
#define DEV_GFP	(GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

/**
 * struct dev_sys - what all open files share
 * @limit_mb: [racy] MiB that an open file may hold, 0 for no limit; a parameter
 * @limit_objects: [racy] objects that it may have, 0 for no limit; a parameter
 * @total_mb: [racy] MiB that all of them may hold, 0 for no limit; a parameter
 * @total_objects: [racy] objects that all of them may have, 0 for no limit; a
 *	parameter
 * @max_open: [racy] how many there may be, 0 for no limit; a parameter
 * @max_open_user: [racy] how many of one user, 0 for no limit; a parameter
 * @group: [atomic] charges the pages of all of them
 * @nr_objects: [atomic] their objects
 * @nr_open: [atomic] their number, see open.c
 * @open_users: [its xa_lock] the same by the user who opened them
 * @file_cache: [const] memory of a &struct dev_file
 * @object_cache: [const] memory of a &struct dev_object
 */
struct dev_sys {
	unsigned int		limit_mb;
	unsigned int		limit_objects;
	unsigned int		total_mb;
	unsigned int		total_objects;
	unsigned int		max_open;
	unsigned int		max_open_user;
	struct heap_group	group;
	atomic_long_t		nr_objects;
	atomic_t		nr_open;
	struct xarray		open_users;
	struct kmem_cache	*file_cache;
	struct kmem_cache	*object_cache;
};

/**
 * struct dev_file - an open file
 * @sys: [const] what all of them share
 * @heap: [const] its heap
 * @memcg: [const] pays for everything: the memory cgroup of whoever opened it, or NULL
 * @objects: [its xa_lock] &struct dev_object by handle
 * @resize: held for reading by who looks into an object, for writing by who
 *	gives it another place or length. One for all objects: a rwsem in each
 *	would be larger than the rest of it
 * @nr_objects: [atomic] number of objects
 * @maps: [atomic] mappings, each of which holds the file; see dev/mmap.c
 * @requested: [atomic] bytes asked for by them
 */
struct dev_file {
	struct dev_sys		*sys;
	struct gomalloc_heap	*heap;
	struct mem_cgroup	*memcg;
	struct xarray		objects;
	struct rw_semaphore	resize;
	atomic_long_t		nr_objects;
	atomic64_t		maps;
	atomic64_t		requested;
};

/**
 * struct dev_object - what a handle names
 * @refs: [atomic] the handle's reference, one for each mapping, and one for
 *	each command at work
 * @maps: [atomic] mappings; the xarray's lock for the first of them
 * @length: [both] bytes asked for
 * @usable: [both] bytes it takes up
 * @p: [both] the memory
 * @was_mapped: [its xa_lock] there was a mapping since a REALLOC began
 * @flags: [const] as given to ALLOC
 * @class: [both] size class, 0 for large
 * @tiny: [both] shares its tiny block
 *
 * [both]: dev_file.resize and the xarray's lock, both to write, one to read; the
 * other tags are in heap.h.
 */
struct dev_object {
	refcount_t	refs;
	atomic_t	maps;
	u32		length;
	u32		usable;
	void		*p;
	u32		flags;
	u8		class;
	bool		tiny;
	bool		was_mapped;
};

static_assert(GOMALLOC_MAX_SIZE <= U32_MAX);
static_assert(NUM_SIZE_CLASSES - 1 <= U8_MAX);

/* As many bytes as the module allows an open file; 0 for no limit */
static inline size_t dev_limit(const struct dev_sys *sys)
{
	return (size_t)READ_ONCE(sys->limit_mb) << 20;
}

/*
 * Where a large object can be mapped, in bytes: 4 MiB for each handle. From 2^22
 * handles on, that is out of reach of a 32-bit program's mmap2().
 */
static inline u64 dev_mmap_offset(u32 handle, bool large)
{
	return large ? (u64)handle * GOMALLOC_MAX_SIZE : 0;
}

struct dev_object *dev_get_object(struct dev_file *f, u32 handle);
void dev_put_object(struct dev_file *f, struct dev_object *obj);
struct dev_object *dev_reserve_object(struct dev_file *f, size_t length,
				      u32 flags, u32 *handle);
void dev_publish_object(struct dev_file *f, struct dev_object *obj, u32 handle);
void dev_cancel_object(struct dev_file *f, struct dev_object *obj, u32 handle);
int dev_erase_object(struct dev_file *f, u32 handle);
int dev_resize_object(struct dev_file *f, u32 handle, size_t length,
		      u64 *mmap_offset);
void dev_erase_all(struct dev_file *f);

#endif /* _GOMALLOC_DEV_OBJECT_H */
