// SPDX-License-Identifier: GPL-2.0
/*
 * dev - /dev/gomalloc
 *
 * What: a heap for each open file, its objects by handle, and the commands of
 *	include/uapi/linux/gomalloc.h.
 * Called by user space. Calls heap.c, malloc.c, object.c.
 * Locks: the xarray's own for handles. An object has a reference count: the
 *	handle's, and one for each command that works on it.
 * Owns: the heap and all objects in it, until the file is released.
 * Invariant: a handle is published when its object is complete; no kernel
 *	address and no byte of another's leaves through here.
 */
#define pr_fmt(fmt) "gomalloc: " fmt

#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/xarray.h>
#include <uapi/linux/gomalloc.h>

#include "compat.h"
#include "dev.h"
#include "heap.h"
#include "malloc.h"
#include "object.h"

static unsigned int dev_limit_mb = 256;
module_param(dev_limit_mb, uint, 0644);
MODULE_PARM_DESC(dev_limit_mb, "MiB that an open /dev/gomalloc may hold, 0 for no limit (default 256)");

/**
 * struct dev_object - what a handle names
 * @refs: the handle's reference, and one per command at work
 * @length: bytes asked for; constant, as all below
 * @usable: bytes it takes up
 * @flags: as given to ALLOC
 * @class: size class, 0 for large
 * @tiny: shares its block
 * @p: the memory
 */
struct dev_object {
	refcount_t	refs;
	size_t		length;
	size_t		usable;
	u32		flags;
	u8		class;
	bool		tiny;
	void		*p;
};

/**
 * struct dev_file - an open file
 * @heap: its heap
 * @objects: &struct dev_object by handle
 * @nr_objects: their number
 * @requested: bytes asked for by them
 */
struct dev_file {
	struct gomalloc_heap	*heap;
	struct xarray		objects;
	atomic_long_t		nr_objects;
	atomic64_t		requested;
};

/* A command's struct, of any of the commands */
union dev_cmd {
	struct gomalloc_ioc_alloc	alloc;
	struct gomalloc_ioc_free	free;
	struct gomalloc_ioc_copy	copy;
	struct gomalloc_ioc_info	info;
	struct gomalloc_ioc_stats	stats;
	struct gomalloc_ioc_class_stats	class_stats;
	struct gomalloc_ioc_set_limit	set_limit;
	struct gomalloc_ioc_trim	trim;
};

/*
 * === objects ===
 */

static void put_object(struct dev_object *obj)
{
	if (!refcount_dec_and_test(&obj->refs))
		return;
	gofree(obj->p);
	kfree(obj);
}

static struct dev_object *get_object(struct dev_file *f, u32 handle)
{
	struct dev_object *obj;

	xa_lock(&f->objects);
	obj = xa_load(&f->objects, handle);
	if (obj)
		refcount_inc(&obj->refs);
	xa_unlock(&f->objects);
	return obj;
}

static int alloc_failed_errno(struct dev_file *f, size_t length)
{
	return heap_over_limit(f->heap, length) ? -ENOSPC : -ENOMEM;
}

