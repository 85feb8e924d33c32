// SPDX-License-Identifier: GPL-2.0
/*
 * DMA buffers: where DMA is not coherent, no object shares a cache line.
 */
#include <linux/device.h>
#include <linux/dma-map-ops.h>
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/kasan.h>
#include <linux/kconfig.h>

#include "fixture.h"

/* Objects of one size that lie side by side */
#define NR_NEIGHBOURS	40
#define MOST_BYTES	5000

/* What the kernel wants a DMA buffer to be a multiple of; 1: of nothing */
static size_t line(void)
{
	return dma_get_cache_alignment();
}

static bool has_lines(const void *p)
{
	return IS_ALIGNED((unsigned long)p | gosize(p), line());
}

/* Is @p such an object? It is freed. */
static void expect_lines(struct kunit *test, void *p)
{
	KUNIT_ASSERT_TRUE(test, p);
	KUNIT_EXPECT_TRUE(test, has_lines(p));
	gofree(p);
}

static void *taken(struct kunit *test, struct gomalloc_heap *heap, size_t size,
		   unsigned int flags)
{
	return got(test, gomalloc_heap_alloc(heap, size, GFP_KERNEL, flags));
}

static void the_constant_is_enough_for_this_machine(struct kunit *test)
{
	size_t size;

	KUNIT_EXPECT_TRUE(test, IS_ALIGNED((size_t)GOMALLOC_DMA_MINALIGN,
					   line()));
	for (size = 1; size <= MAX_SMALL_SIZE; size++) {
		KUNIT_ASSERT_EQ(test, malloc_class(size, true),
				gomalloc_size_class(gomalloc_dma_size(size)));
		KUNIT_ASSERT_TRUE(test, IS_ALIGNED(malloc_roundup(size, true),
						   line()));
	}
}

/* Some of each are kept for a while, so that not all lie at the start of a span */
static void all_sizes_have_cache_lines_to_themselves(struct kunit *test)
{
	void *scan[8] = {}, *noscan[8] = {};
	size_t size;

	for (size = 1; size <= MAX_SMALL_SIZE; size++) {
		gofree(scan[size % 8]);
		gofree(noscan[size % 8]);
		scan[size % 8] = got(test, gomalloc(size, GFP_KERNEL));
		noscan[size % 8] = got(test, gomalloc_noscan(size, GFP_KERNEL));
		KUNIT_ASSERT_TRUE(test, has_lines(scan[size % 8]));
		KUNIT_ASSERT_TRUE(test, has_lines(noscan[size % 8]));
	}
	gofree_bulk(8, scan);
	gofree_bulk(8, noscan);
}

static void constant_sizes_do(struct kunit *test)
{
	expect_lines(test, gomalloc(1, GFP_KERNEL));
	expect_lines(test, gomalloc(8, GFP_KERNEL));
	expect_lines(test, gozalloc(24, GFP_KERNEL));
	expect_lines(test, gomalloc(120, GFP_KERNEL));
	expect_lines(test, gomalloc_array(9, 16, GFP_KERNEL));
	expect_lines(test, gocalloc(5, 33, GFP_KERNEL));
	expect_lines(test, gomalloc_noscan(3, GFP_KERNEL));
	expect_lines(test, gomalloc_noscan(1100, GFP_KERNEL));
}

static void what_other_calls_give_does(struct kunit *test)
{
	void *p[5];
	size_t size;
	int i;

	for (size = 1; size < 3000; size = size * 5 / 4 + 1) {
		expect_lines(test, gomalloc_node(size, GFP_KERNEL,
						 numa_mem_id()));
		expect_lines(test, gozalloc_node(size, GFP_KERNEL,
						 NUMA_NO_NODE));
		expect_lines(test, gomalloc_array(size, 3, GFP_KERNEL));
		expect_lines(test, gokvmalloc(size, GFP_KERNEL));
		expect_lines(test, gomemdup(test->name, min_t(size_t, size, 8),
					    GFP_KERNEL));
		KUNIT_ASSERT_EQ(test, gomalloc_bulk(GFP_KERNEL, size, 5, p), 5);
		for (i = 0; i < 5; i++)
			expect_lines(test, p[i]);
	}
	expect_lines(test, gostrdup("", GFP_KERNEL));
	expect_lines(test, gostrdup(test->name, GFP_KERNEL));
}

