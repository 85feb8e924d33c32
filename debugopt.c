// SPDX-License-Identifier: GPL-2.0
/*
 * debugopt - the words of slub_debug
 *
 * What: reads what the kernel's parameter slub_debug would be given, of heaps in the
 *	place of caches: letters, a comma and names, and such blocks by semicolons.
 *	The grammar is that of the kernel's Documentation/mm/slub.rst.
 * Locks: none; text in, bits out.
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "compat.h"
#include "debugopt.h"
#include "heap_flags.h"

static const struct {
	char		letter;
	unsigned int	flag;
} letters[] = {
	{ 'F', HEAP_DEBUG_CHECK },
	{ 'Z', HEAP_DEBUG_ZONE },
	{ 'P', HEAP_DEBUG_POISON },
	{ 'U', HEAP_DEBUG_USER },
};

/* Return: of HEAP_DEBUGGED one; 0: it is no such letter */
static unsigned int flag_of(char letter)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(letters); i++) {
		/* As of slub_debug, small ones will do */
		if (letters[i].letter == toupper(letter))
			return letters[i].flag;
	}
	return 0;
}

/*
 * The letters that a block begins with; all where it has none, and "-" for nothing.
 * Return: what is behind them; NULL: one of them is not known.
 */
static const char *read_letters(const char *text, unsigned int *flags)
{
	const char *start = text;
	unsigned int flag;

	*flags = 0;
	if (*text == '-')
		return text + 1;
	for (; *text && *text != ',' && *text != ';'; text++) {
		flag = flag_of(*text);
		if (!flag)
			return NULL;
		*flags |= flag;
	}
	if (text == start)
		*flags = HEAP_DEBUGGED;
	return text;
}

/* Does @name match what is at @pattern, up to a comma or semicolon? A star at the end does. */
static bool matches(const char *pattern, size_t len, const char *name)
{
	if (len && pattern[len - 1] == '*')
		return !strncmp(pattern, name, len - 1);
	return strlen(name) == len && !strncmp(pattern, name, len);
}

/* Is @name in the list of names of a block, which begins with a comma? */
static bool is_listed(const char *list, const char *name)
{
	size_t len;

	while (*list == ',') {
		len = strcspn(++list, ",;");
		if (matches(list, len, name))
			return true;
		list += len;
	}
	return false;
}

static const char *next_block(const char *text)
{
	text += strcspn(text, ";");
	return text + (*text == ';');
}

/* Return: 0; -EINVAL: there is another letter, or something behind them */
int debugopt_check(const char *text)
{
	unsigned int flags;

	while (*text) {
		text = read_letters(text, &flags);
		if (!text || (*text && *text != ',' && *text != ';'))
			return -EINVAL;
		text = next_block(text);
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(debugopt_check);

/*
 * Of HEAP_DEBUGGED what @text, which debugopt_check() passed, says of the heap @name: in
 * the first block that lists it, or else in the first that lists none
 */
unsigned int debugopt_flags(const char *text, const char *name)
{
	bool found_rest = false;
	unsigned int flags, rest = 0;

	while (*text) {
		text = read_letters(text, &flags);
		if (is_listed(text, name))
			return flags;
		if (*text != ',' && !found_rest) {
			rest = flags;
			found_rest = true;
		}
		text = next_block(text);
	}
	return rest;
}
EXPORT_SYMBOL_IF_KUNIT(debugopt_flags);

/* Return: all letters in any of the blocks */
unsigned int debugopt_all(const char *text)
{
	unsigned int flags, all = 0;

	while (*text) {
		text = read_letters(text, &flags);
		all |= flags;
		text = next_block(text);
	}
	return all;
}

/* In letters; "-" for none */
void debugopt_print(unsigned int flags, char text[DEBUGOPT_LETTERS])
{
	unsigned int i, n = 0;

	for (i = 0; i < ARRAY_SIZE(letters); i++) {
		if (flags & letters[i].flag)
			text[n++] = letters[i].letter;
	}
	if (!n)
		text[n++] = '-';
	text[n] = 0;
}
EXPORT_SYMBOL_IF_KUNIT(debugopt_print);
