/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of modheap.c: the heap of a module that was built for kmalloc() */
#ifndef _GOMALLOC_MODHEAP_H
#define _GOMALLOC_MODHEAP_H

struct gomalloc_sys;

int modheap_init(struct gomalloc_sys *sys);
void modheap_exit(struct gomalloc_sys *sys);

#endif /* _GOMALLOC_MODHEAP_H */
