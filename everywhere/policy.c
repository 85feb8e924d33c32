// SPDX-License-Identifier: GPL-2.0
/*
 * policy - which requests are served
 *
 * What: what is left to the kernel, since it must be, or since a person has said so.
 * Locks: the caller of what sets something holds the mutex of state.c.
 * Owns: the limits that are set.
 * Invariant: where there are none, and nothing is counted, the key is off.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/percpu.h>

#include "modules.h"
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
 * @audits: none is; they are counted
 */
struct limits {
	unsigned int	percent;
	size_t		least;
	size_t		most;
	bool		audits;
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

/* Which of them is by turns, on each CPU */
static bool is_wanted(size_t size, unsigned long caller)
{
	unsigned int percent = READ_ONCE(limits.percent);

	if (size < READ_ONCE(limits.least) || size > READ_ONCE(limits.most))
		return false;
	if (modules_are_named() && !modules_have(caller))
		return false;
	return percent == ALL || this_cpu_inc_return(drawn) * percent % ALL < percent;
}

/* Why policy_may_serve() says no */
static enum audit_fate why_not(size_t size, gfp_t gfp)
{
	if (gfp & (policy.never & ~__GFP_ACCOUNT))
		return AUDIT_ZONE;
	if (gfp & policy.never)
		return AUDIT_ACCOUNT;
	if (size > GOMALLOC_MAX_SIZE)
		return AUDIT_LARGE;
	return in_nmi() ? AUDIT_NMI : AUDIT_RESOURCE;
}

static enum audit_fate find_fate(size_t size, gfp_t gfp, unsigned long caller)
{
	if (!policy_may_serve(size, gfp, caller))
		return why_not(size, gfp);
	return is_wanted(size, caller) ? AUDIT_SERVED : AUDIT_UNWANTED;
}

/* Any context */
bool policy_takes(size_t size, gfp_t gfp, unsigned long caller)
{
	enum audit_fate fate = find_fate(size, gfp, caller);

	if (!READ_ONCE(limits.audits))
		return fate == AUDIT_SERVED;
	audit_count(fate, size);
	return false;
}

static bool is_limited(void)
{
	return limits.percent != ALL || limits.least || limits.most < GOMALLOC_MAX_SIZE ||
	       modules_are_named();
}

static void turn_key(void)
{
	if (limits.audits || is_limited())
		static_branch_enable(&policy_is_picky);
	else
		static_branch_disable(&policy_is_picky);
}

int policy_set(unsigned int percent, size_t least, size_t most)
{
	if (percent > ALL || least > most)
		return -EINVAL;
	WRITE_ONCE(limits.percent, percent);
	WRITE_ONCE(limits.least, least);
	WRITE_ONCE(limits.most, most);
	turn_key();
	return 0;
}

/* Return: as modules_set() */
int policy_set_modules(const char *names)
{
	int err = modules_set(names);

	if (!err)
		turn_key();
	return err;
}

/* Count requests in place of serving any? */
void policy_audit(bool audits)
{
	if (audits && !limits.audits)
		audit_forget();
	WRITE_ONCE(limits.audits, audits);
	turn_key();
}

void policy_get(unsigned int *percent, size_t *least, size_t *most)
{
	*percent = limits.percent;
	*least = limits.least;
	*most = limits.most;
}
