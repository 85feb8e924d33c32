/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of dev/batch.c: many objects of /dev/gomalloc in one call */
#ifndef _GOMALLOC_DEV_BATCH_H
#define _GOMALLOC_DEV_BATCH_H

struct dev_file;
union dev_cmd;

int dev_cmd_alloc_batch(struct dev_file *f, union dev_cmd *cmd);
int dev_cmd_free_batch(struct dev_file *f, union dev_cmd *cmd);

#endif /* _GOMALLOC_DEV_BATCH_H */
