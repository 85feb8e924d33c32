// SPDX-License-Identifier: GPL-2.0
/*
 * Heaps: apart from each other, limited, counted, destroyed.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/workqueue.h>

#include "fixture.h"
#include "heaplist.h"

static void two_heaps_share_no_span(struct kunit *test)
{
	struct gomalloc_heap *other = make_heap(test, "other", 0, 0);
	void *a[40], *b[40];
	int i, j;

	for (i = 0; i < 40; i++) {
		a[i] = heap_object(test, 40);
		b[i] = gomalloc_heap_alloc(other, 40, GFP_KERNEL, 0);
	}
	for (i = 0; i < 40; i++) {
		KUNIT_EXPECT_PTR_EQ(test, span_of(b[i])->heap, other);
		for (j = 0; j < 40; j++)
			KUNIT_EXPECT_PTR_NE(test, span_of(a[i]), span_of(b[j]));
	}
	/* Objects of any heap go back with the same call */
	gofree_bulk(40, a);
	gofree_bulk(40, b);
	destroy_heap(test, other);
}

static void the_limit_is_not_passed(struct kunit *test)
{
	struct gomalloc_heap *heap = make_heap(test, "limited", SZ_1M, 0);
	void **p = scratch(test, 300 * sizeof(*p)), *spare;
	int i, n = 0;

	for (i = 0; i < 300; i++) {
		p[n] = gomalloc_heap_alloc(heap, 8192,
					   GFP_KERNEL | __GFP_NOWARN, 0);
		n += !!p[n];
		KUNIT_ASSERT_LE(test, stats_of(heap).held_bytes, (u64)SZ_1M);
	}
	KUNIT_EXPECT_EQ(test, n, 128);
	KUNIT_EXPECT_EQ(test, stats_of(heap).limit, (u64)SZ_1M);
	spare = gomalloc_heap_alloc(heap, 100000, GFP_KERNEL | __GFP_NOWARN, 0);
	KUNIT_EXPECT_NULL(test, spare);
	/* What is freed can be had again, in other sizes */
	gofree_bulk(n, p);
	gomalloc_heap_trim(heap);
	spare = gomalloc_heap_alloc(heap, 100000, GFP_KERNEL | __GFP_NOWARN, 0);
	KUNIT_EXPECT_TRUE(test, spare);
	gofree(spare);
	destroy_heap(test, heap);
}

/* Nine pages of sixteen, and then nine more under a limit of 25 */
static void at_its_limit_a_heap_releases_what_is_free(struct kunit *test)
{
	struct gomalloc_heap *heap = make_heap(test, "limited", 25 * PAGE_SIZE, 0);
	void *a, *b;

	a = gomalloc_heap_alloc(heap, 9 * PAGE_SIZE, GFP_KERNEL, 0);
	KUNIT_EXPECT_TRUE(test, a);
	b = gomalloc_heap_alloc(heap, 9 * PAGE_SIZE, GFP_KERNEL, 0);
	KUNIT_EXPECT_TRUE(test, b);
	gofree(a);
	gofree(b);
	destroy_heap(test, heap);
}

static void move_to_some_cpu(struct rnd_state *rnd)
{
	unsigned int n = prandom_u32_state(rnd) % num_online_cpus();
	int cpu;

	for_each_online_cpu(cpu) {
		if (!n--)
			break;
	}
	set_cpus_allowed_ptr(current, cpumask_of(cpu));
}

/* So long a request waits for other CPUs to drain their caches, at least */
#define PATIENCE_MS	20

/*
 * On any CPU, of any size, and as many of that as there are up to some. Not counted is
 * one that failed when a CPU did not answer: user-mode Linux on a busy machine.
 */
