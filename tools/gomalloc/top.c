// SPDX-License-Identifier: GPL-2.0
/*
 * top - gomalloc top
 *
 * What: looks at the heaps every few seconds, shows them, see top_draw.c, or prints
 *	them as JSON, and does what keys ask for.
 */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "inside.h"
#include "top.h"

const char * const top_orders[NR_ORDERS] = { "bytes", "objects", "waste", "change" };
const char * const top_heap_orders[NR_HEAP_ORDERS] = { "bytes held", "change", "peak", "id" };

/*
 * === looks ===
 */

double top_rate(const struct top *t, __u64 now, __u64 before)
{
	double seconds = (t->now.ns - t->before.ns) / 1e9;

	return t->before.ns && seconds > 0 ? ((double)now - before) / seconds : 0;
}

double top_held_rate(const struct top *t, const struct gomalloc_heap_row *row)
{
	const struct heaps *before = &t->before.heaps;
	unsigned int i;

	for (i = 0; t->before.ns && i < before->nr; i++) {
		if (before->row[i].id == row->id)
			return top_rate(t, row->held_bytes, before->row[i].held_bytes);
	}
	return 0;
}

static double heap_key(const struct top *t, const struct gomalloc_heap_row *row)
{
	double change = top_held_rate(t, row);

	switch (t->heap_sort) {
	case BY_HELD_CHANGE:
		return change < 0 ? -change : change;
	case BY_PEAK:
		return row->peak_bytes;
	case BY_ID:
		return -(double)row->id;
	default:
		return row->held_bytes;
	}
}

static int by_heap_key(const void *a, const void *b, void *top)
{
	double x = heap_key(top, a), y = heap_key(top, b);

	return x < y ? 1 : x > y ? -1 : 0;
}

/* A line "cpu N: CACHED of ROOM bytes counter=value ..." */
static bool parse_cpu(const char *line, struct top_cpu *c)
{
	const char *text;

	*c = (struct top_cpu){};
	text = strchr(line, ':');
	if (!text || sscanf(line, "cpu %u", &c->cpu) != 1 ||
	    sscanf(text, ": %llu of %llu bytes", &c->cached, &c->room) != 2)
		return false;
	text = strstr(line, " refill=");
	if (text)
		sscanf(text, " refill=%llu", &c->refills);
	text = strstr(line, " flush=");
	if (text)
		sscanf(text, " flush=%llu", &c->flushes);
	return true;
}

static void look_at_cpus(struct top_look *look)
{
	FILE *file = inside_open(look->id, "cpus");
	size_t room = 0;
	char *line = NULL;

	if (!file)
		return;
	while (look->nr_cpus < TOP_CPUS && getline(&line, &room, file) > 0)
		look->nr_cpus += parse_cpu(line, &look->cpus[look->nr_cpus]);
	free(line);
	fclose(file);
}

/* The index of a heap in the last look, or that of none: the number of heaps */
static unsigned int index_of(const struct heaps *heaps, uint32_t id)
{
	unsigned int i;

	for (i = 0; i < heaps->nr && heaps->row[i].id != id;)
		i++;
	return i;
}

/* The one named, else the one that was chosen by a key, else the first */
static const struct gomalloc_heap_row *chosen_heap(struct top *t)
{
	const struct heaps *heaps = &t->now.heaps;
	unsigned int i;

	if (t->name)
		return find_heap(heaps, t->name);
	i = index_of(heaps, t->chosen);
	return &heaps->row[i < heaps->nr ? i : 0];
}

/* The heap that is chosen; one that is gone by now is none */
static void look_at_heap(struct top *t)
{
	struct top_look *now = &t->now;

	now->id = chosen_heap(t)->id;
	if (!get_stats(t->fd, now->id, &now->stats) ||
	    !get_classes(t->fd, now->id, now->classes))
		now->id = 0;
	else if (t->by_cpu)
		look_at_cpus(now);
}

static void look(struct top *t)
{
	if (t->before.ns)
		free(t->before.heaps.row);
	t->before = t->now;
	t->now = (struct top_look){ .ns = now_ns() };
	get_heaps(t->fd, &t->now.heaps);
	qsort_r(t->now.heaps.row, t->now.heaps.nr, sizeof(t->now.heaps.row[0]), by_heap_key, t);
	look_at_heap(t);
}

/*
 * === JSON ===
 */

static void json_rates(const struct top *t)
{
	const char *comma = "";
	size_t i;

	printf(",\"rates\":{");
	for (i = 0; top_has_rates(t) && i < NR_HEAP_FIELDS; i++) {
		printf("%s\"%s\":%.1f", comma, heap_fields[i].key,
		       top_rate(t, heap_field(&t->now.stats, i),
				heap_field(&t->before.stats, i)));
		comma = ",";
	}
	printf("}");
}

/* A line: all heaps with what they hold, and the chosen one with its classes and rates */
static void print_json(const struct top *t)
{
	const struct heaps *heaps = &t->now.heaps;
	const struct gomalloc_heap_row *row;
	unsigned int i;

	printf("{\"heaps\":[");
	for (i = 0; i < heaps->nr; i++) {
		row = &heaps->row[i];
		printf("%s{\"id\":%u,\"name\":", i ? "," : "", row->id);
		json_string(stdout, row->name);
		printf(",\"held_bytes\":%llu,\"peak_bytes\":%llu,", row->held_bytes,
		       row->peak_bytes);
		printf("\"limit_bytes\":%llu,\"held_rate\":%.1f}", row->limit_bytes,
		       top_held_rate(t, row));
	}
	printf("]");
	for (i = 0; i < heaps->nr; i++) {
		if (heaps->row[i].id != t->now.id)
			continue;
		printf(",\"heap\":");
		json_stats(stdout, &heaps->row[i], &t->now.stats);
		json_rates(t);
		json_classes(stdout, t->fd, t->now.id, "");
	}
	printf("}\n");
	fflush(stdout);
}

