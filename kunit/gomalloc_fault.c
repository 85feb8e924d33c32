// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_fault - goes wrong on purpose
 *
 * For the test of the tests: whatever happens here, the harness must call the
 * run a failure.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/gomalloc.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>

static char *kind = "none";
module_param(kind, charp, 0444);
MODULE_PARM_DESC(kind, "none, oops, warn, hang, leak, lose, race, fail, misuse or panic");

/* Not so as the compiler could leave it out */
static bool lose_memory(void)
{
	void *p = kmalloc(100, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(p);
	return p;
}

static unsigned int raced;

static void write_to_it(void)
{
	raced++;
	barrier();
	cond_resched();
}

static int race(void *data)
{
	while (!kthread_should_stop())
		write_to_it();
	return 0;
}

/* For some seconds, two threads write to the same word */
static int race_each_other(void)
{
	struct task_struct *other = kthread_run(race, NULL, "gomalloc_race");
	unsigned long end = jiffies + 3 * HZ;

	if (IS_ERR(other))
		return PTR_ERR(other);
	while (time_before(jiffies, end))
		write_to_it();
	return kthread_stop(other);
}

static int __init fault_init(void)
{
	if (!strcmp(kind, "oops"))
		WRITE_ONCE(*(int *)ERR_PTR(-EFAULT), 1);
	WARN_ON(!strcmp(kind, "warn"));
	while (!strcmp(kind, "hang"))
		cpu_relax();
	if (!strcmp(kind, "leak") && !gomalloc(100, GFP_KERNEL))
		return -ENOMEM;
	if (!strcmp(kind, "lose") && !lose_memory())
		return -ENOMEM;
	if (!strcmp(kind, "race") && race_each_other())
		return -ENOMEM;
	/* Reported and ignored, but for panic_on_misuse, which scripts/guest sets */
	if (!strcmp(kind, "misuse") || !strcmp(kind, "panic"))
		gofree(&kind);
	pr_info("KTAP version 1\n");
	pr_info("1..1\n");
	pr_info("%s 1 a test\n", strcmp(kind, "fail") ? "ok" : "not ok");
	return 0;
}

static void __exit fault_exit(void)
{
}

module_init(fault_init);
module_exit(fault_exit);
MODULE_DESCRIPTION("Goes wrong on purpose");
MODULE_LICENSE("GPL");
MODULE_INFO(test, "Y");
