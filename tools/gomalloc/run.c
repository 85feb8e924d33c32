// SPDX-License-Identifier: GPL-2.0
/*
 * run - gomalloc run
 *
 * What: replays a trace on a descriptor, and says what it cost in memory and in
 *	time; one call per line, or with many lines in a call, or both, to
 *	compare.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace.h"

#define MAX_BATCH	(1 << 20)

/**
 * struct replay - a replay and its result
 * @fd: the descriptor
 * @trace: what is replayed
 * @batch: lines at a time; 1: each with a call of its own
 * @handles: of the trace's objects, by their number
 * @lengths: of the allocations of a batch
 * @objects: their numbers
 * @some: their handles, and then those of the batch's frees
 * @ns: how long it took
 * @stats: what the descriptor held after it
 */
struct replay {
	int fd;
	const struct trace *trace;
	size_t batch;
	uint32_t *handles;
	uint32_t *lengths, *objects, *some;
	uint64_t ns;
	struct gomalloc_ioc_stats stats;
};

static void __attribute__((noreturn)) stopped(const struct replay *r,
					      const struct trace_op *op)
{
	fail("line %zu of %zu of the trace",
	     (size_t)(op - r->trace->op) + 1, r->trace->nr);
}

static void replay_each(struct replay *r)
{
	const struct trace_op *op = r->trace->op, *end = op + r->trace->nr;

	for (; op < end; op++) {
		uint32_t *handle = &r->handles[op->object];

		if (op->length ?
		    gomalloc_alloc(r->fd, op->length, 0, handle) :
		    gomalloc_free(r->fd, *handle))
			stopped(r, op);
	}
}

/* Batches are done in part where a signal came; and then in the rest */
static void alloc_all(struct replay *r, size_t nr, const struct trace_op *op)
{
	size_t at;
	int n;

	for (at = 0; at < nr; at += n) {
		n = gomalloc_alloc_batch(r->fd, nr - at, r->lengths + at, 0, r->some + at);
		if (n < 0)
			stopped(r, op);
	}
	for (at = 0; at < nr; at++)
		r->handles[r->objects[at]] = r->some[at];
}

static void free_all(struct replay *r, size_t nr, const struct trace_op *op)
{
	size_t at;
	int n;

	for (at = 0; at < nr; at += n) {
		n = gomalloc_free_batch(r->fd, nr - at, r->some + at);
		if (n < 0)
			stopped(r, op);
	}
}

/* The allocations of some lines, and then their frees */
static void replay_some(struct replay *r, const struct trace_op *op, size_t nr)
{
	size_t i, allocs = 0, frees = 0;

	for (i = 0; i < nr; i++) {
		if (!op[i].length)
			continue;
		r->lengths[allocs] = op[i].length;
		r->objects[allocs++] = op[i].object;
	}
	alloc_all(r, allocs, op);
	for (i = 0; i < nr; i++) {
		if (!op[i].length)
			r->some[frees++] = r->handles[op[i].object];
	}
	free_all(r, frees, op);
}

static void replay_batches(struct replay *r)
{
	const struct trace_op *op = r->trace->op, *end = op + r->trace->nr;
	size_t nr;

	for (; op < end; op += nr) {
		nr = end - op;
		if (nr > r->batch)
			nr = r->batch;
		replay_some(r, op, nr);
	}
}

static void replay(struct replay *r, const struct trace *trace, size_t batch)
{
	uint64_t began;

	*r = (struct replay){
		.fd = must_open(),
		.trace = trace,
		.batch = batch,
		.handles = must_alloc(trace->objects, sizeof(*r->handles)),
		.lengths = must_alloc(batch, sizeof(*r->lengths)),
		.objects = must_alloc(batch, sizeof(*r->objects)),
		.some = must_alloc(batch, sizeof(*r->some)),
	};
	began = now_ns();
	if (batch == 1)
		replay_each(r);
	else
		replay_batches(r);
	r->ns = now_ns() - began;
	if (gomalloc_stats(r->fd, 0, &r->stats))
		fail("statistics");
	close(r->fd);
	free(r->handles);
	free(r->lengths);
	free(r->objects);
	free(r->some);
}

