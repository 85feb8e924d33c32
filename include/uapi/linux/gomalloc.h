/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * /dev/gomalloc - a heap of kernel memory for each open file
 */
#ifndef _UAPI_LINUX_GOMALLOC_H
#define _UAPI_LINUX_GOMALLOC_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: General ioctl format
 *
 * A file descriptor of /dev/gomalloc is a heap of its own. Objects are named
 * by handles, which mean nothing to another descriptor; no kernel address is
 * ever told. Closing the last descriptor of the file frees everything.
 *
 * Every command takes a pointer to a struct that begins with its size in
 * bytes, as the program was compiled with it, and returns 0 or sets errno. A
 * newer kernel takes an older, shorter struct; an older kernel takes a newer,
 * longer one as long as what it does not know is zero. Fields named out_* are
 * written by the kernel, up to the size that was given; __reserved must be 0.
 * A command that fails changes nothing.
 *
 * errno, the same for all commands:
 *
 *  - ENOTTY: unknown command.
 *  - E2BIG: the struct is longer than the kernel's and not zero behind it, or
 *    longer than a page.
 *  - EINVAL: the struct is too short, or a field holds what it must not.
 *  - EOPNOTSUPP: unknown flag.
 *  - ENOENT: no such handle.
 *  - EFAULT: bad address.
 *  - ENOSPC: the descriptor is at its limit, of bytes or of handles.
 *  - ENOMEM: no memory.
 *
 * Each command adds what it alone may say.
 */

#define GOMALLOC_TYPE	('J')

enum {
	GOMALLOC_CMD_ALLOC	= 0x00,
	GOMALLOC_CMD_FREE	= 0x01,
	GOMALLOC_CMD_READ	= 0x02,
	GOMALLOC_CMD_WRITE	= 0x03,
	GOMALLOC_CMD_INFO	= 0x04,
	GOMALLOC_CMD_STATS	= 0x05,
	GOMALLOC_CMD_CLASS_STATS = 0x06,
	GOMALLOC_CMD_SET_LIMIT	= 0x07,
	GOMALLOC_CMD_TRIM	= 0x08,
};

#define GOMALLOC_IOC_ALLOC	_IO(GOMALLOC_TYPE, GOMALLOC_CMD_ALLOC)
#define GOMALLOC_IOC_FREE	_IO(GOMALLOC_TYPE, GOMALLOC_CMD_FREE)
#define GOMALLOC_IOC_READ	_IO(GOMALLOC_TYPE, GOMALLOC_CMD_READ)
#define GOMALLOC_IOC_WRITE	_IO(GOMALLOC_TYPE, GOMALLOC_CMD_WRITE)
#define GOMALLOC_IOC_INFO	_IO(GOMALLOC_TYPE, GOMALLOC_CMD_INFO)
#define GOMALLOC_IOC_STATS	_IO(GOMALLOC_TYPE, GOMALLOC_CMD_STATS)
#define GOMALLOC_IOC_CLASS_STATS \
	_IO(GOMALLOC_TYPE, GOMALLOC_CMD_CLASS_STATS)
#define GOMALLOC_IOC_SET_LIMIT	_IO(GOMALLOC_TYPE, GOMALLOC_CMD_SET_LIMIT)
#define GOMALLOC_IOC_TRIM	_IO(GOMALLOC_TYPE, GOMALLOC_CMD_TRIM)

/**
 * enum gomalloc_alloc_flags - for &gomalloc_ioc_alloc.flags
 * @GOMALLOC_ALLOC_NOSCAN: pointer-free data; packed with others below 16 bytes
 */
enum gomalloc_alloc_flags {
	GOMALLOC_ALLOC_NOSCAN	= 1 << 0,
};

/**
 * struct gomalloc_ioc_alloc - ioctl(GOMALLOC_IOC_ALLOC)
 * @size: sizeof(struct gomalloc_ioc_alloc)
 * @flags: combination of &enum gomalloc_alloc_flags
 * @length: bytes wanted, 1 to 4 MiB; they are zero at first
 * @out_handle: names the object from now on; never 0
 * @__reserved: must be 0
 */
struct gomalloc_ioc_alloc {
	__u32		size;
	__u32		flags;
	__aligned_u64	length;
	__u32		out_handle;
	__u32		__reserved;
};

/**
 * struct gomalloc_ioc_free - ioctl(GOMALLOC_IOC_FREE)
 * @size: sizeof(struct gomalloc_ioc_free)
 * @handle: the object; the number may be given out again
 *
 * A command that is using the object meanwhile finishes first.
 */
struct gomalloc_ioc_free {
	__u32	size;
	__u32	handle;
};

/**
 * struct gomalloc_ioc_copy - ioctl(GOMALLOC_IOC_READ), ioctl(GOMALLOC_IOC_WRITE)
 * @size: sizeof(struct gomalloc_ioc_copy)
 * @handle: the object
 * @offset: first byte in the object
 * @length: bytes to copy; @offset + @length may not pass what was asked for
 *	with ALLOC, else EINVAL
 * @data: address of the bytes in user space
 *
 * With EFAULT some bytes may have been copied.
 */
struct gomalloc_ioc_copy {
	__u32		size;
	__u32		handle;
	__aligned_u64	offset;
	__aligned_u64	length;
	__aligned_u64	data;
};

