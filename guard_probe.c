// SPDX-License-Identifier: GPL-2.0
/*
 * guard_probe - faults of guarded objects
 *
 * What: a probe where the kernel has found that an access has faulted, and before it
 *	says so. One to the pool of guarded objects is reported, its page is shown,
 *	and the access goes on. The kernel calls KFENCE there, if it has that.
 * Locks: none. The fault may be in any context, under any lock.
 * Owns: the probe.
 * Invariant: a fault that was diverted is counted until it is over, so that the
 *	module stays.
 */
#define pr_fmt(fmt) "gomalloc: " fmt

#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>

#include <asm/trap_pf.h>

#include "compat.h"
#include "guard.h"
#include "guard_probe.h"
#include "malloc.h"
#include "report.h"

/* Faults that were diverted and are not over */
static atomic_t diverted = ATOMIC_INIT(0);

static noinline void go_on(unsigned long addr, bool is_write,
			   struct pt_regs *regs)
{
	struct guard *g = gomalloc_sys.guard;
	enum gomalloc_misuse kind = guard_open(g, addr);
	struct guard_view view;

	if (kind && guard_look(g, (void *)addr, kind, &view))
		report_guarded(&gomalloc_sys, kind, &view,
			       instruction_pointer(regs),
			       is_write ? " (write)" : " (read)");
	atomic_dec(&diverted);
}

/*
 * Run in the place of the kernel's: the same arguments, the same context
 */

static noinline bool kfence_caught(unsigned long addr, bool is_write,
				   struct pt_regs *regs)
{
	go_on(addr, is_write, regs);
	return true;
}

static noinline void oops_caught(struct pt_regs *regs, unsigned long error_code,
				 unsigned long address)
{
	go_on(address, error_code & X86_PF_WRITE, regs);
}

/**
 * struct place - where the kernel comes with a fault that it cannot settle
 * @symbol: the function
 * @address: which of its arguments is the address
 * @code: and which the error code; -1: it comes with pages that are not there only
 * @instead: what runs in its place if the address is of the pool
 */
struct place {
	const char	*symbol;
	int		address;
	int		code;
	void		*instead;
};

/* The first that the kernel has is used */
static const struct place places[] = {
	{ "kfence_handle_page_fault", 0, -1, kfence_caught },
	{ "page_fault_oops", 2, 1, oops_caught },
};

static const struct place *place;

/* Return: 1, and the function that returns to has changed; 0, to go on */
static int meet(struct kprobe *kprobe, struct pt_regs *regs)
{
	unsigned long addr = regs_get_kernel_argument(regs, place->address);

	if (!guard_has(&gomalloc_sys, (void *)addr))
		return 0;
	/* To run what is there, say: to show the page would not help */
	if (place->code >= 0 &&
	    regs_get_kernel_argument(regs, place->code) & X86_PF_PROT)
		return 0;
	atomic_inc(&diverted);
	instruction_pointer_set(regs, (unsigned long)place->instead);
	return 1;
}

/* With one, the probe is not turned into a jump, which could not be diverted */
static void met(struct kprobe *kprobe, struct pt_regs *regs,
		unsigned long flags)
{
}

static struct kprobe probe = {
	.pre_handler = meet,
	.post_handler = met,
};

/* Return: 0; -EOPNOTSUPP: the kernel has no place for it */
int guard_probe_init(void)
{
	for (place = places; place < places + ARRAY_SIZE(places); place++) {
		probe.symbol_name = place->symbol;
		probe.addr = NULL;
		probe.flags = 0;
		if (!register_kprobe(&probe))
			return 0;
	}
	return -EOPNOTSUPP;
}

void guard_probe_exit(void)
{
	unregister_kprobe(&probe);
	while (atomic_read(&diverted))
		msleep(20);
	/* For those that have still to return out of this module */
	synchronize_rcu_tasks();
}
