// SPDX-License-Identifier: GPL-2.0
/*
 * api: the calls beside gomalloc() and gofree() do as kmalloc()'s do.
 */
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "fixture.h"

static void copies_of_text_end_where_they_should(struct kunit *test)
{
	char *p = got(test, gostrndup("a long text", 6, GFP_KERNEL));

	KUNIT_EXPECT_STREQ(test, p, "a long");
	gofree(p);
	p = got(test, gostrndup("short", 100, GFP_KERNEL));
	KUNIT_EXPECT_STREQ(test, p, "short");
	gofree(p);
	p = got(test, gomemdup_nul("not ended", 3, GFP_KERNEL));
	KUNIT_EXPECT_STREQ(test, p, "not");
	gofree(p);
	KUNIT_EXPECT_NULL(test, gostrndup(NULL, 3, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, gomemdup_nul(NULL, 3, GFP_KERNEL));
}

static void text_is_formatted_into_an_object_of_its_length(struct kunit *test)
{
	char *p = got(test, goasprintf(GFP_KERNEL, "%s-%05d", "disk", 42)), *long_text;

	KUNIT_EXPECT_STREQ(test, p, "disk-00042");
	gofree(p);
	long_text = got(test, goasprintf(GFP_KERNEL, "%5000d", 7));
	KUNIT_EXPECT_EQ(test, strlen(long_text), (size_t)5000);
	gofree(long_text);
}

static void arrays_are_of_n_elements(struct kunit *test)
{
	static const u32 some[] = { 1, 2, 3 };
	size_t huge = SIZE_MAX / 2;
	u32 *p = got(test, gomemdup_array(some, 3, sizeof(u32), GFP_KERNEL));

	KUNIT_EXPECT_FALSE(test, memcmp(p, some, sizeof(some)));
	p = got(test, gorealloc_array(p, 1000, sizeof(u32), GFP_KERNEL));
	KUNIT_EXPECT_FALSE(test, memcmp(p, some, sizeof(some)));
	KUNIT_EXPECT_GE(test, gosize(p), 1000 * sizeof(u32));
	KUNIT_EXPECT_NULL(test, gorealloc_array(p, huge, 3, GFP_KERNEL));
	gofree(p);
	p = got(test, gocalloc_node(100, 10, GFP_KERNEL, numa_node_id()));
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, 1000));
	gofree(p);
	p = got(test, gokvcalloc(3 << 20, 2, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, 6 << 20));
	gofree(p);
	KUNIT_EXPECT_NULL(test, gomalloc_array_node(huge, 3, GFP_KERNEL, 0));
	KUNIT_EXPECT_NULL(test, gokvmalloc_array(huge, 3, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, gomemdup_array(some, huge, 3, GFP_KERNEL));
}

