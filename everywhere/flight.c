// SPDX-License-Identifier: GPL-2.0
/*
 * flight - requests that have begun and not ended
 *
 * What: counts them, so that who has turned the key knows when the last one that did not
 *	see that is through: it may sleep for as long as it has to wait for memory.
 * Locks: none. A task may end a request on another CPU than it began it on, so
 *	only sums tell.
 * Owns: the counters.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>

#include "flight.h"

DEFINE_PER_CPU(struct flight, flight_here);

static unsigned long sum(const unsigned long __percpu *counter)
{
	unsigned long all = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		all += READ_ONCE(*per_cpu_ptr(counter, cpu));
	return all;
}

/* How many have begun, which is how many were served but for those that are at work */
unsigned long flight_served(void)
{
	return sum(&flight_here.begun);
}

/*
 * Was there a moment without any? What had ended when the first sum was made had begun
 * when the second was; if these are all, no other had begun between.
 */
static bool is_empty(void)
{
	unsigned long ended = sum(&flight_here.ended);

	/* What has ended before is seen to have begun; pairs with flight_begin() */
	smp_mb();
	return ended == flight_served();
}

/*
 * The caller has turned the key, with which each CPU is told of all that the others have
 * counted: those that begin from now on see it. Return: all others
 * have ended, or false: not within @ms.
 */
bool flight_wait(unsigned int ms)
{
	while (!is_empty()) {
		if (!ms--)
			return false;
		usleep_range(1000, 2000);
	}
	return true;
}
