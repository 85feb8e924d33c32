// SPDX-License-Identifier: GPL-2.0
/*
 * dev - /dev/gomalloc
 *
 * What: a heap for each open file, and the way from a call to the command that
 *	include/uapi/linux/gomalloc.h describes.
 * Locks: none of its own.
 * Owns: the heap and all objects in it, until the file is released.
 * Invariant: no kernel address and no byte of another's leaves through here, and
 *	whoever opened the file pays for all that is allocated through it.
 */
#define pr_fmt(fmt) "gomalloc: " fmt

#include <linux/ctype.h>
#include <linux/fs.h>
#include <linux/memcontrol.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/sched/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "dev.h"
#include "dev/batch.h"
#include "dev/cmd.h"
#include "dev/heap.h"
#include "dev/mmap.h"
#include "dev/open.h"
#include "heaps.h"
#include "ledger.h"

/* Not what a parameter can be: half of the machine's memory */
#define DEV_TOTAL_DEFAULT	UINT_MAX

struct dev_sys gomalloc_dev = {
	.limit_mb = 256,
	.limit_objects = 1 << 20,
	.total_mb = DEV_TOTAL_DEFAULT,
	.total_objects = 1 << 22,
	/* Idle, these are some 30 MiB on a machine with 8 CPUs, charged to who opened them */
	.max_open = 4096,
	/* As many as a process may have unless it asks for more */
	.max_open_user = 1024,
};

/**
 * enum dev_answer - what a command does with its struct
 * @DEV_SILENT: leaves it as it is
 * @DEV_ANSWERS: writes to it
 * @DEV_ANSWERS_FIRST: writes to it, and cannot be taken back: let it be known
 *	before that it can be written to
 */
enum dev_answer {
	DEV_SILENT,
	DEV_ANSWERS,
	DEV_ANSWERS_FIRST,
};

/**
 * struct dev_op - a command
 * @size: the kernel's size of its struct
 * @min_size: up to the end of the last field the first version had
 * @execute: does it; what it leaves in the struct goes to user space
 * @finish: called when that was told, or could not be, of what is not known before;
 *	or NULL
 * @answer: whether it leaves anything there
 * @mode: FMODE_READ or FMODE_WRITE: how the file has to be open; or 0
 */
struct dev_op {
	unsigned int	size;
	unsigned int	min_size;
	int		(*execute)(struct dev_file *f, union dev_cmd *cmd);
	void		(*finish)(struct dev_file *f, union dev_cmd *cmd,
				  bool told);
	enum dev_answer	answer;
	fmode_t		mode;
};

#define DEV_OP(_nr, _fn, _struct, _last, _answer, _mode, _finish)	\
	[GOMALLOC_CMD_##_nr] = {					\
		.size = sizeof(struct _struct) +			\
			BUILD_BUG_ON_ZERO(sizeof(struct _struct) % 8),	\
		.min_size = offsetofend(struct _struct, _last),		\
		.execute = (_fn),					\
		.finish = (_finish),					\
		.answer = (_answer),					\
		.mode = (_mode),					\
	}

