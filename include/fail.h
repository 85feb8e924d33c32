/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fail - requests that fail because somebody wants to see what comes of it
 *
 * Private interface of fail.c, which is built where the kernel injects faults.
 */
#ifndef _GOMALLOC_FAIL_H
#define _GOMALLOC_FAIL_H

#include <linux/gfp.h>
#include <linux/types.h>

struct gomalloc_heap;
struct gomalloc_sys;

#ifdef CONFIG_FAULT_INJECTION
#include <linux/fault-inject.h>

/**
 * struct fail_state - which requests are to fail
 * @attr: [racy] how often and how many; its files are in debugfs, "failgomalloc"
 * @dir: [const] that folder
 */
struct fail_state {
	struct fault_attr	attr;
	struct dentry		*dir;
};

int fail_init(struct gomalloc_sys *sys);
void fail_exit(struct gomalloc_sys *sys);

/* Is this request one that fails? Not those that must not. */
bool fail_alloc(struct gomalloc_heap *heap, size_t size, gfp_t gfp);
#else
static inline int fail_init(struct gomalloc_sys *sys)
{
	return 0;
}

static inline void fail_exit(struct gomalloc_sys *sys)
{
}

static inline bool fail_alloc(struct gomalloc_heap *heap, size_t size,
			      gfp_t gfp)
{
	return false;
}
#endif

#endif /* _GOMALLOC_FAIL_H */
