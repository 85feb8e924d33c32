/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stub - what the first instruction of a replaced function calls
 *
 * It takes the address behind that instruction off the stack, and goes on to the function
 * of ours, which then stands where the kernel's would: its caller's address is on top of
 * the stack, the arguments are in their registers, and it returns to that caller.
 *
 * Nothing branches here by a pointer: what is there is a call.
 *
 * For the unwinder the first instruction is in a function that the kernel's has called, as
 * it is, the second in one that the caller has.
 */
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <asm/unwind_hints.h>

#include "table.h"

#define STUB(name)			\
SYM_FUNC_START(everywhere_stub_##name);	\
	ANNOTATE_NOENDBR;		\
	add $8, %rsp;			\
	UNWIND_HINT_FUNC;		\
	jmp everywhere_##name;		\
SYM_FUNC_END(everywhere_stub_##name);

	.text
TABLE_ALL(STUB)
