// SPDX-License-Identifier: GPL-2.0
/*
 * dev/object - the objects of an open /dev/gomalloc, by handle
 *
 * What: makes objects and gives them handles, finds, resizes and erases them.
 * Locks: the xarray's own for handles; dev_file.resize for a new length.
 * Owns: an object's memory, until the last reference is put.
 * Invariant: a handle is published when its object is complete and the program
 *	knows it, and all of the object's pages were zero when its owner first could
 *	see them. What was written through a mapping is never lost by a REALLOC.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "dev/object.h"
#include "hook.h"
#include "ledger.h"
#include "mspan.h"
#include "object.h"
#include "pagemap.h"

/**
 * struct place - memory for an object
 * @p: where it is
 * @usable: bytes it takes up
 * @class: size class, 0 for large
 * @tiny: shares its tiny block
 */
struct place {
	void	*p;
	size_t	usable;
	u8	class;
	bool	tiny;
};

/* Zeroed, and packed if it is tiny: its length is known, and it grows by no gorealloc() */
static void *alloc_zeroed(struct dev_file *f, size_t length, unsigned int flags)
{
	void *p;

	if (!(flags & GOMALLOC_NOSCAN) || length >= TINY_SIZE)
		return malloc_alloc(f->heap, length, DEV_GFP | __GFP_ZERO, flags,
				    _RET_IP_);
	p = malloc_alloc(f->heap, length, DEV_GFP, flags, _RET_IP_);
	return ZERO_OR_NULL_PTR(p) ? p : memset(p, 0, length);
}

/* Return: 0; -ENOSPC: the heap is at its limit; -ENOMEM */
static int find_place(struct dev_file *f, size_t length, u32 flags,
		      struct place *place)
{
	enum gomalloc_misuse kind;
	struct object at;

	place->p = alloc_zeroed(f, length, flags & GOMALLOC_ALLOC_NOSCAN ?
				GOMALLOC_NOSCAN : 0);
	if (!place->p)
		return ledger_over_limit(f->heap, PFN_UP(length)) ? -ENOSPC :
								  -ENOMEM;
	preempt_disable();
	kind = object_find(place->p, &at);
	preempt_enable();
	if (WARN_ON_ONCE(kind))
		return -ENOMEM;
	place->class = at.span->spanclass >> 1;
	place->tiny = mspan_is_tiny(at.span) && length < TINY_SIZE;
	place->usable = place->tiny ? length : object_size(&at);
	return 0;
}

static void occupy(struct dev_object *obj, const struct place *place)
{
	obj->p = place->p;
	obj->usable = place->usable;
	obj->class = place->class;
	obj->tiny = place->tiny;
}

/*
 * === references ===
 */

/* Return: the object with a reference, or NULL */
struct dev_object *dev_get_object(struct dev_file *f, u32 handle)
{
	struct dev_object *obj;

	xa_lock(&f->objects);
	obj = xa_load(&f->objects, handle);
	if (obj)
		refcount_inc(&obj->refs);
	xa_unlock(&f->objects);
	return obj;
}

void dev_put_object(struct dev_file *f, struct dev_object *obj)
{
	if (!refcount_dec_and_test(&obj->refs))
		return;
	gofree(obj->p);
	kmem_cache_free(f->sys->object_cache, obj);
}

/*
 * === number ===
 */

static bool over(long n, unsigned int limit)
{
	return limit && n > limit;
}

static void uncount_object(struct dev_file *f)
{
	atomic_long_dec(&f->nr_objects);
	atomic_long_dec(&f->sys->nr_objects);
}

/* Return: 0, or -ENOSPC: one object more would be too many */
static int count_object(struct dev_file *f)
{
	struct dev_sys *sys = f->sys;
	long n = atomic_long_inc_return(&f->nr_objects);
	long total = atomic_long_inc_return(&sys->nr_objects);

	if (!over(n, READ_ONCE(sys->limit_objects)) &&
	    !over(total, READ_ONCE(sys->total_objects)))
		return 0;
	uncount_object(f);
	return -ENOSPC;
}

