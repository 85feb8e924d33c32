// SPDX-License-Identifier: GPL-2.0
/*
 * everywhere_callers - who has what of the kernel lives on gomalloc
 *
 * What: sums what the kernel lists as leaks of the heap "everywhere" by function, and
 *	puts beside it what the kernel knows of its own memory: of kmalloc's caches with
 *	slub_debug=U, or else of the function's lines in allocinfo.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "everywhere.h"
#include "inside.h"
#include "json.h"

#define MOST		(64U << 20)

/**
 * struct caller - a function
 * @name: of @length; not a string
 * @length: of it
 * @objects: that live on gomalloc
 * @bytes: theirs
 * @kernel: bytes that the kernel has of it
 * @known: it has said so
 */
struct caller {
	const char *name;
	size_t length;
	uint64_t objects, bytes, kernel;
	bool known;
};

/**
 * struct callers - all of them
 * @leaks: the text in which their names are
 * @source: the kernel's file, or NULL: it has none
 * @nr: how many
 * @caller: each, with the most bytes first
 */
struct callers {
	char *leaks;
	const char *source;
	size_t nr;
	struct caller *caller;
};

/*
 * === functions ===
 */

/* What passes on what others ask for, behind any number of _ */
static const char * const wrappers[] = {
	"kmalloc", "kzalloc", "kcalloc", "krealloc", "kvmalloc", "kvrealloc", "kmemdup",
	"kvmemdup", "kstrdup", "kstrndup", "memdup_user", "vmemdup_user", "devm_k",
	"kmem_cache_alloc", "slab_alloc",
};

static bool is_wrapper(const char *name)
{
	size_t i;

	name += strspn(name, "_");
	for (i = 0; i < ARRAY_SIZE(wrappers); i++) {
		if (!strncmp(name, wrappers[i], strlen(wrappers[i])))
			return true;
	}
	return false;
}

/* Without +0x12/0x34 and what a compiler has put behind it; "(no stack)" has a blank */
static size_t name_length(const char *name)
{
	return strcspn(name, *name == '(' ? "\n" : "+.\n ");
}

/*
 * In @text and the stack behind it: the first function that is no wrapper, or the first
 * one. A line with a number belongs to another.
 */
static const char *find_function(const char *text)
{
	const char *line;

	if (!is_wrapper(text))
		return text;
	for (line = next_line(text); line && *line == ' '; line = next_line(line)) {
		line += strspn(line, " ");
		if (*line >= '0' && *line <= '9')
			break;
		if (!is_wrapper(line))
			return line;
	}
	return text;
}

static struct caller *find_caller(const struct callers *all, const char *name)
{
	size_t i, length = name_length(name);

	for (i = 0; i < all->nr; i++) {
		if (all->caller[i].length == length &&
		    !memcmp(all->caller[i].name, name, length))
			return &all->caller[i];
	}
	return NULL;
}

/*
 * === of gomalloc ===
 */

static struct caller *add_caller(struct callers *all, const char *name)
{
	struct caller *c = find_caller(all, name);

	if (c)
		return c;
	c = &all->caller[all->nr++];
	*c = (struct caller){ .name = name, .length = name_length(name) };
	return c;
}

/* "ID NAME: N objects, N bytes, ...", and the stack in the lines behind it */
static void add_leak(struct callers *all, const char *line)
{
	const char *stack = next_line(line);
	uint64_t objects, bytes;
	struct caller *c;

	if (sscanf(line, "%*u " EVERYWHERE_HEAP ": %" SCNu64 " objects, %" SCNu64 " bytes,",
		   &objects, &bytes) != 2 || !stack || *stack != ' ')
		return;
	c = add_caller(all, find_function(stack + strspn(stack, " ")));
	c->objects += objects;
	c->bytes += bytes;
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; text; text = next_line(text))
		n++;
	return n;
}

static int by_bytes(const void *a, const void *b)
{
	const struct caller *l = a, *r = b;

	return l->bytes < r->bytes ? 1 : l->bytes > r->bytes ? -1 : 0;
}

static void add_leaks(struct callers *all)
{
	const char *line;

	all->caller = must_alloc(count_lines(all->leaks), sizeof(*all->caller));
	for (line = all->leaks; line; line = next_line(line))
		add_leak(all, line);
	qsort(all->caller, all->nr, sizeof(*all->caller), by_bytes);
}

/*
 * === of the kernel ===
 */

static void add_kernel(struct callers *all, const char *name, uint64_t bytes)
{
	struct caller *c = find_caller(all, name);

	if (!c)
		return;
	c->kernel += bytes;
	c->known = true;
}

/* "BYTES CALLS FILE:LINE [MODULE] func:NAME" */
static void add_allocinfo(struct callers *all, const char *text)
{
	const char *line, *name, *end;
	uint64_t bytes;

	for (line = text; line; line = next_line(line)) {
		name = strstr(line, " func:");
		end = strchr(line, '\n');
		if (sscanf(line, "%" SCNu64, &bytes) == 1 && name && (!end || name < end))
			add_kernel(all, name + strlen(" func:"), bytes);
	}
}