/* Return: the object, its memory zeroed; or an ERR_PTR */
static struct dev_object *make_object(struct dev_file *f, size_t length,
				      u32 flags)
{
	bool noscan = flags & GOMALLOC_ALLOC_NOSCAN;
	struct dev_object *obj;
	struct object at;

	obj = kzalloc(sizeof(*obj), GFP_KERNEL_ACCOUNT);
	if (!obj)
		return ERR_PTR(-ENOMEM);
	obj->p = malloc_alloc(f->heap, length, noscan,
			      GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
	if (!obj->p || object_find(obj->p, &at)) {
		kfree(obj);
		return ERR_PTR(alloc_failed_errno(f, length));
	}
	refcount_set(&obj->refs, 1);
	obj->length = length;
	obj->flags = flags;
	obj->class = at.span->spanclass >> 1;
	obj->tiny = mspan_is_tiny(at.span) && length < TINY_SIZE;
	obj->usable = obj->tiny ? length : object_size(&at);
	return obj;
}

/*
 * === commands ===
 */

static int cmd_alloc(struct dev_file *f, union dev_cmd *cmd)
{
	struct gomalloc_ioc_alloc *arg = &cmd->alloc;
	struct dev_object *obj;
	u32 handle;
	int err;

	if (arg->flags & ~GOMALLOC_ALLOC_NOSCAN)
		return -EOPNOTSUPP;
	if (arg->__reserved || !arg->length || arg->length > MALLOC_MAX_SIZE)
		return -EINVAL;
	obj = make_object(f, arg->length, arg->flags);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	err = xa_alloc(&f->objects, &handle, obj, XA_LIMIT(1, INT_MAX),
		       GFP_KERNEL_ACCOUNT);
	if (err) {
		put_object(obj);
		return err == -EBUSY ? -ENOSPC : err;
	}
	atomic_long_inc(&f->nr_objects);
	atomic64_add(arg->length, &f->requested);
	arg->out_handle = handle;
	return 0;
}

/* Drop the handle and with it the handle's reference */
static int erase_handle(struct dev_file *f, u32 handle)
{
	struct dev_object *obj = xa_erase(&f->objects, handle);

	if (!obj)
		return -ENOENT;
	atomic_long_dec(&f->nr_objects);
	atomic64_sub(obj->length, &f->requested);
	put_object(obj);
	return 0;
}

/* The program could not be told the handle */
static void cmd_undo_alloc(struct dev_file *f, union dev_cmd *cmd)
{
	erase_handle(f, cmd->alloc.out_handle);
}

static int cmd_free(struct dev_file *f, union dev_cmd *cmd)
{
	return erase_handle(f, cmd->free.handle);
}

/* Return: the object with a reference, once the range is known to be in it */
static struct dev_object *get_range(struct dev_file *f,
				    const struct gomalloc_ioc_copy *arg)
{
	struct dev_object *obj = get_object(f, arg->handle);

	if (!obj)
		return ERR_PTR(-ENOENT);
	if (arg->offset <= obj->length &&
	    arg->length <= obj->length - arg->offset)
		return obj;
	put_object(obj);
	return ERR_PTR(-EINVAL);
}

static int cmd_read(struct dev_file *f, union dev_cmd *cmd)
{
	struct gomalloc_ioc_copy *arg = &cmd->copy;
	struct dev_object *obj = get_range(f, arg);
	int err = 0;

	if (IS_ERR(obj))
		return PTR_ERR(obj);
	if (copy_to_user(u64_to_user_ptr(arg->data), obj->p + arg->offset,
			 arg->length))
		err = -EFAULT;
	put_object(obj);
	return err;
}

static int cmd_write(struct dev_file *f, union dev_cmd *cmd)
{
	struct gomalloc_ioc_copy *arg = &cmd->copy;
	struct dev_object *obj = get_range(f, arg);
	int err = 0;

	if (IS_ERR(obj))
		return PTR_ERR(obj);
	if (copy_from_user(obj->p + arg->offset, u64_to_user_ptr(arg->data),
			   arg->length))
		err = -EFAULT;
	put_object(obj);
	return err;
}

static int cmd_info(struct dev_file *f, union dev_cmd *cmd)
{
	struct gomalloc_ioc_info *arg = &cmd->info;
	struct dev_object *obj;

	if (arg->__reserved)
		return -EINVAL;
	obj = get_object(f, arg->handle);
	if (!obj)
		return -ENOENT;
	arg->out_length = obj->length;
	arg->out_usable = obj->usable;
	arg->out_kind = obj->tiny ? GOMALLOC_KIND_TINY :
			obj->class ? GOMALLOC_KIND_SMALL : GOMALLOC_KIND_LARGE;
	arg->out_class = obj->class;
	arg->out_flags = obj->flags;
	put_object(obj);
	return 0;
}

static int cmd_stats(struct dev_file *f, union dev_cmd *cmd)
{
	struct gomalloc_ioc_stats *arg = &cmd->stats;
	struct gomalloc_stats stats;

	if (arg->__reserved)
		return -EINVAL;
	heap_stats(f->heap, &stats);
	arg->out_objects = atomic_long_read(&f->nr_objects);
	arg->out_requested_bytes = atomic64_read(&f->requested);
	arg->out_object_bytes = stats.object_bytes;
	arg->out_spans = stats.spans;
	arg->out_span_bytes = stats.span_bytes;
	arg->out_held_bytes = stats.held_bytes;
	arg->out_limit_bytes = stats.limit;
	arg->out_soft_limit_bytes = stats.soft_limit;
	arg->out_peak_bytes = stats.peak_bytes;
	arg->out_cached_bytes = stats.cached_bytes;
	arg->out_shrunk_bytes = stats.shrunk_bytes;
	return 0;
}

/* Rows as long as the program knows them; what it knows beyond ours is 0 */
static int copy_rows(const struct gomalloc_ioc_class_stats *arg,
		     const struct gomalloc_class_stats *rows)
{
	size_t known = min_t(size_t, arg->row_size, sizeof(*rows));
	char __user *to = u64_to_user_ptr(arg->rows);
	unsigned int i;

	for (i = 0; i < min(arg->nr_rows, GOMALLOC_NR_CLASSES); i++) {
		if (copy_to_user(to, &rows[i], known) ||
		    clear_user(to + known, arg->row_size - known))
			return -EFAULT;
		to += arg->row_size;
	}
	return 0;
}

static int cmd_class_stats(struct dev_file *f, union dev_cmd *cmd)
{
	struct gomalloc_ioc_class_stats *arg = &cmd->class_stats;
	struct gomalloc_class_stats *rows;
	int err;

	/* The kernel's row is the interface's, field by field */
	static_assert(sizeof(*rows) == sizeof(struct gomalloc_class_row));
	if (arg->row_size < sizeof(u64) || arg->row_size > PAGE_SIZE)
		return -EINVAL;
	rows = kcalloc(GOMALLOC_NR_CLASSES, sizeof(*rows), GFP_KERNEL_ACCOUNT);
	if (!rows)
		return -ENOMEM;
	heap_class_stats(f->heap, rows);
	err = copy_rows(arg, rows);
	kfree(rows);
	arg->out_nr_rows = GOMALLOC_NR_CLASSES;
	return err;
}

/* As many bytes as the module allows a descriptor; 0 for no limit */
static size_t dev_limit(void)
{
	return (size_t)READ_ONCE(dev_limit_mb) << 20;
}

static int cmd_set_limit(struct dev_file *f, union dev_cmd *cmd)
{
	struct gomalloc_ioc_set_limit *arg = &cmd->set_limit;
	size_t most = dev_limit(), limit = arg->limit_bytes;

	if (arg->__reserved)
		return -EINVAL;
	if (!limit)
		limit = most;
	if (most && limit > most && !capable(CAP_SYS_RESOURCE))
		return -EPERM;
	return heap_set_limits(f->heap, limit, arg->soft_limit_bytes);
}

static int cmd_trim(struct dev_file *f, union dev_cmd *cmd)
{
	struct gomalloc_ioc_trim *arg = &cmd->trim;

	if (arg->__reserved)
		return -EINVAL;
	arg->out_bytes = heap_trim(f->heap);
	return 0;
}

/**
 * struct dev_op - a command
 * @size: the kernel's size of its struct
 * @min_size: up to the end of the last field the first version had
 * @execute: does it; what it leaves in the struct goes to user space
 * @undo: takes it back where that could not be written; or NULL
 */
struct dev_op {
	unsigned int	size;
	unsigned int	min_size;
	int		(*execute)(struct dev_file *f, union dev_cmd *cmd);
	void		(*undo)(struct dev_file *f, union dev_cmd *cmd);
};

#define DEV_OP(_nr, _fn, _struct, _last, _undo)				\
	[_nr] = {							\
		.size = sizeof(_struct) +				\
			BUILD_BUG_ON_ZERO(sizeof(_struct) % 8),		\
		.min_size = offsetofend(_struct, _last),		\
		.execute = (_fn),					\
		.undo = (_undo),					\
	}

static const struct dev_op dev_ops[] = {
	DEV_OP(GOMALLOC_CMD_ALLOC, cmd_alloc, struct gomalloc_ioc_alloc,
	       __reserved, cmd_undo_alloc),
	DEV_OP(GOMALLOC_CMD_FREE, cmd_free, struct gomalloc_ioc_free, handle,
	       NULL),
	DEV_OP(GOMALLOC_CMD_READ, cmd_read, struct gomalloc_ioc_copy, data,
	       NULL),
	DEV_OP(GOMALLOC_CMD_WRITE, cmd_write, struct gomalloc_ioc_copy, data,
	       NULL),
	DEV_OP(GOMALLOC_CMD_INFO, cmd_info, struct gomalloc_ioc_info,
	       __reserved, NULL),
	DEV_OP(GOMALLOC_CMD_STATS, cmd_stats, struct gomalloc_ioc_stats,
	       out_limit_bytes, NULL),
	DEV_OP(GOMALLOC_CMD_CLASS_STATS, cmd_class_stats,
	       struct gomalloc_ioc_class_stats, rows, NULL),
	DEV_OP(GOMALLOC_CMD_SET_LIMIT, cmd_set_limit,
	       struct gomalloc_ioc_set_limit, soft_limit_bytes, NULL),
	DEV_OP(GOMALLOC_CMD_TRIM, cmd_trim, struct gomalloc_ioc_trim, out_bytes,
	       NULL),
};

/* Return: the operation, or NULL: not a command of ours */
static const struct dev_op *find_op(unsigned int cmd)
{
	unsigned int nr = _IOC_NR(cmd);

	if (nr >= ARRAY_SIZE(dev_ops))
		return NULL;
	nr = array_index_nospec(nr, ARRAY_SIZE(dev_ops));
	return cmd == _IO(GOMALLOC_TYPE, nr) ? &dev_ops[nr] : NULL;
}

static long dev_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	const struct dev_op *op = find_op(cmd);
	void __user *user = (void __user *)arg;
	union dev_cmd buf = {};
	u32 size;
	int err;

	if (!op)
		return -ENOTTY;
	if (get_user(size, (u32 __user *)user))
		return -EFAULT;
	if (size < op->min_size)
		return -EINVAL;
	/* No version of ours will be that long; do not look at gigabytes */
	if (size > PAGE_SIZE)
		return -E2BIG;
	err = copy_struct_from_user(&buf, op->size, user, size);
	if (err)
		return err;
	err = op->execute(file->private_data, &buf);
	if (err)
		return err;
	if (copy_to_user(user, &buf, min(size, op->size))) {
		if (op->undo)
			op->undo(file->private_data, &buf);
		return -EFAULT;
	}
	return 0;
}

