/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cpu - CPUs, interrupts, and memory for each CPU
 *
 * A CPU is a slot that one thread at a time has; see host/cpu.c. An interrupt is a
 * signal, whose handler does nothing while the thread has shut interrupts out.
 */
#ifndef _HOST_CPU_H
#define _HOST_CPU_H

#include <host/bits.h>
#include <host/list.h>

/* Of the machine that is built here; the first are for who asks for one */
#define NR_CPUS			CONFIG_NR_CPUS
#define nr_cpu_ids		NR_CPUS
#define MAX_NUMNODES		1
#define nr_node_ids		1
#define NUMA_NO_NODE		(-1)
#define first_memory_node	0

/*
 * === what a thread has ===
 */

/* In one word, as the kernel's: preempt_disable(), softirqs, hardirqs, NMIs */
#define PREEMPT_OFFSET		1U
#define SOFTIRQ_OFFSET		0x100U
#define HARDIRQ_OFFSET		0x10000U
#define NMI_OFFSET		0x100000U

#define HOST_TLS		__thread __attribute__((__tls_model__("initial-exec")))

extern HOST_TLS int host_cpu;
extern HOST_TLS unsigned long host_percpu_offset;
extern HOST_TLS unsigned int host_preempt_count;
extern HOST_TLS int host_irqs_off;
extern HOST_TLS int host_irq_pending;

#define preempt_count()		READ_ONCE(host_preempt_count)
#define in_nmi()		(preempt_count() & 0xf00000)
#define in_hardirq()		(preempt_count() & 0xf0000)
#define in_softirq()		(preempt_count() & 0xff00)
#define in_serving_softirq()	in_softirq()
#define in_interrupt()		(preempt_count() & 0xffff00)
#define in_task()		(!in_interrupt())
#define irqs_disabled()		(READ_ONCE(host_irqs_off) || in_hardirq())
#define preemptible()		(!preempt_count() && !irqs_disabled())

static __always_inline void preempt_count_add(unsigned int n)
{
	WRITE_ONCE(host_preempt_count, host_preempt_count + n);
	barrier();
}

static __always_inline void preempt_count_sub(unsigned int n)
{
	barrier();
	WRITE_ONCE(host_preempt_count, host_preempt_count - n);
}

#define preempt_disable()	preempt_count_add(PREEMPT_OFFSET)
#define preempt_enable()	preempt_count_sub(PREEMPT_OFFSET)
#define migrate_disable()	((void)0)
#define migrate_enable()	((void)0)
#define local_bh_disable()	preempt_count_add(SOFTIRQ_OFFSET)
#define local_bh_enable()	preempt_count_sub(SOFTIRQ_OFFSET)

void host_run_pending(void);

static __always_inline int host_irq_save(void)
{
	int flags = host_irqs_off;

	WRITE_ONCE(host_irqs_off, 1);
	barrier();
	return flags;
}

static __always_inline void host_irq_restore(int flags)
{
	barrier();
	WRITE_ONCE(host_irqs_off, flags);
	barrier();
	if (unlikely(!flags && READ_ONCE(host_irq_pending)))
		host_run_pending();
}

#define local_irq_save(flags)		((flags) = host_irq_save())
#define local_irq_restore(flags)	host_irq_restore(flags)
#define local_irq_disable()		((void)host_irq_save())
#define local_irq_enable()		host_irq_restore(0)

#define raw_smp_processor_id()	host_cpu
#define smp_processor_id()	host_cpu
#define get_cpu()		({ preempt_disable(); host_cpu; })
#define put_cpu()		preempt_enable()
#define cpu_relax()		__builtin_ia32_pause()

/*
 * === memory for each CPU ===
 */

/* From a CPU's variable to that of the next one */
#define HOST_PERCPU_UNIT	(16UL << 20)

void *host_percpu_alloc(size_t size);
void free_percpu(void *p);

#define alloc_percpu(type)		((type *)host_percpu_alloc(sizeof(type)))
#define alloc_percpu_gfp(type, gfp)	alloc_percpu(type)
#define per_cpu_ptr(p, cpu) \
	((typeof(p))((char *)(p) + (cpu) * HOST_PERCPU_UNIT))
#define raw_cpu_ptr(p)		((typeof(p))((char *)(p) + host_percpu_offset))
#define this_cpu_ptr(p)		raw_cpu_ptr(p)
#define raw_cpu_read(x)		READ_ONCE(*raw_cpu_ptr(&(x)))
#define this_cpu_read(x)	raw_cpu_read(x)
#define raw_cpu_write(x, value)	WRITE_ONCE(*raw_cpu_ptr(&(x)), value)
#define this_cpu_write(x, value)	raw_cpu_write(x, value)
/* An interrupt comes before or after it */
#define this_cpu_add(x, n) \
	((void)__atomic_fetch_add(raw_cpu_ptr(&(x)), n, __ATOMIC_RELAXED))
