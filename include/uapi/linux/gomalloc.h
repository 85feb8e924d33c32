/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * /dev/gomalloc - a heap of kernel memory for each open file
 */
#ifndef _UAPI_LINUX_GOMALLOC_H
#define _UAPI_LINUX_GOMALLOC_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: Mapping an object
 *
 * A large object, one of more than 32 KiB, can be mapped, at the offset that
 * ALLOC and INFO tell::
 *
 *	mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset)
 *
 * all of it, or with a multiple of the page size added to the offset a part of
 * it; up to the end of its last page. READ, WRITE, FILL and all mappings see
 * the same bytes, at once. REALLOC does not move what is mapped, and fails if it
 * was mapped meanwhile: what a program has written through a mapping is there for
 * whatever it does next. What it does at the same time, in another thread, has no
 * order with it. A mapping keeps the object's memory: neither FREE nor close()
 * takes it away before the last munmap(), and until then the object counts for
 * the descriptor's limit of bytes; the other objects go with the last descriptor.
 * fork(), mprotect(), mremap() to
 * another address and munmap() of a part work as for any shared mapping; what
 * pins pages (O_DIRECT, a futex that processes share) does not. errno:
 *
 *  - ENOENT: no such object, or not a large one.
 *  - EINVAL: MAP_PRIVATE, or a range that is not within the object.
 *  - EPERM: PROT_EXEC. A process with READ_IMPLIES_EXEC, see personality(2), has
 *    its mapping without it.
 *  - EACCES: PROT_WRITE, and the descriptor was opened for reading only.
 *  - EOVERFLOW: a 32-bit program, and a handle of 2^22 or more.
 */

/**
 * DOC: General ioctl format
 *
 * A file descriptor of /dev/gomalloc is a heap of its own. Objects are named
 * by handles, which mean nothing to another descriptor; no kernel address is
 * ever told. Closing the last descriptor of the file frees everything but what is
 * mapped; if another thread is in a call on it meanwhile, all of it goes with the
 * last mapping.
 *
 * open() says, beside what any file may say:
 *
 *  - EMFILE: the user, of the real id, has dev_max_open_user files open, and the
 *    program has not CAP_SYS_RESOURCE.
 *  - ENFILE: all users together have dev_max_open.
 *  - ENOMEM: no memory, or the memory cgroup of the process has none left.
 *
 * These two are parameters of the module. What dup() and fork() make is the same
 * open file. There is nothing to read(), write(), lseek() or poll(): EINVAL, ESPIPE,
 * and EPERM of epoll_ctl(); io_uring has IORING_OP_URING_CMD fail with EOPNOTSUPP.
 * A program of 32 bits uses the same structs.
 *
 * Every command takes a pointer to a struct that begins with its size in
 * bytes, as the program was compiled with it, and returns 0 or sets errno. A
 * newer kernel takes an older, shorter struct; an older kernel takes a newer,
 * longer one as long as what it does not know is zero. Fields named out_* are
 * written by the kernel, up to the size that was given; __reserved must be 0.
 * A command that fails changes nothing. The two that take arrays may do a part
 * and say how much; what stopped them is the errno of the call for the rest.
 *
 * errno, the same for all commands:
 *
 *  - ENOTTY: unknown command.
 *  - EBADF: the descriptor is open for reading only, and the command is none that
 *    asks: READ, INFO, STATS, CLASS_STATS, VERSION, HEAPS; or it is READ, and the
 *    descriptor is open for writing only.
 *  - E2BIG: the struct is longer than the kernel's and not zero behind it, or
 *    longer than a page.
 *  - EINVAL: the struct is too short, or a field holds what it must not.
 *  - EOPNOTSUPP: unknown flag.
 *  - ENOENT: no such handle.
 *  - EFAULT: bad address.
 *  - ENOSPC: the descriptor is at its limit, of bytes or of objects, or all
 *    descriptors together are at theirs.
 *  - ENOMEM: no memory, or the memory cgroup that pays for it, which is the one
 *    of whoever opened the descriptor, has none left.
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
	GOMALLOC_CMD_ALLOC_BATCH = 0x09,
	GOMALLOC_CMD_FREE_BATCH	= 0x0a,
	GOMALLOC_CMD_REALLOC	= 0x0b,
	GOMALLOC_CMD_FILL	= 0x0c,
	GOMALLOC_CMD_VERSION	= 0x0d,
	GOMALLOC_CMD_HEAPS	= 0x0e,
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
#define GOMALLOC_IOC_ALLOC_BATCH \
	_IO(GOMALLOC_TYPE, GOMALLOC_CMD_ALLOC_BATCH)
#define GOMALLOC_IOC_FREE_BATCH	_IO(GOMALLOC_TYPE, GOMALLOC_CMD_FREE_BATCH)
#define GOMALLOC_IOC_REALLOC	_IO(GOMALLOC_TYPE, GOMALLOC_CMD_REALLOC)
#define GOMALLOC_IOC_FILL	_IO(GOMALLOC_TYPE, GOMALLOC_CMD_FILL)
#define GOMALLOC_IOC_VERSION	_IO(GOMALLOC_TYPE, GOMALLOC_CMD_VERSION)
#define GOMALLOC_IOC_HEAPS	_IO(GOMALLOC_TYPE, GOMALLOC_CMD_HEAPS)

/**
 * enum gomalloc_features - for &gomalloc_ioc_version.out_features
 * @GOMALLOC_FEATURE_LIMITS: SET_LIMIT and TRIM
 * @GOMALLOC_FEATURE_BATCH: ALLOC_BATCH and FREE_BATCH
 * @GOMALLOC_FEATURE_REALLOC: REALLOC and FILL
 * @GOMALLOC_FEATURE_MMAP: mmap() of large objects
 * @GOMALLOC_FEATURE_HEAPS: HEAPS, and STATS and CLASS_STATS of any heap
 */
