// SPDX-License-Identifier: GPL-2.0
/*
 * dev/cmd - commands of /dev/gomalloc on an object
 *
 * What: ALLOC, FREE, REALLOC, READ, WRITE, FILL, INFO, as
 *	include/uapi/linux/gomalloc.h has them.
 * Locks: dev_file.resize for reading, while an object's length and place must
 *	stay.
 * Invariant: no byte beyond an object's length is read or written.
 */
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "dev/cmd.h"

/*
 * Return: the object with a reference, and its length and place held; or an
 * ERR_PTR: -ENOENT, -EINTR
 */
static struct dev_object *hold_object(struct dev_file *f, u32 handle)
{
	struct dev_object *obj;

	if (down_read_killable(&f->resize))
		return ERR_PTR(-EINTR);
	obj = dev_get_object(f, handle);
	if (obj)
		return obj;
	up_read(&f->resize);
	return ERR_PTR(-ENOENT);
}

static void drop_object(struct dev_file *f, struct dev_object *obj)
{
	up_read(&f->resize);
	dev_put_object(f, obj);
}

/* Return: as hold_object(); -EINVAL: the range is not within the object */
static struct dev_object *hold_range(struct dev_file *f, u32 handle, u64 offset,
				     u64 length)
{
	struct dev_object *obj = hold_object(f, handle);

	if (IS_ERR(obj))
		return obj;
	if (offset <= obj->length && length <= obj->length - offset)
		return obj;
	drop_object(f, obj);
	return ERR_PTR(-EINVAL);
}

static struct dev_call *call_of(union dev_cmd *cmd)
{
	return container_of(cmd, struct dev_call, cmd);
}

int dev_cmd_alloc(struct dev_file *f, union dev_cmd *cmd)
{
	struct gomalloc_ioc_alloc *arg = &cmd->alloc;
	struct dev_object *obj;

	if (arg->flags & ~GOMALLOC_ALLOC_NOSCAN)
		return -EOPNOTSUPP;
	if (arg->__reserved)
		return -EINVAL;
	obj = dev_reserve_object(f, arg->length, arg->flags, &arg->out_handle);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	arg->out_mmap_offset = dev_mmap_offset(arg->out_handle,
					       arg->length > MAX_SMALL_SIZE);
	call_of(cmd)->made = obj;
	return 0;
}

/* The program was told the handle, or could not be */
void dev_finish_alloc(struct dev_file *f, union dev_cmd *cmd, bool told)
{
	if (told)
		dev_publish_object(f, call_of(cmd)->made, cmd->alloc.out_handle);
	else
		dev_cancel_object(f, call_of(cmd)->made, cmd->alloc.out_handle);
}

int dev_cmd_free(struct dev_file *f, union dev_cmd *cmd)
{
	return dev_erase_object(f, cmd->free.handle);
}

int dev_cmd_realloc(struct dev_file *f, union dev_cmd *cmd)
{
	struct gomalloc_ioc_realloc *arg = &cmd->realloc;

	return dev_resize_object(f, arg->handle, arg->length,
				 &arg->out_mmap_offset);
}

static int copy_range(struct dev_file *f, const struct gomalloc_ioc_copy *arg,
		      bool read)
{
	void __user *user = u64_to_user_ptr(arg->data);
	struct dev_object *obj = hold_range(f, arg->handle, arg->offset,
					    arg->length);
	unsigned long left;

	if (IS_ERR(obj))
		return PTR_ERR(obj);
	if (read)
		left = copy_to_user(user, obj->p + arg->offset, arg->length);
	else
		left = copy_from_user(obj->p + arg->offset, user, arg->length);
	drop_object(f, obj);
	return left ? -EFAULT : 0;
}

int dev_cmd_read(struct dev_file *f, union dev_cmd *cmd)
{
	return copy_range(f, &cmd->copy, true);
}

int dev_cmd_write(struct dev_file *f, union dev_cmd *cmd)
{
	return copy_range(f, &cmd->copy, false);
}

int dev_cmd_fill(struct dev_file *f, union dev_cmd *cmd)
{
	struct gomalloc_ioc_fill *arg = &cmd->fill;
	struct dev_object *obj;

	if (arg->__reserved || arg->value > U8_MAX)
		return -EINVAL;
	obj = hold_range(f, arg->handle, arg->offset, arg->length);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	memset(obj->p + arg->offset, arg->value, arg->length);
	drop_object(f, obj);
	return 0;
}

int dev_cmd_info(struct dev_file *f, union dev_cmd *cmd)
{
	struct gomalloc_ioc_info *arg = &cmd->info;
	struct dev_object *obj;

	if (arg->__reserved)
		return -EINVAL;
	obj = hold_object(f, arg->handle);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	arg->out_length = obj->length;
	arg->out_usable = obj->usable;
	arg->out_kind = obj->tiny ? GOMALLOC_KIND_TINY :
			obj->class ? GOMALLOC_KIND_SMALL : GOMALLOC_KIND_LARGE;
	arg->out_class = obj->class;
	arg->out_flags = obj->flags;
	arg->out_mmap_offset = dev_mmap_offset(arg->handle, !obj->class);
	drop_object(f, obj);
	return 0;
}
