/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notifies a service manager (sd_notify(3), "Type=notify") that we are ready, of our status, and
 * that we are alive. The protocol is a datagram of lines to the socket that the environment names.
 * Without such a socket all functions do nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct notify {
	int fd; /* -1: there is no manager */
	struct sockaddr_un to;
	socklen_t to_len;
	uint64_t watchdog; /* ns within which a sign of life is expected; 0: none is */
	char status[256]; /* the last one sent */
};

/* Reads the environment. If the socket cannot be used, logs that and sends nothing. */
void notify_open(struct notify *n);
void notify_close(struct notify *n);

void notify_ready(struct notify *n);
void notify_reloading(struct notify *n); /* lasts until notify_ready() */
void notify_stopping(struct notify *n);
void notify_alive(struct notify *n);

/* status: one line for people. Sent if it differs from the last. */
void notify_status(struct notify *n, const char *status);
