/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lock - spinlocks, which spin and then yield, and locks that sleep between two tries
 *
 * With HOST_CHECKS each knows who has it, for lockdep_assert_held().
 */
#ifndef _HOST_LOCK_H
#define _HOST_LOCK_H

#include <host/cpu.h>

int sched_yield(void);
void host_nap(void);

#define debug_locks	1

/**
 * struct host_lock - any lock that one has at a time
 * @taken: [atomic] somebody has it
 * @owner: who, where that is checked
 */
struct host_lock {
	int	taken;
	void	*owner;
};

typedef struct host_lock raw_spinlock_t;
typedef struct host_lock spinlock_t;

struct mutex {
	struct host_lock lock;
};

#define HOST_LOCK_INIT			{ 0, NULL }
#define DEFINE_RAW_SPINLOCK(name)	raw_spinlock_t name = HOST_LOCK_INIT
#define DEFINE_SPINLOCK(name)		spinlock_t name = HOST_LOCK_INIT
#define DEFINE_MUTEX(name)		struct mutex name = { HOST_LOCK_INIT }

/* Stands for the thread that has a lock */
#define host_self()	((void *)&host_preempt_count)

static inline void host_lock_init(struct host_lock *lock)
{
	lock->taken = 0;
	lock->owner = NULL;
}

static __always_inline bool host_trylock(struct host_lock *lock)
{
	if (__atomic_exchange_n(&lock->taken, 1, __ATOMIC_ACQUIRE))
		return false;
#ifdef HOST_CHECKS
	lock->owner = host_self();
#endif
	return true;
}

static __always_inline void host_unlock(struct host_lock *lock)
{
#ifdef HOST_CHECKS
	lock->owner = NULL;
#endif
	__atomic_store_n(&lock->taken, 0, __ATOMIC_RELEASE);
}

void host_spin_on(struct host_lock *lock);

static __always_inline void host_spin_lock(struct host_lock *lock)
{
	if (unlikely(!host_trylock(lock)))
		host_spin_on(lock);
}

#define raw_spin_lock_init(lock)	host_lock_init(lock)
#define raw_spin_lock(lock) \
	do { preempt_disable(); host_spin_lock(lock); } while (0)
#define raw_spin_unlock(lock) \
	do { host_unlock(lock); preempt_enable(); } while (0)
#define raw_spin_lock_irqsave(lock, flags) \
	do { local_irq_save(flags); raw_spin_lock(lock); } while (0)
#define raw_spin_unlock_irqrestore(lock, flags) \
	do { raw_spin_unlock(lock); local_irq_restore(flags); } while (0)
#define raw_spin_lock_irq(lock) \
	do { local_irq_disable(); raw_spin_lock(lock); } while (0)
#define raw_spin_unlock_irq(lock) \
	do { raw_spin_unlock(lock); local_irq_enable(); } while (0)
#define spin_lock_init(lock)		host_lock_init(lock)
#define spin_lock(lock)			raw_spin_lock(lock)
#define spin_unlock(lock)		raw_spin_unlock(lock)
#define spin_lock_irqsave(lock, flags)	raw_spin_lock_irqsave(lock, flags)
#define spin_unlock_irqrestore(lock, flags) \
	raw_spin_unlock_irqrestore(lock, flags)

/*
 * === locks that sleep ===
 */

static inline void mutex_init(struct mutex *mutex)
{
	host_lock_init(&mutex->lock);
}

static inline bool mutex_trylock(struct mutex *mutex)
{
	return host_trylock(&mutex->lock);
}

static inline void mutex_lock(struct mutex *mutex)
{
	while (!host_trylock(&mutex->lock))
		host_nap();
}

static inline void mutex_unlock(struct mutex *mutex)
{
	host_unlock(&mutex->lock);
}

/**
 * struct rw_semaphore - readers, or one who writes
 * @held: [atomic] number of readers, or -1
 */
struct rw_semaphore {
	int held;
};

static inline void init_rwsem(struct rw_semaphore *sem)
{
	sem->held = 0;
}

static inline bool down_read_trylock(struct rw_semaphore *sem)
{
	int held = READ_ONCE(sem->held);

	while (held >= 0) {
		if (try_cmpxchg(&sem->held, &held, held + 1))
			return true;
	}
	return false;
}

static inline bool down_write_trylock(struct rw_semaphore *sem)
{
	return !cmpxchg(&sem->held, 0, -1);
}

static inline void down_read(struct rw_semaphore *sem)
{
	while (!down_read_trylock(sem))
		host_nap();
}

static inline void down_write(struct rw_semaphore *sem)
{
	while (!down_write_trylock(sem))
		host_nap();
}

static inline void up_read(struct rw_semaphore *sem)
{
	__atomic_fetch_sub(&sem->held, 1, __ATOMIC_RELEASE);
}

static inline void up_write(struct rw_semaphore *sem)
{
	smp_store_release(&sem->held, 0);
}

#define down_read_non_owner(sem)	down_read(sem)
#define up_read_non_owner(sem)		up_read(sem)

/*
 * === what is asserted ===
 */

void host_assert_failed(const char *what, const char *file, int line);

#ifdef HOST_CHECKS
#define lockdep_is_held(l)						\
	_Generic(*(l),							\
		 struct host_lock:					\
			((struct host_lock *)(l))->owner == host_self(), \
		 struct mutex:						\
			((struct mutex *)(l))->lock.owner == host_self(), \
		 struct rw_semaphore:					\
			((struct rw_semaphore *)(l))->held != 0)
#define host_assert(condition)						\
do {									\
	if (!(condition))						\
		host_assert_failed(#condition, __FILE__, __LINE__);	\
} while (0)
#else
#define lockdep_is_held(lock)		true
#define host_assert(condition)		((void)0)
#endif
#define lockdep_assert(condition)	host_assert(condition)
#define lockdep_assert_held(lock)	host_assert(lockdep_is_held(lock))
#define lockdep_assert_preemption_disabled() \
	host_assert(preempt_count() || irqs_disabled())
#define might_sleep()			host_assert(preemptible())
#define cond_resched()			might_sleep()

#endif /* _HOST_LOCK_H */
