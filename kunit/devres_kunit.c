// SPDX-License-Identifier: GPL-2.0
/*
 * devres: objects of a device go when it does, and before it when they are freed.
 */
#include <linux/device.h>
#include <linux/slab.h>

#include "fixture.h"

/*
 * Without a driver: its objects go when it is unregistered. Without a module: older
 * kernels run the tests of one before it is in sysfs.
 */
static struct device *make_named(struct kunit *test, const char *name)
{
	struct device *dev = __root_device_register(name, NULL);

	KUNIT_ASSERT_FALSE(test, IS_ERR(dev));
	return dev;
}

static struct device *make_device(struct kunit *test)
{
	return make_named(test, "gomalloc-kunit");
}

/* No more than the test's objects come and go in the default heap meanwhile */
static u64 live(void)
{
	return live_objects(gomalloc_default_heap);
}

static void objects_go_with_the_device(struct kunit *test)
{
	struct device *dev = make_device(test);
	u64 before = live();
	char *text;
	u8 *p;

	p = got(test, devm_gomalloc(dev, 100, GFP_KERNEL));
	KUNIT_EXPECT_GE(test, gosize(p), (size_t)100);
	got(test, devm_gomalloc(dev, 100000, GFP_KERNEL));
	p = got(test, devm_gozalloc(dev, 1000, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, 1000));
	got(test, devm_gomalloc_array(dev, 7, 30, GFP_ATOMIC));
	p = got(test, devm_gocalloc(dev, 7, 30, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, 210));
	text = got(test, devm_gostrdup(dev, "eth0", GFP_KERNEL));
	KUNIT_EXPECT_STREQ(test, text, "eth0");
	p = got(test, devm_gomemdup(dev, "eth0", 5, GFP_KERNEL));
	KUNIT_EXPECT_STREQ(test, (char *)p, "eth0");
	text = got(test, devm_goasprintf(dev, GFP_KERNEL, "eth%d:%s", 1, "tx"));
	KUNIT_EXPECT_STREQ(test, text, "eth1:tx");
	KUNIT_EXPECT_EQ(test, live(), before + 8);
	root_device_unregister(dev);
	KUNIT_EXPECT_EQ(test, live(), before);
}

static void an_object_may_be_freed_before(struct kunit *test)
{
	struct device *dev = make_device(test);
	u64 before = live();
	void *p = got(test, devm_gomalloc(dev, 100, GFP_KERNEL));
	void *q = got(test, devm_gomalloc(dev, 100, GFP_KERNEL));

	devm_gofree(dev, p);
	KUNIT_EXPECT_FALSE(test, gomalloc_owns(p));
	KUNIT_EXPECT_TRUE(test, gomalloc_owns(q));
	devm_gofree(dev, NULL);
	devm_gofree(dev, ZERO_SIZE_PTR);
	KUNIT_EXPECT_EQ(test, live(), before + 1);
	root_device_unregister(dev);
	KUNIT_EXPECT_EQ(test, live(), before);
}

/* Wherever it is, and back */
static void an_object_may_grow(struct kunit *test)
{
	static const size_t sizes[] = { 20, 3000, 100000, 200000, 64, 0 };
	struct device *dev = make_device(test);
	u64 before = live();
	u8 *p = got(test, devm_gorealloc(dev, NULL, 10, GFP_KERNEL));
	unsigned int i;

	memset(p, 0x55, 10);
	for (i = 0; sizes[i]; i++) {
		p = got(test, devm_gorealloc(dev, p, sizes[i], GFP_KERNEL));
		KUNIT_EXPECT_NULL(test, memchr_inv(p, 0x55, 10));
		KUNIT_EXPECT_EQ(test, live(), before + 1);
	}
	p = got(test, devm_gorealloc_array(dev, p, 100, 10, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0x55, 10));
	/* One that cannot grow stays the device's */
	KUNIT_EXPECT_NULL(test, devm_gorealloc_array(dev, p, SIZE_MAX / 2, 3, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, devm_gorealloc(dev, p, GOMALLOC_MAX_SIZE + 1,
					       GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_TRUE(test, gomalloc_owns(p));
	KUNIT_EXPECT_PTR_EQ(test, devm_gorealloc(dev, p, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_EQ(test, live(), before);
	got(test, devm_gorealloc(dev, NULL, 10, GFP_KERNEL));
	root_device_unregister(dev);
	KUNIT_EXPECT_EQ(test, live(), before);
}

static void what_cannot_be_is_none_of_the_device(struct kunit *test)
{
	struct device *dev = make_device(test);
	size_t huge = SIZE_MAX / 2;
	u64 before = live();

	KUNIT_EXPECT_NULL(test, devm_gomalloc_array(dev, huge, 3, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, devm_gocalloc(dev, huge, 3, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, devm_gomalloc(dev, huge, GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_NULL(test, devm_gostrdup(dev, NULL, GFP_KERNEL));
	KUNIT_EXPECT_PTR_EQ(test, devm_gomalloc(dev, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_EQ(test, live(), before);
	root_device_unregister(dev);
}

/* Older kernels have no way to keep a warning that is wanted out of the log */
#ifdef kunit_warning_suppress
static void what_is_not_of_the_device_is_not_freed(struct kunit *test)
{
	struct device *dev = make_device(test);
	struct device *other = make_named(test, "gomalloc-kunit-other");
	void *p = got(test, devm_gomalloc(dev, 100, GFP_KERNEL));
	void *q = heap_object(test, 100);

	kunit_warning_suppress(test) {
		devm_gofree(other, p);
		devm_gofree(dev, q);
		devm_gofree(dev, p + 1);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 3);
	}
	KUNIT_EXPECT_TRUE(test, gomalloc_owns(p));
	KUNIT_EXPECT_TRUE(test, gomalloc_owns(q));
	root_device_unregister(other);
	KUNIT_EXPECT_TRUE(test, gomalloc_owns(p));
	devm_gofree(dev, p);
	gofree(q);
	root_device_unregister(dev);
}

static void what_is_not_of_the_device_does_not_grow(struct kunit *test)
{
	struct device *dev = make_device(test);
	u8 *p = heap_object(test, 100);

	memset(p, 0x55, 100);
	kunit_warning_suppress(test) {
		KUNIT_EXPECT_NULL(test, devm_gorealloc(dev, p, 1000, GFP_KERNEL));
		KUNIT_EXPECT_NULL(test, devm_gorealloc_array(dev, p, 4, 5, GFP_KERNEL));
		devm_gorealloc(dev, p, 0, GFP_KERNEL);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 3);
	}
	KUNIT_EXPECT_TRUE(test, gomalloc_owns(p));
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0x55, 100));
	gofree(p);
	root_device_unregister(dev);
}
#endif

TEST_SUITE(devres, FIXTURE,
	   KUNIT_CASE(objects_go_with_the_device),
	   KUNIT_CASE(an_object_may_be_freed_before),
	   KUNIT_CASE(an_object_may_grow),
#ifdef kunit_warning_suppress
	   KUNIT_CASE(what_is_not_of_the_device_is_not_freed),
	   KUNIT_CASE(what_is_not_of_the_device_does_not_grow),
#endif
	   KUNIT_CASE(what_cannot_be_is_none_of_the_device));
