/* SPDX-License-Identifier: GPL-2.0 */
/*
 * trace - a list of allocations and frees
 */
#ifndef _GOMALLOC_TRACE_H
#define _GOMALLOC_TRACE_H

#include "tool.h"

/**
 * struct trace_op - a line of a trace
 * @object: which allocation, counted from 0, is made or freed
 * @length: bytes wanted; 0 for a free
 */
struct trace_op {
	uint32_t object;
	uint32_t length;
};

/**
 * struct trace - a trace that was read
 * @op: its lines; whoever read it frees them
 * @nr: how many
 * @objects: how many of them allocate
 * @peak_objects: objects that live at a time, at most
 * @peak_bytes: bytes of them, at most
 * @end_objects: objects that are never freed
 */
struct trace {
	struct trace_op *op;
	size_t nr;
	size_t objects;
	size_t peak_objects;
	uint64_t peak_bytes;
	size_t end_objects;
};

/**
 * struct trace_fault - why a trace cannot be read
 * @line: its first line that is wrong, counted from 1
 * @text: what is wrong, and what would be right
 */
struct trace_fault {
	size_t line;
	char text[300];
};

/* Read @file. Return: true; or false with the first @fault, and nothing to free. */
bool trace_parse(struct trace *trace, FILE *file, struct trace_fault *fault);

/* Read @path, "-" for the standard input; or the program ends */
void trace_read(struct trace *trace, const char *path);

#endif /* _GOMALLOC_TRACE_H */
