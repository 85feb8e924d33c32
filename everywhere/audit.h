/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of audit.c: what would become of requests */
#ifndef _EVERYWHERE_AUDIT_H
#define _EVERYWHERE_AUDIT_H

#include <linux/types.h>

/**
 * enum audit_fate - what becomes of a request
 * @AUDIT_SERVED: it is served
 * @AUDIT_ACCOUNT: it is the kernel's, since a memory cgroup is to pay for it
 * @AUDIT_ZONE: it asks for memory below an address
 * @AUDIT_LARGE: it is larger than any object of a heap
 * @AUDIT_NMI: it is made in an NMI
 * @AUDIT_RESOURCE: who frees it looks at the page
 * @AUDIT_UNWANTED: a person has limited what is served, and this is not
 * @AUDIT_NR: how many there are
 */
enum audit_fate {
	AUDIT_SERVED,
	AUDIT_ACCOUNT,
	AUDIT_ZONE,
	AUDIT_LARGE,
	AUDIT_NMI,
	AUDIT_RESOURCE,
	AUDIT_UNWANTED,
	AUDIT_NR,
};

void audit_count(enum audit_fate fate, size_t size);
void audit_forget(void);
int audit_show(char *buf);

#endif /* _EVERYWHERE_AUDIT_H */
