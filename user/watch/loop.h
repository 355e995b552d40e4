/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The descriptors that a run waits for. */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct loop {
	int epfd, signals, ticks, deadline; /* -1: none */
	bool over;
};

#define LOOP_NONE                                                       \
	{                                                               \
		.epfd = -1, .signals = -1, .ticks = -1, .deadline = -1, \
	}

/*
 * Blocks the signals. interval: ns between two ticks. duration: ns until the deadline; 0: none. The
 * source of each is the address of the member. 0 or -errno.
 */
int loop_open(struct loop *l, const sigset_t *signals, uint64_t interval, uint64_t duration);
void loop_close(struct loop *l);

/* source: the data of the event when fd is readable. */
int loop_add(struct loop *l, int fd, void *source);

/* Whether the timer has expired since the last call. */
bool loop_expired(int timer);
