// SPDX-License-Identifier: GPL-2.0
/*
 * api_string - copies, and text
 *
 * What: gostrdup(), gomemdup(), goasprintf() and their kin: objects with contents.
 * Locks: none of its own.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/overflow.h>
#include <linux/string.h>

#include "api_string.h"
#include "compat.h"
#include "malloc.h"

/* A terminated copy of @len bytes */
char *api_string_copy_text(struct gomalloc_heap *heap, const char *s, size_t len,
			   gfp_t gfp, unsigned long caller)
{
	char *copy = NULL;

	if (len < SIZE_MAX)
		copy = malloc_alloc(heap, len + 1, gfp, GOMALLOC_NOSCAN, caller);
	if (copy) {
		memcpy(copy, s, len);
		copy[len] = '\0';
	}
	return copy;
}

void *api_string_copy_memory(struct gomalloc_heap *heap, const void *src,
			     size_t len, gfp_t gfp, unsigned long caller)
{
	void *copy = malloc_alloc(heap, len, gfp, 0, caller);

	if (!ZERO_OR_NULL_PTR(copy))
		memcpy(copy, src, len);
	return copy;
}

/* A text of its length, as of vsnprintf() */
char *api_string_print(struct gomalloc_heap *heap, gfp_t gfp, const char *fmt,
		       va_list ap, unsigned long caller)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	text = malloc_alloc(heap, len + 1, gfp, GOMALLOC_NOSCAN, caller);
	if (text)
		WARN_ON_ONCE(vsnprintf(text, len + 1, fmt, ap) != len);
	return text;
}

/**
 * gostrdup() - copy a string
 * @s: the string, or NULL
 * @gfp: as for gomalloc()
 *
 * Context: as gomalloc().
 * Return: the copy; NULL: no memory, or @s is NULL.
 */
char *gostrdup(const char *s, gfp_t gfp)
{
	return s ? api_string_copy_text(gomalloc_default_heap, s, strlen(s), gfp, _RET_IP_) :
		   NULL;
}
EXPORT_SYMBOL_GPL(gostrdup);

/**
 * gomalloc_heap_strdup() - gostrdup() into a heap
 * @heap: the heap
 * @s: the string, or NULL
 * @gfp: as for gomalloc()
 *
 * Context: as gomalloc().
 * Return: as gostrdup(); NULL also if the heap is at its limit.
 */
char *gomalloc_heap_strdup(struct gomalloc_heap *heap, const char *s, gfp_t gfp)
{
	return s ? api_string_copy_text(heap, s, strlen(s), gfp, _RET_IP_) : NULL;
}
EXPORT_SYMBOL_GPL(gomalloc_heap_strdup);

/**
 * gomalloc_heap_memdup() - gomemdup() into a heap
 * @heap: the heap
 * @src: what to copy
 * @len: bytes of it
 * @gfp: as for gomalloc()
 *
 * Context: as gomalloc().
 * Return: as gomemdup(); NULL also if the heap is at its limit.
 */
void *gomalloc_heap_memdup(struct gomalloc_heap *heap, const void *src,
			   size_t len, gfp_t gfp)
{
	return api_string_copy_memory(heap, src, len, gfp, _RET_IP_);
}
EXPORT_SYMBOL_GPL(gomalloc_heap_memdup);

/**
 * gomemdup() - copy memory
 * @src: what to copy
 * @len: bytes of it
 * @gfp: as for gomalloc()
 *
 * Context: as gomalloc().
 * Return: the copy, or NULL: no memory.
 */
void *gomemdup(const void *src, size_t len, gfp_t gfp)
{
	return api_string_copy_memory(gomalloc_default_heap, src, len, gfp, _RET_IP_);
}
EXPORT_SYMBOL_GPL(gomemdup);

/**
 * gostrndup() - copy the begin of a string
 * @s: the string, or NULL
 * @max: characters of it at most
 * @gfp: as for gomalloc()
 *
 * Context: as gomalloc().
 * Return: the copy, terminated; NULL: no memory, or @s is NULL.
 */
char *gostrndup(const char *s, size_t max, gfp_t gfp)
{
	return s ? api_string_copy_text(gomalloc_default_heap, s, strnlen(s, max), gfp,
			     _RET_IP_) : NULL;
}
EXPORT_SYMBOL_GPL(gostrndup);

/**
 * gomemdup_nul() - copy memory and terminate it
 * @s: what to copy, or NULL
 * @len: bytes of it
 * @gfp: as for gomalloc()
 *
 * Context: as gomalloc().
 * Return: the copy, of @len + 1 bytes; NULL: no memory, or @s is NULL.
 */
char *gomemdup_nul(const char *s, size_t len, gfp_t gfp)
{
	return s ? api_string_copy_text(gomalloc_default_heap, s, len, gfp, _RET_IP_) : NULL;
}
EXPORT_SYMBOL_GPL(gomemdup_nul);

/**
 * gomemdup_array() - copy an array
 * @src: what to copy
 * @n: number of elements
 * @size: bytes of one
 * @gfp: as for gomalloc()
 *
 * Context: as gomalloc().
 * Return: the copy; NULL: no memory, or @n * @size overflows.
 */
void *gomemdup_array(const void *src, size_t n, size_t size, gfp_t gfp)
{
	return api_string_copy_memory(gomalloc_default_heap, src, size_mul(n, size), gfp,
			   _RET_IP_);
}
EXPORT_SYMBOL_GPL(gomemdup_array);

/**
 * govasprintf() - goasprintf() with its arguments in a list
 * @gfp: as for gomalloc()
 * @fmt: as for printk()
 * @ap: the arguments
 *
 * Context: as gomalloc().
 * Return: the text; NULL: no memory.
 */
char *govasprintf(gfp_t gfp, const char *fmt, va_list ap)
{
	return api_string_print(gomalloc_default_heap, gfp, fmt, ap, _RET_IP_);
}
EXPORT_SYMBOL_GPL(govasprintf);

/**
 * goasprintf() - a text as of printf(), in an object of its length
 * @gfp: as for gomalloc()
 * @fmt: as for printk()
 * @...: the arguments
 *
 * Context: as gomalloc().
 * Return: the text; NULL: no memory.
 */
char *goasprintf(gfp_t gfp, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = api_string_print(gomalloc_default_heap, gfp, fmt, ap, _RET_IP_);
	va_end(ap);
	return text;
}
EXPORT_SYMBOL_GPL(goasprintf);
