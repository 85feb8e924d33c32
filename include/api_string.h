/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of api_string.c: copies and text, of any heap */
#ifndef _GOMALLOC_API_STRING_H
#define _GOMALLOC_API_STRING_H

#include <linux/compiler.h>
#include <linux/gfp.h>
#include <linux/stdarg.h>

struct gomalloc_heap;

char *api_string_copy_text(struct gomalloc_heap *heap, const char *s, size_t len,
			   gfp_t gfp, unsigned long caller);
void *api_string_copy_memory(struct gomalloc_heap *heap, const void *src,
			     size_t len, gfp_t gfp, unsigned long caller);
__printf(3, 0) char *
api_string_print(struct gomalloc_heap *heap, gfp_t gfp, const char *fmt,
		 va_list ap, unsigned long caller);

#endif /* _GOMALLOC_API_STRING_H */
