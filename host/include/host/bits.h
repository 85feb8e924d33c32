/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bits - bits, bitmaps, logarithms, hashes
 */
#ifndef _HOST_BITS_H
#define _HOST_BITS_H

#include <host/compiler.h>

#define BITS_PER_BYTE		8
#define BITS_PER_LONG		64
#define BIT(n)			(1UL << (n))
#define BIT_ULL(n)		(1ULL << (n))
#define BIT_WORD(n)		((n) / BITS_PER_LONG)
#define BIT_MASK(n)		BIT((n) % BITS_PER_LONG)
#define GENMASK(h, l)		((~0UL << (l)) & (~0UL >> (BITS_PER_LONG - 1 - (h))))
#define BITS_TO_LONGS(n)	DIV_ROUND_UP(n, BITS_PER_LONG)
#define DECLARE_BITMAP(name, bits)	unsigned long name[BITS_TO_LONGS(bits)]

#define __ffs(word)		((unsigned int)__builtin_ctzl(word))
#define __fls(word)		((unsigned int)(63 - __builtin_clzl(word)))
#define fls(x)			((x) ? 32 - __builtin_clz(x) : 0)
#define fls64(x)		((x) ? 64 - __builtin_clzll(x) : 0)
#define hweight_long(word)	((unsigned int)__builtin_popcountl(word))
#define hweight64(word)		((unsigned int)__builtin_popcountll(word))
#define hweight32(word)		((unsigned int)__builtin_popcount(word))
#define ilog2(n)		(63 - __builtin_clzll(n))
#define is_power_of_2(n)	((n) && !((n) & ((n) - 1)))
#define roundup_pow_of_two(n)	(1UL << fls64((unsigned long)(n) - 1))
#define rounddown_pow_of_two(n)	(1UL << ilog2(n))

#define REPEAT_BYTE(byte)	(~0UL / 0xff * (byte))

#define GOLDEN_RATIO_32		0x61c88647
#define GOLDEN_RATIO_64		0x61c8864680b583ebULL
#define hash_long(value, bits)	((u64)(value) * GOLDEN_RATIO_64 >> (64 - (bits)))
#define hash_32(value, bits)	((u32)(value) * GOLDEN_RATIO_32 >> (32 - (bits)))

/* From @at on, the lowest bit that is as in @map ^ @flip; @nr if there is none */
static inline unsigned long host_find_bit(const unsigned long *map,
					  unsigned long nr, unsigned long at,
					  unsigned long flip)
{
	unsigned long word;

	for (; at < nr; at = (BIT_WORD(at) + 1) * BITS_PER_LONG) {
		word = (map[BIT_WORD(at)] ^ flip) & ~0UL << at % BITS_PER_LONG;
		if (word)
			return min(BIT_WORD(at) * BITS_PER_LONG + __ffs(word),
				   nr);
	}
	return nr;
}

#define find_next_bit(map, nr, at)	host_find_bit(map, nr, at, 0)
#define find_next_zero_bit(map, nr, at)	host_find_bit(map, nr, at, ~0UL)
#define find_first_bit(map, nr)		host_find_bit(map, nr, 0, 0)
#define find_first_zero_bit(map, nr)	host_find_bit(map, nr, 0, ~0UL)
#define for_each_set_bit(at, map, nr)					\
	for ((at) = find_first_bit(map, nr); (at) < (nr);		\
	     (at) = find_next_bit(map, nr, (at) + 1))

static inline unsigned long find_last_bit(const unsigned long *map,
					  unsigned long nr)
{
	unsigned long at = nr;

	while (at--) {
		if (map[BIT_WORD(at)] & BIT_MASK(at))
			return at;
	}
	return nr;
}

static inline bool test_bit(unsigned long nr, const unsigned long *map)
{
	return READ_ONCE(map[BIT_WORD(nr)]) & BIT_MASK(nr);
}

static inline void __set_bit(unsigned long nr, unsigned long *map)
{
	map[BIT_WORD(nr)] |= BIT_MASK(nr);
}

static inline void __clear_bit(unsigned long nr, unsigned long *map)
{
	map[BIT_WORD(nr)] &= ~BIT_MASK(nr);
}

static inline bool __test_and_clear_bit(unsigned long nr, unsigned long *map)
{
	bool set = map[nr / BITS_PER_LONG] >> nr % BITS_PER_LONG & 1;

	__clear_bit(nr, map);
	return set;
}

static inline bool test_and_set_bit(unsigned long nr, unsigned long *map)
{
	return __atomic_fetch_or(&map[BIT_WORD(nr)], BIT_MASK(nr),
				 __ATOMIC_SEQ_CST) & BIT_MASK(nr);
}

static inline bool test_and_clear_bit(unsigned long nr, unsigned long *map)
{
	return __atomic_fetch_and(&map[BIT_WORD(nr)], ~BIT_MASK(nr),
				  __ATOMIC_SEQ_CST) & BIT_MASK(nr);
}

#define set_bit(nr, map)	((void)test_and_set_bit(nr, map))
#define clear_bit(nr, map)	((void)test_and_clear_bit(nr, map))

static inline void bitmap_set(unsigned long *map, unsigned int at, unsigned int nr)
{
	while (nr--)
		__set_bit(at++, map);
}

static inline void bitmap_clear(unsigned long *map, unsigned int at,
				unsigned int nr)
{
	while (nr--)
		__clear_bit(at++, map);
}

static inline void bitmap_zero(unsigned long *map, unsigned int nr)
{
	__builtin_memset(map, 0, BITS_TO_LONGS(nr) * sizeof(long));
}

static inline void bitmap_fill(unsigned long *map, unsigned int nr)
{
	__builtin_memset(map, 0xff, BITS_TO_LONGS(nr) * sizeof(long));
}

static inline unsigned int bitmap_weight(const unsigned long *map,
					 unsigned int nr)
{
	unsigned long at;
	unsigned int n = 0;

	for_each_set_bit(at, map, nr)
		n++;
	return n;
}

/* The lowest @nr bits from @at on that are not set; aligned as @mask says */
static inline unsigned long
bitmap_find_next_zero_area(unsigned long *map, unsigned long size,
			   unsigned long at, unsigned int nr, unsigned long mask)
{
	unsigned long end;

	for (;;) {
		at = (find_next_zero_bit(map, size, at) + mask) & ~mask;
		if (at + nr > size)
			return size;
		end = find_next_bit(map, at + nr, at);
		if (end == at + nr)
			return at;
		at = end + 1;
	}
}

#define bitmap_empty(map, nr)	(find_first_bit(map, nr) >= (nr))
#define bitmap_full(map, nr)	(find_first_zero_bit(map, nr) >= (nr))

#endif /* _HOST_BITS_H */
