/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of api_devres.c: objects that go with a device, of any heap */
#ifndef _GOMALLOC_API_DEVRES_H
#define _GOMALLOC_API_DEVRES_H

#include <linux/gfp.h>

struct device;

void *api_devres_add(struct device *dev, void *p, gfp_t gfp);

#endif /* _GOMALLOC_API_DEVRES_H */
