// SPDX-License-Identifier: GPL-2.0
/*
 * work - work items and timers, by one thread; other threads; interrupts to oneself
 *
 * What: the thread takes the first item that is due, and a CPU for as long as it runs.
 * Locks: work_lock, irq-safe; leaf.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#include <host/kernel.h>

struct workqueue_struct {
	int unused;
};

static struct workqueue_struct of_system;
struct workqueue_struct *const system_wq = &of_system;
struct workqueue_struct *const system_unbound_wq = &of_system;

static DEFINE_RAW_SPINLOCK(work_lock);
static LIST_HEAD(queued);			/* [work_lock] */
static struct work_struct *running;		/* [work_lock] */
static struct workqueue_struct *running_wq;	/* [work_lock] whose that is */
static sem_t some;
static HOST_TLS bool is_worker;

/*
 * === queue ===
 */

/* Return: false: it was queued already, and @again does not say to do so anew */
bool host_queue(struct workqueue_struct *wq, struct work_struct *work,
		ktime_t due, bool again)
{
	unsigned long flags;
	bool was;

	raw_spin_lock_irqsave(&work_lock, flags);
	was = work->pending;
	if (was && again)
		list_del(&work->entry);
	if (!was || again) {
		work->pending = true;
		work->due = due;
		work->wq = wq;
		list_add_tail(&work->entry, &queued);
	}
	raw_spin_unlock_irqrestore(&work_lock, flags);
	if (!was || again)
		sem_post(&some);
	return !was;
}

static void queue_after_grace_period(struct rcu_head *rcu)
{
	struct rcu_work *rwork = container_of(rcu, struct rcu_work, rcu);

	queue_work(rwork->wq, &rwork->work);
}

bool queue_rcu_work(struct workqueue_struct *wq, struct rcu_work *rwork)
{
	rwork->wq = wq;
	call_rcu(&rwork->rcu, queue_after_grace_period);
	return true;
}

/* Return: an item that is due, which runs from now on; or NULL, and when one will be */
static struct work_struct *take_due(ktime_t *next)
{
	struct work_struct *work, *found = NULL;
	ktime_t now = ktime_get();
	unsigned long flags;

	*next = now + NSEC_PER_SEC;
	raw_spin_lock_irqsave(&work_lock, flags);
	list_for_each_entry(work, &queued, entry) {
		if (work->due <= now) {
			found = work;
			break;
		}
		*next = min(*next, work->due);
	}
	if (found) {
		list_del(&found->entry);
		found->pending = false;
		found->taken++;
		running_wq = found->wq;
		running = found;
	}
	raw_spin_unlock_irqrestore(&work_lock, flags);
	return found;
}

static void run(struct work_struct *work)
{
	unsigned long flags;

	host_enter_cpu(-1);
	work->func(work);
	host_leave_cpu();
	/* By now it may be gone */
	raw_spin_lock_irqsave(&work_lock, flags);
	running = NULL;
	running_wq = NULL;
	raw_spin_unlock_irqrestore(&work_lock, flags);
}

static void *work_thread(void *unused)
{
	struct work_struct *work;
	struct timespec until;
	ktime_t next;

	is_worker = true;
	for (;;) {
		work = take_due(&next);
		if (work) {
			run(work);
			continue;
		}
		until.tv_sec = next / NSEC_PER_SEC;
		until.tv_nsec = next % NSEC_PER_SEC;
		sem_clockwait(&some, CLOCK_MONOTONIC, &until);
	}
	return NULL;
}

/*
 * === wait ===
 */

static bool is_running(struct work_struct *work)
{
	unsigned long flags;
	bool is;

	raw_spin_lock_irqsave(&work_lock, flags);
	is = !is_worker && running == work;
	raw_spin_unlock_irqrestore(&work_lock, flags);
	return is;
}

/* Is it still queued as it was when it had been @taken so often, or running? */
static bool is_to_be_done(struct work_struct *work, unsigned int taken)
{
	unsigned long flags;
	bool is;

	raw_spin_lock_irqsave(&work_lock, flags);
	is = (work->pending && work->taken == taken) ||
	     (!is_worker && running == work);
	raw_spin_unlock_irqrestore(&work_lock, flags);
	return is;
}

static bool take_off(struct work_struct *work)
{
	unsigned long flags;
	bool was;

	raw_spin_lock_irqsave(&work_lock, flags);
	was = work->pending;
	if (was)
		list_del(&work->entry);
	work->pending = false;
	work->taken += was;
	raw_spin_unlock_irqrestore(&work_lock, flags);
	return was;
}

/* It is neither queued nor running when this returns */
bool cancel_work_sync(struct work_struct *work)
{
	bool was = false;

	do {
		was |= take_off(work);
		host_wait_until(!is_running(work));
	} while (work_pending(work));
	return was;
}

/* If it is queued, it is due @now. Return: is it? *@taken tells this time from the next. */
static bool look(struct work_struct *work, bool now, unsigned int *taken)
{
	unsigned long flags;
	bool pending;

	raw_spin_lock_irqsave(&work_lock, flags);
	pending = work->pending;
	*taken = work->taken;
	if (now)
		work->due = 0;
	raw_spin_unlock_irqrestore(&work_lock, flags);
	if (now)
		sem_post(&some);
	return pending;
}

