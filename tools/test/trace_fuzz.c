// SPDX-License-Identifier: GPL-2.0
/*
 * trace_fuzz - whatever bytes there are, as a trace
 *
 * For libFuzzer: a trace is read, or refused with a line and a text; nothing else
 * happens, and nothing is left.
 */
#include <stdlib.h>
#include <string.h>

#include "trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read is what it says */
static void check(const struct trace *t)
{
	size_t i, allocs = 0;

	for (i = 0; i < t->nr; i++) {
		if (t->op[i].object >= t->objects || t->op[i].length > 4 << 20)
			abort();
		allocs += !!t->op[i].length;
	}
	if (!t->nr || allocs != t->objects || t->peak_objects > allocs ||
	    t->end_objects > t->peak_objects)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FILE *file = size ? fmemopen((void *)data, size, "r") : NULL;
	struct trace_fault fault;
	struct trace trace;

	if (!file)
		return 0;
	if (trace_parse(&trace, file, &fault))
		check(&trace);
	else if (!fault.line || !*fault.text || trace.op)
		abort();
	free(trace.op);
	fclose(file);
	return 0;
}
