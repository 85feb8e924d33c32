// SPDX-License-Identifier: GPL-2.0
/*
 * everywhere_status - what gomalloc_everywhere does
 *
 * What: reads its files and the kernel's own of memory, one after the other, and shows
 *	them, for people or as JSON. What an older module has not, or the caller may not
 *	see, is left out.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "everywhere.h"
#include "inside.h"
#include "json.h"

/* As long as a file may be */
#define MOST	(1U << 20)

static const char * const paths[NR_LOOKS] = {
	[LOOK_STATE]	= EVERYWHERE "/state",
	[LOOK_SERVED]	= EVERYWHERE "/served",
	[LOOK_LIVE]	= EVERYWHERE "/live",
	[LOOK_ONLY]	= EVERYWHERE "/only",
	[LOOK_MODULES]	= EVERYWHERE "/modules",
	[LOOK_AUDIT]	= EVERYWHERE "/audit",
	[LOOK_MEMINFO]	= "/proc/meminfo",
	[LOOK_SLABINFO]	= "/proc/slabinfo",
};

/* Without the end of the only line */
static void chomp(char *text)
{
	if (text)
		text[strcspn(text, "\n")] = 0;
}

bool look_try(struct look *look)
{
	size_t length;
	unsigned int i;

	for (i = 0; i < NR_LOOKS; i++) {
		look->text[i] = inside_read_path(paths[i], MOST, &length);
		if (!look->text[i] && i == LOOK_STATE)
			return false;
	}
	chomp(look->text[LOOK_STATE]);
	chomp(look->text[LOOK_ONLY]);
	chomp(look->text[LOOK_MODULES]);
	return true;
}

void look_take(struct look *look)
{
	if (!look_try(look))
		cannot_open("state");
}

void look_free(struct look *look)
{
	unsigned int i;

	for (i = 0; i < NR_LOOKS; i++)
		free(look->text[i]);
}

const char *next_line(const char *text)
{
	const char *end = strchr(text, '\n');

	return end ? end + 1 : NULL;
}

bool look_number(const char *text, const char *name, uint64_t *n)
{
	size_t length = strlen(name);

	for (; text; text = next_line(text)) {
		if (!strncmp(text, name, length))
			return sscanf(text + length, "%" SCNu64, n) == 1;
	}
	return false;
}

bool is_kmalloc(const char *cache)
{
	static const char usual[] = "kmalloc-", dma[] = "dma-kmalloc-";

	return !strncmp(cache, usual, strlen(usual)) || !strncmp(cache, dma, strlen(dma));
}

/* A cache, by its line in slabinfo: objects, slabs, and between them tunables */
#define CACHE_LINE	"%63s %*u %*u %*u %*u %u : tunables %*u %*u %*u : slabdata %*u %"

/* Return: 0 for all other lines */
static uint64_t kmalloc_pages(const char *line)
{
	unsigned int pages;
	uint64_t slabs;
	char name[64];

	if (sscanf(line, CACHE_LINE SCNu64, name, &pages, &slabs) != 3 || !is_kmalloc(name))
		return 0;
	return pages * slabs;
}

static uint64_t kmalloc_bytes(const char *slabinfo)
{
	uint64_t pages = 0;

	for (; slabinfo; slabinfo = next_line(slabinfo))
		pages += kmalloc_pages(slabinfo);
	return pages * sysconf(_SC_PAGESIZE);
}

/*
 * === figures ===
 */

/**
 * struct figure - a number
 * @key: its name in JSON
 * @label: its name for people
 * @file: where it is
 * @line: what its line begins with
 * @unit: what it counts, in bytes; 0 if it counts something else
 */
struct figure {
	const char *key, *label;
	unsigned int file;
	const char *line;
	unsigned int unit;
};

static const struct figure figures[] = {
	{ "served", "requests served", LOOK_SERVED, "", 0 },
	{ "objects", "live objects", LOOK_LIVE, "objects ", 0 },
	{ "bytes", "in their classes", LOOK_LIVE, "bytes ", 1 },
	{ "held_bytes", "held", LOOK_LIVE, "held_bytes ", 1 },
	{ "misuses", "misuses", LOOK_LIVE, "misuses ", 0 },
	{ "slab_bytes", "slabs of the kernel", LOOK_MEMINFO, "Slab:", 1024 },
	{ "kmalloc_bytes", "of that kmalloc", LOOK_SLABINFO, NULL, 1 },
};

static bool get_figure(const struct look *look, const struct figure *f, uint64_t *n)
{
	const char *text = look->text[f->file];

	if (!text)
		return false;
	if (f->file == LOOK_SLABINFO)
		*n = kmalloc_bytes(text);
	else if (!look_number(text, f->line, n))
		return false;
	*n *= f->unit ?: 1;
	return true;
}

static void show_figures(const struct look *look)
{
	const struct figure *f;
	uint64_t n;

	for (f = figures; f < figures + ARRAY_SIZE(figures); f++) {
		if (!get_figure(look, f, &n))
			continue;
		printf("%22s  ", f->label);
		if (f->unit)
			printf("%s\n", human(n));
		else
			printf("%" PRIu64 "\n", n);
	}
}

