/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sizes - what a random test asks for: all kinds of sizes, small ones most
 */
#ifndef _GOMALLOC_KUNIT_SIZES_H
#define _GOMALLOC_KUNIT_SIZES_H

#include <linux/prandom.h>
#include <linux/types.h>

struct random_size {
	size_t	size;
	bool	noscan;
};

static inline struct random_size random_size(struct rnd_state *rnd)
{
	u32 r = prandom_u32_state(rnd), kind = r % 100;
	struct random_size s = { .noscan = r >> 31 };

	r = prandom_u32_state(rnd);
	if (kind < 20) {
		s.size = 1 + r % 16;
		s.noscan = true;
	} else if (kind < 80) {
		/* Each doubling as likely as the next */
		s.size = 1 + (r >> 8) % (8U << r % 9);
	} else if (kind < 97) {
		s.size = 1 + r % 32768;
	} else {
		s.size = 32769 + r % 150000;
	}
	return s;
}

#endif /* _GOMALLOC_KUNIT_SIZES_H */
