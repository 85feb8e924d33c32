/* SPDX-License-Identifier: GPL-2.0 */
/*
 * list - lists, lists without a lock, and red-black trees (a treap, see rbtree.c)
 */
#ifndef _HOST_LIST_H
#define _HOST_LIST_H

#include <host/atomic.h>

/*
 * === lists ===
 */

struct list_head {
	struct list_head	*next;
	struct list_head	*prev;
};

struct hlist_node {
	struct hlist_node	*next;
	struct hlist_node	**pprev;
};

struct hlist_head {
	struct hlist_node	*first;
};

#define LIST_HEAD(name)		struct list_head name = { &(name), &(name) }

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list;
	list->prev = list;
}

static inline bool list_empty(const struct list_head *list)
{
	return READ_ONCE(list->next) == list;
}

static inline void list_add(struct list_head *item, struct list_head *prev)
{
	item->next = prev->next;
	item->prev = prev;
	prev->next->prev = item;
	WRITE_ONCE(prev->next, item);
}

static inline void list_add_tail(struct list_head *item, struct list_head *list)
{
	list_add(item, list->prev);
}

static inline void list_del(struct list_head *item)
{
	item->next->prev = item->prev;
	WRITE_ONCE(item->prev->next, item->next);
}

static inline void list_del_init(struct list_head *item)
{
	list_del(item);
	INIT_LIST_HEAD(item);
}

static inline void list_move(struct list_head *item, struct list_head *list)
{
	list_del(item);
	list_add(item, list);
}

static inline void list_move_tail(struct list_head *item, struct list_head *list)
{
	list_del(item);
	list_add_tail(item, list);
}

/* All of @from, which is empty then, behind @list */
static inline void list_splice_init(struct list_head *from, struct list_head *list)
{
	while (!list_empty(from))
		list_move(from->prev, list);
}

#define list_entry(p, type, member)	container_of(p, type, member)
#define list_first_entry(list, type, member) \
	list_entry((list)->next, type, member)
#define list_last_entry(list, type, member) \
	list_entry((list)->prev, type, member)
#define list_first_entry_or_null(list, type, member) \
	(list_empty(list) ? NULL : list_first_entry(list, type, member))
#define list_next_entry(at, member) \
	list_entry((at)->member.next, typeof(*(at)), member)
/* The list in an item; or its head, which is in none: so not by way of an item */
#define host_list_of(at, member) \
	((struct list_head *)((char *)(at) + offsetof(typeof(*(at)), member)))
#define list_for_each_entry(at, list, member)				\
	for (at = list_first_entry(list, typeof(*at), member);		\
	     host_list_of(at, member) != (list);			\
	     at = list_next_entry(at, member))
#define list_for_each_entry_safe(at, after, list, member)		\
	for (at = list_first_entry(list, typeof(*at), member);		\
	     host_list_of(at, member) != (list) &&			\
	     ((after = list_next_entry(at, member)), true);		\
	     at = after)
#define list_is_first(item, list)	((item)->prev == (list))
#define list_is_last(item, list)	((item)->next == (list))
#define hlist_entry(p, type, member)	container_of(p, type, member)
#define hlist_for_each_entry(p, head, member)				\
	for (p = (head)->first ? hlist_entry((head)->first, typeof(*p), member) : NULL; \
	     p;								\
	     p = p->member.next ? hlist_entry(p->member.next, typeof(*p), member) : NULL)

static inline bool hlist_unhashed(const struct hlist_node *node)
{
	return !node->pprev;
}

static inline void hlist_add_head(struct hlist_node *node, struct hlist_head *head)
{
	node->next = head->first;
	if (node->next)
		node->next->pprev = &node->next;
	node->pprev = &head->first;
	head->first = node;
}

static inline void hlist_del_init(struct hlist_node *node)
{
	*node->pprev = node->next;
	if (node->next)
		node->next->pprev = node->pprev;
	node->pprev = NULL;
}

/*
 * === lists without a lock ===
 */

struct llist_node {
	struct llist_node	*next;
};

struct llist_head {
	struct llist_node	*first;
};

#define LLIST_HEAD_INIT(name)	{ NULL }
#define LLIST_HEAD(name)	struct llist_head name = LLIST_HEAD_INIT(name)

static inline void init_llist_head(struct llist_head *list)
{
	list->first = NULL;
}

static inline bool llist_empty(const struct llist_head *list)
{
	return !READ_ONCE(list->first);
}

/* Return: was the list empty? */
static inline bool llist_add_batch(struct llist_node *first,
				   struct llist_node *last,
				   struct llist_head *list)
{
	struct llist_node *old = READ_ONCE(list->first);

	do {
		last->next = old;
	} while (!try_cmpxchg(&list->first, &old, first));
	return !old;
}

static inline bool llist_add(struct llist_node *item, struct llist_head *list)
{
	return llist_add_batch(item, item, list);
}

static inline struct llist_node *llist_del_all(struct llist_head *list)
{
	return xchg(&list->first, NULL);
}