/* It may be queued again when this returns */
static bool flush(struct work_struct *work, bool now)
{
	unsigned int taken;
	bool was = look(work, now, &taken);

	/* The worker cannot wait for itself */
	if (is_worker && take_off(work))
		work->func(work);
	host_wait_until(!is_to_be_done(work, taken));
	return was;
}

bool flush_work(struct work_struct *work)
{
	return flush(work, false);
}

bool flush_delayed_work(struct delayed_work *dwork)
{
	return flush(&dwork->work, true);
}

static bool has_work(struct workqueue_struct *wq)
{
	struct work_struct *work;
	unsigned long flags;
	bool has;

	raw_spin_lock_irqsave(&work_lock, flags);
	has = running_wq == wq;
	list_for_each_entry(work, &queued, entry)
		has |= work->wq == wq;
	raw_spin_unlock_irqrestore(&work_lock, flags);
	return has;
}

void flush_workqueue(struct workqueue_struct *wq)
{
	host_wait_until(!has_work(wq));
}

struct workqueue_struct *host_alloc_workqueue(void)
{
	return kzalloc(sizeof(struct workqueue_struct), GFP_KERNEL);
}

void destroy_workqueue(struct workqueue_struct *wq)
{
	flush_workqueue(wq);
	kfree(wq);
}

void host_work_init(void)
{
	pthread_t thread;

	if (sem_init(&some, 0, 0) ||
	    pthread_create(&thread, NULL, work_thread, NULL))
		panic("no thread for work\n");
}

/*
 * === timers and interrupts ===
 */

static void fire(struct work_struct *work)
{
	struct timer_list *timer = container_of(work, struct timer_list, work);

	local_bh_disable();
	timer->function(timer);
	local_bh_enable();
}

void timer_setup(struct timer_list *timer,
		 void (*fn)(struct timer_list *timer), unsigned int flags)
{
	INIT_WORK(&timer->work, fire);
	timer->function = fn;
}

int mod_timer(struct timer_list *timer, unsigned long expires)
{
	return !host_queue(system_wq, &timer->work,
			   (ktime_t)expires * (NSEC_PER_SEC / HZ), true);
}

static void run_irq_work(void *arg)
{
	struct irq_work *work = arg;

	work->func(work);
	/* Pairs with the acquire of irq_work_sync() */
	smp_store_release(&work->queued, false);
}

bool irq_work_queue(struct irq_work *work)
{
	if (xchg(&work->queued, true))
		return false;
	INIT_CSD(&work->csd, run_irq_work, work);
	smp_call_function_single_async(raw_smp_processor_id(), &work->csd);
	return true;
}

void irq_work_sync(struct irq_work *work)
{
	/* Pairs with the release of run_irq_work() */
	host_wait_until(!smp_load_acquire(&work->queued));
}

/*
 * === threads ===
 */

/**
 * struct kthread - a thread
 * @task: what others know of it
 * @thread: of the C library
 * @fn: what it does
 * @arg: the argument of that
 * @cpu: where, or -1
 * @stop: it is to end
 */
struct kthread {
	struct task_struct	task;
	pthread_t		thread;
	int			(*fn)(void *arg);
	void			*arg;
	int			cpu;
	bool			stop;
};

static HOST_TLS struct kthread *self;

static struct kthread *to_kthread(struct task_struct *task)
{
	return container_of(task, struct kthread, task);
}

static void *start_kthread(void *arg)
{
	long ret;

	self = arg;
	host_enter_cpu(self->cpu);
	ret = self->fn(self->arg);
	host_leave_cpu();
	/* Who ends by himself is waited for by no one; pairs with kthread_stop() */
	if (!smp_load_acquire(&self->stop)) {
		pthread_detach(pthread_self());
		kfree(self);
	}
	return (void *)ret;
}

struct task_struct *kthread_create(int (*fn)(void *arg), void *arg,
				   const char *name)
{
	struct kthread *k = kzalloc(sizeof(*k), GFP_KERNEL);

	if (!k)
		return ERR_PTR(-ENOMEM);
	k->fn = fn;
	k->arg = arg;
	k->cpu = -1;
	return &k->task;
}

void kthread_bind(struct task_struct *task, unsigned int cpu)
{
	to_kthread(task)->cpu = cpu;
}

int wake_up_process(struct task_struct *task)
{
	struct kthread *k = to_kthread(task);

	return !pthread_create(&k->thread, NULL, start_kthread, k);
}

bool kthread_should_stop(void)
{
	/* Pairs with the release of kthread_stop() */
	return smp_load_acquire(&self->stop);
}

int kthread_stop(struct task_struct *task)
{
	struct kthread *k = to_kthread(task);
	void *ret;

	/* Pairs with the acquire of kthread_should_stop() */
	smp_store_release(&k->stop, true);
	pthread_join(k->thread, &ret);
	kfree(k);
	return (long)ret;
}
