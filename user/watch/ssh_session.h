/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Protects administrators from locking themselves out: finds established SSH sessions of this
 * network namespace that would be cut if the whole host's traffic is dropped.
 */
#pragma once

#include <arpa/inet.h>
#include <stdbool.h>
#include <sys/types.h>

#include "network/links.h"
#include "policy/policy.h"

struct ssh_session {
	char peer[INET6_ADDRSTRLEN];
	uint16_t port; /* our port */
	bool ours; /* we were started from this session */
	pid_t pid; /* the daemon that serves it; 0: unknown */
	char comm[16];
};

/*
 * Finds the first session whose packets would leave on an exposed interface without being exempt as
 * LAN or by --allow. Our own session comes before others. 1 and *ret; 0: there is none; -errno.
 * links: those of the namespace that we run in.
 */
int ssh_session_find(const struct links *links, const struct policy *policy,
		     struct ssh_session *ret);

/*
 * 0, or -EACCES: a session would be cut, or sessions cannot be read. The error and a hint were
 * logged.
 */
int ssh_session_refuse(const struct links *links, const struct policy *policy);
