// SPDX-License-Identifier: GPL-2.0
/*
 * cpu - CPUs and interrupts, for threads of a program
 *
 * What: a CPU is a slot that one thread at a time has, so that what it keeps for the
 *	CPU is its own as with preemption off in the kernel. An interrupt is a signal
 *	to the thread: it can come anywhere, but where the thread has shut it out. A
 *	CPU without a thread runs what is sent to it on the sender's, in its name.
 * Locks: that of a CPU, with interrupts shut out; leaf.
 * Invariant: what is in the calls of a CPU will be run by who has it, or takes it.
 */
#define _GNU_SOURCE
#include <linux/membarrier.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <host/kernel.h>

#define INTERRUPT	SIGUSR1

HOST_TLS int host_cpu = -1;
HOST_TLS unsigned long host_percpu_offset;
HOST_TLS unsigned int host_preempt_count;
HOST_TLS int host_irqs_off;
HOST_TLS int host_irq_pending;

const struct cpumask host_all_cpus = { BIT(NR_CPUS) - 1 };
const struct cpumask host_each_cpu[NR_CPUS] = {
	{ BIT(0) }, { BIT(1) }, { BIT(2) }, { BIT(3) },
};

/**
 * enum holder - who has a CPU
 * @IDLE: nobody
 * @THREAD: a thread
 * @BORROWED: one that runs its calls, and looks whether there are more
 * @STOPPED: stop_machine()
 */
enum holder { IDLE, THREAD, BORROWED, STOPPED };

/**
 * struct cpu - a CPU
 * @lock: of what follows
 * @holder: [lock] who has it
 * @thread: [lock] if it is a thread
 * @preempt_count: [lock] of who has it, to be read by others
 * @irqs_off: [lock] the same
 * @calls: [llist] of others to it
 * @nr_waiting: [atomic] threads that wait for it
 */
static struct cpu {
	raw_spinlock_t		lock;
	enum holder		holder;
	pthread_t		thread;
	unsigned int		*preempt_count;
	int			*irqs_off;
	struct llist_head	calls;
	unsigned int		nr_waiting;
} cpus[NR_CPUS];

/* Of this thread from now on, for a while at least */
static int name_cpu(int cpu)
{
	int old = host_cpu;

	host_cpu = cpu;
	host_percpu_offset = cpu * HOST_PERCPU_UNIT;
	return old;
}

/* With its lock, in the name of @holder. Return: false: it is not idle. */
static bool take_locked(struct cpu *cpu, enum holder holder)
{
	lockdep_assert_held(&cpu->lock);
	if (cpu->holder != IDLE)
		return false;
	cpu->holder = holder;
	cpu->thread = pthread_self();
	cpu->preempt_count = &host_preempt_count;
	cpu->irqs_off = &host_irqs_off;
	return true;
}

static bool try_take(struct cpu *cpu, enum holder holder)
{
	unsigned long flags;
	bool taken;

	raw_spin_lock_irqsave(&cpu->lock, flags);
	taken = take_locked(cpu, holder);
	raw_spin_unlock_irqrestore(&cpu->lock, flags);
	return taken;
}

/* Return: false: there are calls that it has to run before */
static bool give_up(struct cpu *cpu)
{
	unsigned long flags;
	bool idle;

	raw_spin_lock_irqsave(&cpu->lock, flags);
	idle = llist_empty(&cpu->calls);
	if (idle)
		cpu->holder = IDLE;
	raw_spin_unlock_irqrestore(&cpu->lock, flags);
	return idle;
}

/*
 * === interrupts ===
 */

static void run_calls(struct cpu *cpu)
{
	struct llist_node *all = llist_reverse_order(llist_del_all(&cpu->calls));
	call_single_data_t *csd, *next;

	preempt_count_add(HARDIRQ_OFFSET);
	llist_for_each_entry_safe(csd, next, all, node)
		csd->func(csd->info);
	preempt_count_sub(HARDIRQ_OFFSET);
}

/* Interrupts are let in, and there may have been some */
void host_run_pending(void)
{
	do {
		WRITE_ONCE(host_irqs_off, 1);
		barrier();
		host_irq_pending = 0;
		if (host_cpu >= 0)
			run_calls(&cpus[host_cpu]);
		barrier();
		WRITE_ONCE(host_irqs_off, 0);
		barrier();
	} while (READ_ONCE(host_irq_pending));
}

static void interrupt(int signal)
{
	int saved = errno;

	if (host_irqs_off)
		host_irq_pending = 1;
	else
		host_run_pending();
	errno = saved;
}

/* Run the calls of a CPU that is idle, with interrupts shut out */
static void run_borrowed(int cpu)
{
	int own;

	do {
		own = name_cpu(cpu);
		run_calls(&cpus[cpu]);
		name_cpu(own);
	} while (!give_up(&cpus[cpu]));
}

