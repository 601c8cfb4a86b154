/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KMSGPIPECTL_INTERRUPT_H
#define KMSGPIPECTL_INTERRUPT_H

#include <stdbool.h>
#include <stdint.h>

/**
 * DOC: ending a call that waits
 *
 * A call on a pipe waits in the kernel, as any program's does: there it has its
 * turn, and wakes for what concerns it. It is ended by a signal, from a timer or
 * from the user, whose handler makes the call fail with EINTR. A signal that
 * comes just before the call would be missed, so it comes again a little later,
 * until interrupt_end().
 */

/* Wait for ever, or for this many milliseconds: the argument of --timeout. */
#define TIMEOUT_NEVER	UINT64_MAX

/* The user's signals end a wait too, instead of the program on the spot. */
void interrupt_catch(void);

/* From here on, calls wait for @ms milliseconds at most, not 0. */
void interrupt_begin(uint64_t ms);
void interrupt_end(void);

/* Whether the user wants the program to end. */
bool interrupt_asked(void);

/* Ends the program as the user's signal would have, if there was one. */
void interrupt_finish(void);

#endif /* KMSGPIPECTL_INTERRUPT_H */
