/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lib - the log, text, time, numbers drawn at random, modules
 */
#ifndef _HOST_LIB_H
#define _HOST_LIB_H

#include <ctype.h>
#include <string.h>

#include <host/cpu.h>

/*
 * === the log ===
 */

#ifndef pr_fmt
#define pr_fmt(fmt) fmt
#endif

void host_printk(char level, const char *fmt, ...);
_Noreturn void panic(const char *fmt, ...);

#define pr_err(fmt, ...)	host_printk('3', pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...)	host_printk('4', pr_fmt(fmt), ##__VA_ARGS__)
#define pr_notice(fmt, ...)	host_printk('5', pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info(fmt, ...)	host_printk('6', pr_fmt(fmt), ##__VA_ARGS__)

#define host_once(call)							\
do {									\
	static bool done;						\
									\
	if (!xchg(&done, true))						\
		call;							\
} while (0)
#define pr_warn_once(fmt, ...)	host_once(pr_warn(fmt, ##__VA_ARGS__))

/**
 * struct ratelimit_state - what is said a few times
 * @left: [racy] how often yet
 */
struct ratelimit_state {
	int left;
};

#define DEFAULT_RATELIMIT_INTERVAL	0
#define DEFAULT_RATELIMIT_BURST		10
#define DEFINE_RATELIMIT_STATE(name, interval, burst) \
	struct ratelimit_state name = { burst }
