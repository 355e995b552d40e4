/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One HTTP request at a time, by libcurl in our main loop. Nothing here waits. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "tls_files.h"

struct post;

struct post_answer {
	long status; /* 0: none came */
	const char *why; /* then, with what helps */
	const char *body; /* its beginning, with a NUL */
	int64_t retry_after_ms; /* -1: it did not say */
};

/* -ELIBACC: libcurl cannot be loaded. */
int post_new(struct post **ret, const char *url, const struct tls_files *tls, struct fault *f);
void post_free(struct post *p); /* p may be NULL */

/* The body must stay valid until the answer. 0 or -errno. */
int post_send(struct post *p, const char *body, size_t len);
bool post_is_busy(const struct post *p);
/* Goes on. true: the answer has come, or will not; valid until the next call. */
bool post_pump(struct post *p, struct post_answer *ret);
/* An epoll set, which is readable when there is something to do. */
int post_fd(const struct post *p);