static const struct dev_op dev_ops[] = {
	DEV_OP(ALLOC, dev_cmd_alloc, gomalloc_ioc_alloc, __reserved,
	       DEV_ANSWERS, FMODE_WRITE, dev_finish_alloc),
	DEV_OP(FREE, dev_cmd_free, gomalloc_ioc_free, handle,
	       DEV_SILENT, FMODE_WRITE, NULL),
	DEV_OP(READ, dev_cmd_read, gomalloc_ioc_copy, data,
	       DEV_SILENT, FMODE_READ, NULL),
	DEV_OP(WRITE, dev_cmd_write, gomalloc_ioc_copy, data,
	       DEV_SILENT, FMODE_WRITE, NULL),
	DEV_OP(INFO, dev_cmd_info, gomalloc_ioc_info, __reserved,
	       DEV_ANSWERS, 0, NULL),
	DEV_OP(STATS, dev_cmd_stats, gomalloc_ioc_stats, out_limit_bytes,
	       DEV_ANSWERS, 0, NULL),
	DEV_OP(CLASS_STATS, dev_cmd_class_stats, gomalloc_ioc_class_stats, rows,
	       DEV_ANSWERS, 0, NULL),
	DEV_OP(SET_LIMIT, dev_cmd_set_limit, gomalloc_ioc_set_limit,
	       soft_limit_bytes, DEV_SILENT, FMODE_WRITE, NULL),
	DEV_OP(TRIM, dev_cmd_trim, gomalloc_ioc_trim, out_bytes,
	       DEV_ANSWERS, FMODE_WRITE, NULL),
	DEV_OP(ALLOC_BATCH, dev_cmd_alloc_batch, gomalloc_ioc_alloc_batch,
	       handles, DEV_ANSWERS_FIRST, FMODE_WRITE, NULL),
	DEV_OP(FREE_BATCH, dev_cmd_free_batch, gomalloc_ioc_free_batch, handles,
	       DEV_ANSWERS_FIRST, FMODE_WRITE, NULL),
	DEV_OP(REALLOC, dev_cmd_realloc, gomalloc_ioc_realloc, out_mmap_offset,
	       DEV_ANSWERS_FIRST, FMODE_WRITE, NULL),
	DEV_OP(FILL, dev_cmd_fill, gomalloc_ioc_fill, __reserved,
	       DEV_SILENT, FMODE_WRITE, NULL),
	DEV_OP(VERSION, dev_cmd_version, gomalloc_ioc_version, out_page_size,
	       DEV_ANSWERS, 0, NULL),
	DEV_OP(HEAPS, dev_cmd_heaps, gomalloc_ioc_heaps, rows,
	       DEV_ANSWERS, 0, NULL),
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

/* Return: 0 with the struct in @buf and its length in @size, or an errno */
static int fetch(const struct dev_op *op, void __user *user,
		 union dev_cmd *buf, u32 *size)
{
	if (get_user(*size, (u32 __user *)user))
		return -EFAULT;
	if (*size < op->min_size)
		return -EINVAL;
	/* No version of ours will be that long; do not look at gigabytes */
	if (*size > PAGE_SIZE)
		return -E2BIG;
	return copy_struct_from_user(buf, op->size, user, *size);
}

static int execute(const struct dev_op *op, struct dev_file *f,
		   union dev_cmd *buf)
{
	struct mem_cgroup *old = set_active_memcg(f->memcg);
	int err = op->execute(f, buf);

	set_active_memcg(old);
	return err;
}

/* Return: 0; -EFAULT: the program cannot be told, and what was made is no more */
static int answer(const struct dev_op *op, struct dev_file *f,
		  struct dev_call *call, void __user *user, u32 size)
{
	bool told = !copy_to_user(user, &call->cmd, min(size, op->size));

	if (op->finish)
		op->finish(f, &call->cmd, told);
	return told ? 0 : -EFAULT;
}

static long dev_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	const struct dev_op *op = find_op(cmd);
	void __user *user = (void __user *)arg;
	struct dev_call call = {};
	u32 size;
	int err;

	if (!op)
		return -ENOTTY;
	if (op->mode & ~file->f_mode)
		return -EBADF;
	err = fetch(op, user, &call.cmd, &size);
	if (err)
		return err;
	if (op->answer == DEV_ANSWERS_FIRST &&
	    copy_to_user(user, &call.cmd, min(size, op->size)))
		return -EFAULT;
	err = execute(op, file->private_data, &call.cmd);
	if (err || op->answer == DEV_SILENT)
		return err;
	return answer(op, file->private_data, &call, user, size);
}

/*
 * What a CPU may cache of one of many heaps: enough for a batch or two, of some
 * classes, each of which has a span of a page at least
 */
#define DEV_CACHE_BYTES	max_t(size_t, SZ_256K, 8 * PAGE_SIZE)

/* The name of the process, without what might confuse who reads of its heap */
static void get_name(char *name, size_t size)
{
	char comm[TASK_COMM_LEN], *c;

	for (c = get_task_comm(comm, current); *c; c++) {
		if (!isascii(*c) || !isalnum(*c))
			*c = strchr("-._", *c) ? *c : '_';
	}
	snprintf(name, size, "%s:%d", comm, task_tgid_nr(current));
}

/* Return: a heap named after the process, or an ERR_PTR */
static struct gomalloc_heap *make_heap(struct dev_sys *sys)
{
	char name[GOMALLOC_HEAP_NAME_LEN];
	struct gomalloc_heap_params params = {
		.name = name,
		.limit = dev_limit(sys),
		.cache_limit = DEV_CACHE_BYTES,
		/* A program's objects are no DMA buffers: no page can be pinned */
		.flags = GOMALLOC_HEAP_ACCOUNT | GOMALLOC_HEAP_NO_DMA,
	};

	get_name(name, sizeof(name));
	return heaps_create_in(&gomalloc_sys, &params, &sys->group);
}

