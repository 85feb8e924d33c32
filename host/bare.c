// SPDX-License-Identifier: GPL-2.0
/*
 * bare - accesses that no sanitizer looks at
 *
 * What: for hook.c and the page allocator, which write to what is nobody's, and to
 *	the shadow. Compiled without the sanitizers; the compiler must not make calls
 *	of the C library of it, which are looked at.
 */
#include <host/kernel.h>

void *host_memset(void *p, int c, size_t size)
{
	volatile u8 *at = p;

	while (size--)
		*at++ = c;
	return p;
}

void *host_memcpy(void *to, const void *from, size_t size)
{
	const volatile u8 *at = from;
	volatile u8 *p = to;

	while (size--)
		*p++ = *at++;
	return to;
}

void *host_memchr_inv(const void *p, int c, size_t size)
{
	const volatile u8 *at = p;

	for (; size; size--, at++) {
		if (*at != (u8)c)
			return (void *)at;
	}
	return NULL;
}
