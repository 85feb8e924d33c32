// SPDX-License-Identifier: GPL-2.0
/*
 * report - gomalloc report
 *
 * What: puts what gomalloc record has written into the page of report.html, which is
 *	part of this program, and whose script draws it. The page needs nothing else.
 *	A record may come from anybody: what it says gets into the page as data, in
 *	which no tag can begin.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

/* Of report.html, up to here and behind; the record goes between */
#define MARK	"<!-- record -->"

/* From whole files, as they are: the path is the Makefile's */
#define EMBED(_name, _path)						\
	asm(".section .rodata\n"					\
	    #_name ": .incbin \"" _path "\"\n"				\
	    ".byte 0\n"							\
	    ".previous\n")

EMBED(report_html, REPORT_HTML);

/*
 * "<" is only found in strings, where it may as well be written so; then no record
 * ends the element that it stands in
 */
static void put_line(FILE *to, const char *line)
{
	for (; *line; line++) {
		if (*line == '<')
			fputs("\\u003c", to);
		else
			putc(*line, to);
	}
}

static bool is_whole(const char *line, ssize_t length)
{
	return length > 2 && line[0] == '{' && !strcmp(line + length - 2, "}\n") &&
	       strlen(line) == (size_t)length;
}

/* Return: looks that are in it */
static unsigned int put_record(FILE *to, FILE *from, const char *path)
{
	static const char head[] = "{\"gomalloc_record\":1,";
	unsigned int lines = 0;
	size_t room = 0;
	char *line = NULL;
	ssize_t n;

	while ((n = getline(&line, &room, from)) > 0) {
		if (!lines && strncmp(line, head, sizeof(head) - 1))
			errx(EXIT_BAD, "%s is no record of gomalloc record, or of another version",
			     path);
		if (!is_whole(line, n)) {
			warnx("%s:%u: not a whole look; it and what follows is left out", path,
			      lines + 1);
			break;
		}
		put_line(to, line);
		lines++;
	}
	free(line);
	if (!lines)
		errx(EXIT_BAD, "%s is empty", path);
	return lines - 1;
}

static void put_page(FILE *to, FILE *from, const char *path)
{
	const char *mark = strstr(report_html, MARK);

	fwrite(report_html, 1, mark - report_html, to);
	fprintf(to, "<script type=\"application/x-ndjson\" id=\"record\">\n");
	if (!put_record(to, from, path))
		errx(EXIT_BAD, "there is no look in %s", path);
	fprintf(to, "</script>");
	fputs(mark + strlen(MARK), to);
}

static void write_file(const char *path, const char *text, size_t length)
{
	FILE *to = strcmp(path, "-") ? fopen(path, "we") : stdout;

	if (!to || fwrite(text, 1, length, to) != length || fclose(to))
		err(EXIT_BAD, "cannot write %s", path);
}

static const char help[] =
	"Usage: gomalloc report [-o|--output FILE] [RECORD]\n\n"
	"Make a page for a browser of what gomalloc record has written, gomalloc.record if it\n"
	"is not named: heaps over time, beside kmalloc; and of gomalloc_everywhere what it holds\n"
	"for the kernel, and who has it. It is one file, and loads nothing from anywhere.\n\n"
	"  -o, --output FILE    where to (gomalloc.html); - is the standard output\n";

int cmd_report(int argc, char **argv)
{
	const char *path = "gomalloc.html", *record = "gomalloc.record";
	const struct setting settings[] = {
		{ 'o', "--output", .text = &path },
		{}
	};
	char *page;
	size_t length;
	FILE *to, *from;

	parse_options(argc, argv, settings, help);
	if (argc - optind > 1)
		misuse("report takes one record");
	if (optind < argc)
		record = argv[optind];
	from = strcmp(record, "-") ? fopen(record, "re") : stdin;
	if (!from)
		err(EXIT_BAD, "cannot read %s", record);
	/* Nothing is written of a record that turns out to be none */
	to = open_memstream(&page, &length);
	if (!to)
		err(EXIT_BAD, "no memory for the page");
	put_page(to, from, record);
	fclose(to);
	fclose(from);
	write_file(path, page, length);
	free(page);
	return EXIT_GOOD;
}
