/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of patch.c: to put functions of ours in the place of the kernel's */
#ifndef _EVERYWHERE_PATCH_H
#define _EVERYWHERE_PATCH_H

int patch_init(void);
void patch_exit(void);
int patch_frees(void);
int patch_allocs(void);
void patch_remove(void);

#endif /* _EVERYWHERE_PATCH_H */
