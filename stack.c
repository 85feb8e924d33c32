// SPDX-License-Identifier: GPL-2.0
/*
 * stack - who called
 *
 * What: notes the stack of a call, with when, where and by which task, and prints
 *	it. What of it is gomalloc's own is left out.
 * Locks: none; a stack is its owner's.
 */
#define pr_fmt(fmt) "gomalloc: " fmt

#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/stacktrace.h>

#include "compat.h"
#include "stack.h"

static struct module *proxy;	/* or NULL; who looks may see either while it changes */

#ifdef CONFIG_STACKTRACE
static unsigned int save(struct call_stack *stack)
{
	return stack_trace_save(stack->entry, STACK_DEPTH, 2);
}
#else
static unsigned int save(struct call_stack *stack)
{
	return 0;
}
#endif

/* Any context */
void stack_note(struct call_stack *stack)
{
	stack->when = jiffies;
	stack->pid = current->pid;
	stack->cpu = raw_smp_processor_id();
	stack->nr = save(stack);
}

/* See gomalloc_set_proxy() */
void stack_set_proxy(struct module *module)
{
	WRITE_ONCE(proxy, module);
}

static bool is_ours(unsigned long address)
{
	struct module *module = READ_ONCE(proxy);

	return within_module(address, THIS_MODULE) ||
	       (module && within_module(address, module));
}

/* The first entry that is not ours; if there is none, all are of interest */
unsigned int stack_first_other(const struct call_stack *stack)
{
	unsigned int i;

	for (i = 0; i < stack->nr; i++) {
		if (!is_ours(stack->entry[i]))
			return i;
	}
	return 0;
}

/* Return: who called gomalloc; 0 where that is not known */
unsigned long stack_caller(const struct call_stack *stack)
{
	return stack->nr ? stack->entry[stack_first_other(stack)] : 0;
}

/* Print it, as "@what by task 1 on CPU 0, 12 ms ago:", and a line for each entry */
void stack_print(const struct call_stack *stack, const char *what)
{
	unsigned int i;

	if (!stack->nr)
		return;
	pr_err("%s by task %d on CPU %u, %u ms ago:\n", what, stack->pid,
	       stack->cpu, jiffies_to_msecs(jiffies - stack->when));
	for (i = stack_first_other(stack); i < stack->nr; i++)
		pr_err("  %pS\n", (void *)stack->entry[i]);
}
