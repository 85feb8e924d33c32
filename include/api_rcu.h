/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of api_rcu.c: frees after a grace period */
#ifndef _GOMALLOC_API_RCU_H
#define _GOMALLOC_API_RCU_H

struct gomalloc_sys;

void api_rcu_init(struct gomalloc_sys *sys);
void api_rcu_free_listed(void *head, const void *p);

#endif /* _GOMALLOC_API_RCU_H */
