// SPDX-License-Identifier: GPL-2.0
/*
 * gauge - a driver as it is found, for Documentation/porting.rst to try on gomalloc
 *
 * It has readings of as many gauges as are asked for, by kmalloc(), and a platform
 * device. Three things are wrong with it, as they are in drivers: an error path forgets
 * an object, another frees one twice, and the device has memory from kmalloc() that the
 * kernel itself frees. With kmalloc() nobody notices.
 */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

struct reading {
	unsigned int	gauge;
	char		*text;
};

static struct platform_device *device;

static noinline struct reading *gauge_read(unsigned int gauge)
{
	struct reading *r = kmalloc(sizeof(*r), GFP_KERNEL);

	if (!r)
		return NULL;
	r->gauge = gauge;
	r->text = kasprintf(GFP_KERNEL, "gauge %u: %u bar", gauge, gauge * 37 % 101);
	if (!r->text || gauge % 100 == 99)
		return NULL;		/* the first mistake: r stays, and its text */
	return r;
}

static noinline void gauge_put(struct reading *r)
{
	kfree(r->text);
	kfree(r);
}

static noinline void gauge_check(struct reading *r)
{
	if (r->gauge % 1000 == 500) {
		kfree(r->text);		/* the second: gauge_put() does it again */
		pr_info_once("gauge %u is odd\n", r->gauge);
	}
}

static int gauges_set(const char *text, const struct kernel_param *kp)
{
	struct reading *r;
	unsigned int i, nr;
	int err = kstrtouint(text, 0, &nr);

	if (err)
		return err;
	for (i = 0; i < nr; i++) {
		r = gauge_read(i);
		if (!r)
			continue;
		gauge_check(r);
		gauge_put(r);
	}
	return 0;
}

static const struct kernel_param_ops gauges_ops = {
	.set = gauges_set,
};
module_param_cb(gauges, &gauges_ops, NULL, 0200);
MODULE_PARM_DESC(gauges, "read so many gauges now");

static int __init gauge_init(void)
{
	int err;

	device = platform_device_alloc("gauge", PLATFORM_DEVID_NONE);
	if (!device)
		return -ENOMEM;
	/* The third: platform_device_put() gives this to the kernel's kfree() */
	device->dev.platform_data = kzalloc(100, GFP_KERNEL);
	err = platform_device_add(device);
	if (err)
		platform_device_put(device);
	return err;
}

static void __exit gauge_exit(void)
{
	platform_device_unregister(device);
}

module_init(gauge_init);
module_exit(gauge_exit);
MODULE_DESCRIPTION("Readings of gauges, with three mistakes");
MODULE_LICENSE("GPL");
