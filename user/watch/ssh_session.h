/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nothing locks an administrator out: the established SSH sessions of this
 * network namespace that a run would cut which drops what the whole host sends.
 */
#pragma once

#include <arpa/inet.h>
#include <stdbool.h>
#include <sys/types.h>

#include "network/links.h"
#include "policy/policy.h"

struct ssh_session {
	char peer[INET6_ADDRSTRLEN];
	uint16_t port; /* at our end */
	bool ours; /* we were started from it */
	pid_t pid; /* who serves it; 0: not known */
	char comm[16];
};

/*
 * The first one whose packets would leave on an exposed interface with neither
 * LAN nor --allow to exempt them; our own comes before all others. 1 and *ret,
 * 0: there is none, or -errno. links are those of the namespace that we run in.
 */
int ssh_session_find(const struct links *links, const struct policy *policy,
		     struct ssh_session *ret);

/* 0, or -EACCES: there is one, or one cannot be looked for; that was logged with
 * what helps. */
int ssh_session_refuse(const struct links *links, const struct policy *policy);