static void heaps_of_all_kinds_do(struct kunit *test)
{
	struct gomalloc_heap_params params[] = {
		{ .name = "plain" },
		{ .name = "random", .flags = GOMALLOC_HEAP_RANDOM },
		{ .name = "zero", .flags = GOMALLOC_HEAP_ZERO_FREE },
		{ .name = "late", .quarantine = 8 },
	};
	struct gomalloc_heap *heap;
	unsigned int i;
	size_t size;

	for (i = 0; i < ARRAY_SIZE(params); i++) {
		heap = gomalloc_heap_create(&params[i]);
		KUNIT_ASSERT_FALSE(test, IS_ERR(heap));
		for (size = 1; size < 40000; size = size * 9 / 8 + 1) {
			expect_lines(test, taken(test, heap, size, 0));
			expect_lines(test, taken(test, heap, size,
						 GOMALLOC_NOSCAN));
		}
		destroy_heap(test, heap);
	}
}

static void realloc_leaves_an_object_its_lines(struct kunit *test)
{
	static const size_t sizes[] = {
		1, 8, 100, 3, 140, 2000, 129, 17, 30000, 40000, 1000, 1
	};
	void *p = NULL, *q = gomalloc_noscan(2, GFP_KERNEL);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = got(test, gorealloc(p, sizes[i], GFP_KERNEL));
		q = got(test, gorealloc(q, sizes[i], GFP_KERNEL));
		KUNIT_EXPECT_TRUE(test, has_lines(p));
		KUNIT_EXPECT_TRUE(test, has_lines(q));
	}
	gofree(p);
	gofree(q);
}

