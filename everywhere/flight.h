/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of flight.c: requests that have begun and not ended */
#ifndef _EVERYWHERE_FLIGHT_H
#define _EVERYWHERE_FLIGHT_H

#include <linux/percpu.h>
#include <linux/types.h>

/**
 * struct flight - requests, counted where they began and where they ended
 * @begun: [this CPU]
 * @ended: [this CPU]
 */
struct flight {
	unsigned long	begun;
	unsigned long	ended;
};

DECLARE_PER_CPU(struct flight, flight_here);

/* Before the key is looked at that says whether anything is served */
static __always_inline void flight_begin(void)
{
	this_cpu_inc(flight_here.begun);
	/* Pairs with the barrier of is_empty(), and is none where an increment is one */
	barrier();
}

static __always_inline void flight_end(void)
{
	barrier();
	this_cpu_inc(flight_here.ended);
}

unsigned long flight_served(void);
bool flight_wait(unsigned int ms);

#endif /* _EVERYWHERE_FLIGHT_H */
