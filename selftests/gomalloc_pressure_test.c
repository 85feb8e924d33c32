// SPDX-License-Identifier: GPL-2.0
/*
 * What happens to memory that a descriptor has free and holds, when another
 * process takes all there is. The module must have been loaded with
 * scavenge_ms=0, and the machine should be small.
 */
#include "device.h"

#define OBJECT	4096UL
#define BYTES	(96UL << 20)

/* Take memory until the machine kills us */
static void take_all_memory(void)
{
	FILE *file = fopen("/proc/self/oom_score_adj", "w");
	size_t size = 1UL << 30, at;
	char *p;

	if (!file || fputs("1000", file) < 0 || fclose(file))
		_exit(1);
	p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		_exit(1);
	for (at = 0; at < size; at += 4096)
		p[at] = 1;
	_exit(2);
}

TEST_F(dev, free_memory_is_reclaimed_before_a_process_is_killed)
{
	struct gomalloc_ioc_stats stats;
	__u32 handle, n = BYTES / OBJECT;
	__u64 held;
	pid_t pid;

	while (n--)
		handle = new_object(self->fd, OBJECT);
	for (; handle; handle--)
		ASSERT_EQ(0, gomalloc_free(self->fd, handle));
	held = stats_of(self->fd).out_held_bytes;
	ASSERT_GE(held, BYTES) {
		TH_LOG("load the module with scavenge_ms=0");
	}
	pid = fork();
	if (!pid)
		take_all_memory();
	/* The machine was too large for us, if not */
	EXPECT_TRUE(WIFSIGNALED(status_of(pid)));
	stats = stats_of(self->fd);
	TH_LOG("%llu KiB of %llu were reclaimed by the shrinker", stats.out_shrunk_bytes >> 10,
	       held >> 10);
	/* What the OOM notifier released, as the last resort, is not in that */
	EXPECT_GE(stats.out_shrunk_bytes, held / 100 * 95);
	EXPECT_LE(stats.out_held_bytes, held / 100 * 5);
}

TEST_HARNESS_MAIN