#define __ratelimit(state)	((state)->left > 0 && (state)->left--)
#define host_ratelimited(call)						\
do {									\
	static DEFINE_RATELIMIT_STATE(state, 0, DEFAULT_RATELIMIT_BURST); \
									\
	if (__ratelimit(&state))					\
		call;							\
} while (0)
#define pr_err_ratelimited(fmt, ...) \
	host_ratelimited(pr_err(fmt, ##__VA_ARGS__))
#define pr_warn_ratelimited(fmt, ...) \
	host_ratelimited(pr_warn(fmt, ##__VA_ARGS__))

/* How many warnings there were, so that a test can tell */
extern atomic_t host_warnings;

void host_warn(const char *what, const char *file, int line);

#define WARN_ON(condition)						\
({									\
	bool _warn = (condition);					\
									\
	if (unlikely(_warn))						\
		host_warn(#condition, __FILE__, __LINE__);		\
	_warn;								\
})
#define WARN_ON_ONCE(condition)			WARN_ON(condition)
#define WARN(condition, fmt, ...)		WARN_ON(condition)
#define WARN_ONCE(condition, fmt, ...)		WARN_ON(condition)

/*
 * === text ===
 */

ssize_t strscpy(char *to, const char *from, size_t size);
int scnprintf(char *to, size_t size, const char *fmt, ...);
void *memchr_inv(const void *p, int c, size_t size);

/* As the kernel's, so that a dump looks the same */
#define SLUB_RED_ACTIVE	0xcc
#define POISON_INUSE	0x5a
#define POISON_FREE	0x6b

int host_vsnprintf(char *to, size_t size, const char *fmt, va_list ap);
int host_snprintf(char *to, size_t size, const char *fmt, ...);
/* Of the program, as %pS; see host/symbols.c */
void host_name_function(unsigned long addr, char *name, size_t size);
size_t strnlen(const char *s, size_t max);

#define vsnprintf		host_vsnprintf
#define snprintf		host_snprintf
static inline void memset_p(void **p, void *value, size_t n)
{
	while (n--)
		*p++ = value;
}

static inline void memset64(u64 *p, u64 value, size_t n)
{
	while (n--)
		*p++ = value;
}

#define div_u64(n, d)		((u64)(n) / (d))
#define memzero_explicit(p, n)	({ memset(p, 0, n); barrier(); })

void sort(void *base, size_t nr, size_t size,
	  int (*cmp)(const void *a, const void *b), void *unused);

/*
 * === time ===
 */

typedef s64 ktime_t;

#define HZ		1000
#define NSEC_PER_USEC	1000L
#define NSEC_PER_MSEC	1000000L
#define NSEC_PER_SEC	1000000000L
#define MSEC_PER_SEC	1000L
#define USEC_PER_SEC	1000000L

ktime_t ktime_get(void);
void host_sleep_ns(s64 ns);

#define ktime_get_ns()			((u64)ktime_get())
#define ktime_get_mono_fast_ns()	((u64)ktime_get())
#define ktime_to_ns(t)			(t)
#define ktime_to_ms(t)			((t) / NSEC_PER_MSEC)
#define ktime_to_us(t)			((t) / NSEC_PER_USEC)
#define ktime_add_ns(t, ns)		((t) + (s64)(ns))
#define ktime_add_ms(t, ms)		((t) + (s64)(ms) * NSEC_PER_MSEC)
#define ktime_sub(a, b)			((a) - (b))
#define ktime_before(a, b)		((a) < (b))
#define ktime_after(a, b)		((a) > (b))
#define ktime_ms_delta(a, b)		(((a) - (b)) / NSEC_PER_MSEC)
#define jiffies				((unsigned long)(ktime_get() / (NSEC_PER_SEC / HZ)))
#define time_before(a, b)		((long)((a) - (b)) < 0)
#define time_after(a, b)		time_before(b, a)
#define msecs_to_jiffies(ms)		((unsigned long)(ms) * HZ / MSEC_PER_SEC)
#define jiffies_to_msecs(j)		((j) * MSEC_PER_SEC / HZ)
#define round_jiffies_up_relative(j)	(j)
#define usleep_range(least, most)	host_make_way((least) * NSEC_PER_USEC)
#define msleep(ms)			host_make_way((ms) * NSEC_PER_MSEC)
#define udelay(us)			host_sleep_ns((us) * NSEC_PER_USEC)
#define mdelay(ms)			host_sleep_ns((ms) * NSEC_PER_MSEC)
#define schedule_timeout_uninterruptible(j)	msleep(jiffies_to_msecs(j))
#define schedule()			host_make_way(1)

/*
 * === numbers drawn at random ===
 */

struct rnd_state {
	u64 seed;
};

static inline void prandom_seed_state(struct rnd_state *rnd, u64 seed)
{
	rnd->seed = seed * GOLDEN_RATIO_64 + 1;
}

static inline u32 prandom_u32_state(struct rnd_state *rnd)
{
	rnd->seed ^= rnd->seed << 13;
	rnd->seed ^= rnd->seed >> 7;
	rnd->seed ^= rnd->seed << 17;
	return rnd->seed * GOLDEN_RATIO_64 >> 32;
}

/* No keyed hash that anyone should trust: nobody is to be kept from guessing here */
typedef struct {
	u64 key[2];
} hsiphash_key_t;

static inline u32 hsiphash_2u32(u32 a, u32 b, const hsiphash_key_t *key)
{
	struct rnd_state rnd;

	prandom_seed_state(&rnd, (key->key[0] ^ a) + (key->key[1] ^ b));
	return prandom_u32_state(&rnd);
}

void get_random_bytes(void *p, size_t n);
u32 get_random_u32(void);

/*
 * === tasks ===
 */

#define PF_MEMALLOC	0x800

struct task_struct {
	unsigned int	flags;
	int		pid;
	char		comm[16];
};

extern HOST_TLS struct task_struct host_task;

#define current				(&host_task)
#define fatal_signal_pending(task)	false
#define signal_pending(task)		false
#define memalloc_noio_save()		0
#define memalloc_noio_restore(flags)	((void)(flags))
#define memalloc_nofs_save()		0
#define memalloc_nofs_restore(flags)	((void)(flags))
#define memalloc_noreclaim_save()	({ current->flags |= PF_MEMALLOC; 0; })
#define memalloc_noreclaim_restore(flags) \
	((void)(flags), (void)(current->flags &= ~PF_MEMALLOC))

int set_cpus_allowed_ptr(struct task_struct *task, const struct cpumask *mask);

/*
 * === modules: there is one ===
 */

struct module {
	char	name[56];
	int	refs;
};

enum module_state { MODULE_STATE_LIVE, MODULE_STATE_COMING, MODULE_STATE_GOING };

/* Of what is compiled as if it were another module's */
#ifndef HOST_MODULE
#define HOST_MODULE host_module
#endif
extern struct module HOST_MODULE;

#define THIS_MODULE			(&HOST_MODULE)
/* No stack is noted that would be asked about */
#define within_module(addr, module)	false
static inline const char *module_name(const struct module *module)
{
	return module ? module->name : "kernel";
}

#define __module_get(module)		((void)((module)->refs++))
#define module_put(module)		((void)((module)->refs--))
#define module_refcount(module)		((module)->refs)
#define EXPORT_SYMBOL_GPL(symbol)	static_assert(sizeof(&(symbol)) > 0)
#define EXPORT_SYMBOL(symbol)		EXPORT_SYMBOL_GPL(symbol)
#define MODULE_DESCRIPTION(text)	static_assert(sizeof(text) > 0)
#define MODULE_LICENSE(text)		static_assert(sizeof(text) > 0)
#define MODULE_INFO(tag, text)		static_assert(sizeof(text) > 0)
#define MODULE_IMPORT_NS(namespace)	static_assert(sizeof(namespace) > 0)

#define NOTIFY_OK	1

struct notifier_block {
	int (*notifier_call)(struct notifier_block *nb, unsigned long event,
			     void *data);
};

#define register_module_notifier(nb)	((void)(nb), 0)
#define unregister_module_notifier(nb)	((void)(nb))
#define register_oom_notifier(nb)	((void)(nb), 0)
#define unregister_oom_notifier(nb)	((void)(nb))

#endif /* _HOST_LIB_H */