/*
 * === handles ===
 */

/* Return: the object, its memory zeroed; or an ERR_PTR: -ENOSPC, -ENOMEM */
static struct dev_object *make_object(struct dev_file *f, size_t length,
				      u32 flags)
{
	struct dev_object *obj;
	struct place place;
	int err;

	obj = kmem_cache_alloc(f->sys->object_cache, DEV_GFP);
	if (!obj)
		return ERR_PTR(-ENOMEM);
	err = find_place(f, length, flags, &place);
	if (err) {
		kmem_cache_free(f->sys->object_cache, obj);
		return ERR_PTR(err);
	}
	refcount_set(&obj->refs, 1);
	atomic_set(&obj->maps, 0);
	obj->was_mapped = false;
	obj->length = length;
	obj->flags = flags;
	occupy(obj, &place);
	return obj;
}

/* Return: 0 with a handle that nobody finds anything by; -ENOSPC, -ENOMEM */
static int reserve_handle(struct dev_file *f, u32 *handle)
{
	int err = xa_alloc(&f->objects, handle, NULL, XA_LIMIT(1, INT_MAX),
			   DEV_GFP);

	return err == -EBUSY ? -ENOSPC : err;
}

/*
 * An object and a handle for it, by which nobody can find it before the program was
 * told: then it is published, or cancelled. Return: the object; or an ERR_PTR:
 * -EINVAL, -ENOSPC, -ENOMEM
 */
struct dev_object *dev_reserve_object(struct dev_file *f, size_t length,
				      u32 flags, u32 *handle)
{
	struct dev_object *obj;
	int err;

	if (!length || length > MALLOC_MAX_SIZE)
		return ERR_PTR(-EINVAL);
	err = count_object(f);
	if (err)
		return ERR_PTR(err);
	err = reserve_handle(f, handle);
	if (err)
		goto err_uncount;
	obj = make_object(f, length, flags);
	if (!IS_ERR(obj)) {
		atomic64_add(length, &f->requested);
		return obj;
	}
	err = PTR_ERR(obj);
	xa_release(&f->objects, *handle);
err_uncount:
	uncount_object(f);
	return ERR_PTR(err);
}

/* Cannot fail: there is an entry for it */
void dev_publish_object(struct dev_file *f, struct dev_object *obj, u32 handle)
{
	WARN_ON_ONCE(xa_store(&f->objects, handle, obj, 0));
}

void dev_cancel_object(struct dev_file *f, struct dev_object *obj, u32 handle)
{
	xa_release(&f->objects, handle);
	atomic64_sub(obj->length, &f->requested);
	uncount_object(f);
	dev_put_object(f, obj);
}

/* Drop the handle and with it the handle's reference. Return: 0, or -ENOENT. */
int dev_erase_object(struct dev_file *f, u32 handle)
{
	struct dev_object *obj;

	xa_lock(&f->objects);
	/* One that is only reserved stays so */
	obj = xa_load(&f->objects, handle);
	if (obj) {
		/* A REALLOC that is at work will find itself without a handle */
		__xa_erase(&f->objects, handle);
		atomic64_sub(obj->length, &f->requested);
	}
	xa_unlock(&f->objects);
	if (!obj)
		return -ENOENT;
	uncount_object(f);
	dev_put_object(f, obj);
	return 0;
}

/* No one has the file as a descriptor any more; what is mapped stays until it is not */
void dev_erase_all(struct dev_file *f)
{
	struct dev_object *obj;
	unsigned long handle;

	xa_for_each(&f->objects, handle, obj) {
		dev_erase_object(f, handle);
		cond_resched();
	}
}

/*
 * === resizing ===
 */

/* Would another place of @length bytes be one like the object has? */
static bool fits(const struct dev_object *obj, size_t length)
{
	return !obj->tiny && malloc_roundup(length, false) == obj->usable;
}

