// SPDX-License-Identifier: GPL-2.0
/*
 * rbtree - the kernel's interface of augmented trees, by a treap
 *
 * What: a tree that is balanced because each node has a random priority, and no
 *	node has more than its parent. What has to be done to it is rotations.
 * Locks: the user's.
 */
#include <host/kernel.h>

static unsigned int draw_priority(void)
{
	static __thread u64 seed = GOLDEN_RATIO_64;

	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return seed >> 33;
}

/* @new takes the place of @old below the parent of that */
static void replace(struct rb_root *root, struct rb_node *old,
		    struct rb_node *new)
{
	struct rb_node *parent = old->parent;

	if (!parent)
		root->rb_node = new;
	else if (parent->rb_left == old)
		parent->rb_left = new;
	else
		parent->rb_right = new;
	if (new)
		new->parent = parent;
}

/* @node goes above its parent */
static void rotate_up(struct rb_root *root, struct rb_node *node,
		      const struct rb_augment_callbacks *augment)
{
	struct rb_node *parent = node->parent, *between;

	replace(root, parent, node);
	if (parent->rb_left == node) {
		between = node->rb_right;
		parent->rb_left = between;
		node->rb_right = parent;
	} else {
		between = node->rb_left;
		parent->rb_right = between;
		node->rb_left = parent;
	}
	if (between)
		between->parent = parent;
	parent->parent = node;
	augment->rotate(parent, node);
}

/* The node is linked, and what is above it knows of it */
void rb_insert_augmented(struct rb_node *node, struct rb_root *root,
			 const struct rb_augment_callbacks *augment)
{
	node->priority = draw_priority();
	while (node->parent && node->parent->priority < node->priority)
		rotate_up(root, node, augment);
}

/* Of the two below @node the one that is to be above */
static struct rb_node *upper_child(const struct rb_node *node)
{
	struct rb_node *left = node->rb_left, *right = node->rb_right;

	if (!left || !right)
		return left ?: right;
	return left->priority > right->priority ? left : right;
}

void rb_erase_augmented(struct rb_node *node, struct rb_root *root,
			const struct rb_augment_callbacks *augment)
{
	while (node->rb_left && node->rb_right)
		rotate_up(root, upper_child(node), augment);
	replace(root, node, upper_child(node));
	augment->propagate(node->parent, NULL);
}

/*
 * === walks ===
 */

static struct rb_node *leftmost(struct rb_node *node)
{
	while (node && node->rb_left)
		node = node->rb_left;
	return node;
}

static struct rb_node *rightmost(struct rb_node *node)
{
	while (node && node->rb_right)
		node = node->rb_right;
	return node;
}

struct rb_node *rb_first(const struct rb_root *root)
{
	return leftmost(root->rb_node);
}

struct rb_node *rb_last(const struct rb_root *root)
{
	return rightmost(root->rb_node);
}

struct rb_node *rb_next(const struct rb_node *node)
{
	if (node->rb_right)
		return leftmost(node->rb_right);
	while (node->parent && node->parent->rb_right == node)
		node = node->parent;
	return node->parent;
}

struct rb_node *rb_prev(const struct rb_node *node)
{
	if (node->rb_left)
		return rightmost(node->rb_left);
	while (node->parent && node->parent->rb_left == node)
		node = node->parent;
	return node->parent;
}
