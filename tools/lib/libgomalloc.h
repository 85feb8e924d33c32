/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libgomalloc - /dev/gomalloc for C programs
 *
 * A descriptor is a heap of kernel memory. It is an ordinary file descriptor:
 * what is not here can be done to it with ioctl(), as linux/gomalloc.h has it.
 *
 * All functions that return an int return -1 with errno set where they fail;
 * gomalloc_explain() says what can be done about it. All are safe to call from
 * several threads, on one descriptor, too: the library has no state of its own, and
 * keeps nothing that it is given. What the caller has to undo is what gomalloc_open()
 * and gomalloc_map() return, and handles. The manual page says more of each.
 *
 * After fork() both processes have the same heap: what one allocates, the other can
 * use and free by its handle; who needs a heap of its own opens one.
 */
#ifndef _LIBGOMALLOC_H
#define _LIBGOMALLOC_H

#include <linux/gomalloc.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GOMALLOC_DEVICE	"/dev/gomalloc"

/*
 * Return: a descriptor, to be closed with close(). It is closed at exec(). errno is
 * that of open(), or EPROTO: the module's interface is newer than the library's;
 * EPROTONOSUPPORT: it is older. Then gomalloc_explain() says so.
 */
int gomalloc_open(void);

/*
 * What to do about an errno of these functions. Return: a constant string, which
 * nobody frees. Leaves errno alone.
 */
const char *gomalloc_explain(int error);

/*
 * Objects. Lengths are in bytes, 1 to 4 MiB; @flags are of enum
 * gomalloc_alloc_flags; a new object is zero.
 */
int gomalloc_alloc(int fd, size_t length, uint32_t flags, uint32_t *handle);
int gomalloc_free(int fd, uint32_t handle);
int gomalloc_realloc(int fd, uint32_t handle, size_t length);
int gomalloc_info(int fd, uint32_t handle, struct gomalloc_ioc_info *info);

/*
 * Many objects at once. They do all or stop where it fails, and return how many
 * they have done, -1 only if that was none.
 */
int gomalloc_alloc_batch(int fd, uint32_t nr, const uint32_t *lengths,
			 uint32_t flags, uint32_t *handles);
int gomalloc_free_batch(int fd, uint32_t nr, const uint32_t *handles);

/* Copy to or from an object, or set bytes of it: all; or none, but for EFAULT */
int gomalloc_read(int fd, uint32_t handle, size_t offset, void *data,
		  size_t length);
int gomalloc_write(int fd, uint32_t handle, size_t offset, const void *data,
		   size_t length);
int gomalloc_fill(int fd, uint32_t handle, size_t offset, size_t length,
		  uint8_t value);

/*
 * Map a large object, all its pages or some: @offset and *@length are multiples
 * of the page size; with *@length 0 it is all that follows @offset, and told
 * there. @prot is as for mmap(). Return: where it is, or NULL with errno, and
 * *@length as it was; to be unmapped with munmap(). It may be freed before that.
 */
void *gomalloc_map(int fd, uint32_t handle, size_t offset, size_t *length,
		   int prot);

/* Limits in bytes, 0 for none but the module's own */
int gomalloc_set_limit(int fd, uint64_t limit, uint64_t soft_limit);

/* Release free memory, how much in *@bytes, which may be NULL */
int gomalloc_trim(int fd, uint64_t *bytes);

/* @heap is 0 for the descriptor's own, or the id of a row of gomalloc_heaps() */
int gomalloc_stats(int fd, uint32_t heap, struct gomalloc_ioc_stats *stats);

/* These return how many rows there are, and write @nr of them at most */
int gomalloc_class_stats(int fd, uint32_t heap,
			 struct gomalloc_class_row *rows, uint32_t nr);
int gomalloc_heaps(int fd, struct gomalloc_heap_row *rows, uint32_t nr);

int gomalloc_version(int fd, struct gomalloc_ioc_version *version);

#ifdef __cplusplus
}
#endif

#endif /* _LIBGOMALLOC_H */
