/* SPDX-License-Identifier: GPL-2.0 */
/*
 * rcu - a reader is who has preemption or interrupts off, see host/rcu.c
 */
#ifndef _HOST_RCU_H
#define _HOST_RCU_H

#include <host/lock.h>

struct rcu_head {
	struct llist_node	node;
	void			(*func)(struct rcu_head *head);
};

typedef void (*rcu_callback_t)(struct rcu_head *head);

#define rcu_read_lock()			preempt_disable()
#define rcu_read_unlock()		preempt_enable()
#define rcu_read_lock_any_held()	(preempt_count() || irqs_disabled())
#define RCU_LOCKDEP_WARN(condition, text)	host_assert(!(condition))
#define rcu_dereference(p)		READ_ONCE(p)
#define rcu_assign_pointer(p, value)	smp_store_release(&(p), value)

void call_rcu(struct rcu_head *head, rcu_callback_t func);
void rcu_barrier(void);
void synchronize_rcu(void);
void host_rcu_init(void);

#endif /* _HOST_RCU_H */