static unsigned int count_rounds_without(struct kunit *test,
					 struct gomalloc_heap *heap, size_t limit,
					 unsigned int rounds, struct rnd_state *rnd)
{
	unsigned int n, failed = 0;
	ktime_t from;
	void *p[32];
	size_t size;

	while (rounds--) {
		if (rounds % 4 == 0)
			move_to_some_cpu(rnd);
		size = rounds % 2 ? 1 + prandom_u32_state(rnd) % limit :
				    1 + prandom_u32_state(rnd) % min(limit, 8192UL);
		from = ktime_get();
		for (n = 0; n < ARRAY_SIZE(p); n++) {
			p[n] = gomalloc_heap_alloc(heap, size, GFP_KERNEL |
						   __GFP_NOWARN, 0);
			if (!p[n])
				break;
		}
		failed += !n && ktime_ms_delta(ktime_get(), from) < PATIENCE_MS;
		gofree_bulk(n, p);
	}
	return failed;
}

/* With the kernel's checkers a round takes thirty times as long */
#define ROUNDS	(IS_ENABLED(CONFIG_KASAN) ? 200 : 1111)

/* Whatever is cached, and wherever */
static void a_heap_without_objects_serves_what_fits(struct kunit *test)
{
	struct gomalloc_heap *heap;
	struct rnd_state rnd;
	size_t limit;

	prandom_seed_state(&rnd, 17);
	for (limit = SZ_16K; limit <= SZ_4M; limit *= 2) {
		heap = make_heap(test, "limited", limit, 0);
		KUNIT_EXPECT_EQ_MSG(test, count_rounds_without(test, heap, limit, ROUNDS,
							       &rnd), 0U,
				    "of %zu bytes", limit);
		destroy_heap(test, heap);
	}
}

/* Which is no power of two, as the page allocator has it */
static void a_limit_of_ten_pages_serves_nine(struct kunit *test)
{
	struct gomalloc_heap *heap = make_heap(test, "ten pages", 10 * PAGE_SIZE, 0);
	void *p = got(test, gomalloc_heap_alloc(heap, 9 * PAGE_SIZE, GFP_KERNEL, 0));

	KUNIT_EXPECT_LE(test, stats_of(heap).held_bytes, (u64)10 * PAGE_SIZE);
	gofree(p);
	p = got(test, gomalloc_heap_alloc(heap, 10 * PAGE_SIZE, GFP_KERNEL, 0));
	gofree(p);
	destroy_heap(test, heap);
}

/* Nobody else has anything of it */
static void a_heap_that_cannot_wait_uses_its_own_cache(struct kunit *test)
{
	static const size_t sizes[] = { 1024, 2048, 4096, 3072, 8192, 1536, 768 };
	struct gomalloc_heap *heap = make_heap(test, "limited", SZ_256K, 0);
	void **p = scratch(test, 512 * sizeof(*p));
	unsigned int r, n;

	migrate_disable();
	for (r = 0; r < 100; r++) {
		for (n = 0; n < 512; n++) {
			p[n] = gomalloc_heap_alloc(heap, sizes[r % ARRAY_SIZE(sizes)],
						   GFP_ATOMIC | __GFP_NOWARN, 0);
			if (!p[n])
				break;
		}
		KUNIT_EXPECT_GT(test, n, 0U);
		gofree_bulk(n, p);
	}
	migrate_enable();
	destroy_heap(test, heap);
}

/* A heap that has room for one object of the class, and for no span of it */
static void expect_page_fallback(struct kunit *test, unsigned int class)
{
	size_t size = class_to_size[class], pages = PAGE_ALIGN(size);
	struct gomalloc_heap *heap = make_heap(test, "narrow", PAGE_SIZE <<
					       get_order(size), 0);
	gfp_t gfp = GFP_KERNEL | __GFP_NOWARN;
	void *p;

	p = got(test, gomalloc_heap_alloc(heap, size, gfp, 0));
	KUNIT_EXPECT_EQ(test, gosize(p), pages);
	KUNIT_EXPECT_NULL(test, gomalloc_heap_alloc(heap, size, gfp, 0));
	/* More than was asked for */
	p = gomalloc_claim(p, &pages);
	memset(p, 0xff, pages);
	gofree(p);
	/* A program that has it mapped sees its pages whole */
	p = got(test, gomalloc_heap_alloc(heap, size, gfp | __GFP_ZERO, 0));
	p = gomalloc_claim(p, &pages);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, pages));
	gofree(p);
	destroy_heap(test, heap);
}

