// SPDX-License-Identifier: GPL-2.0
/*
 * rcu - callbacks after a grace period
 *
 * What: a grace period is over when each CPU was seen where it may be preempted. A
 *	thread runs the callbacks, or who waits for all of them.
 * Locks: @running, for who runs callbacks.
 */
#include <pthread.h>
#include <semaphore.h>

#include <host/kernel.h>

static LLIST_HEAD(callbacks);		/* [llist] the newest first */
static DEFINE_MUTEX(running);		/* see above */
static sem_t some;

void call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	head->func = func;
	if (llist_add(&head->node, &callbacks))
		sem_post(&some);
}

void synchronize_rcu(void)
{
	might_sleep();
	host_wait_for_cpus();
}

/* The caller is on a CPU, and has the mutex */
static void run_callbacks(struct llist_node *all)
{
	struct rcu_head *head, *next;

	llist_for_each_entry_safe(head, next, llist_reverse_order(all), node) {
		local_bh_disable();
		head->func(head);
		local_bh_enable();
	}
}

/* All callbacks that there were when it was called have been run */
void rcu_barrier(void)
{
	struct llist_node *all;

	might_sleep();
	mutex_lock(&running);
	all = llist_del_all(&callbacks);
	if (all) {
		host_wait_for_cpus();
		run_callbacks(all);
	}
	mutex_unlock(&running);
}

static void *rcu_thread(void *unused)
{
	for (;;) {
		if (sem_wait(&some))
			continue;
		/* More may come meanwhile, for the same grace period */
		host_nap();
		host_enter_cpu(-1);
		rcu_barrier();
		host_leave_cpu();
	}
	return NULL;
}

void host_rcu_init(void)
{
	pthread_t thread;

	if (sem_init(&some, 0, 0) ||
	    pthread_create(&thread, NULL, rcu_thread, NULL))
		panic("no thread for RCU\n");
}