/*
 * === the terminal ===
 */

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

/* As is the custom: not where it is said, nor where the terminal is none */
static bool has_colours(void)
{
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");

	return term && *term && strcmp(term, "dumb") && !(no && *no);
}

/* The next one on the screen, or the previous one; behind the last is the first */
static void choose(struct top *t, int step)
{
	const struct heaps *heaps = &t->now.heaps;

	t->name = NULL;
	t->chosen = heaps->row[(index_of(heaps, t->now.id) + heaps->nr + step) % heaps->nr].id;
}

/*
 * A letter; an arrow is the letter that stands for it.
 * Return: the bytes that the key takes
 */
static ssize_t read_letter(const char *key, ssize_t n, char *letter)
{
	static const char arrows[] = "pnrl";

	if (n >= 3 && key[0] == '\033' && key[1] == '[' && key[2] >= 'A' && key[2] <= 'D') {
		*letter = arrows[key[2] - 'A'];
		return 3;
	}
	*letter = n == 1 && key[0] == '\033' ? 'l' : key[0];
	return 1;
}

static void obey(struct top *t, char key)
{
	switch (key) {
	case 's':
		t->sort = (t->sort + 1) % NR_ORDERS;
		break;
	case 'h':
		t->heap_sort = (t->heap_sort + 1) % NR_HEAP_ORDERS;
		break;
	case 'c':
		t->by_cpu = !t->by_cpu;
		break;
	case 'n':
	case 'p':
		choose(t, key == 'n' ? 1 : -1);
		break;
	case '\n':
	case '\r':
		t->alone = !t->alone;
		break;
	case 'r':
	case 'l':
	case '\177':
		t->alone = key == 'r';
		break;
	}
}

/* All keys that came, for who types fast. Return: false: that it ends. */
static bool obey_all(struct top *t, const char *keys, ssize_t n)
{
	char letter = 0;

	while (n > 0 && letter != 'q') {
		ssize_t bytes = read_letter(keys, n, &letter);

		obey(t, letter);
		keys += bytes;
		n -= bytes;
	}
	return letter != 'q';
}

/* Wait, and do what the user asks for. Return: false: that it ends. */
static bool wait_for_key(struct top *t, unsigned int seconds)
{
	struct pollfd in = { .fd = t->screen ? STDIN_FILENO : -1,
			     .events = POLLIN };
	char keys[16];
	ssize_t n;

	if (poll(&in, 1, seconds * 1000) <= 0)
		return true;
	n = read(STDIN_FILENO, keys, sizeof(keys));
	if (n <= 0)
		return false;
	return obey_all(t, keys, n);
}

static void show(struct top *t, bool json)
{
	struct winsize size;

	if (json) {
		print_json(t);
		return;
	}
	if (t->screen && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row > 12)
		t->rows = size.ws_row;
	top_draw(t);
}

static unsigned int parse_order(const char *text)
{
	unsigned int i;

	for (i = 0; i < NR_ORDERS; i++) {
		if (!strcmp(text, top_orders[i]))
			return i;
	}
	misuse("--sort takes bytes, objects, waste or change, not '%s'", text);
}

static const char help[] =
	"Usage: gomalloc top [-d|--delay SECONDS] [-s|--sort ORDER] [-c|--cpus] [-o|--once] [-j|--json] [HEAP]\n\n"
	"The heaps that hold most, and the size classes of one: HEAP, by its id or name, or\n"
	"the one that holds most.\n\n"
	"Keys: q quit, up and down (or p and n) another heap, enter that heap alone or all again,\n"
	"s sort classes otherwise, h sort heaps otherwise, c its CPUs or its classes.\n\n"
	"  -d, --delay SECONDS  between two looks (3)\n"
	"  -s, --sort ORDER     bytes, objects, waste or change\n"
	"  -c, --cpus           its CPUs, not its classes; for root\n"
	"  -o, --once           one look, all classes\n"
	"  -j, --json           a line of JSON for each look, no screen\n";

int cmd_top(int argc, char **argv)
{
	static struct top top = { .rows = 100 };
	const char *order = top_orders[0];
	uint64_t delay = 3, once = 0, json = 0, cpus = 0;
	const struct setting settings[] = {
		{ 'd', "--delay", .number = &delay, .min = 1, .max = 3600 },
		{ 's', "--sort", .text = &order },
		{ 'c', "--cpus", .number = &cpus },
		{ 'o', "--once", .number = &once },
		{ 'j', "--json", .number = &json },
		{}
	};

	parse_options(argc, argv, settings, help);
	top.sort = parse_order(order);
	top.by_cpu = cpus;
	if (optind < argc)
		top.name = argv[optind];
	top.fd = must_open();
	top.screen = !once && !json && isatty(STDOUT_FILENO) && listen_to_keys();
	top.colour = top.screen && has_colours();
	do {
		look(&top);
		show(&top, json);
	} while (!once && wait_for_key(&top, delay));
	close(top.fd);
	return EXIT_GOOD;
}
