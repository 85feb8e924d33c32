/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of modules.c: modules whose requests alone are served */
#ifndef _EVERYWHERE_MODULES_H
#define _EVERYWHERE_MODULES_H

#include <linux/types.h>

int modules_set(const char *names);
int modules_show(char *buf);
bool modules_are_named(void);
bool modules_have(unsigned long caller);
int modules_init(void);
void modules_exit(void);

#endif /* _EVERYWHERE_MODULES_H */
