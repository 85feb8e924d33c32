// SPDX-License-Identifier: GPL-2.0
/*
 * gomalloc_map - kernel memory in a program's address space
 *
 * With libgomalloc: allocates a large object, maps it, and shows that the
 * mapping and the commands see the same bytes, and that it outlives its object.
 *
 *	cc gomalloc_map.c $(pkg-config --cflags --libs libgomalloc)
 */
#include <errno.h>
#include <libgomalloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static void fail(const char *what)
{
	fprintf(stderr, "gomalloc_map: %s: %s\n", what,
		gomalloc_explain(errno));
	exit(1);
}

int main(void)
{
	size_t length = 0;
	uint32_t handle;
	char back[6], *p;
	int fd = gomalloc_open();

	if (fd < 0)
		fail("open");
	if (gomalloc_alloc(fd, 1 << 20, 0, &handle))
		fail("alloc");
	p = gomalloc_map(fd, handle, 0, &length, PROT_READ | PROT_WRITE);
	if (!p)
		fail("map");
	printf("%zu bytes of kernel memory are mapped\n", length);

	strcpy(p, "hello");
	if (gomalloc_read(fd, handle, 0, back, sizeof(back)))
		fail("read");
	printf("the kernel reads there: %s\n", back);

	if (gomalloc_free(fd, handle))
		fail("free");
	printf("freed, and still mapped: %s\n", p);
	munmap(p, length);
	return 0;
}
