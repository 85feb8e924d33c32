// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_leaky - a driver with a leak, for Documentation/debugging.rst to find
 *
 * Each request that is written to its parameter "requests" is copied, looked at and
 * freed. One of ten is refused, and then somebody has forgotten something.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/gomalloc.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

struct request {
	unsigned int	number;
	char		text[100];
};

static struct gomalloc_heap *heap;

static noinline struct request *leaky_receive(unsigned int number)
{
	struct request *req = gomalloc_heap_alloc(heap, sizeof(*req), GFP_KERNEL, 0);

	if (req)
		req->number = number;
	return req;
}

static noinline int leaky_serve(unsigned int number)
{
	struct request *req = leaky_receive(number);

	if (!req)
		return -ENOMEM;
	if (number % 10 == 9)
		return -EINVAL;		/* the leak */
	snprintf(req->text, sizeof(req->text), "request %u", req->number);
	gofree(req);
	return 0;
}

static int leaky_set(const char *text, const struct kernel_param *kp)
{
	unsigned int i, nr, refused = 0;
	int err = kstrtouint(text, 0, &nr);

	if (err)
		return err;
	for (i = 0; i < nr && heap; i++)
		refused += leaky_serve(i) == -EINVAL;
	pr_info("%u requests, %u refused\n", nr, refused);
	return 0;
}

static const struct kernel_param_ops leaky_ops = {
	.set = leaky_set,
};
module_param_cb(requests, &leaky_ops, NULL, 0200);
MODULE_PARM_DESC(requests, "serve so many requests now");

static int __init leaky_init(void)
{
	struct gomalloc_heap_params params = { .name = "leaky" };
	struct gomalloc_heap *made = gomalloc_heap_create(&params);

	if (IS_ERR(made))
		return PTR_ERR(made);
	heap = made;
	return 0;
}

static void __exit leaky_exit(void)
{
	gomalloc_heap_destroy(heap);
}

module_init(leaky_init);
module_exit(leaky_exit);
MODULE_DESCRIPTION("A driver with a leak");
MODULE_LICENSE("GPL");
