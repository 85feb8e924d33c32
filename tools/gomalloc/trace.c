// SPDX-License-Identifier: GPL-2.0
/*
 * trace - a list of allocations and frees
 *
 * What: reads the text form: lines "a ID BYTES" and "f ID", where an ID can be
 *	used again when it was freed; empty lines, and what follows a #, do not
 *	count.
 * Invariant: what is not exactly that is refused, with its line and what would
 *	have been right; nothing of a line is left out.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "trace.h"

#define MAX_LENGTH	(4 << 20)
#define MAX_LINE	1000
#define SPACES		" \t\r\v\f"

/* An ID that is in use; in a tree by ID */
struct live {
	uint64_t id;
	uint32_t object;
	uint32_t length;
};

struct reader {
	struct trace *trace;
	struct trace_fault *fault;
	size_t room;
	void *tree;
	size_t live;
	uint64_t bytes;
	char line[MAX_LINE + 1];
};

static bool __attribute__((format(printf, 2, 3))) bad(struct reader *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(r->fault->text, sizeof(r->fault->text), format, args);
	va_end(args);
	return false;
}

static int by_id(const void *a, const void *b)
{
	const struct live *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/*
 * === what a line says; each returns true, or false with what is wrong ===
 */

static bool add_op(struct reader *r, uint32_t object, uint32_t length)
{
	struct trace *t = r->trace;
	void *more;

	if (t->nr == r->room) {
		r->room = r->room ? 2 * r->room : 4096;
		more = realloc(t->op, r->room * sizeof(*t->op));
		if (!more)
			return bad(r, "no memory for so long a trace; split it");
		t->op = more;
	}
	t->op[t->nr++] = (struct trace_op){ .object = object, .length = length };
	return true;
}

/* The ID is in use from now on, and was not */
static bool enter(struct reader *r, const struct live *new)
{
	struct live *live = must_alloc(1, sizeof(*live)), **at;

	*live = *new;
	at = tsearch(live, &r->tree, by_id);
	if (at && *at == live)
		return true;
	free(live);
	if (!at)
		return bad(r, "no memory for so long a trace; split it");
	return bad(r, "object %" PRIu64 " is in use; free it before", new->id);
}

static bool read_alloc(struct reader *r, uint64_t id, uint64_t length)
{
	struct trace *t = r->trace;
	struct live live = { .id = id, .object = t->objects, .length = length };

	if (t->objects == UINT32_MAX)
		return bad(r, "more than %u objects; split the trace", UINT32_MAX);
	if (!enter(r, &live))
		return false;
	t->objects++;
	r->bytes += length;
	if (++r->live > t->peak_objects)
		t->peak_objects = r->live;
	if (r->bytes > t->peak_bytes)
		t->peak_bytes = r->bytes;
	return add_op(r, live.object, length);
}

static bool read_free(struct reader *r, uint64_t id)
{
	struct live key = { .id = id }, **at = tfind(&key, &r->tree, by_id);
	struct live *live;

	if (!at)
		return bad(r, "object %" PRIu64 " is not in use; allocate it before", id);
	live = *at;
	tdelete(live, &r->tree, by_id);
	r->bytes -= live->length;
	r->live--;
	key = *live;
	free(live);
	return add_op(r, key.object, 0);
}

/*
 * === words ===
 */

/* The next word of the line, which *@at is moved behind; "" at its end */
static char *next_word(char **at)
{
	char *word = *at + strspn(*at, SPACES);

	*at = word + strcspn(word, SPACES);
	if (**at)
		*(*at)++ = 0;
	return word;
}

static bool read_number(struct reader *r, char **at, const char *what, uint64_t min,
			uint64_t max, uint64_t *number)
{
	char *word = next_word(at), *end;

	errno = 0;
	*number = strtoull(word, &end, 10);
	if (isdigit((unsigned char)*word) && !*end && !errno && *number >= min && *number <= max)
		return true;
	return bad(r, "expected %s, a number from %" PRIu64 " to %" PRIu64 ", not \"%s\"", what,
		   min, max, printable(word));
}

static bool read_end(struct reader *r, char **at)
{
	char *word = next_word(at);

	return !*word || bad(r, "expected the end of the line, not \"%s\"", printable(word));
}

static bool read_op(struct reader *r)
{
	char *at = r->line, *op;
	uint64_t id, length;

	r->line[strcspn(r->line, "#")] = 0;
	op = next_word(&at);
	if (!strcmp(op, "a"))
		return read_number(r, &at, "ID", 0, UINT64_MAX, &id) &&
		       read_number(r, &at, "BYTES", 1, MAX_LENGTH, &length) &&
		       read_end(r, &at) && read_alloc(r, id, length);
	if (!strcmp(op, "f"))
		return read_number(r, &at, "ID", 0, UINT64_MAX, &id) && read_end(r, &at) &&
		       read_free(r, id);
	return !*op || bad(r, "expected \"a ID BYTES\" or \"f ID\", not \"%s\"", printable(op));
}

/*
 * === lines ===
 */

/* Return: 1; 0: there is no more; -1: what is wrong with it */
static int read_line(struct reader *r, FILE *file)
{
	size_t n = 0;
	int c;

	while ((c = getc(file)) != EOF && c != '\n') {
		if (!c)
			return bad(r, "a byte is 0; a trace is text") - 1;
		if (n == MAX_LINE)
			return bad(r, "the line has more than %d bytes", MAX_LINE) - 1;
		r->line[n++] = c;
	}
	if (ferror(file))
		return bad(r, "cannot read: %s", strerror(errno)) - 1;
	r->line[n] = 0;
	return n || c == '\n';
}

static bool read_lines(struct reader *r, FILE *file)
{
	int more;

	for (r->fault->line = 1; (more = read_line(r, file)); r->fault->line++) {
		if (more < 0 || !read_op(r))
			return false;
	}
	/* The last that there is */
	r->fault->line -= r->fault->line > 1;
	return r->trace->nr || bad(r, "there is no line \"a ID BYTES\"");
}

bool trace_parse(struct trace *trace, FILE *file, struct trace_fault *fault)
{
	struct reader r = { .trace = trace, .fault = fault };
	bool good;

	*trace = (struct trace){};
	*fault = (struct trace_fault){};
	good = read_lines(&r, file);
	trace->end_objects = r.live;
	tdestroy(r.tree, free);
	if (good)
		return true;
	free(trace->op);
	trace->op = NULL;
	return false;
}

void trace_read(struct trace *trace, const char *path)
{
	bool is_stdin = !strcmp(path, "-");
	FILE *file = is_stdin ? stdin : fopen(path, "r");
	struct trace_fault fault;

	if (!file)
		err(EXIT_BAD, "cannot read %s", path);
	if (!trace_parse(trace, file, &fault))
		errx(EXIT_BAD, "%s:%zu: %s", path, fault.line, fault.text);
	if (!is_stdin)
		fclose(file);
}