/* "OBJECTS NAME ...", and the stack in the lines behind it, which are indented more */
static void add_traces(struct callers *all, const char *text, uint64_t size)
{
	const char *line;
	uint64_t objects;
	int at;

	for (line = text; line; line = next_line(line)) {
		if (sscanf(line, "%" SCNu64 " %n", &objects, &at) == 1)
			add_kernel(all, find_function(line + at), objects * size);
	}
}

static char *read_of_cache(const char *folder, const char *cache, const char *file)
{
	char path[160];
	size_t length;

	snprintf(path, sizeof(path), "%s/%s/%s", folder, cache, file);
	return inside_read_path(path, MOST, &length);
}

/* Of the cache with that name. Return: does it note who allocates? */
static bool add_cache(struct callers *all, const char *cache)
{
	char *traces = read_of_cache("/sys/kernel/debug/slab", cache, "alloc_traces");
	char *size = read_of_cache("/sys/kernel/slab", cache, "object_size");
	bool notes = traces && size;

	if (notes)
		add_traces(all, traces, strtoull(size, NULL, 10));
	free(traces);
	free(size);
	return notes;
}

/* slabinfo has the names of caches */
static bool add_caches(struct callers *all)
{
	const char *line;
	bool note = false;
	size_t length;
	char name[64], *text = inside_read_path("/proc/slabinfo", MOST, &length);

	for (line = text; line; line = next_line(line)) {
		if (sscanf(line, "%63s", name) == 1 && is_kmalloc(name))
			note |= add_cache(all, name);
	}
	free(text);
	return note;
}

static void add_kernels(struct callers *all)
{
	size_t length;
	char *text;

	if (add_caches(all)) {
		all->source = "kmalloc";
		return;
	}
	text = inside_read_path("/proc/allocinfo", MOST, &length);
	if (!text)
		return;
	all->source = "allocinfo";
	add_allocinfo(all, text);
	free(text);
}

/* Return: false: it cannot be read */
static bool get_callers(struct callers *all)
{
	size_t length;

	*all = (struct callers){ .leaks = inside_read_leaks(MOST, &length) };
	if (!all->leaks)
		return false;
	add_leaks(all);
	/* Which takes a while, if it notes who allocates */
	if (all->nr)
		add_kernels(all);
	return true;
}

static void free_callers(struct callers *all)
{
	free(all->caller);
	free(all->leaks);
}

/*
 * === shown ===
 */

/* As a string, until the next one */
static const char *name_of(const struct caller *c)
{
	static char name[512];

	snprintf(name, sizeof(name), "%.*s", (int)c->length, c->name);
	return name;
}

/* The first line of leaks tells how much is tracked, with a # before it; until the next one */
static const char *note_of(const struct callers *all)
{
	static char note[160];
	const char *from = all->leaks + 2;

	if (strncmp(all->leaks, "# ", 2))
		return "";
	snprintf(note, sizeof(note), "%.*s", (int)strcspn(from, "\n"), from);
	return note;
}

static void show_caller(const struct caller *c)
{
	printf("%10" PRIu64 " %10s %10s  %s\n", c->objects, human(c->bytes),
	       c->known ? human(c->kernel) : "-", printable(name_of(c)));
}

bool show_callers(void)
{
	struct callers all;
	size_t i;

	if (!get_callers(&all))
		return false;
	printf("\n%s\n", note_of(&all));
	printf("%10s %10s %10s  %s\n", "objects", "bytes", all.source ?: "kmalloc", "caller");
	for (i = 0; i < all.nr && i < MOST_CALLERS; i++)
		show_caller(&all.caller[i]);
	if (all.nr > MOST_CALLERS)
		printf("and %zu callers with less\n", all.nr - MOST_CALLERS);
	free_callers(&all);
	return true;
}

static void json_caller(FILE *to, const struct callers *all, const struct caller *c)
{
	fprintf(to, "{\"function\":");
	json_string(to, name_of(c));
	fprintf(to, ",\"objects\":%" PRIu64 ",\"bytes\":%" PRIu64, c->objects, c->bytes);
	if (c->known)
		fprintf(to, ",\"%s_bytes\":%" PRIu64, all->source, c->kernel);
	fprintf(to, "}");
}

bool json_callers(FILE *to, size_t most, const char *between)
{
	struct callers all;
	size_t i;

	if (!get_callers(&all))
		return false;
	fprintf(to, ",\"tracked\":");
	json_string(to, note_of(&all));
	fprintf(to, ",\"callers\":[");
	for (i = 0; i < all.nr && i < most; i++) {
		fprintf(to, "%s%s", i ? "," : "", between);
		json_caller(to, &all, &all.caller[i]);
	}
	fprintf(to, "]");
	if (all.nr > most)
		fprintf(to, ",\"callers_with_less\":%zu", all.nr - most);
	free_callers(&all);
	return true;
}
