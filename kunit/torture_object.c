// SPDX-License-Identifier: GPL-2.0
/*
 * torture_object - objects that know if they are whole
 *
 * An object is stamped with words that depend on where it is. One that has
 * stamps when it is handed out belongs to somebody; so they are wiped off
 * before it is freed. All that has to be remembered of it is one word.
 */
#include <linux/atomic.h>
#include <linux/hash.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/string.h>

#include "sizes.h"
#include "torture.h"

/* The physical address of an object, and its size */
#define WORD_SIZE_SHIFT	40

/* Of a guarded object: how far it is from a place that is not far from any of them */
#define WORD_GUARDED	BIT(WORD_SIZE_SHIFT - 1)
#define WORD_FAR	BIT(WORD_SIZE_SHIFT - 2)

static unsigned long guarded_place;	/* [atomic] from 0 to it, once */

static unsigned long guarded_word(const void *p)
{
	unsigned long here = (unsigned long)p - WORD_FAR / 2;
	/* Unordered: the place is all there is to it */
	unsigned long place = cmpxchg_relaxed(&guarded_place, 0, here) ?: here;

	return WORD_GUARDED | ((unsigned long)p - place);
}

static unsigned long to_word(const void *p, size_t size)
{
	unsigned long at = is_vmalloc_addr(p) ? guarded_word(p) :
						virt_to_phys((void *)p);

	return at | size << WORD_SIZE_SHIFT;
}

static void *object_of(unsigned long word)
{
	unsigned long at = word & (BIT(WORD_SIZE_SHIFT) - 1);

	if (at & WORD_GUARDED)
		return (void *)(READ_ONCE(guarded_place) + (at & ~WORD_GUARDED));
	return phys_to_virt(at);
}

static size_t size_of(unsigned long word)
{
	return word >> WORD_SIZE_SHIFT;
}

/*
 * === contents ===
 */

/*
 * What is at @at of an object at @p. What is left inside of one that was freed
 * must not look like the first word of another.
 */
static u64 stamp_at(const void *p, size_t at)
{
	return hash_64_generic(((unsigned long)p + at) << 1 | (at == 0), 64);
}

/* Begin, end and some places between them of a not so small object */
static size_t stamp_stride(size_t size)
{
	return max_t(size_t, ALIGN_DOWN(size / 16, 8), 8);
}

/* Put a stamp of @len bytes there, or compare. Return: is it there? */
static __always_inline bool stamp_word(void *p, size_t at, size_t len, bool put)
{
	u64 stamp = stamp_at(p, at);

	if (put)
		memcpy(p + at, &stamp, len);
	return put || !memcmp(p + at, &stamp, len);
}

/* All stamps of an object */
static __always_inline bool stamps(void *p, size_t size, bool put)
{
	size_t at, last = size - 8;

	if (size < 8)
		return stamp_word(p, 0, size, put);
	for (at = 0; at < last; at += stamp_stride(size)) {
		if (!stamp_word(p, at, min_t(size_t, 8, last - at), put))
			return false;
	}
	return stamp_word(p, last, 8, put);
}

/* Only of objects whose first word no other stamp has a part of */
static bool has_owner(void *p, size_t size)
{
	return size >= 16 && stamp_word(p, 0, 8, false);
}

static void wipe(void *p, size_t size)
{
	memset(p, 0x5a, min_t(size_t, size, 8));
}

/*
 * === to and fro ===
 */

/*
 * With preemption off no other of this context counts here. Where this_cpu
 * operations are no instructions they disable interrupts, which user-mode Linux
 * asks the host for, twice; most of a run went there.
 */
static void count(struct torture *t, enum torture_context context)
{
	preempt_disable();
	__this_cpu_inc(t->cpus->ops[context]);
	preempt_enable();
}

/*
 * With the flags of gomalloc_heap_alloc(). Return: the word of a new object; 0:
 * there is no memory.
 */
unsigned long torture_make(struct torture *t, struct gomalloc_heap *heap,
			   size_t size, unsigned int flags, gfp_t gfp,
			   enum torture_context context)
{
	void *p;

	gfp |= __GFP_NOWARN;
	if (heap)
		p = gomalloc_heap_alloc(heap, size, gfp, flags);
	else
		p = flags & GOMALLOC_NOSCAN ? gomalloc_noscan(size, gfp) :
					      gomalloc(size, gfp);
	count(t, context);
	if (!p) {
		atomic_long_inc(&t->unmet);
		return 0;
	}
	if (!(gfp & __GFP_ZERO) && has_owner(p, size))
		atomic_long_inc(&t->twice);
	stamps(p, size, true);
	return to_word(p, size);
}

/* As somebody who sends it does: a page stays what it is for as long as that lasts */
static void free_referred(struct torture *t, void *p, size_t size)
{
	struct page *page = virt_to_page(p + size / 2);
	u64 *mark = page_address(page);
	void *next;

	get_page(page);
	gofree(p);
	/* A heap may clear what is freed */
	*mark = (unsigned long)mark;
	/* Of the default heap this would be the same one */
	next = gozalloc(size, GFP_NOWAIT | __GFP_NOWARN);
	gofree(next);
	if (*mark != (unsigned long)mark)
		atomic_long_inc(&t->damaged);
	put_page(page);
}

