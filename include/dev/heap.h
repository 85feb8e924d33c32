/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of dev/heap.c: commands of /dev/gomalloc on heaps */
#ifndef _GOMALLOC_DEV_HEAP_H
#define _GOMALLOC_DEV_HEAP_H

struct dev_file;
union dev_cmd;

int dev_cmd_stats(struct dev_file *f, union dev_cmd *cmd);
int dev_cmd_class_stats(struct dev_file *f, union dev_cmd *cmd);
int dev_cmd_heaps(struct dev_file *f, union dev_cmd *cmd);
int dev_cmd_set_limit(struct dev_file *f, union dev_cmd *cmd);
int dev_cmd_trim(struct dev_file *f, union dev_cmd *cmd);
int dev_cmd_version(struct dev_file *f, union dev_cmd *cmd);

#endif /* _GOMALLOC_DEV_HEAP_H */
