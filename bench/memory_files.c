// SPDX-License-Identifier: GPL-2.0
/*
 * memory_files - sizes and recordings that gomalloc_memory reads
 *
 * A histogram has lines of "bytes count"; a recording has "a ID BYTES" where
 * an object begins and "f ID" where it ends, with small numbers for IDs.
 */
#include <linux/kernel.h>
#include <linux/kernel_read_file.h>
#include <linux/limits.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "memory.h"

/* Return: the file with a zero behind it, and its lines in *@lines; or NULL */
static char *read_text(const char *path, unsigned int *lines)
{
	void *buf = NULL;
	ssize_t len;
	char *text, *at;

	len = kernel_read_file_from_path(path, 0, &buf, INT_MAX, NULL,
					 READING_UNKNOWN);
	if (len < 0)
		return NULL;
	text = vzalloc(len + 1);
	if (text)
		memcpy(text, buf, len);
	vfree(buf);
	*lines = 0;
	for (at = text; at && (at = strchr(at, '\n')); at++)
		(*lines)++;
	return text;
}

int histogram_read(struct histogram *h, const char *path)
{
	unsigned int lines, size, count;
	char *text = read_text(path, &lines), *at = text, *line;
	int err = -EINVAL;

	if (!text)
		return -ENOENT;
	h->size = vzalloc(lines * sizeof(u32));
	h->upto = vzalloc(lines * sizeof(u32));
	if (!h->size || !h->upto)
		goto out;
	while ((line = strsep(&at, "\n")) && *line) {
		if (sscanf(line, "%u %u", &size, &count) != 2 || !size)
			goto out;
		h->total += count;
		h->size[h->nr] = size;
		h->upto[h->nr++] = h->total;
	}
	err = h->total ? 0 : -EINVAL;
out:
	vfree(text);
	return err;
}

void histogram_free(struct histogram *h)
{
	vfree(h->size);
	vfree(h->upto);
}

size_t histogram_pick(const struct histogram *h, struct rnd_state *rnd)
{
	u32 at = prandom_u32_state(rnd) % h->total;
	unsigned int low = 0, high = h->nr - 1, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (at < h->upto[middle])
			high = middle;
		else
			low = middle + 1;
	}
	return h->size[low];
}

static bool parse_event(const char *line, struct event *e)
{
	e->size = 0;
	if (*line == 'f')
		return sscanf(line, "f %u", &e->id) == 1;
	return sscanf(line, "a %u %u", &e->id, &e->size) == 2 && e->size;
}

int recording_read(struct recording *r, const char *path)
{
	unsigned int lines;
	char *text = read_text(path, &lines), *at = text, *line;
	int err = -EINVAL;

	if (!text)
		return -ENOENT;
	r->event = vzalloc(lines * sizeof(*r->event));
	if (!r->event)
		goto out;
	while ((line = strsep(&at, "\n")) && *line) {
		if (!parse_event(line, &r->event[r->nr]))
			goto out;
		r->nr_ids = max(r->nr_ids, r->event[r->nr++].id + 1);
	}
	err = r->nr ? 0 : -EINVAL;
out:
	vfree(text);
	return err;
}

void recording_free(struct recording *r)
{
	vfree(r->event);
}