static void json_figures(FILE *to, const struct look *look)
{
	const struct figure *f;
	uint64_t n;

	for (f = figures; f < figures + ARRAY_SIZE(figures); f++) {
		if (get_figure(look, f, &n))
			fprintf(to, ",\"%s\":%" PRIu64, f->key, n);
	}
}

/*
 * === limits ===
 */

struct only {
	unsigned int percent;
	uint64_t least, most;
};

static bool get_only(const struct look *look, struct only *only)
{
	const char *text = look->text[LOOK_ONLY];

	return text && sscanf(text, "%u %" SCNu64 " %" SCNu64, &only->percent, &only->least,
			      &only->most) == 3;
}

static void show_names(char *names)
{
	const char *name;

	if (!*names) {
		printf("%22s  %s\n", "of modules", "all, and the kernel");
		return;
	}
	printf("%22s ", "of modules");
	while ((name = strsep(&names, " ")) != NULL)
		printf(" %s", printable(name));
	printf("\n");
}

static void show_limits(const struct look *look)
{
	struct only only;

	if (get_only(look, &only))
		printf("%22s  %u %% of requests of %s to %s\n", "only", only.percent,
		       human(only.least), human(only.most));
	if (look->text[LOOK_MODULES])
		show_names(look->text[LOOK_MODULES]);
}

static void json_names(FILE *to, char *names)
{
	const char *comma = "", *name;

	fprintf(to, ",\"modules\":[");
	while ((name = strsep(&names, " ")) != NULL) {
		if (!*name)
			continue;
		fprintf(to, "%s", comma);
		json_string(to, name);
		comma = ",";
	}
	fprintf(to, "]");
}

static void json_limits(FILE *to, const struct look *look)
{
	struct only only;

	if (get_only(look, &only))
		fprintf(to, ",\"only\":{\"percent\":%u,\"least\":%" PRIu64 ",\"most\":%" PRIu64 "}",
			only.percent, only.least, only.most);
	if (look->text[LOOK_MODULES])
		json_names(to, look->text[LOOK_MODULES]);
}

/*
 * === audit ===
 */

/* For people; what is not here is shown as the module calls it */
static const struct {
	const char *name, *label;
} audit_labels[] = {
	{ "served", "would be served" },
	{ "account", "charged to a cgroup" },
	{ "zone", "for DMA" },
	{ "large", "larger than 4 MiB" },
	{ "nmi", "in an NMI" },
	{ "resource", "struct resource" },
	{ "unwanted", "left out by a limit" },
	{ "bytes", "asked for" },
	{ "kmalloc_bytes", "in kmalloc's classes" },
	{ "gomalloc_bytes", "in gomalloc's classes" },
};

static const char *audit_label(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(audit_labels); i++) {
		if (!strcmp(audit_labels[i].name, name))
			return audit_labels[i].label;
	}
	return printable(name);
}

static bool get_count(const char *line, char name[32], uint64_t *n)
{
	return sscanf(line, "%31s %" SCNu64, name, n) == 2;
}

/* The others count requests */
static bool is_bytes(const char *name)
{
	const char *end = strstr(name, "bytes");

	return end && !end[strlen("bytes")];
}

static uint64_t audited(const struct look *look)
{
	const char *line = look->text[LOOK_AUDIT];
	uint64_t n, sum = 0;
	char name[32];

	for (; line; line = next_line(line)) {
		if (get_count(line, name, &n) && !is_bytes(name))
			sum += n;
	}
	return sum;
}

static double percent_of(uint64_t n, uint64_t whole)
{
	return whole ? 100.0 * n / whole : 0;
}

/* Bytes are compared with those that were asked for */
static void show_audit(const struct look *look, uint64_t requests)
{
	const char *line = look->text[LOOK_AUDIT];
	uint64_t n, asked = 0;
	char name[32];

	look_number(line, "bytes ", &asked);
	printf("\naudit of %" PRIu64 " requests:\n", requests);
	for (; line; line = next_line(line)) {
		if (!get_count(line, name, &n))
			continue;
		printf("%22s  ", audit_label(name));
		if (is_bytes(name))
			printf("%12s %7.1f %%\n", human(n), percent_of(n, asked));
		else
			printf("%12" PRIu64 " %7.1f %%\n", n, percent_of(n, requests));
	}
}

static void json_audit(FILE *to, const struct look *look, uint64_t requests)
{
	const char *line = look->text[LOOK_AUDIT];
	char name[32];
	uint64_t n;

	fprintf(to, ",\"audit\":{\"requests\":%" PRIu64, requests);
	for (; line; line = next_line(line)) {
		if (!get_count(line, name, &n))
			continue;
		fprintf(to, ",");
		json_string(to, name);
		fprintf(to, ":%" PRIu64, n);
	}
	fprintf(to, "}");
}

void show_status(const struct look *look)
{
	uint64_t requests = audited(look);

	printf("%22s  %s\n", "state", printable(look->text[LOOK_STATE]));
	show_figures(look);
	show_limits(look);
	if (requests)
		show_audit(look, requests);
}

void json_status(FILE *to, const struct look *look)
{
	uint64_t requests = audited(look);

	fprintf(to, "{\"state\":");
	json_string(to, look->text[LOOK_STATE]);
	json_figures(to, look);
	json_limits(to, look);
	if (requests)
		json_audit(to, look, requests);
}