static double per_line(const struct replay *r)
{
	return (double)r->ns / r->trace->nr;
}

static void show_trace(const struct trace *t)
{
	printf("%zu lines, %zu objects; at most %zu at a time, with %s; %zu are left at the end\n",
	       t->nr, t->objects, t->peak_objects, human(t->peak_bytes),
	       t->end_objects);
}

static void show(const struct replay *r)
{
	const struct trace *t = r->trace;

	printf("%zu %s a call: %.3f s, %.0f ns a line, %.0f lines a second\n",
	       r->batch, r->batch == 1 ? "line" : "lines", r->ns / 1e9,
	       per_line(r), 1e9 / per_line(r));
	printf("  held at most %s, %.3f bytes for each that was asked for; at the end %s for %s\n",
	       human(r->stats.out_peak_bytes),
	       (double)r->stats.out_peak_bytes / t->peak_bytes,
	       human(r->stats.out_held_bytes),
	       human(r->stats.out_requested_bytes));
}

static void show_json(const struct replay *r)
{
	const struct trace *t = r->trace;

	printf("{\"lines\":%zu,\"objects\":%zu,\"peak_objects\":%zu,", t->nr,
	       t->objects, t->peak_objects);
	printf("\"peak_bytes\":%" PRIu64 ",\"end_objects\":%zu,", t->peak_bytes,
	       t->end_objects);
	printf("\"batch\":%zu,\"ns\":%" PRIu64 ",", r->batch, r->ns);
	printf("\"peak_held_bytes\":%llu,\"end_held_bytes\":%llu,",
	       r->stats.out_peak_bytes, r->stats.out_held_bytes);
	printf("\"end_requested_bytes\":%llu}", r->stats.out_requested_bytes);
}

static void run_one(const struct trace *trace, size_t batch, bool json)
{
	struct replay r;

	replay(&r, trace, batch);
	if (json) {
		show_json(&r);
		printf("\n");
		return;
	}
	show_trace(trace);
	show(&r);
}

static void run_both(const struct trace *trace, size_t batch, bool json)
{
	struct replay each, batched;

	replay(&each, trace, 1);
	replay(&batched, trace, batch);
	if (json) {
		printf("{\"each\":");
		show_json(&each);
		printf(",\n\"batched\":");
		show_json(&batched);
		printf(",\n\"ratio\":%.2f}\n", per_line(&each) /
					       per_line(&batched));
		return;
	}
	show_trace(trace);
	show(&each);
	show(&batched);
	printf("batches are %.1f times as fast\n",
	       per_line(&each) / per_line(&batched));
}

static const char help[] =
	"Usage: gomalloc run [-b|--batch LINES] [-c|--compare] [-j|--json] FILE\n\n"
	"Replays a trace of allocations on a descriptor of its own and prints what it cost\n"
	"in memory and time. FILE, or - for the standard input, has a line \"a ID BYTES\" for\n"
	"each allocation and \"f ID\" for each free.\n\n"
	"  -b, --batch LINES  lines in a call (1024); 1 for a call per line. The allocations\n"
	"                     of a batch are made before its frees\n"
	"  -c, --compare      both ways, and how much faster the batches are\n"
	"  -j, --json         for a program to read\n";

int cmd_run(int argc, char **argv)
{
	uint64_t batch = 1024, compare = 0, json = 0;
	const struct setting settings[] = {
		{ 'b', "--batch", .number = &batch, .min = 1, .max = MAX_BATCH },
		{ 'c', "--compare", .number = &compare },
		{ 'j', "--json", .number = &json },
		{}
	};
	struct trace trace;

	parse_options(argc, argv, settings, help);
	if (argc - optind != 1)
		misuse("run takes one FILE");
	trace_read(&trace, argv[optind]);
	if (compare)
		run_both(&trace, batch, json);
	else
		run_one(&trace, batch, json);
	free(trace.op);
	return EXIT_GOOD;
}
