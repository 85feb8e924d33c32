// SPDX-License-Identifier: GPL-2.0
/*
 * audit - what would become of requests
 *
 * What: counts requests by what would become of them, and of those that would be served
 *	the bytes they ask for, get of kmalloc() and would get of gomalloc.
 * Locks: none. Sums are of what each CPU has counted at that moment.
 * Owns: the counters.
 */
#include <linux/cpumask.h>
#include <linux/gomalloc.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "audit.h"

/* Behind the number of requests of each fate */
enum {
	BYTES = AUDIT_NR,
	KMALLOC_BYTES,
	GOMALLOC_BYTES,
	NR_COUNTERS,
};

static const char * const names[NR_COUNTERS] = {
	[AUDIT_SERVED]		= "served",
	[AUDIT_ACCOUNT]		= "account",
	[AUDIT_ZONE]		= "zone",
	[AUDIT_LARGE]		= "large",
	[AUDIT_NMI]		= "nmi",
	[AUDIT_RESOURCE]	= "resource",
	[AUDIT_UNWANTED]	= "unwanted",
	[BYTES]			= "bytes",
	[KMALLOC_BYTES]		= "kmalloc_bytes",
	[GOMALLOC_BYTES]	= "gomalloc_bytes",
};

/**
 * struct audit - counters
 * @counter: [this CPU] each
 */
struct audit {
	u64	counter[NR_COUNTERS];
};

static DEFINE_PER_CPU(struct audit, audit_here);

/* Any context */
void audit_count(enum audit_fate fate, size_t size)
{
	this_cpu_inc(audit_here.counter[fate]);
	if (fate != AUDIT_SERVED)
		return;
	this_cpu_add(audit_here.counter[BYTES], size);
	this_cpu_add(audit_here.counter[KMALLOC_BYTES], kmalloc_size_roundup(size));
	this_cpu_add(audit_here.counter[GOMALLOC_BYTES], gomalloc_size_roundup(size));
}

/* Nobody counts: what is counted from now on begins at 0 */
void audit_forget(void)
{
	unsigned int i;
	int cpu;

	for_each_possible_cpu(cpu)
		for (i = 0; i < NR_COUNTERS; i++)
			WRITE_ONCE(per_cpu(audit_here.counter[i], cpu), 0);
}

static u64 sum(unsigned int i)
{
	u64 all = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		all += READ_ONCE(per_cpu(audit_here.counter[i], cpu));
	return all;
}

/* A line each, into the page of a file of sysfs. Return: its length */
int audit_show(char *buf)
{
	int at = 0;
	unsigned int i;

	for (i = 0; i < NR_COUNTERS; i++)
		at += sysfs_emit_at(buf, at, "%s %llu\n", names[i], sum(i));
	return at;
}
