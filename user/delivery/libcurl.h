/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads libcurl when an output asks for it: it brings some thirty libraries with it. */
#pragma once

#ifdef HAVE_libcurl
#define CURL_DISABLE_TYPECHECK /* its macros would take our members' names for functions */
#include <curl/curl.h>

#define LIBCURL_FUNCTIONS(X)   \
	X(global_init)         \
	X(easy_init)           \
	X(easy_cleanup)        \
	X(easy_setopt)         \
	X(easy_getinfo)        \
	X(easy_strerror)       \
	X(url)                 \
	X(url_set)             \
	X(url_cleanup)         \
	X(slist_append)        \
	X(slist_free_all)      \
	X(multi_init)          \
	X(multi_cleanup)       \
	X(multi_setopt)        \
	X(multi_add_handle)    \
	X(multi_remove_handle) \
	X(multi_socket_action) \
	X(multi_info_read)

struct libcurl {
#define LIBCURL_FIELD(function) __typeof__(curl_##function) *function;
	LIBCURL_FUNCTIONS(LIBCURL_FIELD)
#undef LIBCURL_FIELD
};

/* Loads once and never unloads. NULL: the library or one of its functions is missing. */
const struct libcurl *libcurl_load(void);
#endif

/* The file's name, for messages about what to install. */
#define LIBCURL_LIBRARY "libcurl.so.4"
