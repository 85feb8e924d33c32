// SPDX-License-Identifier: GPL-2.0
/*
 * trace - a list of allocations and frees
 *
 * What: reads the text form: lines "a ID BYTES" and "f ID", where an ID can be
 *	used again when it was freed; empty lines, and what follows a #, do not
 *	count.
 */
#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "trace.h"

#define MAX_LENGTH	(4 << 20)

/* An ID that is in use; in a tree by ID */
struct live {
	uint64_t id;
	uint32_t object;
	uint32_t length;
};

struct reader {
	struct trace *trace;
	const char *path;
	size_t line;
	size_t room;
	void *tree;
	size_t live;
	uint64_t bytes;
};

#define bad_line(_reader, _format, ...)						\
	errx(EXIT_BAD, "%s:%zu: " _format "; lines are \"a ID BYTES\" and \"f ID\"",	\
	     (_reader)->path, (_reader)->line, ##__VA_ARGS__)

static int by_id(const void *a, const void *b)
{
	const struct live *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static void add_op(struct reader *r, uint32_t object, uint32_t length)
{
	struct trace *t = r->trace;

	if (t->nr == r->room) {
		r->room = r->room ? 2 * r->room : 4096;
		t->op = realloc(t->op, r->room * sizeof(*t->op));
		if (!t->op)
			bad_line(r, "no memory for so long a trace");
	}
	t->op[t->nr++] = (struct trace_op){ .object = object, .length = length };
}

static void read_alloc(struct reader *r, uint64_t id, uint64_t length)
{
	struct trace *t = r->trace;
	struct live *live = must_alloc(1, sizeof(*live)), **at;

	if (!length || length > MAX_LENGTH)
		bad_line(r, "an object has 1 to %d bytes", MAX_LENGTH);
	*live = (struct live){
		.id = id,
		.object = t->objects++,
		.length = length,
	};
	at = tsearch(live, &r->tree, by_id);
	if (!at || *at != live)
		bad_line(r, "object %" PRIu64 " is in use", id);
	add_op(r, live->object, length);
	r->bytes += length;
	if (++r->live > t->peak_objects)
		t->peak_objects = r->live;
	if (r->bytes > t->peak_bytes)
		t->peak_bytes = r->bytes;
}

static void read_free(struct reader *r, uint64_t id)
{
	struct live key = { .id = id }, **at = tfind(&key, &r->tree, by_id);
	struct live *live;

	if (!at)
		bad_line(r, "object %" PRIu64 " is not in use", id);
	live = *at;
	tdelete(live, &r->tree, by_id);
	add_op(r, live->object, 0);
	r->bytes -= live->length;
	r->live--;
	free(live);
}

static void read_line(struct reader *r, char *line)
{
	uint64_t id, length;
	char op, more;
	int n;

	line[strcspn(line, "#\n")] = 0;
	n = sscanf(line, " %c %" SCNu64 " %" SCNu64 " %c", &op, &id, &length,
		   &more);
	if (n == 3 && op == 'a')
		read_alloc(r, id, length);
	else if (n == 2 && op == 'f')
		read_free(r, id);
	else if (n > 0)
		bad_line(r, "cannot read this");
}

void trace_read(struct trace *trace, const char *path)
{
	bool is_stdin = !strcmp(path, "-");
	FILE *file = is_stdin ? stdin : fopen(path, "r");
	struct reader r = { .trace = trace, .path = path };
	size_t size = 0;
	char *line = NULL;

	memset(trace, 0, sizeof(*trace));
	if (!file)
		err(EXIT_BAD, "cannot read %s", path);
	while (getline(&line, &size, file) >= 0) {
		r.line++;
		read_line(&r, line);
	}
	trace->end_objects = r.live;
	tdestroy(r.tree, free);
	free(line);
	if (!is_stdin)
		fclose(file);
	if (!trace->nr)
		bad_line(&r, "nothing to do");
}
