// SPDX-License-Identifier: GPL-2.0
/*
 * modules - the modules whose requests alone are served
 *
 * What: their names, and which of them are loaded; one that is loaded later is served
 *	from its first request on.
 * Locks: a mutex for the names and for who writes module pointers. Who asks reads those
 *	under RCU, which the kernel waits for before it frees a module that has gone.
 * Owns: the names.
 * Invariant: a pointer is to a module that has not been said to go yet, or
 *	RCU has not ended since.
 */
#define pr_fmt(fmt) "gomalloc_everywhere: " fmt

#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "modules.h"

#define MOST	16

/**
 * struct named - a module
 * @name: [names mutex] its name
 * @module: [names mutex to write, RCU to read] NULL while it is not loaded
 */
struct named {
	char			name[MODULE_NAME_LEN];
	struct module __rcu	*module;
};

static DEFINE_MUTEX(names_mutex);
static struct named table[MOST];
static unsigned int nr;			/* [names mutex to write] how many are named */

/*
 * The module of that name, if it is loaded and does not go. It is found where
 * /sys/module/NAME is; that of what is built in has none.
 */
static struct module *find(const char *name)
{
	struct kobject *kobj = kset_find_obj(THIS_MODULE->mkobj.kobj.kset, name);
	struct module *module = NULL;

	if (kobj)
		module = container_of(kobj, struct module_kobject, kobj)->mod;
	/* Later than this it is said to go, and that waits for the mutex */
	if (module && module->state == MODULE_STATE_GOING)
		module = NULL;
	kobject_put(kobj);
	return module;
}

/* Return: where the next name begins, and its length in *@len; or the end of @s */
static const char *next_name(const char *s, size_t *len)
{
	static const char between[] = " ,\t\n";

	s += strspn(s, between);
	*len = strcspn(s, between);
	return s;
}

/* Return: how many names; or an errno, and the log says what is wrong */
static int count_names(const char *s)
{
	unsigned int count = 0;
	size_t len;

	for (s = next_name(s, &len); *s; s = next_name(s + len, &len)) {
		if (len >= MODULE_NAME_LEN) {
			pr_err("no module has so long a name: %.*s\n", (int)len, s);
			return -EINVAL;
		}
		if (++count > MOST) {
			pr_err("no more than %u modules are told apart; name fewer\n", MOST);
			return -E2BIG;
		}
	}
	return count;
}

/* The kernel knows modules by names without a dash */
static void name_one(struct named *n, const char *name, size_t len)
{
	memcpy(n->name, name, len);
	n->name[len] = '\0';
	strreplace(n->name, '-', '_');
	rcu_assign_pointer(n->module, find(n->name));
}

/*
 * @names: between them spaces or commas; none, and all modules are served again, and the
 * kernel. Return: 0; or -E2BIG or -EINVAL, and nothing has changed.
 */
int modules_set(const char *names)
{
	int count = count_names(names);
	struct named *n = table;
	size_t len;

	if (count < 0)
		return count;
	mutex_lock(&names_mutex);
	for (names = next_name(names, &len); *names; names = next_name(names + len, &len))
		name_one(n++, names, len);
	WRITE_ONCE(nr, count); /* modules_are_named() */
	mutex_unlock(&names_mutex);
	return 0;
}

/* Into the page of a file of sysfs. Return: its length */
int modules_show(char *buf)
{
	unsigned int i;
	int at = 0;

	mutex_lock(&names_mutex);
	for (i = 0; i < nr; i++)
		at += sysfs_emit_at(buf, at, "%s%s", i ? " " : "", table[i].name);
	mutex_unlock(&names_mutex);
	return at + sysfs_emit_at(buf, at, "\n");
}

bool modules_are_named(void)
{
	return READ_ONCE(nr);
}

/* Any context */
bool modules_have(unsigned long caller)
{
	struct module *module;
	unsigned int i;
	bool has = false;

	rcu_read_lock();
	for (i = 0; i < READ_ONCE(nr) && !has; i++) {
		module = rcu_dereference(table[i].module);
		has = module && within_module(caller, module);
	}
	rcu_read_unlock();
	return has;
}

/* One comes or goes */
static int module_event(struct notifier_block *nb, unsigned long event, void *data)
{
	struct module *module = data;
	unsigned int i;

	if (event != MODULE_STATE_COMING && event != MODULE_STATE_GOING)
		return NOTIFY_DONE;
	mutex_lock(&names_mutex);
	for (i = 0; i < nr; i++)
		if (!strcmp(table[i].name, module->name))
			rcu_assign_pointer(table[i].module,
					   event == MODULE_STATE_COMING ? module : NULL);
	mutex_unlock(&names_mutex);
	return NOTIFY_DONE;
}

static struct notifier_block module_nb = { .notifier_call = module_event };

int modules_init(void)
{
	return register_module_notifier(&module_nb);
}

void modules_exit(void)
{
	unregister_module_notifier(&module_nb);
}
