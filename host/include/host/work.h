/* SPDX-License-Identifier: GPL-2.0 */
/*
 * work - work items, timers, threads, and what they wait for
 *
 * One thread runs all items; see host/work.c. Who waits looks now and then.
 */
#ifndef _HOST_WORK_H
#define _HOST_WORK_H

#include <host/lib.h>
#include <host/rcu.h>

/*
 * === work items ===
 */

struct work_struct;
struct workqueue_struct;

typedef void (*work_func_t)(struct work_struct *work);

/**
 * struct work_struct - a function to be run
 * @entry: [work_lock] in the list of those that are queued
 * @due: [work_lock] not before that
 * @wq: [work_lock] whose it is
 * @pending: [work_lock] it is queued
 * @taken: [work_lock] how often it was taken off to be run
 * @func: the function
 */
struct work_struct {
	struct list_head	entry;
	ktime_t			due;
	struct workqueue_struct	*wq;
	bool			pending;
	unsigned int		taken;
	work_func_t		func;
};

struct delayed_work {
	struct work_struct	work;
};

struct rcu_work {
	struct work_struct	work;
	struct rcu_head		rcu;
	struct workqueue_struct	*wq;
};

extern struct workqueue_struct *const system_wq;
extern struct workqueue_struct *const system_unbound_wq;

#define WQ_UNBOUND	1
#define WQ_MEM_RECLAIM	2

#define DECLARE_WORK(name, fn)		struct work_struct name = { .func = (fn) }
#define INIT_WORK(work, fn)		(*(work) = (struct work_struct){ .func = (fn) })
#define INIT_WORK_ONSTACK(work, fn)	INIT_WORK(work, fn)
#define INIT_DELAYED_WORK(dwork, fn)	INIT_WORK(&(dwork)->work, fn)
#define INIT_RCU_WORK(rwork, fn)	INIT_WORK(&(rwork)->work, fn)
#define to_delayed_work(w)		container_of(w, struct delayed_work, work)
#define to_rcu_work(w)			container_of(w, struct rcu_work, work)
#define work_pending(work)		READ_ONCE((work)->pending)
#define delayed_work_pending(dwork)	work_pending(&(dwork)->work)

struct workqueue_struct *host_alloc_workqueue(void);
void destroy_workqueue(struct workqueue_struct *wq);
void flush_workqueue(struct workqueue_struct *wq);
bool host_queue(struct workqueue_struct *wq, struct work_struct *work,
		ktime_t due, bool again);
bool cancel_work_sync(struct work_struct *work);
bool flush_work(struct work_struct *work);
bool flush_delayed_work(struct delayed_work *dwork);
bool queue_rcu_work(struct workqueue_struct *wq, struct rcu_work *rwork);
void host_work_init(void);

#define alloc_workqueue(name, ...)	host_alloc_workqueue()
#define queue_work(wq, work)		host_queue(wq, work, 0, false)
#define schedule_work(work)		queue_work(system_wq, work)
/* One thread runs all, on the CPU that it has, which is none of a busy thread */
#define schedule_work_on(cpu, work)	((void)(cpu), schedule_work(work))
#define queue_delayed_work(wq, dwork, delay) \
	host_queue(wq, &(dwork)->work, host_in_jiffies(delay), false)
#define mod_delayed_work(wq, dwork, delay) \
	host_queue(wq, &(dwork)->work, host_in_jiffies(delay), true)
#define cancel_delayed_work_sync(dwork)	cancel_work_sync(&(dwork)->work)
#define destroy_work_on_stack(work)	((void)(work))

static inline ktime_t host_in_jiffies(unsigned long delay)
{
	return ktime_get() + (s64)delay * (NSEC_PER_SEC / HZ);
}

/*
 * === timers and interrupts ===
 */

struct timer_list {
	struct work_struct	work;
	void			(*function)(struct timer_list *timer);
};

#define TIMER_PINNED	1

void timer_setup(struct timer_list *timer,
		 void (*fn)(struct timer_list *timer), unsigned int flags);
int mod_timer(struct timer_list *timer, unsigned long expires);

#define timer_shutdown_sync(timer)	cancel_work_sync(&(timer)->work)
#define timer_delete_sync(timer)	cancel_work_sync(&(timer)->work)

struct irq_work {
	call_single_data_t	csd;
	void			(*func)(struct irq_work *work);
	bool			queued;
};

#define IRQ_WORK_INIT_HARD(fn)	((struct irq_work){ .func = (fn) })

bool irq_work_queue(struct irq_work *work);
void irq_work_sync(struct irq_work *work);

/* Of mempools there are the types of their functions */
typedef void *(mempool_alloc_t)(gfp_t gfp, void *pool_data);
typedef void (mempool_free_t)(void *element, void *pool_data);

/*
 * === who waits ===
 */

#define host_wait_until(condition)					\
do {									\
	while (!(condition))						\
		host_nap();						\
} while (0)
#define wait_var_event(p, condition)	host_wait_until(condition)
#define wake_up_var(p)			((void)(p))

struct completion {
	int done;
};

#define DECLARE_COMPLETION_ONSTACK(name)	struct completion name = { 0 }

static inline void init_completion(struct completion *c)
{
	c->done = 0;
}

static inline void complete(struct completion *c)
{
	__atomic_fetch_add(&c->done, 1, __ATOMIC_RELEASE);
}

static inline unsigned long
wait_for_completion_timeout(struct completion *c, unsigned long timeout)
{
	unsigned long end = jiffies + timeout;

	while (!smp_load_acquire(&c->done)) {
		if (time_after(jiffies, end))
			return 0;
		host_nap();
	}
	__atomic_fetch_sub(&c->done, 1, __ATOMIC_RELAXED);
	return 1;
}

static inline void wait_for_completion(struct completion *c)
{
	host_wait_until(smp_load_acquire(&c->done));
	__atomic_fetch_sub(&c->done, 1, __ATOMIC_RELAXED);
}

/*
 * === threads ===
 */

struct task_struct *kthread_create(int (*fn)(void *arg), void *arg,
				   const char *name);
void kthread_bind(struct task_struct *task, unsigned int cpu);
int wake_up_process(struct task_struct *task);
int kthread_stop(struct task_struct *task);
bool kthread_should_stop(void);

#define sched_set_fifo(task)	((void)(task))

#endif /* _HOST_WORK_H */
