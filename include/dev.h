/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dev - /dev/gomalloc
 *
 * Private interface of dev.c.
 */
#ifndef _GOMALLOC_DEV_H
#define _GOMALLOC_DEV_H

int dev_init(void);
void dev_exit(void);

#endif /* _GOMALLOC_DEV_H */