/* Of large objects every few, where a page may be freed */
static bool is_to_be_referred(const void *p, size_t size)
{
	return size > GOMALLOC_MAX_SMALL_SIZE && in_task() && !irqs_disabled() &&
	       !(hash_long((unsigned long)p, 32) % 8);
}

void torture_drop(struct torture *t, unsigned long word,
		  enum torture_context context)
{
	void *p = object_of(word);

	if (!word)
		return;
	if (!stamps(p, size_of(word), false))
		atomic_long_inc(&t->damaged);
	wipe(p, size_of(word));
	if (is_to_be_referred(p, size_of(word)))
		free_referred(t, p, size_of(word));
	else
		gofree(p);
	count(t, context);
}

/* Let an object travel, and free the one whose place it takes */
void torture_put(struct torture *t, unsigned int ring, unsigned long word,
		 enum torture_context context)
{
	struct torture_ring *r = &t->ring[ring % t->nr_rings];
	unsigned int at = (u32)atomic_inc_return(&r->at) % TORTURE_RING;

	/* Full barrier: who takes it out sees what it was stamped with */
	torture_drop(t, xchg(&r->slot[at], word), context);
}

void torture_drop_batch(struct torture *t, struct torture_batch *batch)
{
	unsigned int i;

	if (!batch)
		return;
	for (i = 0; i < batch->nr; i++)
		torture_drop(t, batch->word[i], IN_TASK);
	gofree(batch);
}

/* Mostly of the main heap, and some of each other that has no limit */
static struct gomalloc_heap *any_heap(struct torture *t, u32 r)
{
	switch (r % 16) {
	case 0:
		return t->heap[t->others ? HEAP_MAIN : HEAP_DEFAULT];
	case 1:
	case 2:
		return t->heap[HEAP_HARD];
	default:
		return t->heap[HEAP_MAIN];
	}
}

static gfp_t gfp_of(const struct torture *t, enum torture_context context)
{
	switch (context) {
	case IN_SOFTIRQ:
		return GFP_ATOMIC;
	case IN_HARDIRQ:
		return GFP_NOWAIT;
	default:
		return t->gfp;
	}
}

/* An object of @size, or of any for 0, sets out on any ring */
void torture_step(struct torture *t, struct rnd_state *rnd, size_t size,
		  enum torture_context context)
{
	struct random_size s = { .size = size };
	u32 r = prandom_u32_state(rnd);
	unsigned long word = 0;
	unsigned int flags;

	if (!size)
		s = random_size(rnd);
	flags = (s.noscan ? GOMALLOC_NOSCAN : 0) |
		(r & BIT(29) ? GOMALLOC_NO_DMA : 0);
	/* Now and then a ring loses one and gets none */
	if (r % 8)
		word = torture_make(t, any_heap(t, r >> 3), s.size, flags,
				    gfp_of(t, context) | (r & BIT(30) ? __GFP_ZERO : 0),
				    context);
	torture_put(t, r >> 8, word, context);
}

/*
 * === the rest of the interface ===
 */

struct rcu_object {
	struct rcu_head	rcu;
	char		rest[100];
};

/* Return: false: contents were lost */
static bool grow_and_shrink(struct rnd_state *rnd, gfp_t gfp)
{
	size_t size = 8 + draw(rnd, 5000);
	u8 *p = gomalloc(size, gfp), *q;
	bool same = true;

	if (!p)
		return true;
	memset(p, 0xa5, size);
	q = gorealloc(p, size + draw(rnd, 40000), gfp);
	if (q)
		same = !memchr_inv(q, 0xa5, size);
	gofree(q ?: p);
	return same;
}

static bool bulk(struct rnd_state *rnd, gfp_t gfp)
{
	void *p[32];
	int n = 1 + draw(rnd, 32);

	n = gomalloc_bulk(gfp, 8 + draw(rnd, 1000), n, p);
	gofree_bulk(n, p);
	return true;
}

static bool on_any_node(struct rnd_state *rnd, gfp_t gfp)
{
	int nid = draw(rnd, nr_node_ids);
	size_t size = 1 + draw(rnd, 20000);
	void *p = gomalloc_node(size, gfp, nid);
	bool whole = !p || gosize(p) >= size;

	gofree(p);
	return whole;
}

static bool after_a_grace_period(gfp_t gfp)
{
	struct rcu_object *o = gozalloc(sizeof(*o), gfp);

	gofree_rcu(o, rcu);
	return true;
}

static bool mapped(struct rnd_state *rnd, gfp_t gfp)
{
	size_t size = 8192 + draw(rnd, 200000);
	char *p = gokvmalloc(size, gfp);

	if (p)
		memset(p, 1, size);
	gofree(p);
	return true;
}

/* One of the calls that are not gomalloc() and gofree(). Return: false: wrong. */
bool torture_api(struct torture *t, struct rnd_state *rnd)
{
	count(t, IN_TASK);
	count(t, IN_TASK);
	switch (draw(rnd, 16)) {
	case 0 ... 5:
		return grow_and_shrink(rnd, t->gfp);
	case 6 ... 9:
		return bulk(rnd, t->gfp);
	case 10 ... 13:
		return on_any_node(rnd, t->gfp);
	case 14:
		return mapped(rnd, t->gfp);
	default:
		return after_a_grace_period(t->gfp);
	}
}