/* For one who takes at a time */
static inline struct llist_node *llist_del_first(struct llist_head *list)
{
	struct llist_node *first = smp_load_acquire(&list->first);

	while (first && !try_cmpxchg(&list->first, &first,
				     READ_ONCE(first->next)))
		;
	return first;
}

/* The same of a list that no one else uses */
static inline bool __llist_add(struct llist_node *item, struct llist_head *list)
{
	item->next = list->first;
	list->first = item;
	return !item->next;
}

static inline bool __llist_add_batch(struct llist_node *first,
				     struct llist_node *last,
				     struct llist_head *list)
{
	last->next = list->first;
	list->first = first;
	return !last->next;
}

static inline struct llist_node *__llist_del_all(struct llist_head *list)
{
	struct llist_node *first = list->first;

	list->first = NULL;
	return first;
}

static inline struct llist_node *llist_reverse_order(struct llist_node *at)
{
	struct llist_node *reversed = NULL, *next;

	for (; at; at = next) {
		next = at->next;
		at->next = reversed;
		reversed = at;
	}
	return reversed;
}

#define llist_next(item)		((item)->next)
#define llist_entry(p, type, member)	container_of(p, type, member)
/* NULL, where there is no item: of whatever offset the member is */
#define host_llist_entry(p, type, member)				\
({									\
	struct llist_node *_node = (p);					\
									\
	_node ? llist_entry(_node, type, member) : NULL;		\
})
#define llist_for_each(at, first) \
	for ((at) = (first); (at); (at) = (at)->next)
#define llist_for_each_safe(at, after, first) \
	for ((at) = (first); (at) && ((after) = (at)->next, true); (at) = (after))
#define llist_for_each_entry(at, first, member)				\
	for (at = host_llist_entry(first, typeof(*at), member); at;	\
	     at = host_llist_entry(at->member.next, typeof(*at), member))
#define llist_for_each_entry_safe(at, after, first, member)		\
	for (at = host_llist_entry(first, typeof(*at), member);		\
	     at && ((after = host_llist_entry(at->member.next,		\
					      typeof(*at), member)), true); \
	     at = after)

/*
 * === trees ===
 */

/**
 * struct rb_node - of a tree that is ordered by its user
 * @rb_left: what is below
 * @rb_right: what is above
 * @parent: the node that has it as one of these
 * @priority: more than that of both
 */
struct rb_node {
	struct rb_node	*rb_left;
	struct rb_node	*rb_right;
	struct rb_node	*parent;
	unsigned int	priority;
};

struct rb_root {
	struct rb_node	*rb_node;
};

struct rb_augment_callbacks {
	void (*propagate)(struct rb_node *node, struct rb_node *stop);
	void (*copy)(struct rb_node *old, struct rb_node *new);
	void (*rotate)(struct rb_node *old, struct rb_node *new);
};

#define RB_ROOT				(struct rb_root) { NULL }
#define RB_EMPTY_ROOT(root)		(!READ_ONCE((root)->rb_node))
#define rb_parent(node)			((node)->parent)
#define rb_entry(p, type, member)	container_of(p, type, member)
#define rb_entry_safe(p, type, member)					\
({									\
	struct rb_node *_node = (p);					\
									\
	_node ? rb_entry(_node, type, member) : NULL;			\
})

static inline void rb_link_node(struct rb_node *node, struct rb_node *parent,
				struct rb_node **link)
{
	node->rb_left = NULL;
	node->rb_right = NULL;
	node->parent = parent;
	*link = node;
}

/* Callbacks by @_compute(item, exit), which says whether nothing has changed */
#define RB_DECLARE_CALLBACKS(_static, _name, _type, _rb, _field, _compute) \
static void _name##_propagate(struct rb_node *node, struct rb_node *stop) \
{									\
	for (; node != stop; node = rb_parent(node)) {			\
		if (_compute(rb_entry(node, _type, _rb), true))		\
			break;						\
	}								\
}									\
									\
static void _name##_copy(struct rb_node *old, struct rb_node *new)	\
{									\
	rb_entry(new, _type, _rb)->_field =				\
		rb_entry(old, _type, _rb)->_field;			\
}									\
									\
static void _name##_rotate(struct rb_node *old, struct rb_node *new)	\
{									\
	_name##_copy(old, new);						\
	_compute(rb_entry(old, _type, _rb), false);			\
}									\
									\
_static const struct rb_augment_callbacks _name = {			\
	.propagate = _name##_propagate,					\
	.copy = _name##_copy,						\
	.rotate = _name##_rotate,					\
};

void rb_insert_augmented(struct rb_node *node, struct rb_root *root,
			 const struct rb_augment_callbacks *augment);
void rb_erase_augmented(struct rb_node *node, struct rb_root *root,
			const struct rb_augment_callbacks *augment);
struct rb_node *rb_first(const struct rb_root *root);
struct rb_node *rb_last(const struct rb_root *root);
struct rb_node *rb_next(const struct rb_node *node);
struct rb_node *rb_prev(const struct rb_node *node);

#endif /* _HOST_LIST_H */