enum gomalloc_features {
	GOMALLOC_FEATURE_LIMITS		= 1 << 0,
	GOMALLOC_FEATURE_BATCH		= 1 << 1,
	GOMALLOC_FEATURE_REALLOC	= 1 << 2,
	GOMALLOC_FEATURE_MMAP		= 1 << 3,
	GOMALLOC_FEATURE_HEAPS		= 1 << 4,
};

/* Counts up when a program has to know; what was added is in the features */
#define GOMALLOC_VERSION	1

/**
 * struct gomalloc_ioc_version - ioctl(GOMALLOC_IOC_VERSION)
 * @size: sizeof(struct gomalloc_ioc_version)
 * @out_version: %GOMALLOC_VERSION of the kernel
 * @out_features: combination of &enum gomalloc_features
 * @out_max_length: the most that ALLOC takes, in bytes
 * @out_max_small: the most that is not a large object, in bytes
 * @out_nr_classes: rows of CLASS_STATS
 * @out_page_size: what lengths and offsets of a mapping are multiples of, in
 *	bytes
 */
struct gomalloc_ioc_version {
	__u32		size;
	__u32		out_version;
	__aligned_u64	out_features;
	__aligned_u64	out_max_length;
	__aligned_u64	out_max_small;
	__u32		out_nr_classes;
	__u32		out_page_size;
};

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
 * @out_mmap_offset: where it can be mapped; 0 if it is not large
 */
struct gomalloc_ioc_alloc {
	__u32		size;
	__u32		flags;
	__aligned_u64	length;
	__u32		out_handle;
	__u32		__reserved;
	__aligned_u64	out_mmap_offset;
};

/**
 * struct gomalloc_ioc_alloc_batch - ioctl(GOMALLOC_IOC_ALLOC_BATCH)
 * @size: sizeof(struct gomalloc_ioc_alloc_batch)
 * @flags: combination of &enum gomalloc_alloc_flags, for all of them
 * @nr: how many objects; not 0
 * @out_nr: how many were allocated: the first ones of the array
 * @lengths: address of @nr times __u32, the bytes wanted of each
 * @handles: address of @nr times __u32; the first @out_nr of them are written
 *
 * Succeeds if one object could be had. If there are fewer than @nr, the next
 * one, asked for alone, says why; or a signal came. With an error nothing was
 * allocated. EINTR: a signal came before the first. An object can be used, by whoever
 * guesses its handle, when that was written; should the struct itself become
 * unwritable during the call, which is EFAULT, they are as @handles says.
 */
