// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_everywhere - the kmalloc() of a running kernel on gomalloc
 *
 * What: module init and exit, and the parameters. See Documentation/everywhere.rst.
 * Invariant: once loaded it has changed nothing yet; that is what its state is for.
 */
#define pr_fmt(fmt) "gomalloc_everywhere: " fmt

#include <linux/module.h>

#include "modules.h"
#include "patch.h"
#include "policy.h"
#include "state.h"

static bool account;
module_param(account, bool, 0444);
MODULE_PARM_DESC(account, "serve requests that a memory cgroup is to pay for, uncharged (default: they are the kernel's)");

/* Neither is in /sys/module, where they would be stale once their files are written to */
static unsigned int only[] = { 100, 0, GOMALLOC_MAX_SIZE };
module_param_array(only, uint, NULL, 0);
MODULE_PARM_DESC(only, "PERCENT,LEAST,MOST: what is served, of a hundred requests, and of which sizes in bytes (default: all)");

static char *modules = "";
module_param(modules, charp, 0);
MODULE_PARM_DESC(modules, "serve requests of modules with these names alone, by commas (default: all, and the kernel's)");

/* Nobody else sets any yet: there are no files. What is wrong with names modules.c says. */
static int __init set_limits(void)
{
	int err = policy_set(only[0], only[1], only[2]);

	if (err)
		pr_err("only=%u,%u,%u makes no sense: PERCENT is 100 at most, and LEAST no more than MOST; not loaded\n",
		       only[0], only[1], only[2]);
	return err ?: policy_set_modules(modules);
}

static int __init everywhere_init(void)
{
	int err = patch_init();

	if (err)
		return err;
	policy_init(account);
	err = modules_init();
	if (err)
		goto exit_patch;
	err = set_limits() ?: state_init();
	if (err)
		goto exit_modules;
	return 0;

exit_modules:
	modules_exit();
exit_patch:
	patch_exit();
	return err;
}

static void __exit everywhere_exit(void)
{
	state_exit();
	modules_exit();
	patch_exit();
}

module_init(everywhere_init);
module_exit(everywhere_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("The kmalloc() of a running kernel on gomalloc");
