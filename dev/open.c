// SPDX-License-Identifier: GPL-2.0
/*
 * dev/open - how many files of /dev/gomalloc are open
 *
 * What: counts them, in all and by the user who opened them, and refuses one
 *	beyond a bound: an idle file is a heap, in lists that all share.
 * Locks: the xarray's own.
 * Owns: an entry for each user who has files open, and no other.
 * Invariant: the counts are those of the files that are open, and of the calls
 *	of open() that are at work; with a bound they do not pass it.
 */
#define pr_fmt(fmt) "gomalloc: " fmt

#include <linux/atomic.h>
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/printk.h>
#include <linux/uidgid.h>
#include <linux/xarray.h>

#include "dev/object.h"
#include "dev/open.h"

/* The user who opened the file, whoever has it now */
static unsigned long user_of(const struct file *file)
{
	return from_kuid(&init_user_ns, file->f_cred->uid);
}

/* Room for one more file of a user who has @n? */
static bool user_has_room(struct dev_sys *sys, unsigned long n)
{
	unsigned int most = READ_ONCE(sys->max_open_user);

	return !most || n < most || capable(CAP_SYS_RESOURCE);
}

/* Return: what stands for a count of @n, which is no entry for 0 */
static void *count_entry(unsigned long n)
{
	return n ? xa_mk_value(n) : NULL;
}

/* Return: 0; -EMFILE; -ENOMEM */
static int count_user(struct dev_sys *sys, unsigned long user)
{
	void *seen = xa_load(&sys->open_users, user), *old;
	unsigned long n;

	/* Others may open and close while memory for an entry is waited for */
	do {
		old = seen;
		n = old ? xa_to_value(old) : 0;
		if (!user_has_room(sys, n))
			return -EMFILE;
		seen = xa_cmpxchg(&sys->open_users, user, old,
				  count_entry(n + 1), DEV_GFP);
		if (xa_is_err(seen))
			return xa_err(seen);
	} while (seen != old);
	return 0;
}

/* Cannot fail: the entry is there */
static void uncount_user(struct dev_sys *sys, unsigned long user)
{
	void *entry;

	xa_lock(&sys->open_users);
	entry = xa_load(&sys->open_users, user);
	if (!WARN_ON_ONCE(!entry))
		__xa_store(&sys->open_users, user,
			   count_entry(xa_to_value(entry) - 1), 0);
	xa_unlock(&sys->open_users);
}

/* Return: 0, or -ENFILE */
static int count_all(struct dev_sys *sys)
{
	int n = atomic_read(&sys->nr_open);
	unsigned int most;

	do {
		most = READ_ONCE(sys->max_open);
		if (most && n >= most)
			return -ENFILE;
	} while (!atomic_try_cmpxchg(&sys->nr_open, &n, n + 1));
	return 0;
}

/* Return: 0; -EMFILE: the user has too many; -ENFILE: all have; -ENOMEM */
int dev_count_open(struct dev_sys *sys, const struct file *file)
{
	unsigned long user = user_of(file);
	int err;

	err = count_user(sys, user);
	if (err)
		return err;
	err = count_all(sys);
	if (err)
		uncount_user(sys, user);
	return err;
}

void dev_uncount_open(struct dev_sys *sys, const struct file *file)
{
	atomic_dec(&sys->nr_open);
	uncount_user(sys, user_of(file));
}

void dev_opens_init(struct dev_sys *sys)
{
	/* Whoever opens a file pays for the user's entry, too */
	xa_init_flags(&sys->open_users, XA_FLAGS_ACCOUNT);
}

/* All files are closed */
void dev_opens_exit(struct dev_sys *sys)
{
	int n = atomic_read(&sys->nr_open);

	if (n || !xa_empty(&sys->open_users))
		pr_warn("leak: /dev/gomalloc: %d open files\n", n);
	xa_destroy(&sys->open_users);
}
