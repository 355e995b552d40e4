/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "priv.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"

/*
 * The last lines logged by libbpf and the verifier, for the message of a failure. A global, since
 * libbpf's print hook has no context. Several threads load.
 */
#define LAST_LINES 14
#define LAST_WIDTH 160
static char last_lines[LAST_LINES][LAST_WIDTH];
static unsigned int last_count;
static pthread_mutex_t last_lock = PTHREAD_MUTEX_INITIALIZER;

static void remember_line(const char *line, size_t len)
{
	char *to = last_lines[last_count % LAST_LINES];

	if (!len)
		return;
	snprintf(to, LAST_WIDTH, "%.*s", (int)MIN(len, (size_t)LAST_WIDTH - 1), line);
	last_count++;
}

static int remember(enum libbpf_print_level level, const char *fmt, va_list args)
{
	_cleanup_(freep) char *text = NULL;
	const char *at, *end;

	if (level == LIBBPF_DEBUG)
		return 0;
	if (vasprintf(&text, fmt, args) < 0) {
		text = NULL;
		return 0;
	}
	pthread_mutex_lock(&last_lock);
	for (at = text; *at; at = *end ? end + 1 : end) {
		end = strchrnul(at, '\n');
		remember_line(at, (size_t)(end - at));
	}
	pthread_mutex_unlock(&last_lock);
	return 0;
}

/* Appends them to the reason. */
static void join_last_lines(char *buf, size_t size)
{
	unsigned int i = last_count > LAST_LINES ? last_count - LAST_LINES : 0;
	struct text t;

	text_init(&t, buf, size);
	for (; i < last_count; i++)
		text_add(&t, "\n    %s", last_lines[i % LAST_LINES]);
}

static bool has_btf(const char *file)
{
	struct stat st;

	return !stat(file ?: "/sys/kernel/btf/vmlinux", &st);
}

/* Finds the cause among those for which libbpf returns the same error. */
int datapath_load_error(int r, const struct datapath_config *cfg, struct fault *f)
{
	char why[128] = "", said[LAST_LINES * (LAST_WIDTH + 5)];

	if (!has_btf(cfg->btf)) {
		fault_say(f, -ENOPKG, "the types of this kernel (BTF) are not in %s",
			  cfg->btf ?: "/sys/kernel/btf/vmlinux");
		return fault_help(f, -ENOPKG,
				  "run a kernel with CONFIG_DEBUG_INFO_BTF=y, or give its types "
				  "with --btf FILE");
	}
	join_last_lines(said, sizeof(said));
	if (r == -EPERM || r == -EACCES) {
		fault_say(f, -EPERM, "the kernel refused to load the programs: %s%s", strerror(-r),
			  said);
		return fault_help(
			f, -EPERM,
			"the capabilities suffice: check whether a security module (dmesg) or "
			"lockdown (/sys/kernel/security/lockdown) forbids BPF");
	}
	libbpf_strerror(r, why, sizeof(why));
	fault_say(f, r, "the kernel could not load the programs: %s; the end of its log:%s", why,
		  said);
	if (r == -EMFILE || r == -ENFILE)
		return fault_help(f, r,
				  "more open files: ulimit -n 4096, or LimitNOFILE=4096 in a unit");
	return r == -ENOMEM ? r : -EOPNOTSUPP;
}

void datapath_keep_log(void)
{
	last_count = 0;
	libbpf_set_print(remember);
}
