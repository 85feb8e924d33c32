/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stamp - contents that tell an object from any other
 *
 * Small objects are stamped whole, of larger ones every 64th part and the last
 * byte, so that they stay quick.
 */
#ifndef _GOMALLOC_KUNIT_STAMP_H
#define _GOMALLOC_KUNIT_STAMP_H

#include <linux/types.h>

static inline u8 stamp_byte(u32 seed, size_t at)
{
	return (seed * 2654435761U >> 24) ^ at ^ at >> 8;
}

static inline size_t stamp_step(size_t size)
{
	return size <= 256 ? 1 : size / 64;
}

static inline void stamp(void *p, size_t size, u32 seed)
{
	size_t at;

	for (at = 0; at < size; at += stamp_step(size))
		((u8 *)p)[at] = stamp_byte(seed, at);
	((u8 *)p)[size - 1] = stamp_byte(seed, size - 1);
}

static inline bool stamped(const void *p, size_t size, u32 seed)
{
	size_t at;

	for (at = 0; at < size; at += stamp_step(size)) {
		if (((const u8 *)p)[at] != stamp_byte(seed, at) &&
		    at != size - 1)
			return false;
	}
	return ((const u8 *)p)[size - 1] == stamp_byte(seed, size - 1);
}

#endif /* _GOMALLOC_KUNIT_STAMP_H */
