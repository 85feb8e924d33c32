/* SPDX-License-Identifier: GPL-2.0 */
/*
 * top - what gomalloc top shows, and how
 */
#ifndef _GOMALLOC_TOP_H
#define _GOMALLOC_TOP_H

#include "json.h"

/* CPUs that are shown at most */
#define TOP_CPUS	64

/* Orders of classes, and of heaps; the names are in top.c */
enum top_order { BY_BYTES, BY_OBJECTS, BY_WASTE, BY_CHANGE, NR_ORDERS };
enum top_heap_order { BY_HELD, BY_HELD_CHANGE, BY_PEAK, BY_ID, NR_HEAP_ORDERS };

extern const char * const top_orders[NR_ORDERS];
extern const char * const top_heap_orders[NR_HEAP_ORDERS];

/**
 * struct top_cpu - what debugfs says of a CPU
 * @cpu: its number
 * @cached: bytes that it may have cached
 * @room: and the most that it may
 * @refills: counted by it, as below
 * @flushes: objects that left a full stack
 */
struct top_cpu {
	unsigned int cpu;
	unsigned long long cached, room, refills, flushes;
};

/**
 * struct top_look - what was seen at one time
 * @ns: when
 * @heaps: all heaps
 * @id: the chosen one, 0 for none
 * @stats: of it
 * @classes: of it, by class
 * @nr_cpus: how many of
 * @cpus: its CPUs, where debugfs has them
 */
struct top_look {
	uint64_t ns;
	struct heaps heaps;
	uint32_t id;
	struct gomalloc_ioc_stats stats;
	struct gomalloc_class_row classes[NR_CLASSES];
	unsigned int nr_cpus;
	struct top_cpu cpus[TOP_CPUS];
};

/**
 * struct top - what is shown
 * @fd: the descriptor
 * @name: the heap below, by name or id; NULL for the chosen one
 * @sort: order of its classes
 * @heap_sort: order of the heaps
 * @chosen: the number of the heap that was chosen, if @name is NULL; 0 for the first
 *	in that order
 * @rows: lines of the screen
 * @screen: it is a terminal, to be cleared and listened to
 * @colour: it has colours
 * @alone: the heap fills the screen
 * @by_cpu: its CPUs are shown, not its classes
 * @now: the last look
 * @before: the one before, if its @ns is not 0
 */
struct top {
	int fd;
	const char *name;
	unsigned int sort, heap_sort, rows;
	uint32_t chosen;
	bool screen, colour, alone, by_cpu;
	struct top_look now, before;
};

/* Change of a figure in a second; 0 where there was no look before */
double top_rate(const struct top *t, __u64 now, __u64 before);

/* Of what a heap holds; 0 of one that is new */
double top_held_rate(const struct top *t, const struct gomalloc_heap_row *row);

/* Was the same heap chosen in the look before? */
static inline bool top_has_rates(const struct top *t)
{
	return t->before.ns && t->before.id == t->now.id;
}

/* The last look, on the screen */
void top_draw(struct top *t);

#endif /* _GOMALLOC_TOP_H */
