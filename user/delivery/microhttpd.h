/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads libmicrohttpd when an output asks for it. With the TLS library that Debian's is linked
 * with, it would cost each run that does not listen several MiB.
 */
#pragma once

#ifdef HAVE_libmicrohttpd
#include <microhttpd.h>

#define MICROHTTPD_FUNCTIONS(X)              \
	X(MHD_start_daemon)                  \
	X(MHD_stop_daemon)                   \
	X(MHD_get_daemon_info)               \
	X(MHD_get_timeout)                   \
	X(MHD_run)                           \
	X(MHD_lookup_connection_value)       \
	X(MHD_create_response_from_buffer)   \
	X(MHD_create_response_from_callback) \
	X(MHD_add_response_header)           \
	X(MHD_queue_response)                \
	X(MHD_destroy_response)              \
	X(MHD_suspend_connection)            \
	X(MHD_resume_connection)

struct microhttpd {
#define MICROHTTPD_FIELD(function) __typeof__(function) *function;
	MICROHTTPD_FUNCTIONS(MICROHTTPD_FIELD)
#undef MICROHTTPD_FIELD
};

/* Loads once and never unloads. NULL: the library or one of its functions is missing. */
const struct microhttpd *microhttpd_load(void);
#endif

/* The file's name, for messages about what to install. */
#define MICROHTTPD_LIBRARY "libmicrohttpd.so.12"