/* From a slot to pages, to scattered ones, and back */
static void an_object_grows_over_every_border(struct kunit *test)
{
	static const size_t sizes[] = { 3000, 3 << 20, 5 << 20, 6 << 20, 1 << 20, 100 };
	u8 *p = got(test, gokvmalloc(10, GFP_KERNEL));
	unsigned int i;

	memset(p, 0x77, 10);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = got(test, gokvrealloc(p, sizes[i], GFP_KERNEL));
		KUNIT_EXPECT_GE(test, gosize(p), sizes[i]);
		KUNIT_EXPECT_NULL(test, memchr_inv(p, 0x77, 10));
	}
	KUNIT_EXPECT_PTR_EQ(test, gokvrealloc(p, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	p = got(test, gokvrealloc(NULL, 5 << 20, GFP_KERNEL));
	/* What was mapped may be so again */
	p = got(test, gorealloc(p, 7 << 20, GFP_KERNEL));
	gofree(p);
	mvmap_drain(&gomalloc_sys);
	KUNIT_EXPECT_EQ(test, gomalloc_heap_validate(NULL), 0);
}

/* Of the object's heap, whichever that is */
static void an_object_grows_within_its_heap(struct kunit *test)
{
	struct gomalloc_heap *heap = test_heap(test);
	void *p = heap_object(test, 1000);

	p = got(test, gokvrealloc(p, 5 << 20, GFP_KERNEL));
	KUNIT_EXPECT_GE(test, stats_of(heap).held_bytes, 5ULL << 20);
	gofree(p);
	expect_all_released(test, heap);
}

static void what_the_machine_has_not_is_refused_at_once(struct kunit *test)
{
	size_t size = min_t(u64, (u64)(totalram_pages() + 1) << PAGE_SHIFT, INT_MAX);

	if (PFN_UP(size) > totalram_pages())
		KUNIT_EXPECT_NULL(test, gokvmalloc(size, GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_NULL(test, gokvmalloc(INT_MAX + 1UL, GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_EQ(test, gomalloc_heap_validate(NULL), 0);
}

static void an_object_is_told_from_what_is_none(struct kunit *test)
{
	void *p = heap_object(test, 100), *q = kmalloc(100, GFP_KERNEL);
	void *mapped = got(test, gokvmalloc(5 << 20, GFP_KERNEL)), *v = vmalloc(10);
	u64 before = stats_of(test_heap(test)).misuses;

	KUNIT_EXPECT_TRUE(test, gomalloc_owns(p));
	KUNIT_EXPECT_TRUE(test, gomalloc_owns(mapped));
	KUNIT_EXPECT_FALSE(test, gomalloc_owns(p + 1));
	KUNIT_EXPECT_FALSE(test, gomalloc_owns(q));
	KUNIT_EXPECT_FALSE(test, gomalloc_owns(v));
	KUNIT_EXPECT_FALSE(test, gomalloc_owns(NULL));
	KUNIT_EXPECT_FALSE(test, gomalloc_owns(ZERO_SIZE_PTR));
	KUNIT_EXPECT_FALSE(test, gomalloc_owns(ERR_PTR(-EINVAL)));
	KUNIT_EXPECT_FALSE(test, gofree_try(q));
	KUNIT_EXPECT_FALSE(test, gofree_try(v));
	KUNIT_EXPECT_TRUE(test, gofree_try(NULL));
	KUNIT_EXPECT_TRUE(test, gofree_try(mapped));
	KUNIT_EXPECT_TRUE(test, gofree_try(p));
	KUNIT_EXPECT_FALSE(test, gomalloc_owns(p));
	KUNIT_EXPECT_EQ(test, stats_of(test_heap(test)).misuses, before);
	kfree(q);
	vfree(v);
}

static void expect_aligned(struct kunit *test, void *p)
{
	unsigned long address = (unsigned long)got(test, p);

	/* The compiler would not look at what it was promised */
	OPTIMIZER_HIDE_VAR(address);
	KUNIT_EXPECT_EQ(test, address % GOMALLOC_MINALIGN, 0UL);
	gofree(p);
}

/* At compile time, what kmalloc() of the same would have */
static void the_compiler_knows_sizes(struct kunit *test)
{
	void *p = gomalloc(24, GFP_KERNEL), *q = gomalloc_noscan(24, GFP_KERNEL);
	size_t size;

	KUNIT_EXPECT_EQ(test, __builtin_object_size(p, 0), (size_t)24);
	KUNIT_EXPECT_EQ(test, __builtin_object_size(q, 0), (size_t)24);
	gofree(p);
	gofree(q);
	p = got(test, gomalloc(100, GFP_KERNEL));
	q = gomalloc_claim(p, &size);
	KUNIT_EXPECT_PTR_EQ(test, q, p);
	KUNIT_EXPECT_EQ(test, size, gosize(p));
	memset(q, 0, size);
	gofree(q);
	KUNIT_EXPECT_NULL(test, gomalloc_claim(NULL, &size));
	KUNIT_EXPECT_EQ(test, size, (size_t)0);
}

/* For the compiler, and in fact: also of the smallest, and of those of size 0 */
static void objects_are_aligned_as_is_promised(struct kunit *test)
{
	static const size_t sizes[] = { 0, 1, 3, 8, 9, 24, 33, 1000, 40001 };
	struct gomalloc_heap *heap = test_heap(test);
	unsigned int i;
	size_t size;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		size = sizes[i];
		expect_aligned(test, gomalloc(size, GFP_KERNEL));
		expect_aligned(test, gomalloc_node(size, GFP_KERNEL, numa_node_id()));
		expect_aligned(test, gokvmalloc(size, GFP_KERNEL));
		expect_aligned(test, gomemdup(sizes, min(size, sizeof(sizes)),
					      GFP_KERNEL));
		expect_aligned(test, gomalloc_heap_alloc_node(heap, size, GFP_KERNEL,
							      GOMALLOC_NOSCAN,
							      numa_node_id()));
		expect_aligned(test, gomalloc_heap_memdup(heap, sizes,
							  min(size, sizeof(sizes)),
							  GFP_KERNEL));
	}
	expect_aligned(test, gomalloc(3, GFP_KERNEL));
}

#ifdef DEFINE_FREE
static void *freed_behind_a_scope(struct kunit *test)
{
	void *p __free(gofree) = got(test, gomalloc(100, GFP_KERNEL));

	KUNIT_EXPECT_TRUE(test, gomalloc_owns(p));
	return p;
}

/* It takes an ERR_PTR and NULL, too */
static void *cleared_behind_a_scope(struct kunit *test)
{
	void *p __free(gofree_sensitive) = got(test, gomalloc(100, GFP_KERNEL));
	void *none __free(gofree_sensitive) = NULL;
	void *error __free(gofree_sensitive) = ERR_PTR(-ENOMEM);

	KUNIT_EXPECT_FALSE(test, none || !IS_ERR(error));
	memset(p, 0x33, 100);
	return p;
}

static void a_scope_frees_its_object(struct kunit *test)
{
	void *p = freed_behind_a_scope(test);

	KUNIT_EXPECT_FALSE(test, gomalloc_owns(p));
	p = cleared_behind_a_scope(test);
	KUNIT_EXPECT_FALSE(test, gomalloc_owns(p));
	/* The span is still the heap's */
	KUNIT_EXPECT_TRUE(test, hook_is_zero(p, 100));
}
#endif

TEST_SUITE(api, FIXTURE,
	   KUNIT_CASE(copies_of_text_end_where_they_should),
	   KUNIT_CASE(text_is_formatted_into_an_object_of_its_length),
	   KUNIT_CASE(arrays_are_of_n_elements),
	   KUNIT_CASE(an_object_grows_over_every_border),
	   KUNIT_CASE(an_object_grows_within_its_heap),
	   KUNIT_CASE(what_the_machine_has_not_is_refused_at_once),
	   KUNIT_CASE(an_object_is_told_from_what_is_none),
	   KUNIT_CASE(objects_are_aligned_as_is_promised),
#ifdef DEFINE_FREE
	   KUNIT_CASE(a_scope_frees_its_object),
#endif
	   KUNIT_CASE(the_compiler_knows_sizes));
