/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a listener is: PORT, ADDR:PORT, [ADDR]:PORT or unix:PATH. And who may have named it. */
#pragma once

#include <stdbool.h>

#include "base/fault.h"

struct http_place {
	char host[64]; /* as it was asked for, without brackets; "": a Unix socket */
	bool alone; /* only this machine reaches it */
	const char *path; /* of a Unix socket, to be removed; NULL: none. Of `where` */
};

/*
 * A socket that listens there. A port alone is on 127.0.0.1. Names are not looked up, since
 * that would ask outside; localhost is 127.0.0.1. -EINVAL: it is no such place. Else -errno.
 */
int http_listen(const char *where, struct http_place *ret, struct fault *f);

/*
 * Whether a Host header is one that no other site's page can have: another name may lead here by
 * its owner's DNS (rebinding). An address, localhost, and the names that were asked for; NULL or
 * "": none.
 */
bool http_host_ours(const char *header, const char *asked, const char *named);
