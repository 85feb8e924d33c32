/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of dev/open.c: how many files of /dev/gomalloc are open */
#ifndef _GOMALLOC_DEV_OPEN_H
#define _GOMALLOC_DEV_OPEN_H

struct dev_sys;
struct file;

void dev_opens_init(struct dev_sys *sys);
void dev_opens_exit(struct dev_sys *sys);
int dev_count_open(struct dev_sys *sys, const struct file *file);
void dev_uncount_open(struct dev_sys *sys, const struct file *file);

#endif /* _GOMALLOC_DEV_OPEN_H */
