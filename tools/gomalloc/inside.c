// SPDX-License-Identifier: GPL-2.0
/*
 * inside - what debugfs tells of a heap
 *
 * What: reads the files in its folder, where there is debugfs and the caller is root.
 *	What is not there is left out, wherever it would be shown.
 */
#include <stdlib.h>

#include "inside.h"

#define DEBUGFS	"/sys/kernel/debug/gomalloc"
#define STEP	65536

/* Folders are made for who asks; where there are none, there is nobody to ask */
static void make_folder(uint32_t heap)
{
	FILE *file = fopen(DEBUGFS "/show", "we");

	if (!file)
		return;
	fprintf(file, "%u", heap);
	fclose(file);
}

FILE *inside_open(uint32_t heap, const char *name)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), DEBUGFS "/heap/%u/%s", heap, name);
	file = fopen(path, "re");
	if (file)
		return file;
	make_folder(heap);
	return fopen(path, "re");
}

static char *read_all(FILE *file, size_t most, size_t *length)
{
	size_t room = STEP, n = 0;
	char *text = malloc(room), *more;

	while (text) {
		n += fread(text + n, 1, room - n - 1, file);
		text[n] = 0;
		if (n < room - 1 && !ferror(file)) {
			*length = n;
			return text;
		}
		more = room < most && !ferror(file) ? realloc(text, room *= 2) : NULL;
		if (!more)
			free(text);
		text = more;
	}
	return NULL;
}

static char *read_and_close(FILE *file, size_t most, size_t *length)
{
	char *text;

	if (!file)
		return NULL;
	text = read_all(file, most, length);
	fclose(file);
	return text;
}

char *inside_read_path(const char *path, size_t most, size_t *length)
{
	return read_and_close(fopen(path, "re"), most, length);
}

char *inside_read(uint32_t heap, const char *name, size_t most, size_t *length)
{
	return read_and_close(inside_open(heap, name), most, length);
}

char *inside_read_leaks(size_t most, size_t *length)
{
	return inside_read_path(DEBUGFS "/leaks", most, length);
}