#define this_cpu_inc(x)		this_cpu_add(x, 1)
#define this_cpu_inc_return(x) \
	__atomic_add_fetch(raw_cpu_ptr(&(x)), 1, __ATOMIC_RELAXED)
#define this_cpu_dec_return(x) \
	__atomic_sub_fetch(raw_cpu_ptr(&(x)), 1, __ATOMIC_RELAXED)

/*
 * === sets of CPUs and nodes ===
 */

/**
 * struct cpumask - a set of CPUs
 * @bits: one for each
 */
struct cpumask {
	unsigned long bits;
};

typedef struct cpumask cpumask_t;
typedef struct cpumask cpumask_var_t[1];

extern const struct cpumask host_all_cpus;
extern const struct cpumask host_each_cpu[NR_CPUS];

#define cpu_online_mask			(&host_all_cpus)
#define cpu_possible_mask		(&host_all_cpus)
#define cpumask_of(cpu)			(&host_each_cpu[cpu])
#define cpumask_of_node(nid)		(&host_all_cpus)
#define cpumask_test_cpu(cpu, mask)	((mask)->bits >> (cpu) & 1)
#define cpumask_first(mask)		((int)find_first_bit(&(mask)->bits, NR_CPUS))
#define cpumask_last(mask)		((int)find_last_bit(&(mask)->bits, NR_CPUS))
#define cpumask_any_but(mask, cpu) \
	((int)host_find_bit((unsigned long [1]){ (mask)->bits & ~BIT(cpu) }, \
			    NR_CPUS, 0, 0))
#define for_each_cpu(cpu, mask) \
	for ((cpu) = 0; (cpu) < NR_CPUS; (cpu)++) \
		if (cpumask_test_cpu(cpu, mask))
#define for_each_possible_cpu(cpu)	for ((cpu) = 0; (cpu) < NR_CPUS; (cpu)++)
#define for_each_online_cpu(cpu)	for_each_possible_cpu(cpu)
#define num_online_cpus()		NR_CPUS
#define num_possible_cpus()		NR_CPUS
#define cpu_online(cpu)			true

/* One, with all CPUs and all memory */
#define N_CPU				0
#define N_MEMORY			0
#define node_state(nid, state)		((nid) == 0)
#define node_online(nid)		((nid) == 0)
#define num_online_nodes()		1
#define num_possible_nodes()		1
#define for_each_node(nid)		for ((nid) = 0; (nid) < 1; (nid)++)
#define for_each_online_node(nid)	for_each_node(nid)
#define for_each_node_state(nid, state)	for_each_node(nid)
#define next_online_node(nid)		MAX_NUMNODES
#define next_node_in(nid, nodes)	0
#define node_states			((int [1]){ 0 })
#define first_online_node		0
#define numa_node_id()			0
#define numa_mem_id()			0
#define cpu_to_node(cpu)		0
#define cpu_to_mem(cpu)			0

/*
 * === calls to other CPUs ===
 */

/**
 * struct call_single_data - a function for another CPU to run in an interrupt
 * @node: [llist] of that CPU's calls
 * @func: the function
 * @info: its argument
 */
typedef struct call_single_data {
	struct llist_node	node;
	void			(*func)(void *info);
	void			*info;
} call_single_data_t;

#define INIT_CSD(csd, fn, arg) \
	(*(csd) = (call_single_data_t){ .func = (fn), .info = (arg) })

int smp_call_function_single_async(int cpu, call_single_data_t *csd);
int smp_call_function_single(int cpu, void (*fn)(void *info), void *info,
			     int wait);
long work_on_cpu(int cpu, long (*fn)(void *arg), void *arg);
int stop_machine(int (*fn)(void *arg), void *arg, const struct cpumask *mask);

#define cpus_read_lock()		((void)0)
#define cpus_read_unlock()		((void)0)

/* No CPU ever comes or goes */
#define add_cpu(cpu)			(-EOPNOTSUPP)
#define remove_cpu(cpu)			(-EOPNOTSUPP)

enum cpuhp_state { CPUHP_BP_PREPARE_DYN = 1 };

#define cpuhp_setup_state_multi(state, name, prepare, dead)		\
({									\
	(void)(prepare);						\
	(void)(dead);							\
	0;								\
})
#define cpuhp_remove_multi_state(state)	((void)(state))
#define cpuhp_state_add_instance_nocalls(state, node) \
	((void)(state), (void)(node), 0)
#define cpuhp_state_remove_instance_nocalls(state, node) ((void)(node))

/*
 * === of the host ===
 */

/* @cpu, or any that is idle for -1; waits until it is. Not on one: -1. */
void host_enter_cpu(int cpu);
void host_leave_cpu(void);
/* Sleep, and let others have the CPU meanwhile */
void host_make_way(s64 ns);
/* Wait until each CPU was seen where it may be preempted */
void host_wait_for_cpus(void);
void host_cpu_init(void);

#endif /* _HOST_CPU_H */