static void an_object_that_gets_no_span_falls_back_to_pages(struct kunit *test)
{
	unsigned int class, tried = 0;

	for (class = 1; class < NUM_SIZE_CLASSES; class++) {
		if (!mspan_may_use_pages(class << 1))
			continue;
		expect_page_fallback(test, class);
		tried++;
	}
	if (!tried)
		kunit_skip(test, "with pages of this size no class needs it");
}

static void the_classes_are_counted(struct kunit *test)
{
	struct gomalloc_class_stats *rows;
	void *p[70];
	int i;

	for (i = 0; i < 70; i++)
		p[i] = heap_object(test, i < 60 ? 1000 : SZ_64K - 1000);
	/* Recycled objects are not live */
	gofree(p[59]);
	rows = rows_of(test, test_heap(test));
	KUNIT_EXPECT_EQ(test, rows[32].size, 1024ULL);
	KUNIT_EXPECT_EQ(test, rows[32].objects, 59ULL);
	KUNIT_EXPECT_EQ(test, rows[32].object_bytes, 59ULL * 1024);
	KUNIT_EXPECT_GE(test, rows[32].spans * class_to_pages(32),
			PFN_UP(60 * 1024) + 0ULL);
	KUNIT_EXPECT_EQ(test, rows[0].objects, 10ULL);
	KUNIT_EXPECT_EQ(test, rows[0].object_bytes, 10ULL * SZ_64K);
	p[59] = NULL;
	gofree_bulk(70, p);
}

static void a_trim_returns_what_it_says(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	void **p = heap_objects(test, 100, 30000);
	size_t bytes;
	u64 before;

	gofree_bulk(100, p);
	before = stats_of(heap).held_bytes;
	bytes = gomalloc_heap_trim(heap);
	KUNIT_EXPECT_GT(test, before, 0ULL);
	KUNIT_EXPECT_LE(test, stats_of(heap).held_bytes + bytes, before);
	KUNIT_EXPECT_EQ(test, stats_of(heap).held_bytes, 0ULL);
	KUNIT_EXPECT_EQ(test, gomalloc_heap_trim(heap), (size_t)0);
}

/* The name keeps the harness from taking the report for a failure */
static void a_heap_frees_what_its_users_left(struct kunit *test)
{
	struct gomalloc_heap *heap = make_heap(test, "expected-leak", 0, 0);
	void *p = gomalloc_heap_alloc(heap, 100, GFP_KERNEL, 0);
	void *q = gomalloc_heap_alloc(heap, 3, GFP_KERNEL, GOMALLOC_NOSCAN);
	void *r = gomalloc_heap_alloc(heap, 200000, GFP_KERNEL, 0);

	KUNIT_ASSERT_TRUE(test, p && q && r);
	gomalloc_heap_destroy(heap);
	KUNIT_EXPECT_PTR_EQ(test, pagemap_entry(p), &pagemap_foreign_page);
	KUNIT_EXPECT_PTR_EQ(test, pagemap_entry(q), &pagemap_foreign_page);
	KUNIT_EXPECT_PTR_EQ(test, pagemap_entry(r), &pagemap_foreign_page);
}

/* Of the classes of a heap those that have a mcentral, on any node */
static unsigned int count_mcentrals(struct gomalloc_heap *heap)
{
	unsigned int spc, nid, n = 0;

	for (nid = 0; nid < heap->nr_nodes; nid++) {
		for (spc = 0; heap->node[nid] && spc < NUM_SPAN_CLASSES; spc++)
			n += mheap_central(heap->node[nid], spc) != &emptymcentral;
	}
	return n;
}

