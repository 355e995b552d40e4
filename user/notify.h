/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a service manager is told (sd_notify(3), "Type=notify"): that we are ready, how
 * it goes, that we are alive. Its protocol is a datagram of lines to a socket that the
 * environment names; where it names none, all of this does nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct notify {
	int fd; /* -1: nobody is to be told */
	struct sockaddr_un to;
	socklen_t to_len;
	uint64_t watchdog; /* ns in which a sign of life is expected; 0: none is */
	char status[256]; /* as it was told last */
};

/* From the environment. A socket that cannot be used is logged, and not told. */
void notify_open(struct notify *n);
void notify_close(struct notify *n);

void notify_ready(struct notify *n);
void notify_reloading(struct notify *n); /* until notify_ready() */
void notify_stopping(struct notify *n);
void notify_alive(struct notify *n);

/* One line for people. Told where it is another one than last. */
void notify_status(struct notify *n, const char *status);
