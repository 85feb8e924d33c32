// SPDX-License-Identifier: GPL-2.0
/*
 * record - gomalloc record
 *
 * What: looks at all heaps every now and then and writes what it sees into a file: a
 *	line of JSON that says where that was, and one for each look. gomalloc
 *	report makes a page of it. Of a look that was not written to its end, nothing
 *	is read later on.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "everywhere.h"
#include "inside.h"
#include "json.h"
#include "sizeclasses.h"

/* Of a heap that has longer ones nothing of that kind is recorded */
#define MOST_MAP	(64U << 20)
#define MOST_LEAKS	(1U << 20)

/* Heaps whose last map is remembered */
#define REMEMBERED	256

/**
 * struct record - a recording
 * @fd: the device
 * @to: the file
 * @name: of the heap that alone is recorded, or NULL
 * @maps: also the map of the arenas, where debugfs has it
 * @begin: when it began
 * @last_map: sums of the maps that were written last, by number of the heap
 */
struct record {
	int fd;
	FILE *to;
	const char *name;
	bool maps;
	uint64_t begin;
	uint64_t last_map[REMEMBERED];
};

static const unsigned int class_bytes[NR_CLASSES] = CLASS_TO_SIZE_INIT;

static void write_head(struct record *r)
{
	struct utsname name;
	unsigned int i;

	uname(&name);
	fprintf(r->to, "{\"gomalloc_record\":1,\"release\":");
	json_string(r->to, name.release);
	fprintf(r->to, ",\"machine\":");
	json_string(r->to, name.machine);
	fprintf(r->to, ",\"cpus\":%ld,\"page_bytes\":%ld,\"time\":%lld,\"class_bytes\":[",
		sysconf(_SC_NPROCESSORS_ONLN), sysconf(_SC_PAGESIZE), (long long)time(NULL));
	for (i = 0; i < NR_CLASSES; i++)
		fprintf(r->to, "%s%u", i ? "," : "", class_bytes[i]);
	fprintf(r->to, "]}\n");
}

/*
 * === the map of the arenas ===
 */

/* FNV-1a; two maps with one sum are shown as the same, which harms nobody */
static uint64_t sum_of(const char *text, size_t length)
{
	uint64_t sum = 0xcbf29ce484222325;

	while (length--)
		sum = (sum ^ (unsigned char)*text++) * 0x100000001b3;
	return sum;
}

/* Is it the one that was written last? If not, remember it. */
static bool is_known(struct record *r, uint32_t heap, uint64_t sum)
{
	uint64_t *last = &r->last_map[heap % REMEMBERED];
	bool known = *last == (sum ^ heap);

	*last = sum ^ heap;
	return known;
}

/**
 * struct runs - characters of a map on their way to the file
 * @to: the file
 * @c: the character
 * @nr: so many of them in a row
 * @comma: to stand before the next one
 */
struct runs {
	FILE *to;
	char c;
	unsigned int nr;
	const char *comma;
};

static void end_run(struct runs *runs)
{
	char text[2] = { runs->c };

	if (!runs->nr)
		return;
	fprintf(runs->to, "%s", runs->comma);
	json_string(runs->to, text);
	fprintf(runs->to, ",%u", runs->nr);
	runs->comma = ",";
	runs->nr = 0;
}

static void add_to_run(struct runs *runs, char c)
{
	if (c != runs->c)
		end_run(runs);
	runs->c = c;
	runs->nr++;
}

/* "ADDRESS node N: ..." begins an arena; what is no line of its map has a space */
static void write_arenas(FILE *to, char *text)
{
	struct runs runs = { .to = to };
	const char *comma = "";
	char *line, *next;
	unsigned int node;

	for (; (line = strsep(&text, "\n")) != NULL;) {
		if (sscanf(line, "%*s node %u:", &node) == 1) {
			end_run(&runs);
			fprintf(to, "%s{\"node\":%u,\"runs\":[", comma, node);
			comma = "]},";
			runs.comma = "";
		} else if (*comma && !strchr(line, ' ')) {
			for (next = line; *next; next++)
				add_to_run(&runs, *next);
		}
	}
	end_run(&runs);
	fprintf(to, "%s", *comma ? "]}" : "");
}

static void write_map(struct record *r, uint32_t heap)
{
	size_t length;
	char *text = inside_read(heap, "arenas", MOST_MAP, &length);

	if (!text)
		return;
	if (!is_known(r, heap, sum_of(text, length))) {
		fprintf(r->to, ",\"arenas\":[");
		write_arenas(r->to, text);
		fprintf(r->to, "]");
	}
	free(text);
}

/*
 * Leave of @text what is of @heap: a line that begins with its number, and those behind
 * it that are indented
 */
static void keep_of_heap(char *text, uint32_t heap)
{
	char *to = text, *line, *next, *end;
	bool keep = false;

	for (line = text; *line; line = next) {
		next = strchr(line, '\n');
		next = next ? next + 1 : line + strlen(line);
		if (*line != ' ')
			keep = strtoul(line, &end, 10) == heap && end > line;
		if (keep) {
			memmove(to, line, next - line);
			to += next - line;
		}
	}
	*to = 0;
}