/* Beside what each CPU has; without what locks have more of on kernels that check them */
static void a_heap_that_is_not_used_takes_little_memory(struct kunit *test)
{
	struct gomalloc_heap *heap = make_heap(test, "idle", 0, 0);
	struct gomalloc_sys *sys = heap->sys;

	KUNIT_EXPECT_EQ(test, count_mcentrals(heap), 0U);
	if (!IS_ENABLED(CONFIG_DEBUG_SPINLOCK))
		KUNIT_EXPECT_LE(test, kmem_cache_size(sys->meta_cache[META_HEAP]) +
				kmem_cache_size(sys->meta_cache[META_MHEAP]), 3072U);
	destroy_heap(test, heap);
}

static void a_heap_has_the_mcentrals_that_it_has_used(struct kunit *test)
{
	void *p[] = { heap_object(test, 64), heap_object(test, 64),
		      heap_object(test, 2000), heap_object(test, SZ_64K) };

	KUNIT_EXPECT_EQ(test, count_mcentrals(test_heap(test)), 2U);
	free_objects(p, ARRAY_SIZE(p));
	expect_all_released(test, test_heap(test));
	KUNIT_EXPECT_EQ(test, count_mcentrals(test_heap(test)), 2U);
}

static void unknown_flags_are_refused(struct kunit *test)
{
	struct gomalloc_heap_params params = { .flags = BIT(31) };

	KUNIT_EXPECT_EQ(test, PTR_ERR(gomalloc_heap_create(&params)),
			(long)-EINVAL);
}

/* As for a module that a test is linked to, but that it can go at any time */
static struct module forgetful = { .name = "forgetful" };

static struct gomalloc_heap *forget_heap(struct kunit *test)
{
	/* The name keeps the harness from taking the report for a failure */
	struct gomalloc_heap_params params = { .name = "expected-leak" };
	struct gomalloc_heap *heap = __gomalloc_heap_create(&params, &forgetful);

	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	return heap;
}

static void a_heap_knows_who_made_it(struct kunit *test)
{
	struct gomalloc_heap_params params = { .name = "ownerless" };
	struct gomalloc_heap *heap = __gomalloc_heap_create(&params, NULL);

	KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
	KUNIT_EXPECT_STREQ(test, heap->owner_name, "kernel");
	KUNIT_EXPECT_STREQ(test, test_heap(test)->owner_name, "gomalloc_kunit");
	KUNIT_EXPECT_STREQ(test, gomalloc_default_heap->owner_name, "gomalloc");
	gomalloc_heap_destroy(heap);
}

static void a_heap_whose_owner_goes_is_left_as_it_is(struct kunit *test)
{
	struct gomalloc_heap *heap = forget_heap(test), *other = forget_heap(test);
	u32 id = heap->id, other_id = other->id;
	void *p = got(test, gomalloc_heap_alloc(heap, 100, GFP_KERNEL, 0));

	KUNIT_EXPECT_EQ(test, heaps_destroy_orphan(&gomalloc_sys, id), -EBUSY);
	KUNIT_EXPECT_EQ(test, heaps_owner_gone(&gomalloc_sys, &forgetful), 2U);
	KUNIT_EXPECT_EQ(test, heaps_owner_gone(&gomalloc_sys, &forgetful), 0U);
	KUNIT_EXPECT_STREQ(test, heap->owner_name, "forgetful");
	KUNIT_EXPECT_TRUE(test, gomalloc_owns(p));
	KUNIT_EXPECT_EQ(test, heaps_destroy_orphan(&gomalloc_sys, id), 0);
	KUNIT_EXPECT_FALSE(test, gomalloc_owns(p));
	KUNIT_EXPECT_EQ(test, heaps_destroy_orphan(&gomalloc_sys, id), -ENOENT);
	KUNIT_EXPECT_EQ(test, heaps_destroy_orphan(&gomalloc_sys, other_id), 0);
}

