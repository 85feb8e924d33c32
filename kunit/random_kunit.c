// SPDX-License-Identifier: GPL-2.0
/*
 * A random test against a naive model: a list of what is allocated. The model
 * knows which bytes are whose and how many objects each class has.
 */
#include <linux/prandom.h>

#include "fixture.h"
#include "sizes.h"

#define MODEL_OBJECTS	400
/* Not a parameter: on 6.1 the suites run before parameters are read */
#define MODEL_OPS	20000

struct model_object {
	void	*p;
	size_t	size;
	size_t	usable;
	u32	seed;
};

struct model {
	struct gomalloc_heap		*heap;
	struct rnd_state		rnd;
	struct gomalloc_class_stats	rows[GOMALLOC_NR_CLASSES];
	struct model_object		object[MODEL_OBJECTS];
};

static bool model_overlaps(struct model *m, const struct model_object *o)
{
	unsigned int i;

	for (i = 0; i < MODEL_OBJECTS; i++) {
		const struct model_object *x = &m->object[i];

		if (x->p && x != o && x->p < o->p + o->usable &&
		    o->p < x->p + x->usable)
			return true;
	}
	return false;
}

static void model_alloc(struct kunit *test, struct model *m,
			struct model_object *o, u32 seed)
{
	struct random_size s = random_size(&m->rnd);

	o->p = gomalloc_heap_alloc(m->heap, s.size, GFP_KERNEL,
				   s.noscan ? GOMALLOC_NOSCAN : 0);
	KUNIT_ASSERT_TRUE(test, o->p);
	o->size = s.size;
	/* A tiny object may yet get neighbours */
	o->usable = s.noscan && s.size < TINY_SIZE ? s.size : gosize(o->p);
	o->seed = seed;
	KUNIT_ASSERT_GE(test, o->usable, o->size);
	KUNIT_ASSERT_FALSE(test, model_overlaps(m, o));
	stamp(o->p, o->size, seed);
}

static void model_free(struct kunit *test, struct model_object *o)
{
	KUNIT_ASSERT_TRUE(test, stamped(o->p, o->size, o->seed));
	gofree(o->p);
	o->p = NULL;
}

static void model_realloc(struct kunit *test, struct model *m,
			  struct model_object *o)
{
	size_t size = 1 + prandom_u32_state(&m->rnd) % 3000;
	size_t keep = min(size, o->size);
	void *q;

	/* The last byte has a stamp of its own only at the old size */
	stamp(o->p, keep, o->seed);
	q = got(test, gorealloc(o->p, size, GFP_KERNEL));
	KUNIT_ASSERT_TRUE(test, stamped(q, keep, o->seed));
	o->p = q;
	o->size = size;
	o->usable = size;
	KUNIT_ASSERT_FALSE(test, model_overlaps(m, o));
	stamp(q, size, o->seed);
}

/* The heap counts as the model does, class by class */
static void model_compare(struct kunit *test, struct model *m)
{
	u64 objects[GOMALLOC_NR_CLASSES] = {};
	unsigned int i;

	for (i = 0; i < MODEL_OBJECTS; i++) {
		if (m->object[i].p)
			objects[span_of(m->object[i].p)->spanclass >> 1]++;
	}
	gomalloc_heap_class_stats(m->heap, m->rows);
	for (i = 0; i < GOMALLOC_NR_CLASSES; i++)
		KUNIT_ASSERT_EQ(test, m->rows[i].objects, objects[i]);
}

static void model_step(struct kunit *test, struct model *m, u32 op)
{
	struct model_object *o;

	o = &m->object[prandom_u32_state(&m->rnd) % MODEL_OBJECTS];
	if (!o->p)
		model_alloc(test, m, o, op);
	else if (op % 5)
		model_free(test, o);
	else
		model_realloc(test, m, o);
	if (op % 1024 == 0)
		model_compare(test, m);
	if (op % 4096 == 0)
		gomalloc_heap_trim(m->heap);
}

static void a_random_run_agrees_with_the_model(struct kunit *test)
{
	struct model *m = scratch(test, sizeof(*m));
	unsigned int i;

	m->heap = test_heap(test);
	prandom_seed_state(&m->rnd, 20240229);
	for (i = 0; i < MODEL_OPS; i++) {
		model_step(test, m, i);
		cond_resched();
	}
	for (i = 0; i < MODEL_OBJECTS; i++) {
		if (m->object[i].p)
			model_free(test, &m->object[i]);
	}
	expect_all_released(test, m->heap);
}

TEST_SUITE(random, FIXTURE,
	   KUNIT_CASE(a_random_run_agrees_with_the_model));