/*
 * An open() begins with an allocation of the kernel's own, for which a full cgroup
 * may have a process killed. So none here takes the last of it: there is room for
 * the next one, or this one fails. Return: 0, or -ENOMEM.
 */
static int leave_room(void)
{
	unsigned int order = max(get_order(SZ_16K), 1);
	struct page *page = alloc_pages(DEV_GFP, order);

	if (!page)
		return -ENOMEM;
	__free_pages(page, order);
	return 0;
}

/* Return: what is behind a descriptor, or an ERR_PTR */
static struct dev_file *make_file(struct dev_sys *sys)
{
	struct dev_file *f = kmem_cache_zalloc(sys->file_cache, DEV_GFP);
	int err;

	if (!f)
		return ERR_PTR(-ENOMEM);
	f->sys = sys;
	f->heap = make_heap(sys);
	err = PTR_ERR_OR_ZERO(f->heap);
	if (err)
		goto err_free;
	err = leave_room();
	if (err)
		goto err_destroy;
	f->memcg = get_mem_cgroup_from_mm(current->mm);
	xa_init_flags(&f->objects, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	init_rwsem(&f->resize);
	return f;

err_destroy:
	heaps_destroy(f->heap);
err_free:
	kmem_cache_free(sys->file_cache, f);
	return ERR_PTR(err);
}

static int dev_open(struct inode *inode, struct file *file)
{
	struct dev_file *f;
	int err;

	err = dev_count_open(&gomalloc_dev, file);
	if (err)
		return err;
	f = make_file(&gomalloc_dev);
	if (IS_ERR(f)) {
		dev_uncount_open(&gomalloc_dev, file);
		return PTR_ERR(f);
	}
	file->private_data = f;
	return nonseekable_open(inode, file);
}

/*
 * A descriptor is closed. With the last of them the objects go that are not mapped;
 * while a call on it is at work, they stay, as it may give it to others.
 */
static int dev_flush(struct file *file, fl_owner_t id)
{
	if (dev_is_only_mapped(file))
		dev_erase_all(file->private_data);
	return 0;
}

static int dev_release(struct inode *inode, struct file *file)
{
	struct dev_file *f = file->private_data;
	struct dev_sys *sys = f->sys;

	dev_erase_all(f);
	xa_destroy(&f->objects);
	heaps_destroy(f->heap);
	mem_cgroup_put(f->memcg);
	kmem_cache_free(sys->file_cache, f);
	dev_uncount_open(sys, file);
	return 0;
}

static const struct file_operations dev_fops = {
	.owner		= THIS_MODULE,
	.open		= dev_open,
	.flush		= dev_flush,
	.release	= dev_release,
	.unlocked_ioctl	= dev_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.mmap		= dev_mmap,
};

static struct miscdevice dev_misc = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "gomalloc",
	.fops	= &dev_fops,
	.mode	= 0600,
};

static void destroy_caches(struct dev_sys *sys)
{
	kmem_cache_destroy(sys->object_cache);
	kmem_cache_destroy(sys->file_cache);
}

/* Return: 0, or -ENOMEM */
static int create_caches(struct dev_sys *sys)
{
	sys->file_cache = KMEM_CACHE(dev_file, SLAB_ACCOUNT);
	sys->object_cache = KMEM_CACHE(dev_object, SLAB_ACCOUNT);
	if (sys->file_cache && sys->object_cache)
		return 0;
	destroy_caches(sys);
	return -ENOMEM;
}

int dev_init(void)
{
	int err;

	err = create_caches(&gomalloc_dev);
	if (err)
		return err;
	if (gomalloc_dev.total_mb == DEV_TOTAL_DEFAULT)
		gomalloc_dev.total_mb = totalram_pages() >> (20 - PAGE_SHIFT) >>
					1;
	ledger_group_init(&gomalloc_dev.group, &gomalloc_dev.total_mb);
	dev_opens_init(&gomalloc_dev);
	err = misc_register(&dev_misc);
	if (err)
		destroy_caches(&gomalloc_dev);
	return err;
}

/* All files are closed: nothing may be charged to them any more */
static void report_lost(const struct dev_sys *sys)
{
	long npages = atomic_long_read(&sys->group.held_pages);
	long nr = atomic_long_read(&sys->nr_objects);

	if (npages || nr)
		pr_warn("leak: /dev/gomalloc: %ld pages, %ld objects\n", npages,
			nr);
}

void dev_exit(void)
{
	misc_deregister(&dev_misc);
	dev_opens_exit(&gomalloc_dev);
	report_lost(&gomalloc_dev);
	destroy_caches(&gomalloc_dev);
}