static void a_heap_of_ours_is_nobodys_to_destroy(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, heaps_destroy_orphan(&gomalloc_sys,
						   gomalloc_default_heap->id),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, heaps_destroy_orphan(&gomalloc_sys,
						   test_heap(test)->id), -EBUSY);
}

/* Pages in arenas, as the nodes count them */
/*
 * === those who look at heaps ===
 */

struct ender {
	struct work_struct	work;
	struct gomalloc_heap	*heap;
	struct completion	done;
};

static void end_heap(struct work_struct *work)
{
	struct ender *e = container_of(work, struct ender, work);

	gomalloc_heap_destroy(e->heap);
	complete(&e->done);
}

static void a_heap_that_is_looked_at_stays_and_delays_no_other(struct kunit *test)
{
	struct ender e = { .heap = make_heap(test, "looked-at", 0, 0) };
	struct gomalloc_heap *heap;
	u32 id = e.heap->id;

	INIT_WORK_ONSTACK(&e.work, end_heap);
	init_completion(&e.done);
	heap = heaplist_pin(&gomalloc_sys, id);
	KUNIT_EXPECT_PTR_EQ(test, heap, e.heap);
	queue_work(system_unbound_wq, &e.work);
	KUNIT_EXPECT_EQ(test, wait_for_completion_timeout(&e.done, HZ / 10), 0UL);
	/* Whoever comes now does not find it */
	KUNIT_EXPECT_NULL(test, heaplist_pin(&gomalloc_sys, id));
	gomalloc_heap_destroy(make_heap(test, "another", 0, 0));
	KUNIT_EXPECT_STREQ(test, heap->name, "looked-at");
	heaplist_unpin(heap);
	KUNIT_EXPECT_GT(test, wait_for_completion_timeout(&e.done, 60 * HZ), 0UL);
	flush_work(&e.work);
	destroy_work_on_stack(&e.work);
}

static void heaps_are_met_in_their_order(struct kunit *test)
{
	struct gomalloc_heap *a = make_heap(test, "a", 0, 0);
	struct gomalloc_heap *b = make_heap(test, "b", 0, 0), *heap;
	unsigned int n = 0, met = 0;
	unsigned long id;

	heaplist_for_each(heap, &gomalloc_sys, id) {
		n++;
		if (heap == a)
			KUNIT_EXPECT_EQ(test, met++, 0U);
		if (heap == b)
			KUNIT_EXPECT_EQ(test, met++, 1U);
	}
	KUNIT_EXPECT_EQ(test, met, 2U);
	KUNIT_EXPECT_GE(test, n, 3U);
	destroy_heap(test, a);
	destroy_heap(test, b);
}

static void a_name_is_printable(struct kunit *test)
{
	static const char *const names[] = {
		"\033[2J", "two\nlines", "bell\a", "\x9b", "\xc2\x9b", "tab\t",
		"\x7f",
	};
	struct gomalloc_heap_params params = { .name = "It is, $(really) 'so'!" };
	unsigned int i;

	gomalloc_heap_destroy(make_heap_like(test, &params));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		params.name = names[i];
		KUNIT_EXPECT_PTR_EQ(test, gomalloc_heap_create(&params),
				    (struct gomalloc_heap *)ERR_PTR(-EINVAL));
	}
}

static long held_by_nodes(void)
{
	long npages = 0;
	int nid;

	for_each_node(nid)
		npages += atomic_long_read(&gomalloc_sys.node_held[nid]);
	return npages;
}

/* The same, as the heaps do */
static long held_by_heaps(void)
{
	struct gomalloc_heap *heap;
	unsigned long id;
	long npages = 0;

	heaplist_for_each(heap, &gomalloc_sys, id)
		npages += atomic_long_read(&heap->held_pages) -
			  atomic_long_read(&heap->vmap_pages);
	return npages;
}

/* Other heaps may be scavenged while we look. Return: pages that nodes and heaps have */
static long expect_sums_agree(struct kunit *test)
{
	long by_nodes, by_heaps;
	int i = 0;

	do {
		by_heaps = held_by_heaps();
		by_nodes = held_by_nodes();
		if (by_nodes == by_heaps)
			return by_nodes;
		msleep(20);
	} while (i++ < 50);
	KUNIT_EXPECT_EQ(test, by_nodes, by_heaps);
	return by_nodes;
}

