/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dev - /dev/gomalloc
 *
 * Interface of this folder, for the module's init, exit and parameters. The
 * headers of its other files are in include/dev: beside them they would stand in
 * the way of those that are called the same.
 */
#ifndef _GOMALLOC_DEV_H
#define _GOMALLOC_DEV_H

#include "dev/object.h"

extern struct dev_sys gomalloc_dev;

int dev_init(void);
void dev_exit(void);

#endif /* _GOMALLOC_DEV_H */
