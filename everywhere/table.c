// SPDX-License-Identifier: GPL-2.0
/*
 * table - the functions of the kernel that are replaced
 *
 * What: a row for each, made of the lists in compat.h.
 * Locks: none of its own; what of a row changes is patch.c's.
 * Owns: the rows, and the static calls to the kernel's own functions.
 * Invariant: who frees or looks at an object is in the first table, who makes one in
 *	the second: the first is patched while any of the second is.
 */
#include <linux/kernel.h>

#include "table.h"

#define TABLE_DEFINE(name)	DEFINE_STATIC_CALL(original_##name, name);
TABLE_ALL(TABLE_DEFINE)

#define TABLE_ROW(func)						\
	{							\
		.name = #func,					\
		.function = func,				\
		.stub = everywhere_stub_##func,			\
		.key = &STATIC_CALL_KEY(original_##func),	\
		.tramp = STATIC_CALL_TRAMP_ADDR(original_##func),	\
	},

struct hook table_frees[] = {
	COMPAT_FREES(TABLE_ROW)
	COMPAT_RESIZES(TABLE_ROW)
	COMPAT_RCU(TABLE_ROW)
};
const unsigned int table_nr_frees = ARRAY_SIZE(table_frees);

struct hook table_allocs[] = {
	COMPAT_POOL(TABLE_ROW)
	COMPAT_ALLOCS(TABLE_ROW)
};
const unsigned int table_nr_allocs = ARRAY_SIZE(table_allocs);