struct gomalloc_ioc_alloc_batch {
	__u32		size;
	__u32		flags;
	__u32		nr;
	__u32		out_nr;
	__aligned_u64	lengths;
	__aligned_u64	handles;
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
 * struct gomalloc_ioc_free_batch - ioctl(GOMALLOC_IOC_FREE_BATCH)
 * @size: sizeof(struct gomalloc_ioc_free_batch)
 * @nr: how many objects; not 0
 * @out_nr: how many were freed: the first ones of the array
 * @__reserved: must be 0
 * @handles: address of @nr times __u32
 *
 * Stops at a handle that does not exist. Succeeds if one object was freed; with
 * an error none was. EINTR: a signal came before the first.
 */
struct gomalloc_ioc_free_batch {
	__u32		size;
	__u32		nr;
	__u32		out_nr;
	__u32		__reserved;
	__aligned_u64	handles;
};

/**
 * struct gomalloc_ioc_realloc - ioctl(GOMALLOC_IOC_REALLOC)
 * @size: sizeof(struct gomalloc_ioc_realloc)
 * @handle: the object, which keeps its handle, and what is in it up to the
 *	shorter of both lengths
 * @length: bytes wanted from now on, 1 to 4 MiB; those that it has not had are
 *	zero
 * @out_mmap_offset: where it can be mapped; 0 if it is not large
 *
 * Waits for commands that are using the object. EBUSY: the object is mapped, or
 * was while this moved it, and is as it was. EINTR: a signal came while it
 * waited. Making it shorter does not fail for want of memory.
 */
struct gomalloc_ioc_realloc {
	__u32		size;
	__u32		handle;
	__aligned_u64	length;
	__aligned_u64	out_mmap_offset;
};

/**
 * struct gomalloc_ioc_fill - ioctl(GOMALLOC_IOC_FILL)
 * @size: sizeof(struct gomalloc_ioc_fill)
 * @handle: the object
 * @offset: first byte in the object
 * @length: bytes to set; within what was asked for, else EINVAL
 * @value: what each of them becomes, 0 to 255
 * @__reserved: must be 0
 */
struct gomalloc_ioc_fill {
	__u32		size;
	__u32		handle;
	__aligned_u64	offset;
	__aligned_u64	length;
	__u32		value;
	__u32		__reserved;
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
 * @GOMALLOC_KIND_LARGE: in whole pages
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
 * @out_mmap_offset: where it can be mapped; 0 if it is not large
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
	__aligned_u64	out_mmap_offset;
};

/**
 * struct gomalloc_ioc_stats - ioctl(GOMALLOC_IOC_STATS)
 * @size: sizeof(struct gomalloc_ioc_stats)
 * @heap: 0 for the descriptor's own heap, else as HEAPS names it
 * @out_objects: objects
 * @out_requested_bytes: bytes asked for; 0 of a heap that is not the
 *	descriptor's own, where they are not counted
 * @out_object_bytes: bytes they take up in their classes
 * @out_spans: spans in use
 * @out_span_bytes: bytes of them
 * @out_held_bytes: bytes taken from the page allocator
 * @out_limit_bytes: what @out_held_bytes may not pass; 0 for no limit
 * @out_soft_limit_bytes: above that the descriptor releases what it can; 0
 *	for no limit
 * @out_peak_bytes: the most of @out_held_bytes ever
 * @out_cached_bytes: free memory that the CPUs may have cached, at most
 * @out_shrunk_bytes: what was reclaimed because the machine was short of
 *	memory, since the heap was made, as all below
 * @out_grows: times the heap took a block from the page allocator
 * @out_refills: times a CPU's cache took a span
 * @out_sweeps: objects freed elsewhere and found again by a span's owner
 * @out_flushes: objects that left a full recycle stack
 * @out_remote_frees: objects freed into a span of another CPU
 * @out_locks: times an object or a span took a lock
 * @out_misuses: frees that were refused
 *
 * EPERM: another's heap, and the caller has not CAP_SYS_ADMIN. ENOENT: no such
 * heap. EINTR: a signal came while it waited.
 */
struct gomalloc_ioc_stats {
	__u32		size;
	__u32		heap;
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
	__aligned_u64	out_grows;
	__aligned_u64	out_refills;
	__aligned_u64	out_sweeps;
	__aligned_u64	out_flushes;
	__aligned_u64	out_remote_frees;
	__aligned_u64	out_locks;
	__aligned_u64	out_misuses;
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
 * @heap: as for STATS, and with its errors
 * @__reserved: must be 0
 */
struct gomalloc_ioc_class_stats {
	__u32		size;
	__u32		row_size;
	__u32		nr_rows;
	__u32		out_nr_rows;
	__aligned_u64	rows;
	__u32		heap;
	__u32		__reserved;
};

/**
 * enum gomalloc_heap_row_flags - for &gomalloc_heap_row.flags
 * @GOMALLOC_HEAP_ROW_DEVICE: the heap of a descriptor
 * @GOMALLOC_HEAP_ROW_ORPHAN: its owner was unloaded and has not destroyed it
 */
enum gomalloc_heap_row_flags {
	GOMALLOC_HEAP_ROW_DEVICE	= 1 << 0,
	GOMALLOC_HEAP_ROW_ORPHAN	= 1 << 1,
};

/**
 * struct gomalloc_heap_row - a heap of the module
 * @id: names it for STATS and CLASS_STATS; not used again
 * @flags: combination of &enum gomalloc_heap_row_flags
 * @name: as its maker called it; ends with a 0. "default" is the one of
 *	gomalloc(), those of descriptors have the command and process that
 *	opened them
 * @held_bytes: bytes taken from the page allocator
 * @peak_bytes: the most of them ever
 * @limit_bytes: what they may not pass; 0 for no limit
 * @owner: name of the module that made it, "kernel" for none; ends with a 0
 */
struct gomalloc_heap_row {
	__u32		id;
	__u32		flags;
	char		name[32];
	__aligned_u64	held_bytes;
	__aligned_u64	peak_bytes;
	__aligned_u64	limit_bytes;
	char		owner[64];
};

/**
 * struct gomalloc_ioc_heaps - ioctl(GOMALLOC_IOC_HEAPS)
 * @size: sizeof(struct gomalloc_ioc_heaps)
 * @row_size: sizeof(struct gomalloc_heap_row), 8 at least
 * @nr_rows: rows there is room for
 * @out_nr_rows: heaps there are, oldest first
 * @rows: address of the rows; the first @nr_rows of them are written
 *
 * EPERM: the caller has not CAP_SYS_ADMIN. EINTR: a signal came while it waited.
 */
struct gomalloc_ioc_heaps {
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
 * @soft_limit_bytes: above that it releases what it can; 0 for no limit;
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