static void the_nodes_hold_what_the_heaps_hold(struct kunit *test)
{
	struct gomalloc_heap *heap = make_heap(test, "of nodes", 0, 0);
	int nid = numa_mem_id(), i;
	long here, before = expect_sums_agree(test);
	void *p[100], *mapped;

	for (i = 0; i < 100; i++)
		p[i] = got(test, gomalloc_heap_alloc(heap, SZ_64K, GFP_KERNEL, 0));
	/* Scattered pages are in no arena */
	mapped = got(test, gomalloc_heap_kvmalloc(heap, 2 * GOMALLOC_MAX_SIZE,
						  GFP_KERNEL, 0));
	/* Not so many more than before: others may have released theirs meanwhile */
	KUNIT_EXPECT_GE(test, expect_sums_agree(test),
			100L * SZ_64K >> PAGE_SHIFT);
	here = heap->node[nid]->held_pages;
	KUNIT_EXPECT_GE(test, atomic_long_read(&gomalloc_sys.node_held[nid]), here);
	free_objects(p, 90);
	gofree(mapped);
	gomalloc_heap_trim(heap);
	KUNIT_EXPECT_LT(test, heap->node[nid]->held_pages, (unsigned long)here);
	expect_sums_agree(test);
	free_objects(p + 90, 10);
	destroy_heap(test, heap);
	KUNIT_EXPECT_LE(test, expect_sums_agree(test), before);
}

struct rcu_object {
	struct rcu_head rcu;
};

static void pending_rcu_frees_are_waited_for(struct kunit *test)
{
	struct gomalloc_heap *heap = make_heap(test, "rcu", 0, 0);
	struct rcu_object *o;
	int i;

	for (i = 0; i < 20; i++) {
		o = gomalloc_heap_alloc(heap, sizeof(*o) << i % 12, GFP_KERNEL,
					0);
		KUNIT_ASSERT_TRUE(test, o);
		gofree_rcu(o, rcu);
	}
	/* Reports a leak if it does not wait */
	gomalloc_heap_destroy(heap);
}

TEST_SUITE(heap, FIXTURE,
	   KUNIT_CASE(two_heaps_share_no_span),
	   KUNIT_CASE(the_limit_is_not_passed),
	   KUNIT_CASE(at_its_limit_a_heap_releases_what_is_free),
	   KUNIT_CASE(a_heap_without_objects_serves_what_fits),
	   KUNIT_CASE(a_limit_of_ten_pages_serves_nine),
	   KUNIT_CASE(a_heap_that_cannot_wait_uses_its_own_cache),
	   KUNIT_CASE(an_object_that_gets_no_span_falls_back_to_pages),
	   KUNIT_CASE(the_classes_are_counted),
	   KUNIT_CASE(a_trim_returns_what_it_says),
	   KUNIT_CASE(a_heap_frees_what_its_users_left),
	   KUNIT_CASE(a_heap_that_is_not_used_takes_little_memory),
	   KUNIT_CASE(a_heap_has_the_mcentrals_that_it_has_used),
	   KUNIT_CASE(unknown_flags_are_refused),
	   KUNIT_CASE(a_heap_knows_who_made_it),
	   KUNIT_CASE(a_heap_whose_owner_goes_is_left_as_it_is),
	   KUNIT_CASE(a_heap_of_ours_is_nobodys_to_destroy),
	   KUNIT_CASE(the_nodes_hold_what_the_heaps_hold),
	   KUNIT_CASE(a_heap_that_is_looked_at_stays_and_delays_no_other),
	   KUNIT_CASE(heaps_are_met_in_their_order),
	   KUNIT_CASE(a_name_is_printable),
	   KUNIT_CASE(pending_rcu_frees_are_waited_for));
