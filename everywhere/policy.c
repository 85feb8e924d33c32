// SPDX-License-Identifier: GPL-2.0
/*
 * policy - which requests are served
 *
 * What: what is left to the kernel, since it must be, or since a person has said so.
 * Locks: the caller of policy_set() holds the mutex of state.c.
 * Owns: the limits that are set.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/percpu.h>

#include "policy.h"

/* Around what is exported of a file, for what is not */
#define RESOURCE_MARGIN		(16UL << 10)
#define ALL			100

struct policy policy __read_mostly;
DEFINE_STATIC_KEY_FALSE(policy_is_picky);

/**
 * struct limits - what a person has said
 * @percent: how many of a hundred requests are served
 * @least: bytes of the smallest one that is
 * @most: bytes of the largest
 */
struct limits {
	unsigned int	percent;
	size_t		least;
	size_t		most;
};

static struct limits limits = { .percent = ALL, .most = GOMALLOC_MAX_SIZE };

static DEFINE_PER_CPU(unsigned int, drawn);

/* A wide range does no harm: what else has that size there is the kernel's, too */
static void find_resource(void)
{
	unsigned long at[] = {
		(unsigned long)release_resource, (unsigned long)__request_region,
		(unsigned long)__release_region, (unsigned long)request_resource,
		(unsigned long)adjust_resource,
	};
	unsigned long from = at[0], to = at[0];
	unsigned int i;

	for (i = 1; i < ARRAY_SIZE(at); i++) {
		from = min(from, at[i]);
		to = max(to, at[i]);
	}
	policy.resource_from = from - RESOURCE_MARGIN;
	policy.resource_bytes = to - from + 2 * RESOURCE_MARGIN;
}

/*
 * With @account requests that are to be charged to a memory cgroup are served, and not
 * charged. __GFP_COMP, which has no meaning for kmalloc(), is what gomalloc has its own
 * tables allocated with.
 */
void policy_init(bool account)
{
	policy.never = __GFP_DMA | __GFP_DMA32 | __GFP_HIGHMEM | __GFP_COMP;
	if (!account)
		policy.never |= __GFP_ACCOUNT;
	find_resource();
}

/* Any context. Which of them is by turns, on each CPU. */
bool policy_takes(size_t size)
{
	unsigned int percent = READ_ONCE(limits.percent);

	if (size < READ_ONCE(limits.least) || size > READ_ONCE(limits.most))
		return false;
	return this_cpu_inc_return(drawn) * percent % ALL < percent;
}

int policy_set(unsigned int percent, size_t least, size_t most)
{
	if (percent > ALL || least > most)
		return -EINVAL;
	WRITE_ONCE(limits.percent, percent);
	WRITE_ONCE(limits.least, least);
	WRITE_ONCE(limits.most, most);
	if (percent == ALL && !least && most >= GOMALLOC_MAX_SIZE)
		static_branch_disable(&policy_is_picky);
	else
		static_branch_enable(&policy_is_picky);
	return 0;
}

void policy_get(unsigned int *percent, size_t *least, size_t *most)
{
	*percent = limits.percent;
	*least = limits.least;
	*most = limits.most;
}
