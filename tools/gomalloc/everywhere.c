// SPDX-License-Identifier: GPL-2.0
/*
 * everywhere - gomalloc everywhere
 *
 * What: switches gomalloc_everywhere, see everywhere/state.c, and says why where the
 *	kernel does not; everywhere_status.c and everywhere_callers.c show what it does.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "everywhere.h"

/**
 * struct reason - why the kernel refuses
 * @file: what was written to
 * @text: what was, or NULL for any
 * @error: the errno
 * @say: what that means
 */
struct reason {
	const char *file, *text;
	int error;
	const char *say;
};

static const struct reason reasons[] = {
	{ "state", "drain", EINVAL, "nothing is switched on" },
	{ "state", "audit", EINVAL, "the module is older than this program, and knows no audit" },
	{ "state", NULL, EBUSY, "a BPF program or a live patch has a function; remove that" },
	{ "only", NULL, EINVAL, "PERCENT is 100 at most, and LEAST no more than MOST" },
	{ "modules", NULL, E2BIG, "so many modules are not told apart; name fewer" },
	{ "modules", NULL, EINVAL, "no module has such a name" },
};

static const char *why(const char *file, const char *text, int error)
{
	const struct reason *r;

	for (r = reasons; r < reasons + ARRAY_SIZE(reasons); r++) {
		if (r->error == error && !strcmp(r->file, file) &&
		    (!r->text || !strcmp(r->text, text)))
			return r->say;
	}
	return strerror(error);
}

static bool is_loaded(void)
{
	FILE *file = fopen(EVERYWHERE "/state", "re");

	if (file)
		fclose(file);
	return file;
}

void cannot_open(const char *name)
{
	int error = errno;

	if (!is_loaded() && errno == ENOENT)
		errx(EXIT_BAD,
		     "gomalloc_everywhere is not loaded; modprobe it (x86-64, Linux 6.1, 6.12 or 7.3)");
	errno = error;
	if (errno == EACCES || errno == EPERM)
		errx(EXIT_BAD, EVERYWHERE "/%s is for root; use sudo", name);
	if (errno == ENOENT)
		errx(EXIT_BAD, "the module is older than this program, and has no '%s'", name);
	err(EXIT_BAD, "cannot open " EVERYWHERE "/%s", name);
}

/* Return: 0 or the errno of the module */
static int put(const char *name, const char *text)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), EVERYWHERE "/%s", name);
	/* Not "w", which would make it: in sysfs that is EACCES where there is none */
	file = fopen(path, "r+e");
	if (!file)
		cannot_open(name);
	/* In one write, which is what the module reads */
	fprintf(file, "%s\n", text);
	return fclose(file) ? errno : 0;
}

static void must_put(const char *name, const char *text)
{
	int error = put(name, text);

	if (error)
		errx(EXIT_BAD, "cannot write '%s' to %s: %s; the kernel's log may say more",
		     printable(text), name, why(name, text, error));
}

/* It drains now, and has for whom it waits in its log */
static void __attribute__((noreturn)) is_held(void)
{
	uint64_t objects = 0, bytes = 0;
	struct look look;

	look_take(&look);
	look_number(look.text[LOOK_LIVE], "objects ", &objects);
	look_number(look.text[LOOK_LIVE], "bytes ", &bytes);
	look_free(&look);
	if (!objects)
		errx(EXIT_BAD,
		     "still in drain: a request that waits for memory is not through; try again");
	errx(EXIT_BAD,
	     "still in drain: %llu objects of %s live; everywhere status --callers, leaks in debugfs and the kernel's log say whose, if gomalloc's track_rate was 1 before",
	     (unsigned long long)objects, human(bytes));
}

static void switch_to(const char *state)
{
	int error;

	if (strcmp(state, "off")) {
		must_put("state", state);
		return;
	}
	error = put("state", state);
	if (error == EBUSY)
		is_held();
	if (error)
		errx(EXIT_BAD, "cannot switch off: %s", strerror(error));
}

static void print_status(bool json, bool callers)
{
	struct look look;

	look_take(&look);
	if (json)
		json_status(stdout, &look);
	else
		show_status(&look);
	if (callers && !(json ? json_callers(stdout, SIZE_MAX, "\n") : show_callers()))
		errx(EXIT_BAD, "cannot read leaks of gomalloc in debugfs; be root, and mount it");
	if (json)
		printf("}\n");
	look_free(&look);
}

/* "PERCENT [LEAST MOST]"; the kernel would ignore what it cannot read */
static void check_only(const char *only)
{
	unsigned long long n;
	int nr = sscanf(only, "%llu %llu %llu", &n, &n, &n);

	if ((nr != 1 && nr != 3) || strspn(only, "0123456789 ") != strlen(only))
		misuse("--only takes \"PERCENT\" or \"PERCENT LEAST MOST\", not '%s'",
		       printable(only));
}

static const char help[] =
	"Usage: gomalloc everywhere [status] [-j|--json] [-c|--callers]\n"
	"       gomalloc everywhere on|audit|drain|off [-o|--only TEXT] [-m|--modules NAMES]\n\n"
	"What gomalloc_everywhere serves of the kernel's memory, beside the kernel's own;\n"
	"or switch it.\n\n"
	"  status               what it is and has (without a word, too)\n"
	"  on                   the kernel's kmalloc() is gomalloc's\n"
	"  audit                it is the kernel's; count what would be served\n"
	"  drain                it is the kernel's; what was served is still freed as it was\n"
	"  off                  nothing is changed; only where nothing that was served lives\n"
	"  -j, --json           for programs\n"
	"  -c, --callers        and who has what lives, if gomalloc's track_rate was 1 before\n"
	"  -o, --only TEXT      first limit it: \"PERCENT [LEAST MOST]\", of a hundred requests,\n"
	"                       and from which size to which in bytes\n"
	"  -m, --modules NAMES  first limit it to these modules; \"\" is all, and the kernel\n";

static bool is_state(const char *word)
{
	static const char * const states[] = { "on", "audit", "drain", "off" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		if (!strcmp(word, states[i]))
			return true;
	}
	return false;
}

static void limit(const char *only, const char *modules)
{
	if (only) {
		check_only(only);
		must_put("only", only);
	}
	if (modules)
		must_put("modules", modules);
}

int cmd_everywhere(int argc, char **argv)
{
	const char *only = NULL, *modules = NULL, *word;
	uint64_t json = 0, callers = 0;
	const struct setting settings[] = {
		{ 'j', "--json", .number = &json },
		{ 'c', "--callers", .number = &callers },
		{ 'o', "--only", .text = &only },
		{ 'm', "--modules", .text = &modules },
		{}
	};

	parse_options(argc, argv, settings, help);
	word = optind < argc ? argv[optind] : "status";
	if (argc - optind > 1)
		misuse("everywhere takes one word");
	if (!strcmp(word, "status")) {
		if (only || modules)
			misuse("everywhere status takes neither --only nor --modules");
		print_status(json, callers);
		return EXIT_GOOD;
	}
	if (!is_state(word))
		misuse("everywhere takes status, on, audit, drain or off, not '%s'",
		       printable(word));
	if (json || callers)
		misuse("--json and --callers are for everywhere status");
	limit(only, modules);
	switch_to(word);
	return EXIT_GOOD;
}
