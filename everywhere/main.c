// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_everywhere - the kmalloc() of a running kernel on gomalloc
 *
 * What: module init and exit, and the parameters. See Documentation/everywhere.rst.
 * Invariant: once loaded it has changed nothing yet; that is what its state is for.
 */
#include <linux/module.h>

#include "modules.h"
#include "patch.h"
#include "policy.h"
#include "state.h"

static bool account;
module_param(account, bool, 0444);
MODULE_PARM_DESC(account, "serve requests that a memory cgroup is to pay for, uncharged (default: they are the kernel's)");

static int __init everywhere_init(void)
{
	int err = patch_init();

	if (err)
		return err;
	policy_init(account);
	err = modules_init();
	if (err)
		goto exit_patch;
	err = state_init();
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
