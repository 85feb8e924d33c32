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

#define HEAP		"everywhere"
#define MOST		(64U << 20)
#define MOST_SHOWN	40

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

	if (sscanf(line, "%*u " HEAP ": %" SCNu64 " objects, %" SCNu64 " bytes,",
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
	size_t length;

	all->leaks = inside_read_leaks(MOST, &length);
	if (!all->leaks)
		errx(EXIT_BAD, "cannot read leaks of gomalloc in debugfs; be root, and mount it");
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

static void get_callers(struct callers *all)
{
	*all = (struct callers){};
	add_leaks(all);
	add_kernels(all);
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

/* The first line of leaks tells how much is tracked, with a # before it */
static void show_note(const struct callers *all)
{
	if (*all->leaks == '#')
		printf("\n%.*s\n", (int)strcspn(all->leaks + 2, "\n"), all->leaks + 2);
}

void show_callers(void)
{
	const struct caller *c;
	struct callers all;

	get_callers(&all);
	show_note(&all);
	printf("%10s %10s %10s  %s\n", "objects", "bytes", all.source ?: "kmalloc", "caller");
	for (c = all.caller; c < all.caller + all.nr && c < all.caller + MOST_SHOWN; c++)
		printf("%10" PRIu64 " %10s %10s  %s\n", c->objects, human(c->bytes),
		       c->known ? human(c->kernel) : "-", printable(name_of(c)));
	if (all.nr > MOST_SHOWN)
		printf("and %zu callers with less\n", all.nr - MOST_SHOWN);
	free_callers(&all);
}

static void json_caller(const struct callers *all, const struct caller *c)
{
	printf("{\"function\":");
	json_string(stdout, name_of(c));
	printf(",\"objects\":%" PRIu64 ",\"bytes\":%" PRIu64, c->objects, c->bytes);
	if (c->known)
		printf(",\"%s_bytes\":%" PRIu64, all->source, c->kernel);
	printf("}");
}

void json_callers(void)
{
	struct callers all;
	size_t i;

	get_callers(&all);
	printf(",\"callers\":[");
	for (i = 0; i < all.nr; i++) {
		printf("%s", i ? ",\n" : "\n");
		json_caller(&all, &all.caller[i]);
	}
	printf("]");
	free_callers(&all);
}
