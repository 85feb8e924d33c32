// SPDX-License-Identifier: GPL-2.0
/*
 * lib - the log, text, time, locks that are not free
 *
 * What: the kernel's library, as far as it is used. Of the formats of printk() there are
 *	those of the C library, and %pS.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include <host/kernel.h>

#undef vsnprintf
#undef snprintf

HOST_TLS struct task_struct host_task;
struct module host_module = { .name = "gomalloc" };
atomic_t host_warnings;

/*
 * === the log ===
 */

/* Lines of KTAP that are no results begin with a # */
void host_printk(char level, const char *fmt, ...)
{
	unsigned long flags;
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	local_irq_save(flags);
	vsnprintf(text, sizeof(text), fmt, ap);
	printf("# <%c> %s", level, text);
	fflush(stdout);
	local_irq_restore(flags);
	va_end(ap);
	/* A heap that is to leak says so by its name */
	if (strstr(text, "leak:") && !strstr(text, "expected"))
		atomic_inc(&host_warnings);
}

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("gomalloc: stopped: ", stderr);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	abort();
}

void host_warn(const char *what, const char *file, int line)
{
	atomic_inc(&host_warnings);
	host_printk('4', "WARNING: %s:%d: %s\n", file, line, what);
}

void host_assert_failed(const char *what, const char *file, int line)
{
	panic("%s:%d: %s\n", file, line, what);
}

/*
 * === text ===
 */

/* Return: the length, or -E2BIG: it was cut */
ssize_t strscpy(char *to, const char *from, size_t size)
{
	size_t length = strnlen(from, size);

	if (!size)
		return -E2BIG;
	memcpy(to, from, min(length, size - 1));
	to[min(length, size - 1)] = 0;
	return length < size ? (ssize_t)length : -E2BIG;
}

/*
 * %pS is done by the C library as far as the address, behind which stands an S: put the
 * name of the function in its place
 */
static void name_functions(char *text, size_t size)
{
	char *at = text, *end, rest[256], name[128];
	unsigned long addr;

	while ((at = strstr(at, "0x"))) {
		addr = strtoul(at, &end, 16);
		if (*end == 'S') {
			strscpy(rest, end + 1, sizeof(rest));
			host_name_function(addr, name, sizeof(name));
			snprintf(at, text + size - at, "%s%s", name, rest);
		}
		at++;
	}
}

int host_vsnprintf(char *to, size_t size, const char *fmt, va_list ap)
{
	unsigned long flags;
	int n;

	local_irq_save(flags);
	n = vsnprintf(to, size, fmt, ap);
	if (strstr(fmt, "%pS")) {
		name_functions(to, size);
		n = strlen(to);
	}
	local_irq_restore(flags);
	return n;
}

int host_snprintf(char *to, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = host_vsnprintf(to, size, fmt, ap);
	va_end(ap);
	return n;
}

/* Return: how much is there, not how much there would be */
int scnprintf(char *to, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = host_vsnprintf(to, size, fmt, ap);
	va_end(ap);
	return size ? min(n, (int)size - 1) : 0;
}

void *memchr_inv(const void *p, int c, size_t size)
{
	const u8 *at = p;

	for (; size; size--, at++) {
		if (*at != (u8)c)
			return (void *)at;
	}
	return NULL;
}

void sort(void *base, size_t nr, size_t size,
	  int (*cmp)(const void *a, const void *b), void *unused)
{
	unsigned long flags;

	local_irq_save(flags);
	qsort(base, nr, size, cmp);
	local_irq_restore(flags);
}

/*
 * === time, chance ===
 */

ktime_t ktime_get(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

void host_sleep_ns(s64 ns)
{
	struct timespec left = { ns / NSEC_PER_SEC, ns % NSEC_PER_SEC };

	/* An interrupt breaks it off */
	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
		;
}

/* Of who waits for something that takes a while */
void host_nap(void)
{
	host_make_way(20 * NSEC_PER_USEC);
}

void get_random_bytes(void *p, size_t n)
{
	if (getrandom(p, n, 0) != (ssize_t)n)
		panic("no random numbers\n");
}

u32 get_random_u32(void)
{
	u32 drawn;

	get_random_bytes(&drawn, sizeof(drawn));
	return drawn;
}

/*
 * === locks that are not free ===
 */

/* Tries before who has it is given the processor */
#define SPINS	200

void host_spin_on(struct host_lock *lock)
{
	unsigned int n;

	do {
		for (n = 0; READ_ONCE(lock->taken); n++) {
			if (n < SPINS)
				cpu_relax();
			else
				sched_yield();
		}
	} while (!host_trylock(lock));
}