/* Of a heap that is tracked: who allocated what is live, as the kernel says it */
static void write_leaks(struct record *r, uint32_t heap)
{
	size_t length;
	char *text = inside_read_leaks(MOST_LEAKS, &length);

	if (!text)
		return;
	keep_of_heap(text, heap);
	if (*text) {
		fprintf(r->to, ",\"leaks\":");
		json_string(r->to, text);
	}
	free(text);
}

/*
 * === looks ===
 */

static bool write_heap(struct record *r, const struct gomalloc_heap_row *heap,
		       const char *comma)
{
	struct gomalloc_ioc_stats stats;

	/* One that is gone by now is left out */
	if (!get_stats(r->fd, heap->id, &stats))
		return false;
	fprintf(r->to, "%s", comma);
	json_stats(r->to, heap, &stats);
	if (r->maps)
		write_map(r, heap->id);
	write_leaks(r, heap->id);
	json_classes(r->to, r->fd, heap->id, "");
	return true;
}

/* Of a record of another heap it is no part */
static bool wants_everywhere(const struct record *r, const struct heaps *heaps)
{
	return !r->name || !strcmp(find_heap(heaps, r->name)->name, EVERYWHERE_HEAP);
}

/* Where all of the kernel's memory is on gomalloc, or may be: that, beside its slabs */
static void write_everywhere(FILE *to)
{
	struct look look;

	if (!look_try(&look))
		return;
	fprintf(to, ",\"everywhere\":");
	json_status(to, &look);
	json_callers(to, MOST_CALLERS, "");
	fprintf(to, "}");
	look_free(&look);
}

static void write_look(struct record *r)
{
	const char *comma = "";
	struct heaps heaps;
	unsigned int i;

	get_heaps(r->fd, &heaps);
	fprintf(r->to, "{\"ms\":%llu,\"heaps\":[",
		(unsigned long long)((now_ns() - r->begin) / 1000000));
	for (i = 0; i < heaps.nr; i++) {
		if (r->name && find_heap(&heaps, r->name) != &heaps.row[i])
			continue;
		if (write_heap(r, &heaps.row[i], comma))
			comma = ",";
	}
	fprintf(r->to, "]");
	if (wants_everywhere(r, &heaps))
		write_everywhere(r->to);
	fprintf(r->to, "}\n");
	free(heaps.row);
	if (fflush(r->to))
		fail("cannot write the record");
}

/* Until one of the signals comes, which are blocked, or there were so many looks */
static void look_until(struct record *r, const sigset_t *end, uint64_t interval, uint64_t nr)
{
	const struct timespec pause = { interval / 1000, interval % 1000 * 1000000 };
	uint64_t n = 0;

	do {
		write_look(r);
	} while (++n != nr && sigtimedwait(end, NULL, &pause) < 0);
	fprintf(stderr, "gomalloc: %llu looks recorded\n", (unsigned long long)n);
}

static const char help[] =
	"Usage: gomalloc record [-o|--output FILE] [-i|--interval MS] [-n|--number N] [-m|--no-maps] [HEAP]\n\n"
	"Look at all heaps, or at HEAP, every now and then, and write it into a file for\n"
	"gomalloc report; with all, or everywhere, also at gomalloc_everywhere and the\n"
	"kernel's slabs. Ctrl-C ends it.\n\n"
	"  -o, --output FILE    where to (gomalloc.record); - is the standard output\n"
	"  -i, --interval MS    between two looks (1000)\n"
	"  -n, --number N       end after so many looks\n"
	"  -m, --no-maps        without the map of the arenas\n";

int cmd_record(int argc, char **argv)
{
	uint64_t interval = 1000, nr = 0, no_maps = 0;
	const char *path = "gomalloc.record";
	const struct setting settings[] = {
		{ 'o', "--output", .text = &path },
		{ 'i', "--interval", .number = &interval, .min = 10, .max = 3600000 },
		{ 'n', "--number", .number = &nr, .min = 1, .max = 1000000 },
		{ 'm', "--no-maps", .number = &no_maps },
		{}
	};
	sigset_t end;
	struct record r = { .begin = now_ns() };

	parse_options(argc, argv, settings, help);
	if (argc - optind > 1)
		misuse("record takes one heap");
	r.name = optind < argc ? argv[optind] : NULL;
	r.maps = !no_maps;
	r.fd = must_open();
	r.to = strcmp(path, "-") ? fopen(path, "we") : stdout;
	if (!r.to)
		err(EXIT_BAD, "cannot write %s", path);
	sigemptyset(&end);
	sigaddset(&end, SIGINT);
	sigaddset(&end, SIGTERM);
	sigprocmask(SIG_BLOCK, &end, NULL);
	write_head(&r);
	look_until(&r, &end, interval, nr);
	if (fclose(r.to))
		fail("cannot write the record");
	close(r.fd);
	return EXIT_GOOD;
}
