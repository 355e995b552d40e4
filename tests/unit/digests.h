/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recorded events for tests of the digest. */
#pragma once

#include "digest/digest.h"
#include "unit.h"

#define RUN "11111111111111111111111111111111"
#define NEXT "22222222222222222222222222222222"
#define FLOW "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* The digest that the events are added to. */
extern struct digest *d;

void begin(void); /* a new one */
void add_line(const char *line);

/* An event of a run at a second of a long gone minute, with these members. */
void add(const char *run, unsigned int sequence, const char *action, const char *members);

/* An event of a flow, with what left and what was dropped so far. */
void add_flow(const char *run, unsigned int sequence, const char *state, const char *cls,
	      unsigned int left, unsigned int dropped);
void add_summary(const char *run, unsigned int sequence, unsigned int left, const char *complete);
