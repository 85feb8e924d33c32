// SPDX-License-Identifier: GPL-2.0
/*
 * classes - gomalloc classes
 *
 * What: the table of size classes with what they waste at the end of a span and
 *	at most, and where a given size falls, there and in kmalloc. Needs no
 *	module: the table is that of the Go runtime.
 */
#include <inttypes.h>
#include <unistd.h>

#include "sizeclasses.h"
#include "tool.h"

#if NUM_SIZE_CLASSES != NR_CLASSES
#error "the interface and the table differ"
#endif

static const unsigned int class_to_size[NR_CLASSES] = CLASS_TO_SIZE_INIT;
static const unsigned int class_to_pages[NR_CLASSES] =
	CLASS_TO_ALLOCNPAGES_INIT;

/* A span is of whole kernel pages */
static unsigned int span_bytes(unsigned int class)
{
	unsigned int page = sysconf(_SC_PAGESIZE);
	unsigned int bytes = class_to_pages[class] << GO_PAGE_SHIFT;

	return (bytes + page - 1) / page * page;
}

static double percent(double part, double whole)
{
	return 100 * part / whole;
}

/* The largest part of a span that can be of no use */
static double max_waste(unsigned int class)
{
	unsigned int span = span_bytes(class), size = class_to_size[class];
	unsigned int objects = span / size;
	unsigned int least = class_to_size[class - 1] + 1;

	return percent(span - objects * least, span);
}

/* What kmalloc of 6.1 and later rounds up to */
static uint64_t kmalloc_size(uint64_t length)
{
	uint64_t size = 8;

	if (length > 64 && length <= 96)
		return 96;
	if (length > 128 && length <= 192)
		return 192;
	while (size < length)
		size *= 2;
	return size;
}

/* Bytes that @length takes up in a span, the tail of the span shared out */
static double cost(uint64_t length, unsigned int *class)
{
	unsigned int page = sysconf(_SC_PAGESIZE);

	*class = 0;
	if (length > MAX_SMALL_SIZE)
		return (length + page - 1) / page * page;
	while (class_to_size[*class] < length)
		++*class;
	return (double)span_bytes(*class) /
	       (span_bytes(*class) / class_to_size[*class]);
}

static void show_size(uint64_t length, bool json)
{
	double go, k = kmalloc_size(length);
	unsigned int class;

	go = cost(length, &class);
	if (json) {
		printf("{\"length\":%" PRIu64 ",\"class\":%u,\"bytes\":%.1f,\"waste\":%.1f,",
		       length, class, go, percent(go - length, go));
		printf("\"kmalloc_bytes\":%.0f,\"kmalloc_waste\":%.1f}\n",
		       k, percent(k - length, k));
		return;
	}
	printf("%" PRIu64 " bytes: ", length);
	if (class)
		printf("class %u of %u bytes", class, class_to_size[class]);
	else
		printf("a large object, of whole pages");
	printf(", %.1f in its span, %.1f %% of it waste; kmalloc: %.0f, %.1f %% waste\n",
	       go, percent(go - length, go), k, percent(k - length, k));
}

static void show_class(unsigned int class, bool json)
{
	unsigned int span = span_bytes(class), size = class_to_size[class];
	unsigned int objects = span / size, tail = span - objects * size;

	if (json) {
		printf("%s{\"class\":%u,\"object_bytes\":%u,\"span_bytes\":%u,",
		       class > 1 ? ",\n" : "[", class, size, span);
		printf("\"objects\":%u,\"tail_waste_bytes\":%u,\"max_waste_percent\":%.2f}",
		       objects, tail, max_waste(class));
		return;
	}
	printf("%5u %10u %11u %8u %11u %9.2f%% %9" PRIu64 "\n", class, size, span,
	       objects, tail, max_waste(class), kmalloc_size(size));
}

static void show_table(bool json)
{
	unsigned int class;

	if (!json)
		printf("class  bytes/obj  bytes/span  objects  tail waste  max waste   kmalloc\n");
	for (class = 1; class < NR_CLASSES; class++)
		show_class(class, json);
	if (json)
		printf("]\n");
}

static const char help[] =
	"Usage: gomalloc classes [-j|--json] [SIZE]...\n\n"
	"The table of size classes; or for each SIZE in bytes the class it falls into,\n"
	"what it takes up there and what in kmalloc.\n";

int cmd_classes(int argc, char **argv)
{
	uint64_t json = 0;
	const struct setting settings[] = {
		{ 'j', "--json", .number = &json },
		{}
	};

	parse_options(argc, argv, settings, help);
	if (optind == argc)
		show_table(json);
	for (; optind < argc; optind++)
		show_size(parse_number("SIZE", argv[optind], 1, 4 << 20), json);
	return EXIT_GOOD;
}
