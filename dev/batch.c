// SPDX-License-Identifier: GPL-2.0
/*
 * dev/batch - many objects of /dev/gomalloc in one call
 *
 * What: ALLOC_BATCH and FREE_BATCH, in chunks that fit on the stack.
 * Locks: none of its own.
 * Invariant: what is said to be done was done, and nothing else; an object is
 *	published when its handle was told, and else not left behind.
 */
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "dev/batch.h"
#include "dev/cmd.h"
#include "dev/object.h"

#define CHUNK	64

static u32 __user *element(u64 array, u32 i)
{
	return (u32 __user *)u64_to_user_ptr(array) + i;
}

/* May the next chunk be done? Return: 0, or -EINTR */
static int pause_batch(void)
{
	cond_resched();
	return signal_pending(current) ? -EINTR : 0;
}

/* Return: how many of @objs could be made; if not @nr, why in @err */
static u32 reserve_objects(struct dev_file *f, u32 flags, const u32 *lengths,
			   struct dev_object **objs, u32 *handles, u32 nr,
			   int *err)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		objs[i] = dev_reserve_object(f, lengths[i], flags, &handles[i]);
		if (IS_ERR(objs[i])) {
			*err = PTR_ERR(objs[i]);
			break;
		}
	}
	return i;
}

/* The program was told the handles, or could not be */
static void finish_objects(struct dev_file *f, struct dev_object **objs,
			   const u32 *handles, u32 nr, bool told)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		if (told)
			dev_publish_object(f, objs[i], handles[i]);
		else
			dev_cancel_object(f, objs[i], handles[i]);
	}
}

/* Return: how many could be freed; if not @nr, why in @err */
static u32 erase_objects(struct dev_file *f, const u32 *handles, u32 nr,
			 int *err)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		*err = dev_erase_object(f, handles[i]);
		if (*err)
			break;
	}
	return i;
}

/* Return: how many of up to @nr objects, from number @first on, are done */
static u32 alloc_chunk(struct dev_file *f,
		       const struct gomalloc_ioc_alloc_batch *arg, u32 first,
		       u32 nr, int *err)
{
	u32 lengths[CHUNK], handles[CHUNK], done;
	struct dev_object *objs[CHUNK];
	bool told;

	if (copy_from_user(lengths, element(arg->lengths, first),
			   nr * sizeof(u32))) {
		*err = -EFAULT;
		return 0;
	}
	done = reserve_objects(f, arg->flags, lengths, objs, handles, nr, err);
	told = !copy_to_user(element(arg->handles, first), handles,
			     done * sizeof(u32));
	finish_objects(f, objs, handles, done, told);
	if (told)
		return done;
	*err = -EFAULT;
	return 0;
}

static u32 free_chunk(struct dev_file *f,
		      const struct gomalloc_ioc_free_batch *arg, u32 first,
		      u32 nr, int *err)
{
	u32 handles[CHUNK];

	if (copy_from_user(handles, element(arg->handles, first),
			   nr * sizeof(u32))) {
		*err = -EFAULT;
		return 0;
	}
	return erase_objects(f, handles, nr, err);
}

int dev_cmd_alloc_batch(struct dev_file *f, union dev_cmd *cmd)
{
	struct gomalloc_ioc_alloc_batch *arg = &cmd->alloc_batch;
	u32 done = 0;
	int err = 0;

	if (arg->flags & ~GOMALLOC_ALLOC_NOSCAN)
		return -EOPNOTSUPP;
	if (!arg->nr)
		return -EINVAL;
	while (!err && done < arg->nr) {
		done += alloc_chunk(f, arg, done,
				    min_t(u32, arg->nr - done, CHUNK), &err);
		err = err ?: pause_batch();
	}
	arg->out_nr = done;
	return done ? 0 : err;
}

int dev_cmd_free_batch(struct dev_file *f, union dev_cmd *cmd)
{
	struct gomalloc_ioc_free_batch *arg = &cmd->free_batch;
	u32 done = 0;
	int err = 0;

	if (!arg->nr || arg->__reserved)
		return -EINVAL;
	while (!err && done < arg->nr) {
		done += free_chunk(f, arg, done,
				   min_t(u32, arg->nr - done, CHUNK), &err);
		err = err ?: pause_batch();
	}
	arg->out_nr = done;
	return done ? 0 : err;
}