/* As on a machine where DMA is coherent, also when it has moved */
static void expect_go_classes(struct kunit *test, struct gomalloc_heap *heap,
			      unsigned int flags)
{
	void *a = taken(test, heap, 5, flags), *b = taken(test, heap, 100, flags);

	KUNIT_EXPECT_EQ(test, gosize(a), (size_t)8);
	KUNIT_EXPECT_EQ(test, gosize(b), (size_t)112);
	b = got(test, gorealloc(b, 140, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, gosize(b), (size_t)144);
	gofree(a);
	gofree(b);
}

static void expect_one_block(struct kunit *test, struct gomalloc_heap *heap,
			     unsigned int flags)
{
	void *p[4];
	int i;

	if (!tiny_is_packed())
		return;
	migrate_disable();
	/* The first of a heap has a block of its own */
	gofree(taken(test, heap, 16, flags | GOMALLOC_NOSCAN));
	for (i = 0; i < 4; i++)
		p[i] = taken(test, heap, 3, flags | GOMALLOC_NOSCAN);
	migrate_enable();
	KUNIT_EXPECT_PTR_EQ(test, p[3], p[0] + 9);
	free_objects(p, 4);
}

static void what_is_no_dma_buffer_is_packed(struct kunit *test)
{
	struct gomalloc_heap_params params = { .name = "by-request" };
	struct gomalloc_heap *heap = make_heap_like(test, &params);

	expect_go_classes(test, heap, GOMALLOC_NO_DMA);
	expect_one_block(test, heap, GOMALLOC_NO_DMA);
	destroy_heap(test, heap);
	heap = make_heap(test, "packed", 0, 0);
	expect_go_classes(test, heap, 0);
	expect_one_block(test, heap, 0);
	destroy_heap(test, heap);
}

/*
 * === a device that does not see the CPU's cache ===
 */

/**
 * struct transfer - a device writes to an object
 * @dev: the device
 * @p: the object
 * @len: bytes that it writes
 * @memory: what is behind the cache, of the lines that the object has a part of
 * @dma: where the device sees the object
 */
struct transfer {
	struct device	*dev;
	u8		*p;
	size_t		len;
	u8		*memory;
	dma_addr_t	dma;
};

/* KASAN may have given the object a tag, which its neighbours in the line have not */
static u8 *untagged(const struct transfer *t)
{
	return kasan_reset_tag(t->p);
}

static u8 *first_line(const struct transfer *t)
{
	return PTR_ALIGN_DOWN(untagged(t), line());
}

static size_t line_bytes(const struct transfer *t)
{
	return PTR_ALIGN(untagged(t) + t->len, line()) - first_line(t);
}

/* The kernel writes the lines back. What it bounced would be no test. */
static void begin(struct kunit *test, struct transfer *t)
{
	memcpy(t->memory, first_line(t), line_bytes(t));
	if (!IS_ENABLED(CONFIG_HAS_DMA))
		return;
	t->dma = dma_map_single(t->dev, t->p, gosize(t->p), DMA_FROM_DEVICE);
	KUNIT_ASSERT_FALSE(test, dma_mapping_error(t->dev, t->dma));
	KUNIT_EXPECT_EQ(test, (u64)t->dma, (u64)virt_to_phys(t->p));
}

/* The device has written to memory, and the kernel drops what the cache had */
static void end(struct transfer *t, int byte)
{
	memset(t->memory + (untagged(t) - first_line(t)), byte, t->len);
	if (IS_ENABLED(CONFIG_HAS_DMA))
		dma_unmap_single(t->dev, t->dma, gosize(t->p),
				 DMA_FROM_DEVICE);
	memcpy(first_line(t), t->memory, line_bytes(t));
}

static void stamp_others(void **p, int but, size_t size, u32 seed)
{
	int i;

	for (i = 0; i < NR_NEIGHBOURS; i++) {
		if (i != but)
			stamp(p[i], size, seed + i);
	}
}

static bool others_are_stamped(void **p, int but, size_t size, u32 seed)
{
	int i;

	for (i = 0; i < NR_NEIGHBOURS; i++) {
		if (i != but && !stamped(p[i], size, seed + i))
			return false;
	}
	return true;
}

/* To each of the objects in turn, while the CPU writes to the others */
static void write_to_each(struct kunit *test, void **p, size_t size)
{
	struct transfer t = { .dev = test->priv, .len = size };
	int i;

	t.memory = scratch(test, MOST_BYTES + 2 * line());
	for (i = 0; i < NR_NEIGHBOURS; i++) {
		t.p = p[i];
		begin(test, &t);
		stamp_others(p, i, size, 3 * i);
		end(&t, 0xda);
		KUNIT_ASSERT_FALSE(test, memchr_inv(p[i], 0xda, size));
		KUNIT_ASSERT_TRUE_MSG(test,
				      others_are_stamped(p, i, size, 3 * i),
				      "object %d of %zu bytes", i, size);
	}
	kunit_kfree(test, t.memory);
}

static void what_a_device_writes_leaves_the_neighbours(struct kunit *test)
{
	void *p[NR_NEIGHBOURS];
	size_t size;
	int i, noscan;

	for (size = 1; size < MOST_BYTES; size = size * 5 / 4 + 1) {
		for (noscan = 0; noscan < 2; noscan++) {
			for (i = 0; i < NR_NEIGHBOURS; i++)
				p[i] = got(test, noscan ?
					   gomalloc_noscan(size, GFP_KERNEL) :
					   gomalloc(size, GFP_KERNEL));
			write_to_each(test, p, size);
			free_objects(p, NR_NEIGHBOURS);
		}
	}
}

/*
 * One of which firmware says nothing: arm64 takes it for not coherent. It has no
 * owner: 6.1 runs suites before it has a kobject of their module.
 */
static int add_device(struct kunit *test)
{
	struct device *dev = __root_device_register("gomalloc_dma", NULL);

	if (IS_ERR(dev))
		return PTR_ERR(dev);
	test->priv = dev;
	if (IS_ENABLED(CONFIG_HAS_DMA))
		KUNIT_EXPECT_EQ(test, dma_coerce_mask_and_coherent(dev,
								   DMA_BIT_MASK(64)), 0);
	if (IS_ENABLED(CONFIG_ARM64))
		KUNIT_EXPECT_FALSE(test, dev_is_dma_coherent(dev));
	return 0;
}

static void remove_device(struct kunit *test)
{
	if (test->priv)
		root_device_unregister(test->priv);
}

#define FAKE_DEVICE	.init = add_device, .exit = remove_device

TEST_SUITE(dma, FAKE_DEVICE,
	   KUNIT_CASE(the_constant_is_enough_for_this_machine),
	   KUNIT_CASE(all_sizes_have_cache_lines_to_themselves),
	   KUNIT_CASE(constant_sizes_do),
	   KUNIT_CASE(what_other_calls_give_does),
	   KUNIT_CASE(heaps_of_all_kinds_do),
	   KUNIT_CASE(realloc_leaves_an_object_its_lines),
	   KUNIT_CASE(what_is_no_dma_buffer_is_packed),
	   KUNIT_CASE(what_a_device_writes_leaves_the_neighbours));