static int dev_open(struct inode *inode, struct file *file)
{
	struct gomalloc_heap_params params = {
		.name = "dev",
		.limit = dev_limit(),
		.flags = GOMALLOC_HEAP_NO_RECYCLE | GOMALLOC_HEAP_ACCOUNT,
	};
	struct dev_file *f;

	f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);
	if (!f)
		return -ENOMEM;
	f->heap = heap_create(&gomalloc_sys, &params);
	if (IS_ERR(f->heap)) {
		int err = PTR_ERR(f->heap);

		kfree(f);
		return err;
	}
	xa_init_flags(&f->objects, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	file->private_data = f;
	return nonseekable_open(inode, file);
}

static int dev_release(struct inode *inode, struct file *file)
{
	struct dev_file *f = file->private_data;
	struct dev_object *obj;
	unsigned long handle;

	xa_for_each(&f->objects, handle, obj) {
		erase_handle(f, handle);
		cond_resched();
	}
	xa_destroy(&f->objects);
	heap_destroy(f->heap);
	kfree(f);
	return 0;
}

static const struct file_operations dev_fops = {
	.owner		= THIS_MODULE,
	.open		= dev_open,
	.release	= dev_release,
	.unlocked_ioctl	= dev_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};

static struct miscdevice dev_misc = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "gomalloc",
	.fops	= &dev_fops,
	.mode	= 0600,
};

int dev_init(void)
{
	return misc_register(&dev_misc);
}

void dev_exit(void)
{
	misc_deregister(&dev_misc);
}
