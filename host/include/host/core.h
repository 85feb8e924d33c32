/* SPDX-License-Identifier: GPL-2.0 */
/* core - the allocator in a program: the part of gomalloc_kmod.c */
#ifndef _HOST_CORE_H
#define _HOST_CORE_H

/* The machine: memory of so many bytes. The caller has CPU 0 from then on. */
void host_start(unsigned long bytes, int may_map);
/* The allocator, on it; ends the program if it cannot be */
void host_core_init(void);
void host_core_exit(void);

#endif /* _HOST_CORE_H */
