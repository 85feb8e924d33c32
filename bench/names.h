/* SPDX-License-Identifier: GPL-2.0 */
/*
 * names - what a parameter of a benchmark selects
 */
#ifndef _GOMALLOC_BENCH_NAMES_H
#define _GOMALLOC_BENCH_NAMES_H

#include <linux/string.h>
#include <linux/types.h>

/* Is @name in @list, which '+' separates, or is that empty? */
static inline bool is_named(const char *list, const char *name)
{
	size_t len = strlen(name);
	const char *at = list;

	if (!*list)
		return true;
	while ((at = strstr(at, name))) {
		if ((at == list || at[-1] == '+') &&
		    (at[len] == '+' || !at[len]))
			return true;
		at += len;
	}
	return false;
}

#endif /* _GOMALLOC_BENCH_NAMES_H */
