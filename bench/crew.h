/* SPDX-License-Identifier: GPL-2.0 */
/*
 * crew - threads on CPUs of their own, which begin together
 */
#ifndef _GOMALLOC_BENCH_CREW_H
#define _GOMALLOC_BENCH_CREW_H

#include <linux/types.h>

/* What thread @id of a crew does with the @data of all of them */
typedef void (*crew_fn)(void *data, unsigned int id);

u64 crew_run(unsigned int nr, crew_fn fn, void *data);

#endif /* _GOMALLOC_BENCH_CREW_H */