/* Return: 0; -ENOENT; -EBUSY: it is mapped. From now on it shows if it was. */
static int begin_resize(struct dev_file *f, u32 handle, struct dev_object *obj)
{
	int err = 0;

	lockdep_assert_held_write(&f->resize);
	xa_lock(&f->objects);
	if (xa_load(&f->objects, handle) != obj)
		err = -ENOENT;
	else if (atomic_read(&obj->maps))
		err = -EBUSY;
	obj->was_mapped = false;
	xa_unlock(&f->objects);
	return err;
}

/*
 * Make what is behind the object zero up to @length, before that is its own. Whoever
 * maps it meanwhile sees it happen, to bytes that are not yet the program's.
 */
static void extend_object(struct dev_object *obj, size_t length)
{
	if (HOOKS && !ZERO_OR_NULL_PTR(obj->p))
		hook_resize(span_of(obj->p), obj->p, length, obj->usable);
	if (length > obj->length)
		memset(obj->p + obj->length, 0, length - obj->length);
}

/*
 * Give the object its new length, and @place, to which its contents were copied,
 * if that is not NULL. Return: 0; -ENOENT: it was freed meanwhile; -EBUSY: it is
 * mapped, or was, and what was written through that has not been copied.
 */
static int set_length(struct dev_file *f, u32 handle, struct dev_object *obj,
		      size_t length, const struct place *place)
{
	int err = 0;

	lockdep_assert_held_write(&f->resize);
	xa_lock(&f->objects);
	if (xa_load(&f->objects, handle) != obj) {
		err = -ENOENT;
	} else if (atomic_read(&obj->maps) || obj->was_mapped) {
		err = -EBUSY;
	} else {
		if (place)
			occupy(obj, place);
		atomic64_add((s64)length - obj->length, &f->requested);
		obj->length = length;
	}
	xa_unlock(&f->objects);
	return err;
}

/* Its contents stay where they are, and there is room there for @length bytes */
static int resize_in_place(struct dev_file *f, u32 handle,
			   struct dev_object *obj, size_t length)
{
	size_t old = obj->length;
	int err;

	extend_object(obj, length);
	err = set_length(f, handle, obj, length, NULL);
	if (err && HOOKS && !ZERO_OR_NULL_PTR(obj->p))
		hook_resize(span_of(obj->p), obj->p, old, obj->usable);
	return err;
}

static int move_object(struct dev_file *f, u32 handle, struct dev_object *obj,
		       size_t length)
{
	struct place place;
	void *old = obj->p;
	int err;

	err = find_place(f, length, obj->flags, &place);
	if (err)
		return err;
	memcpy(place.p, old, min_t(size_t, length, obj->length));
	err = set_length(f, handle, obj, length, &place);
	gofree(err ? place.p : old);
	return err;
}

static int resize_locked(struct dev_file *f, u32 handle, struct dev_object *obj,
			 size_t length)
{
	int err;

	lockdep_assert_held_write(&f->resize);
	err = begin_resize(f, handle, obj);
	if (err)
		return err;
	if (fits(obj, length))
		return resize_in_place(f, handle, obj, length);
	err = move_object(f, handle, obj, length);
	/* What gets shorter can do so where it is */
	if ((err == -ENOMEM || err == -ENOSPC) && length <= obj->length)
		err = resize_in_place(f, handle, obj, length);
	return err;
}

/*
 * Return: 0; -EINVAL; -ENOENT; -EBUSY: it is mapped, or was meanwhile; -EINTR: a signal came
 * while others used an object; -ENOSPC, -ENOMEM
 */
int dev_resize_object(struct dev_file *f, u32 handle, size_t length,
		      u64 *mmap_offset)
{
	struct dev_object *obj;
	int err = -EINTR;

	if (!length || length > MALLOC_MAX_SIZE)
		return -EINVAL;
	obj = dev_get_object(f, handle);
	if (!obj)
		return -ENOENT;
	if (!down_write_killable(&f->resize)) {
		err = resize_locked(f, handle, obj, length);
		*mmap_offset = dev_mmap_offset(handle, !obj->class);
		up_write(&f->resize);
	}
	dev_put_object(f, obj);
	return err;
}