/* There is a call in its list */
static void kick(int nr)
{
	struct cpu *cpu = &cpus[nr];
	unsigned long flags;
	bool borrowed;

	local_irq_save(flags);
	if (nr == host_cpu) {
		host_irq_pending = 1;
	} else {
		raw_spin_lock(&cpu->lock);
		if (cpu->holder == THREAD)
			pthread_kill(cpu->thread, INTERRUPT);
		borrowed = take_locked(cpu, BORROWED);
		raw_spin_unlock(&cpu->lock);
		if (borrowed)
			run_borrowed(nr);
	}
	local_irq_restore(flags);
}

int smp_call_function_single_async(int cpu, call_single_data_t *csd)
{
	llist_add(&csd->node, &cpus[cpu].calls);
	kick(cpu);
	return 0;
}

/* A call, and whether it was made */
struct call {
	call_single_data_t	csd;
	void			(*fn)(void *info);
	void			*info;
	bool			done;
};

static void run_call(void *arg)
{
	struct call *call = arg;

	call->fn(call->info);
	/* Pairs with the acquire of smp_call_function_single() */
	smp_store_release(&call->done, true);
}

/* Waits in any case */
int smp_call_function_single(int cpu, void (*fn)(void *info), void *info,
			     int wait)
{
	struct call call = { .fn = fn, .info = info };

	INIT_CSD(&call.csd, run_call, &call);
	smp_call_function_single_async(cpu, &call.csd);
	/* Pairs with the release of run_call() */
	host_wait_until(smp_load_acquire(&call.done));
	return 0;
}

/*
 * === who has which ===
 */

static int take_any(void)
{
	int cpu;

	for (;;) {
		for (cpu = NR_CPUS - 1; cpu >= 0; cpu--) {
			if (try_take(&cpus[cpu], THREAD))
				return cpu;
		}
		host_nap();
	}
}

static int take_this(int nr)
{
	struct cpu *cpu = &cpus[nr];

	/* Pairs with host_make_way() */
	__atomic_fetch_add(&cpu->nr_waiting, 1, __ATOMIC_RELAXED);
	host_wait_until(try_take(cpu, THREAD));
	__atomic_fetch_sub(&cpu->nr_waiting, 1, __ATOMIC_RELAXED);
	return nr;
}

void host_enter_cpu(int cpu)
{
	unsigned long flags;

	cpu = cpu < 0 ? take_any() : take_this(cpu);
	local_irq_save(flags);
	name_cpu(cpu);
	/* Whatever came before it could be run in our name */
	host_irq_pending = 1;
	local_irq_restore(flags);
}

void host_leave_cpu(void)
{
	unsigned long flags;

	local_irq_save(flags);
	while (!give_up(&cpus[host_cpu]))
		run_calls(&cpus[host_cpu]);
	host_cpu = -1;
	local_irq_restore(flags);
}

/* Who sleeps lets others have the CPU, if they wait for it */
void host_make_way(s64 ns)
{
	int cpu = host_cpu;

	if (cpu < 0 || !preemptible() || !READ_ONCE(cpus[cpu].nr_waiting)) {
		host_sleep_ns(ns);
		return;
	}
	host_leave_cpu();
	host_sleep_ns(max(ns, 100 * NSEC_PER_USEC));
	host_enter_cpu(cpu);
}

int set_cpus_allowed_ptr(struct task_struct *task, const struct cpumask *mask)
{
	if (task != current || cpumask_test_cpu(host_cpu, mask))
		return 0;
	host_leave_cpu();
	host_enter_cpu(cpumask_first(mask));
	return 0;
}

/* The thread goes there and comes back */
long work_on_cpu(int cpu, long (*fn)(void *arg), void *arg)
{
	int own = host_cpu;
	long ret;

	if (cpu == own)
		return fn(arg);
	host_leave_cpu();
	host_enter_cpu(cpu);
	ret = fn(arg);
	host_leave_cpu();
	host_enter_cpu(own);
	return ret;
}

/*
 * === all CPUs ===
 */

static int nr_stopped;
static bool may_go_on;

static void stop_here(void *unused)
{
	__atomic_fetch_add(&nr_stopped, 1, __ATOMIC_SEQ_CST);
	/* Pairs with the release of stop_machine() */
	while (!smp_load_acquire(&may_go_on))
		sched_yield();
	__atomic_fetch_sub(&nr_stopped, 1, __ATOMIC_SEQ_CST);
}

/* Return: does it wait in an interrupt? Else nobody is on it. */
static bool stop_cpu(int nr, call_single_data_t *csd)
{
	int before = READ_ONCE(nr_stopped);
	struct cpu *cpu = &cpus[nr];
	unsigned long flags;

	for (;;) {
		raw_spin_lock_irqsave(&cpu->lock, flags);
		if (take_locked(cpu, STOPPED) || cpu->holder == THREAD)
			break;
		raw_spin_unlock_irqrestore(&cpu->lock, flags);
	}
	if (cpu->holder == STOPPED) {
		raw_spin_unlock_irqrestore(&cpu->lock, flags);
		return false;
	}
	INIT_CSD(csd, stop_here, NULL);
	llist_add(&csd->node, &cpu->calls);
	pthread_kill(cpu->thread, INTERRUPT);
	raw_spin_unlock_irqrestore(&cpu->lock, flags);
	/* Pairs with the addition of stop_here() */
	host_wait_until(smp_load_acquire(&nr_stopped) > before);
	return true;
}

