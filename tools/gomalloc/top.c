// SPDX-License-Identifier: GPL-2.0
/*
 * top - gomalloc top
 *
 * What: a screen, drawn again every few seconds: the heaps that hold most, and
 *	the size classes of one of them. Keys: q ends it, s sorts otherwise, n
 *	and p go to the next and previous heap.
 */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "heaps.h"

/* A line of the lower part */
struct line {
	unsigned int class;
	struct gomalloc_class_row row;
};

/**
 * struct top - what is shown
 * @fd: the descriptor
 * @name: the heap below, by name or id; NULL for the one that holds most
 * @sort: order of its classes, an index of orders[]
 * @chosen: which of the heaps, if @name is NULL, most first
 * @rows: lines of the screen
 * @screen: it is a terminal, to be cleared and listened to
 */
struct top {
	int fd;
	const char *name;
	unsigned int sort, chosen, rows;
	bool screen;
};

static const char * const orders[] = { "bytes", "objects", "waste" };

/* What a line counts in an order, an index of orders[] */
static __u64 key(const struct line *l, unsigned int order)
{
	const __u64 keys[ARRAY_SIZE(orders)] = {
		l->row.span_bytes,
		l->row.objects,
		l->row.span_bytes - l->row.object_bytes,
	};

	return keys[order];
}

static int by_key(const void *a, const void *b, void *top)
{
	unsigned int order = ((struct top *)top)->sort;
	__u64 x = key(a, order), y = key(b, order);

	return x < y ? 1 : x > y ? -1 : 0;
}

static int by_held(const void *a, const void *b)
{
	const struct gomalloc_heap_row *x = a, *y = b;

	return x->held_bytes < y->held_bytes ? 1 :
	       x->held_bytes > y->held_bytes ? -1 : 0;
}

static __u64 percent(__u64 part, __u64 whole)
{
	return whole ? 100 * part / whole : 100;
}

static void draw_heaps(const struct heaps *heaps, unsigned int most)
{
	__u64 held = 0;
	unsigned int i;

	for (i = 0; i < heaps->nr; i++)
		held += heaps->row[i].held_bytes;
	printf("%u heaps hold %s\n", heaps->nr, human(held));
	printf("   id name                                   held       peak      limit\n");
	for (i = 0; i < heaps->nr && i < most; i++)
		printf("%5u %-31s %10s %10s %10s\n", heaps->row[i].id,
		       printable(heaps->row[i].name), human(heaps->row[i].held_bytes),
		       human(heaps->row[i].peak_bytes),
		       heaps->row[i].limit_bytes ?
		       human(heaps->row[i].limit_bytes) : "-");
}

static void draw_line(const struct line *l)
{
	printf("%5u %6llu %10llu %3llu%% %9llu %10s %10s\n", l->class,
	       l->row.object_size, l->row.objects,
	       percent(l->row.object_bytes, l->row.span_bytes), l->row.spans,
	       human(l->row.span_bytes), human(l->row.span_bytes - l->row.object_bytes));
}

static void draw_classes(struct top *t, const struct gomalloc_heap_row *heap,
			 unsigned int most)
{
	struct gomalloc_class_row rows[NR_CLASSES];
	struct gomalloc_ioc_stats stats;
	struct line lines[NR_CLASSES];
	unsigned int i, n = 0;

	if (!get_stats(t->fd, heap->id, &stats) ||
	    !get_classes(t->fd, heap->id, rows))
		return;
	printf("\nheap %u, %s: %llu objects, %s in %s of spans, %s cached by CPUs; by %s\n",
	       heap->id, printable(heap->name), stats.out_objects,
	       human(stats.out_object_bytes), human(stats.out_span_bytes),
	       human(stats.out_cached_bytes), orders[t->sort]);
	printf("class  bytes    objects  use     spans   in spans      waste\n");
	for (i = 0; i < NR_CLASSES; i++) {
		if (rows[i].spans)
			lines[n++] = (struct line){ .class = i, .row = rows[i] };
	}
	qsort_r(lines, n, sizeof(lines[0]), by_key, t);
	for (i = 0; i < n && i < most; i++)
		draw_line(&lines[i]);
}

