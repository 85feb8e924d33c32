/* SPDX-License-Identifier: GPL-2.0 */
/* Private interface of state.c: on, drain, off */
#ifndef _EVERYWHERE_STATE_H
#define _EVERYWHERE_STATE_H

int state_init(void);
void state_exit(void);

#endif /* _EVERYWHERE_STATE_H */
