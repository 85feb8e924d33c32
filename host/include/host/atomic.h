/* SPDX-License-Identifier: GPL-2.0 */
/*
 * atomic - the kernel's atomic operations by those of the compiler
 *
 * What returns a value is a full barrier, unless its name says otherwise.
 */
#ifndef _HOST_ATOMIC_H
#define _HOST_ATOMIC_H

#include <host/compiler.h>

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	long counter;
} atomic_long_t;

#define ATOMIC_INIT(i)			{ (i) }
#define ATOMIC_LONG_INIT(i)		{ (i) }

#define xchg(p, value)		__atomic_exchange_n(p, value, __ATOMIC_SEQ_CST)

#define host_cmpxchg(p, old, new, order)				\
({									\
	typeof(*(p)) _cmpxchg_old = (old);				\
									\
	__atomic_compare_exchange_n(p, &_cmpxchg_old, new, false, order, \
				    __ATOMIC_RELAXED);			\
	_cmpxchg_old;							\
})
#define cmpxchg(p, old, new)	host_cmpxchg(p, old, new, __ATOMIC_SEQ_CST)
#define cmpxchg_relaxed(p, old, new) \
	host_cmpxchg(p, old, new, __ATOMIC_RELAXED)
#define cmpxchg_release(p, old, new) \
	host_cmpxchg(p, old, new, __ATOMIC_RELEASE)
#define cmpxchg_acquire(p, old, new) \
	host_cmpxchg(p, old, new, __ATOMIC_ACQUIRE)
#define try_cmpxchg(p, old, new)					\
	__atomic_compare_exchange_n(p, old, new, false, __ATOMIC_SEQ_CST, \
				    __ATOMIC_RELAXED)

/* @prefix: atomic or atomic_long; of @type */
#define HOST_ATOMIC(prefix, type)					\
static inline type prefix##_read(const prefix##_t *v)			\
{									\
	return __atomic_load_n(&v->counter, __ATOMIC_RELAXED);		\
}									\
									\
static inline type prefix##_read_acquire(const prefix##_t *v)		\
{									\
	return __atomic_load_n(&v->counter, __ATOMIC_ACQUIRE);		\
}									\
									\
static inline void prefix##_set(prefix##_t *v, type i)			\
{									\
	__atomic_store_n(&v->counter, i, __ATOMIC_RELAXED);		\
}									\
									\
static inline void prefix##_add(type i, prefix##_t *v)			\
{									\
	__atomic_fetch_add(&v->counter, i, __ATOMIC_RELAXED);		\
}									\
									\
static inline void prefix##_sub(type i, prefix##_t *v)			\
{									\
	__atomic_fetch_sub(&v->counter, i, __ATOMIC_RELAXED);		\
}									\
									\
static inline type prefix##_add_return(type i, prefix##_t *v)		\
{									\
	return __atomic_add_fetch(&v->counter, i, __ATOMIC_SEQ_CST);	\
}									\
									\
static inline type prefix##_sub_return(type i, prefix##_t *v)		\
{									\
	return __atomic_sub_fetch(&v->counter, i, __ATOMIC_SEQ_CST);	\
}									\
									\
static inline type prefix##_sub_return_release(type i, prefix##_t *v)	\
{									\
	return __atomic_sub_fetch(&v->counter, i, __ATOMIC_RELEASE);	\
}									\
									\
static inline void prefix##_or(type i, prefix##_t *v)			\
{									\
	__atomic_fetch_or(&v->counter, i, __ATOMIC_RELAXED);		\
}									\
									\
static inline void prefix##_andnot(type i, prefix##_t *v)		\
{									\
	__atomic_fetch_and(&v->counter, ~i, __ATOMIC_RELAXED);		\
}									\
									\
static inline type prefix##_fetch_or(type i, prefix##_t *v)		\
{									\
	return __atomic_fetch_or(&v->counter, i, __ATOMIC_SEQ_CST);	\
}									\
									\
static inline type prefix##_fetch_add(type i, prefix##_t *v)		\
{									\
	return __atomic_fetch_add(&v->counter, i, __ATOMIC_SEQ_CST);	\
}									\
									\
static inline type prefix##_xchg(prefix##_t *v, type i)			\
{									\
	return xchg(&v->counter, i);					\
}									\
									\
static inline type prefix##_cmpxchg(prefix##_t *v, type old, type new)	\
{									\
	return cmpxchg(&v->counter, old, new);				\
}									\
									\
static inline bool prefix##_try_cmpxchg(prefix##_t *v, type *old, type new) \
{									\
	return try_cmpxchg(&v->counter, old, new);			\
}									\
									\
static inline bool prefix##_try_cmpxchg_relaxed(prefix##_t *v, type *old, \
						type new)		\
{									\
	return __atomic_compare_exchange_n(&v->counter, old, new, false, \
					   __ATOMIC_RELAXED,		\
					   __ATOMIC_RELAXED);		\
}									\
									\
static inline void prefix##_inc(prefix##_t *v)				\
{									\
	prefix##_add(1, v);						\
}									\
									\
static inline void prefix##_dec(prefix##_t *v)				\
{									\
	prefix##_sub(1, v);						\
}									\
									\
static inline type prefix##_inc_return(prefix##_t *v)			\
{									\
	return prefix##_add_return(1, v);				\
}									\
									\
static inline type prefix##_dec_return(prefix##_t *v)			\
{									\
	return prefix##_sub_return(1, v);				\
}									\
									\
static inline type prefix##_dec_return_release(prefix##_t *v)		\
{									\
	return prefix##_sub_return_release(1, v);			\
}									\
									\
static inline bool prefix##_dec_and_test(prefix##_t *v)			\
{									\
	return !prefix##_sub_return(1, v);				\
}

HOST_ATOMIC(atomic, int)
HOST_ATOMIC(atomic_long, long)

#endif /* _HOST_ATOMIC_H */