static const struct gomalloc_heap_row *chosen_heap(struct top *t,
						   const struct heaps *heaps)
{
	return t->name ? find_heap(heaps, t->name) :
			 &heaps->row[t->chosen % heaps->nr];
}

static void draw(struct top *t)
{
	struct winsize size;
	struct heaps heaps;
	unsigned int upper;

	if (t->screen && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row > 12)
		t->rows = size.ws_row;
	upper = t->rows / 4;
	get_heaps(t->fd, &heaps);
	qsort(heaps.row, heaps.nr, sizeof(heaps.row[0]), by_held);
	if (t->screen)
		printf("\033[H\033[J");
	draw_heaps(&heaps, upper);
	if (heaps.nr < upper)
		upper = heaps.nr;
	draw_classes(t, chosen_heap(t, &heaps), t->rows - upper - 6);
	fflush(stdout);
	free(heaps.row);
}

static struct termios before;

static void restore(void)
{
	tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

/* End by exit(), which restores the terminal */
static void stop(int signal)
{
	restore();
	_exit(128 + signal);
}

/* Keys come one by one, and are not shown */
static bool listen_to_keys(void)
{
	struct termios keys;

	if (tcgetattr(STDIN_FILENO, &before))
		return false;
	keys = before;
	keys.c_lflag &= ~(ICANON | ECHO);
	atexit(restore);
	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	return !tcsetattr(STDIN_FILENO, TCSANOW, &keys);
}

/* Wait, and do what the user asks for. Return: false: that it ends. */
static bool wait_for_key(struct top *t, unsigned int seconds)
{
	struct pollfd in = { .fd = t->screen ? STDIN_FILENO : -1,
			     .events = POLLIN };
	char key;

	if (poll(&in, 1, seconds * 1000) <= 0)
		return true;
	if (read(STDIN_FILENO, &key, 1) != 1)
		return false;
	switch (key) {
	case 's':
		t->sort = (t->sort + 1) % ARRAY_SIZE(orders);
		break;
	case 'n':
		t->name = NULL;
		t->chosen++;
		break;
	case 'p':
		t->name = NULL;
		t->chosen -= t->chosen > 0;
		break;
	}
	return key != 'q';
}

static unsigned int parse_order(const char *text)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		if (!strcmp(text, orders[i]))
			return i;
	}
	misuse("--sort takes bytes, objects or waste, not '%s'", text);
}

static const char help[] =
	"Usage: gomalloc top [-d|--delay SECONDS] [-s|--sort ORDER] [-o|--once] [HEAP]\n\n"
	"The heaps that hold most, and the size classes of one: HEAP, by its id or name, or\n"
	"the one that holds most. Keys: q quit, s sort otherwise, n and p next and previous heap.\n\n"
	"  -d, --delay SECONDS  between two looks (3)\n"
	"  -s, --sort ORDER     bytes, objects or waste\n"
	"  -o, --once           one look, all classes\n";

int cmd_top(int argc, char **argv)
{
	const char *order = orders[0];
	struct top top = { .rows = 100 };
	uint64_t delay = 3, once = 0;
	const struct setting settings[] = {
		{ 'd', "--delay", .number = &delay, .min = 1, .max = 3600 },
		{ 's', "--sort", .text = &order },
		{ 'o', "--once", .number = &once },
		{}
	};

	parse_options(argc, argv, settings, help);
	top.sort = parse_order(order);
	if (optind < argc)
		top.name = argv[optind];
	top.fd = must_open();
	top.screen = !once && isatty(STDOUT_FILENO) && listen_to_keys();
	do {
		draw(&top);
	} while (!once && wait_for_key(&top, delay));
	close(top.fd);
	return EXIT_GOOD;
}