/**
 * enum gomalloc_kind - how an object is kept
 * @GOMALLOC_KIND_TINY: in a 16-byte block with others
 * @GOMALLOC_KIND_SMALL: in a span of its size class
 * @GOMALLOC_KIND_LARGE: in pages of its own
 */
enum gomalloc_kind {
	GOMALLOC_KIND_TINY	= 0,
	GOMALLOC_KIND_SMALL	= 1,
	GOMALLOC_KIND_LARGE	= 2,
};

/**
 * struct gomalloc_ioc_info - ioctl(GOMALLOC_IOC_INFO)
 * @size: sizeof(struct gomalloc_ioc_info)
 * @handle: the object
 * @out_length: bytes asked for
 * @out_usable: bytes it takes up in its class
 * @out_kind: &enum gomalloc_kind
 * @out_class: size class, 0 for large
 * @out_flags: as given to ALLOC
 * @__reserved: must be 0
 */
struct gomalloc_ioc_info {
	__u32		size;
	__u32		handle;
	__aligned_u64	out_length;
	__aligned_u64	out_usable;
	__u32		out_kind;
	__u32		out_class;
	__u32		out_flags;
	__u32		__reserved;
};

/**
 * struct gomalloc_ioc_stats - ioctl(GOMALLOC_IOC_STATS)
 * @size: sizeof(struct gomalloc_ioc_stats)
 * @__reserved: must be 0
 * @out_objects: objects of the descriptor
 * @out_requested_bytes: bytes asked for
 * @out_object_bytes: bytes they take up in their classes
 * @out_spans: spans in use
 * @out_span_bytes: bytes of them
 * @out_held_bytes: bytes taken from the page allocator
 * @out_limit_bytes: what @out_held_bytes may not pass; 0 for no limit
 * @out_soft_limit_bytes: above that the descriptor gives back what it can; 0
 *	for no limit
 * @out_peak_bytes: the most of @out_held_bytes ever
 * @out_cached_bytes: free memory that the CPUs may have at hand, at most
 * @out_shrunk_bytes: what was given back because the machine was short of
 *	memory, since the descriptor was opened
 */
struct gomalloc_ioc_stats {
	__u32		size;
	__u32		__reserved;
	__aligned_u64	out_objects;
	__aligned_u64	out_requested_bytes;
	__aligned_u64	out_object_bytes;
	__aligned_u64	out_spans;
	__aligned_u64	out_span_bytes;
	__aligned_u64	out_held_bytes;
	__aligned_u64	out_limit_bytes;
	__aligned_u64	out_soft_limit_bytes;
	__aligned_u64	out_peak_bytes;
	__aligned_u64	out_cached_bytes;
	__aligned_u64	out_shrunk_bytes;
};

/**
 * struct gomalloc_class_row - one size class of a descriptor's heap
 * @object_size: bytes of an object; 0 for the large ones, class 0
 * @objects: objects in use
 * @object_bytes: bytes they take up
 * @spans: spans in use
 * @span_bytes: bytes of them
 * @occupancy: spans without an object in use, with up to an eighth of their
 *	slots in use, with up to two eighths, and so on
 */
struct gomalloc_class_row {
	__aligned_u64	object_size;
	__aligned_u64	objects;
	__aligned_u64	object_bytes;
	__aligned_u64	spans;
	__aligned_u64	span_bytes;
	__aligned_u64	occupancy[9];
};

/**
 * struct gomalloc_ioc_class_stats - ioctl(GOMALLOC_IOC_CLASS_STATS)
 * @size: sizeof(struct gomalloc_ioc_class_stats)
 * @row_size: sizeof(struct gomalloc_class_row), 8 at least
 * @nr_rows: rows there is room for
 * @out_nr_rows: rows there are: one for each class, class 0 first
 * @rows: address of the rows; the first @nr_rows of them are written
 */
struct gomalloc_ioc_class_stats {
	__u32		size;
	__u32		row_size;
	__u32		nr_rows;
	__u32		out_nr_rows;
	__aligned_u64	rows;
};

/**
 * struct gomalloc_ioc_set_limit - ioctl(GOMALLOC_IOC_SET_LIMIT)
 * @size: sizeof(struct gomalloc_ioc_set_limit)
 * @__reserved: must be 0
 * @limit_bytes: what the descriptor may hold; 0 for as much as the module
 *	allows
 * @soft_limit_bytes: above that it gives back what it can; 0 for no limit;
 *	EINVAL if above @limit_bytes
 *
 * EPERM: more than the module's parameter dev_limit_mb allows, and the caller
 * has not CAP_SYS_RESOURCE. EBUSY: the descriptor holds more than @limit_bytes,
 * although it was trimmed, and its limits are as they were.
 */
struct gomalloc_ioc_set_limit {
	__u32		size;
	__u32		__reserved;
	__aligned_u64	limit_bytes;
	__aligned_u64	soft_limit_bytes;
};

/**
 * struct gomalloc_ioc_trim - ioctl(GOMALLOC_IOC_TRIM)
 * @size: sizeof(struct gomalloc_ioc_trim)
 * @__reserved: must be 0
 * @out_bytes: bytes that went back to the system
 */
struct gomalloc_ioc_trim {
	__u32		size;
	__u32		__reserved;
	__aligned_u64	out_bytes;
};

#endif /* _UAPI_LINUX_GOMALLOC_H */
