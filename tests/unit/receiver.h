/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A receiver of events, in the test's own process: what has come, and whether it is whole and in
 * order. */
#pragma once

#include "sinks.h"

#define EVENTS_MAX 20000

/* What receivers have got, all of one test together. */
struct receiver_got {
	unsigned char times[EVENTS_MAX];
	unsigned int distinct, lines;
	int64_t last; /* of this connection */
	bool ordered, whole;
	size_t len;
	char buf[1 << 20];
};

extern struct receiver_got got;
extern int listener, conn;
extern unsigned int sent; /* by send_some() */

void forget(void);
int listen_tcp(uint16_t *port);
int bind_unix(const char *path, int type);
/* Accepts, and reads what is there, but at most so many bytes. */
void receive(size_t most);
void receive_datagrams(unsigned int most);
void stop(void);
/* Goes on for so long, or until all have arrived. */
void run(struct sink *s, unsigned int expected, int ms, bool datagrams);
void send_some(struct sink *s, unsigned int n);
void check_all(struct sink *s);
