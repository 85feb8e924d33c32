/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of stack.c: who called */
#ifndef _GOMALLOC_STACK_H
#define _GOMALLOC_STACK_H

#include "call_stack.h"

struct module;

void stack_set_proxy(struct module *module);
void stack_note(struct call_stack *stack);
unsigned int stack_first_other(const struct call_stack *stack);
unsigned long stack_caller(const struct call_stack *stack);
void stack_print(const struct call_stack *stack, const char *what);

#endif /* _GOMALLOC_STACK_H */
