/* SPDX-License-Identifier: GPL-2.0 */
/* vmap - to page.c: where the pages of the region are in its file */
#ifndef _HOST_VMAP_H
#define _HOST_VMAP_H

void host_vmap_init(int fd, unsigned long start);

#endif /* _HOST_VMAP_H */
