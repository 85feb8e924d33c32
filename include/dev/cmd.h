/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of dev/cmd.c: commands of /dev/gomalloc on an object */
#ifndef _GOMALLOC_DEV_CMD_H
#define _GOMALLOC_DEV_CMD_H

#include "object.h"

/* A command's struct, of any of the commands */
union dev_cmd {
	struct gomalloc_ioc_alloc	alloc;
	struct gomalloc_ioc_free	free;
	struct gomalloc_ioc_copy	copy;
	struct gomalloc_ioc_info	info;
	struct gomalloc_ioc_stats	stats;
	struct gomalloc_ioc_class_stats	class_stats;
	struct gomalloc_ioc_set_limit	set_limit;
	struct gomalloc_ioc_trim	trim;
	struct gomalloc_ioc_alloc_batch	alloc_batch;
	struct gomalloc_ioc_free_batch	free_batch;
	struct gomalloc_ioc_realloc	realloc;
	struct gomalloc_ioc_fill	fill;
	struct gomalloc_ioc_version	version;
	struct gomalloc_ioc_heaps	heaps;
};

/**
 * struct dev_call - a command at work
 * @cmd: its struct
 * @made: what it has made, and nobody can find before the program was told
 */
struct dev_call {
	union dev_cmd		cmd;
	struct dev_object	*made;
};

int dev_cmd_alloc(struct dev_file *f, union dev_cmd *cmd);
void dev_finish_alloc(struct dev_file *f, union dev_cmd *cmd, bool told);
int dev_cmd_free(struct dev_file *f, union dev_cmd *cmd);
int dev_cmd_realloc(struct dev_file *f, union dev_cmd *cmd);
int dev_cmd_read(struct dev_file *f, union dev_cmd *cmd);
int dev_cmd_write(struct dev_file *f, union dev_cmd *cmd);
int dev_cmd_fill(struct dev_file *f, union dev_cmd *cmd);
int dev_cmd_info(struct dev_file *f, union dev_cmd *cmd);

#endif /* _GOMALLOC_DEV_CMD_H */
