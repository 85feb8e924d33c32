/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gomalloc_tags - the calls that allocate, tagged for memory allocation profiling
 *
 * Where the kernel has it, /proc/allocinfo names the line that calls, as it does of
 * kmalloc(). Each call is a macro then that has the name of its function; a pointer to
 * it is one to the function. Included by <linux/gomalloc.h>.
 *
 * <linux/alloc_tag.h> comes to printk.h, and so is not included here. Where a file calls
 * it has to be included, as it is by <linux/slab.h> and <linux/gfp.h>; else the call has
 * no tag.
 */
#ifndef _LINUX_GOMALLOC_TAGS_H
#define _LINUX_GOMALLOC_TAGS_H

/* Who allocates in the name of others has no tag for that */
#if defined(CONFIG_MEM_ALLOC_PROFILING) && !defined(GOMALLOC_UNTAGGED)
/* Where that header is included the name of its guard is nothing, and else itself */
#define __GOMALLOC_HOOKS_(call)	alloc_hooks(call)
#define __GOMALLOC_HOOKS__LINUX_ALLOC_TAG_H(call)	call
#define __GOMALLOC_PASTE(guard)	__GOMALLOC_HOOKS_##guard
#define __GOMALLOC_CHOOSE(guard)	__GOMALLOC_PASTE(guard)
#define GOMALLOC_HOOKS(call)	__GOMALLOC_CHOOSE(_LINUX_ALLOC_TAG_H)(call)

#define gomalloc(...)		GOMALLOC_HOOKS(gomalloc(__VA_ARGS__))
#define gomalloc_noscan(...)	GOMALLOC_HOOKS(gomalloc_noscan(__VA_ARGS__))
#define gozalloc(...)		GOMALLOC_HOOKS(gozalloc(__VA_ARGS__))
#define gomalloc_node(...)	GOMALLOC_HOOKS(gomalloc_node(__VA_ARGS__))
#define gozalloc_node(...)	GOMALLOC_HOOKS(gozalloc_node(__VA_ARGS__))
#define gomalloc_array(...)	GOMALLOC_HOOKS(gomalloc_array(__VA_ARGS__))
#define gocalloc(...)		GOMALLOC_HOOKS(gocalloc(__VA_ARGS__))
#define gomalloc_array_node(...)	GOMALLOC_HOOKS(gomalloc_array_node(__VA_ARGS__))
#define gocalloc_node(...)	GOMALLOC_HOOKS(gocalloc_node(__VA_ARGS__))
#define gorealloc(...)		GOMALLOC_HOOKS(gorealloc(__VA_ARGS__))
#define gorealloc_array(...)	GOMALLOC_HOOKS(gorealloc_array(__VA_ARGS__))
#define gomalloc_bulk(...)	GOMALLOC_HOOKS(gomalloc_bulk(__VA_ARGS__))

#define gokvmalloc(...)		GOMALLOC_HOOKS(gokvmalloc(__VA_ARGS__))
#define gokvmalloc_node(...)	GOMALLOC_HOOKS(gokvmalloc_node(__VA_ARGS__))
#define gokvzalloc(...)		GOMALLOC_HOOKS(gokvzalloc(__VA_ARGS__))
#define gokvmalloc_array(...)	GOMALLOC_HOOKS(gokvmalloc_array(__VA_ARGS__))
#define gokvcalloc(...)		GOMALLOC_HOOKS(gokvcalloc(__VA_ARGS__))
#define gokvrealloc(...)	GOMALLOC_HOOKS(gokvrealloc(__VA_ARGS__))

#define gostrdup(...)		GOMALLOC_HOOKS(gostrdup(__VA_ARGS__))
#define gostrndup(...)		GOMALLOC_HOOKS(gostrndup(__VA_ARGS__))
#define gomemdup(...)		GOMALLOC_HOOKS(gomemdup(__VA_ARGS__))
#define gomemdup_array(...)	GOMALLOC_HOOKS(gomemdup_array(__VA_ARGS__))
#define gomemdup_nul(...)	GOMALLOC_HOOKS(gomemdup_nul(__VA_ARGS__))
#define govasprintf(...)	GOMALLOC_HOOKS(govasprintf(__VA_ARGS__))
#define goasprintf(...)		GOMALLOC_HOOKS(goasprintf(__VA_ARGS__))

#define devm_gomalloc(...)	GOMALLOC_HOOKS(devm_gomalloc(__VA_ARGS__))
#define devm_gozalloc(...)	GOMALLOC_HOOKS(devm_gozalloc(__VA_ARGS__))
#define devm_gomalloc_array(...)	GOMALLOC_HOOKS(devm_gomalloc_array(__VA_ARGS__))
#define devm_gocalloc(...)	GOMALLOC_HOOKS(devm_gocalloc(__VA_ARGS__))
#define devm_gorealloc(...)	GOMALLOC_HOOKS(devm_gorealloc(__VA_ARGS__))
#define devm_gorealloc_array(...)	GOMALLOC_HOOKS(devm_gorealloc_array(__VA_ARGS__))
#define devm_gostrdup(...)	GOMALLOC_HOOKS(devm_gostrdup(__VA_ARGS__))
#define devm_gomemdup(...)	GOMALLOC_HOOKS(devm_gomemdup(__VA_ARGS__))
#define devm_govasprintf(...)	GOMALLOC_HOOKS(devm_govasprintf(__VA_ARGS__))
#define devm_goasprintf(...)	GOMALLOC_HOOKS(devm_goasprintf(__VA_ARGS__))

#define gomalloc_heap_alloc(...)	GOMALLOC_HOOKS(gomalloc_heap_alloc(__VA_ARGS__))
#define gomalloc_heap_alloc_node(...)	GOMALLOC_HOOKS(gomalloc_heap_alloc_node(__VA_ARGS__))
#define gomalloc_heap_alloc_track_caller(...)					\
	GOMALLOC_HOOKS(gomalloc_heap_alloc_track_caller(__VA_ARGS__))
#define gomalloc_heap_kvmalloc(...)	GOMALLOC_HOOKS(gomalloc_heap_kvmalloc(__VA_ARGS__))
#define gomalloc_heap_bulk(...)	GOMALLOC_HOOKS(gomalloc_heap_bulk(__VA_ARGS__))
#define gomalloc_heap_strdup(...)	GOMALLOC_HOOKS(gomalloc_heap_strdup(__VA_ARGS__))
#define gomalloc_heap_memdup(...)	GOMALLOC_HOOKS(gomalloc_heap_memdup(__VA_ARGS__))

#endif

#endif /* _LINUX_GOMALLOC_TAGS_H */
