/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of table.c: the functions of the kernel that are replaced */
#ifndef _EVERYWHERE_TABLE_H
#define _EVERYWHERE_TABLE_H

#include "compat.h"

#define TABLE_ALL(X)		\
	COMPAT_FREES(X)		\
	COMPAT_RESIZES(X)	\
	COMPAT_RCU(X)		\
	COMPAT_POOL(X)		\
	COMPAT_ALLOCS(X)

#ifndef __ASSEMBLY__
#include <linux/ftrace.h>
#include <linux/mempool.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/static_call.h>

/**
 * struct hook - a function of the kernel, and what runs in its place
 * @name: [const] its name
 * @function: [const] where it begins
 * @stub: [const] what its first instruction is made to call
 * @key: [const] of the static call that runs the kernel's function itself
 * @tramp: [const] the same
 * @ops: what ftrace knows of it
 * @is_patched: [state mutex] its first instruction is ours
 */
struct hook {
	const char		*name;
	void			*function;
	void			(*stub)(void);
	struct static_call_key	*key;
	void			*tramp;
	struct ftrace_ops	ops;
	bool			is_patched;
};

/*
 * For each function NAME: the stub of stub.S, the function everywhere_NAME() that it
 * goes on to, and the static call original_NAME, which is the kernel's own.
 */
#define TABLE_DECLARE(name)					\
	void everywhere_stub_##name(void);			\
	extern typeof(name) everywhere_##name;			\
	DECLARE_STATIC_CALL(original_##name, name);
TABLE_ALL(TABLE_DECLARE)

extern struct hook table_frees[];
extern const unsigned int table_nr_frees;
extern struct hook table_allocs[];
extern const unsigned int table_nr_allocs;
#endif /* __ASSEMBLY__ */

#endif /* _EVERYWHERE_TABLE_H */
