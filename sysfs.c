// SPDX-License-Identifier: GPL-2.0
/*
 * sysfs - what all heaps hold, for programs that look after a machine
 *
 * What: files in /sys/kernel/gomalloc, which Documentation/ABI describes.
 * Locks: none; each file is one atomic figure.
 * Owns: the folder, and with it what is behind its files.
 */
#include <linux/atomic.h>
#include <linux/kobject.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "heap.h"
#include "sysfs.h"

/* "node", a number, and what it holds */
#define SYSFS_NAME_LEN	32

/**
 * struct sysfs_node - the file of a node
 * @attr: [const] it
 * @held: [const] what it shows, in pages
 * @name: [const] its name
 */
struct sysfs_node {
	struct kobj_attribute	attr;
	const atomic_long_t	*held;
	char			name[SYSFS_NAME_LEN];
};

/**
 * struct sysfs_state - our folder
 * @kobj: [const] it
 * @node: [const] by number; what is no possible node has no file
 */
struct sysfs_state {
	struct kobject		*kobj;
	struct sysfs_node	node[];
};

static ssize_t held_bytes_show(struct kobject *kobj,
			       struct kobj_attribute *attr, char *buf)
{
	struct sysfs_node *node = container_of(attr, struct sysfs_node, attr);
	u64 npages = atomic_long_read(node->held);

	return sysfs_emit(buf, "%llu\n", npages << PAGE_SHIFT);
}

static int create_node_file(struct gomalloc_sys *sys, int nid)
{
	struct sysfs_node *node = &sys->sysfs->node[nid];

	snprintf(node->name, sizeof(node->name), "node%d_held_bytes", nid);
	node->held = &sys->node_held[nid];
	sysfs_attr_init(&node->attr.attr);
	node->attr.attr.name = node->name;
	node->attr.attr.mode = 0444;
	node->attr.show = held_bytes_show;
	return sysfs_create_file(sys->sysfs->kobj, &node->attr.attr);
}

/* Return: 0, or an errno with nothing left */
int gomalloc_sysfs_init(struct gomalloc_sys *sys)
{
	int nid, err = -ENOMEM;

	sys->sysfs = kzalloc(struct_size(sys->sysfs, node, nr_node_ids),
			     GFP_KERNEL);
	if (!sys->sysfs)
		return err;
	sys->sysfs->kobj = kobject_create_and_add("gomalloc", kernel_kobj);
	if (!sys->sysfs->kobj)
		goto err_free;
	for_each_node(nid) {
		err = create_node_file(sys, nid);
		if (err)
			goto err_put;
	}
	return 0;

err_put:
	kobject_put(sys->sysfs->kobj);
err_free:
	kfree(sys->sysfs);
	return err;
}

/* Waits for those who read */
void gomalloc_sysfs_exit(struct gomalloc_sys *sys)
{
	kobject_put(sys->sysfs->kobj);
	kfree(sys->sysfs);
}