int stop_machine(int (*fn)(void *arg), void *arg, const struct cpumask *mask)
{
	static DEFINE_MUTEX(one_at_a_time);
	call_single_data_t csd[NR_CPUS];
	bool stopped[NR_CPUS] = {};
	unsigned long flags;
	int cpu, ret;

	mutex_lock(&one_at_a_time);
	may_go_on = false;
	for_each_possible_cpu(cpu) {
		if (cpu != host_cpu)
			stopped[cpu] = stop_cpu(cpu, &csd[cpu]);
	}
	local_irq_save(flags);
	ret = fn(arg);
	local_irq_restore(flags);
	/* Pairs with the acquire of stop_here() */
	smp_store_release(&may_go_on, true);
	for_each_possible_cpu(cpu) {
		if (cpu == host_cpu || stopped[cpu])
			continue;
		local_irq_save(flags);
		if (!give_up(&cpus[cpu]))
			run_borrowed(cpu);
		local_irq_restore(flags);
	}
	/* Pairs with the subtraction of stop_here(): they are about to return */
	host_wait_until(!smp_load_acquire(&nr_stopped));
	mutex_unlock(&one_at_a_time);
	return ret;
}

static void barrier_everywhere(void)
{
	syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

static bool is_reader(struct cpu *cpu)
{
	unsigned long flags;
	bool is;

	raw_spin_lock_irqsave(&cpu->lock, flags);
	is = cpu->holder != IDLE && (READ_ONCE(*cpu->preempt_count) ||
				     READ_ONCE(*cpu->irqs_off));
	raw_spin_unlock_irqrestore(&cpu->lock, flags);
	return is;
}

/*
 * Who has preemption off has said so before it read anything: the barrier is between
 * the two, on its CPU, or we see it
 */
void host_wait_for_cpus(void)
{
	int cpu;

	barrier_everywhere();
	for_each_possible_cpu(cpu) {
		if (cpu != host_cpu)
			host_wait_until(!is_reader(&cpus[cpu]));
	}
	barrier_everywhere();
}

/*
 * === memory for each CPU ===
 */

/* Grains of a cache line that the variables of one CPU may have */
#define GRAIN		SMP_CACHE_BYTES
#define NR_GRAINS	(HOST_PERCPU_UNIT / GRAIN)

static DEFINE_RAW_SPINLOCK(percpu_lock);
static char *percpu;				/* [const] those of the first CPU */
static DECLARE_BITMAP(percpu_used, NR_GRAINS);	/* [percpu_lock] */
static u32 percpu_length[NR_GRAINS];		/* [percpu_lock] by the first grain */

/* The lowest run of @n grains that are free, or NR_GRAINS */
static unsigned long find_grains(unsigned long n)
{
	unsigned long start = 0, end;

	for (;;) {
		start = find_next_zero_bit(percpu_used, NR_GRAINS, start);
		end = find_next_bit(percpu_used, min(start + n, NR_GRAINS), start);
		if (start == NR_GRAINS || end - start == n)
			return start;
		if (end == NR_GRAINS)
			return NR_GRAINS;
		start = end;
	}
}

void *host_percpu_alloc(size_t size)
{
	unsigned long n = DIV_ROUND_UP(size, GRAIN), at, flags;
	char *p;
	int cpu;

	raw_spin_lock_irqsave(&percpu_lock, flags);
	at = find_grains(n);
	if (at < NR_GRAINS) {
		bitmap_set(percpu_used, at, n);
		percpu_length[at] = n;
	}
	raw_spin_unlock_irqrestore(&percpu_lock, flags);
	if (at == NR_GRAINS)
		return NULL;
	p = percpu + at * GRAIN;
	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(p, cpu), 0, size);
	return p;
}

void free_percpu(void *p)
{
	unsigned long at = ((char *)p - percpu) / GRAIN, flags;

	if (!p)
		return;
	raw_spin_lock_irqsave(&percpu_lock, flags);
	bitmap_clear(percpu_used, at, percpu_length[at]);
	raw_spin_unlock_irqrestore(&percpu_lock, flags);
}

void host_cpu_init(void)
{
	struct sigaction action = { .sa_handler = interrupt, .sa_flags = SA_RESTART };

	percpu = mmap(NULL, NR_CPUS * HOST_PERCPU_UNIT, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (percpu == MAP_FAILED || sigaction(INTERRUPT, &action, NULL) ||
	    syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0))
		panic("no memory, signals or membarrier()\n");
}
