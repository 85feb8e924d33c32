// SPDX-License-Identifier: GPL-2.0
/*
 * patch - puts functions of ours in the place of the kernel's
 *
 * What: has ftrace make a call of a stub of the instruction that each function begins
 *	with, and has the static calls of the kernel's own functions go behind it.
 * Locks: the caller holds the mutex of state.c.
 * Owns: hook->ops, hook->is_patched.
 * Invariant: a static call of an original goes behind what ftrace patches from
 *	patch_init() on, so it never comes back to us.
 */
#define pr_fmt(fmt) "gomalloc_everywhere: " fmt

#include <linux/errno.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <asm/ibt.h>
#include <asm/nops.h>
#include <asm/text-patching.h>

#include "patch.h"
#include "table.h"

/* What ftrace has at the beginning of a function, or a call */
static bool is_site(const u8 *site)
{
	static const u8 nop[CALL_INSN_SIZE] = { BYTES_NOP5 };

	return !memcmp(site, nop, sizeof(nop)) || *site == CALL_INSN_OPCODE;
}

/* Return: 0; or an errno, and the log names the function */
static int find(struct hook *h)
{
	const u8 *site = h->function;
	int err;

	/* Behind what an indirect branch may go to, if there is that */
	if (!is_site(site))
		site += ENDBR_INSN_SIZE;
	err = is_site(site) ? ftrace_set_filter_ip(&h->ops, (unsigned long)h->function, 0, 0) :
			      -EOPNOTSUPP;
	if (err) {
		pr_err("%s() of this kernel cannot be replaced (%d), so nothing is\n",
		       h->name, err);
		return err;
	}
	__static_call_update(h->key, h->tramp, (void *)site + CALL_INSN_SIZE);
	return 0;
}

static int find_all(struct hook *hooks, unsigned int nr)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < nr && !err; i++)
		err = find(&hooks[i]);
	return err;
}

/* Once, at the end: the kernel frees a filter, and does not forget it */
static void forget_all(struct hook *hooks, unsigned int nr)
{
	while (nr--)
		ftrace_free_filter(&hooks[nr].ops);
}

/* Return: 0; or an errno, and the log names what this kernel lacks */
int patch_init(void)
{
	int err = find_all(table_frees, table_nr_frees) ?:
		  find_all(table_allocs, table_nr_allocs);

	if (err)
		patch_exit();
	return err;
}

void patch_exit(void)
{
	forget_all(table_allocs, table_nr_allocs);
	forget_all(table_frees, table_nr_frees);
}

static int patch_hook(struct hook *h)
{
	int err = compat_register_direct(&h->ops, (unsigned long)h->stub);

	if (err) {
		pr_err("%s() cannot be replaced (%d)%s\n", h->name, err,
		       err == -EBUSY ? ": a BPF program or a live patch has it; remove that" : "");
		return err;
	}
	/* So that kernel.ftrace_enabled cannot be cleared, which would undo it */
	h->ops.flags |= FTRACE_OPS_FL_PERMANENT;
	h->is_patched = true;
	return 0;
}

static void unpatch_hook(struct hook *h)
{
	if (!h->is_patched)
		return;
	h->ops.flags &= ~FTRACE_OPS_FL_PERMANENT;
	WARN_ON(compat_unregister_direct(&h->ops, (unsigned long)h->stub));
	h->is_patched = false;
}

static int patch_all(struct hook *hooks, unsigned int nr)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < nr && !err; i++)
		err = hooks[i].is_patched ? 0 : patch_hook(&hooks[i]);
	return err;
}

static void unpatch_all(struct hook *hooks, unsigned int nr)
{
	while (nr--)
		unpatch_hook(&hooks[nr]);
}

/* Of what fails a part may be patched, see patch_remove() */
int patch_frees(void)
{
	return patch_all(table_frees, table_nr_frees);
}

int patch_allocs(void)
{
	return patch_all(table_allocs, table_nr_allocs);
}

/*
 * The kernel's functions are its own again, and no one is in ours any more who cannot
 * sleep there. Who may is counted, see flight.c.
 */
void patch_remove(void)
{
	unpatch_all(table_allocs, table_nr_allocs);
	unpatch_all(table_frees, table_nr_frees);
	/* Tasks that were preempted there, idle ones, and interrupts */
	synchronize_rcu_tasks();
	synchronize_rcu_tasks_rude();
	synchronize_rcu();
}
