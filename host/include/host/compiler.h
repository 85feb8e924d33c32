/* SPDX-License-Identifier: GPL-2.0 */
/*
 * compiler - attributes, types, and the small macros of the kernel
 */
#ifndef _HOST_COMPILER_H
#define _HOST_COMPILER_H

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <host/config.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef unsigned long long u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef long long s64;
typedef unsigned int gfp_t;
typedef unsigned int slab_flags_t;

#define U8_MAX		UINT8_MAX
#define U16_MAX		UINT16_MAX
#define S16_MAX		INT16_MAX
#define U32_MAX		UINT32_MAX
#define U64_MAX		ULLONG_MAX

/*
 * === attributes ===
 */

#undef __always_inline
#define __always_inline		inline __attribute__((__always_inline__))
#define noinline		__attribute__((__noinline__))
#define __noreturn		__attribute__((__noreturn__))
#define __printf(a, b)
#define __aligned(x)		__attribute__((__aligned__(x)))
#define __assume_aligned(x)	__attribute__((__assume_aligned__(x)))
#define __alloc_size(x, ...) \
	__attribute__((__alloc_size__(x, ##__VA_ARGS__)))
#define __realloc_size(x, ...)	__alloc_size(x, ##__VA_ARGS__)
#undef __malloc
#define __malloc		__attribute__((__malloc__))
#define __must_check		__attribute__((__warn_unused_result__))
#define __maybe_unused		__attribute__((__unused__))
#define __used			__attribute__((__used__))
#define __cold			__attribute__((__cold__))
#define fallthrough		__attribute__((__fallthrough__))
#define __init
#define __exit
#define __percpu
#define __rcu
#define __user
#define __force
#define __read_mostly
#define __ro_after_init
#define __releases(x)
#define __acquires(x)
#define __must_hold(x)
#define SMP_CACHE_BYTES			64
#define L1_CACHE_BYTES			64
#define cache_line_size()		64
#define ____cacheline_aligned		__aligned(SMP_CACHE_BYTES)
#define ____cacheline_aligned_in_smp	____cacheline_aligned
#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define _RET_IP_		((unsigned long)__builtin_return_address(0))
#define _THIS_IP_		((unsigned long)__builtin_return_address(0))
#define OPTIMIZER_HIDE_VAR(x)	__asm__("" : "=r" (x) : "0" (x))

/* A variable that frees what it has at the end of its scope */
#define DEFINE_FREE(_name, _type, _free)				\
static inline void __free_##_name(void *p)				\
{									\
	_type _T = *(_type *)p;						\
									\
	_free;								\
}

#define __free(name)		__attribute__((__cleanup__(__free_##name)))

/*
 * === memory accesses ===
 */

#define barrier()		__asm__ __volatile__("" : : : "memory")
#define READ_ONCE(x)		(*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, value)	(*(volatile typeof(x) *)&(x) = (value))
#define data_race(x)		(x)
#define smp_mb()		__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_rmb()		__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_wmb()		__atomic_thread_fence(__ATOMIC_RELEASE)
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, value) \
	__atomic_store_n(p, value, __ATOMIC_RELEASE)
#define smp_mb__before_atomic()	smp_mb()
#define smp_mb__after_atomic()	smp_mb()

/*
 * === numbers and structs ===
 */

#undef static_assert
#define static_assert(condition, ...) \
	_Static_assert(condition, "" __VA_ARGS__ #condition)
#define BUILD_BUG_ON(condition)		_Static_assert(!(condition), #condition)
#define BUILD_BUG_ON_ZERO(condition) \
	((int)sizeof(struct { int: (-!!(condition)); }))

#define container_of(pointer, type, member) \
	((type *)((char *)(pointer) - offsetof(type, member)))
#define sizeof_field(type, member)	sizeof(((type *)NULL)->member)
#define offsetofend(type, member) \
	(offsetof(type, member) + sizeof_field(type, member))
#define struct_size(p, member, n) \
	(sizeof(*(p)) + sizeof((p)->member[0]) * (n))
#define __same_type(a, b)	__builtin_types_compatible_p(typeof(a), typeof(b))
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#define min(a, b)							\
({									\
	typeof(a) _min_a = (a);						\
	typeof(b) _min_b = (b);						\
									\
	_min_a < _min_b ? _min_a : _min_b;				\
})
#define max(a, b)							\
({									\
	typeof(a) _max_a = (a);						\
	typeof(b) _max_b = (b);						\
									\
	_max_a > _max_b ? _max_a : _max_b;				\
})
#define min_t(type, a, b)	min((type)(a), (type)(b))
#define max_t(type, a, b)	max((type)(a), (type)(b))
#define min3(a, b, c)		min(min(a, b), c)
#define max3(a, b, c)		max(max(a, b), c)
#define clamp(value, low, high)	min(max(value, low), high)
#define clamp_t(type, value, low, high) \
	clamp((type)(value), (type)(low), (type)(high))
#define swap(a, b)							\
do {									\
	typeof(a) _swap = (a);						\
									\
	(a) = (b);							\
	(b) = _swap;							\
} while (0)

#define __round_mask(x, y)	((typeof(x))((y) - 1))
#define round_up(x, y)		((((x) - 1) | __round_mask(x, y)) + 1)
#define round_down(x, y)	((x) & ~__round_mask(x, y))
#define roundup(x, y)		(((x) + (y) - 1) / (y) * (y))
#define rounddown(x, y)		((x) - (x) % (y))
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#define ALIGN(x, a)		(((x) + (typeof(x))(a) - 1) & ~((typeof(x))(a) - 1))
#define ALIGN_DOWN(x, a)	((x) & ~((typeof(x))(a) - 1))
#define IS_ALIGNED(x, a)	(((x) & ((typeof(x))(a) - 1)) == 0)
#define PTR_ALIGN(p, a)		((typeof(p))ALIGN((unsigned long)(p), a))
#define PTR_ALIGN_DOWN(p, a)	((typeof(p))ALIGN_DOWN((unsigned long)(p), a))
#define check_mul_overflow(a, b, to)	__builtin_mul_overflow(a, b, to)
#define check_add_overflow(a, b, to)	__builtin_add_overflow(a, b, to)

static inline size_t size_mul(size_t a, size_t b)
{
	size_t product;

	return check_mul_overflow(a, b, &product) ? SIZE_MAX : product;
}

#define SZ_1K		0x400
#define SZ_2K		0x800
#define SZ_4K		0x1000
#define SZ_8K		0x2000
#define SZ_16K		0x4000
#define SZ_32K		0x8000
#define SZ_64K		0x10000
#define SZ_128K		0x20000
#define SZ_256K		0x40000
#define SZ_512K		0x80000
#define SZ_1M		0x100000
#define SZ_2M		0x200000
#define SZ_4M		0x400000
#define SZ_8M		0x800000
#define SZ_16M		0x1000000
#define SZ_32M		0x2000000
#define SZ_64M		0x4000000
#define SZ_128M		0x8000000
#define SZ_256M		0x10000000
#define SZ_512M		0x20000000
#define SZ_1G		0x40000000

/*
 * === errors ===
 */

#define MAX_ERRNO	4095
#define IS_ERR_VALUE(x)	((unsigned long)(x) >= (unsigned long)-MAX_ERRNO)

static inline void *ERR_PTR(long err)
{
	return (void *)err;
}

static inline long PTR_ERR(const void *p)
{
	return (long)p;
}

static inline bool IS_ERR(const void *p)
{
	return IS_ERR_VALUE(p);
}

static inline bool IS_ERR_OR_NULL(const void *p)
{
	return !p || IS_ERR(p);
}

#endif /* _HOST_COMPILER_H */
