/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file of metrics, for the textfile collector of node_exporter. It is replaced as a whole, so
 * that no reader meets half of one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "metrics_text.h"
#include "delivery/output_file.h"
#include "sink_ops.h"

/* Several times for each scrape, which comes every 15 s or later. */
#define WRITE_INTERVAL (5 * NSEC_PER_SEC)

/* The collector runs as another user. */
#define MODE 0644

struct metrics_file {
	struct openmetrics text;
	char *beside; /* where it is written before it takes its name; no *.prom */
	uint64_t written; /* ktime */
	bool failing;
};

/* Whether it may be written there. What a killed run has left is taken over. */
static int open_beside(const struct metrics_file *m, struct fault *f)
{
	int fd = output_file_open(m->beside, MODE, f), r;

	if (fd < 0)
		return fd;
	if (ftruncate(fd, 0) || fchmod(fd, MODE)) {
		r = -errno;
		close(fd);
		return r;
	}
	return fd;
}

static int replace(struct sink *s, struct fault *f)
{
	struct metrics_file *m = s->own;
	_cleanup_(closep) int fd = -1;
	int r = metrics_text(&m->text, OPENMETRICS_PLAIN, s->metrics);

	if (r)
		return r;
	fd = open_beside(m, f);
	if (fd < 0)
		return fd;
	r = write_whole(fd, m->text.buf, m->text.len);
	if (!r && rename(m->beside, s->path))
		r = -errno;
	if (r)
		unlink(m->beside);
	return r;
}

/* An error is told once, and its end. */
static void update(struct sink *s)
{
	struct metrics_file *m = s->own;
	struct fault f = { 0 };
	int r;

	if (!s->metrics)
		return;
	m->written = ktime_now();
	r = replace(s, &f);
	if (r && !m->failing) {
		fault_at(&f, r, "output %s: the metrics there are old", s->spec);
		log_warn_fault(r, &f);
	}
	if (!r && m->failing)
		log_info("output %s: written to again", s->spec);
	m->failing = r;
}

static void metrics_pump(struct sink *s)
{
	const struct metrics_file *m = s->own;

	if (ktime_now() - m->written >= WRITE_INTERVAL)
		update(s);
}

static int metrics_flush(struct sink *s, unsigned int timeout_ms)
{
	(void)timeout_ms;
	update(s); /* which has said what is wrong */
	return 0;
}

static int metrics_interest(const struct sink *s, uint32_t *events)
{
	(void)s;
	*events = 0;
	return -1;
}

static int check_target(const char *path, struct fault *f)
{
	size_t len = strlen(path);
	struct stat st;

	if (stat(path, &st) || S_ISREG(st.st_mode)) {
		if (len > 5 && !strcmp(path + len - 5, ".prom"))
			return 0;
		fault_say(f, -EINVAL, "node_exporter reads no '%s': its files end in .prom", path);
		return fault_help(f, -EINVAL, "metrics:%s.prom", path);
	}
	fault_say(f, -EINVAL, "'%s' is no regular file: it cannot be replaced", path);
	return fault_help(f, -EINVAL, "metrics:DIR/leakaudit.prom");
}

static int metrics_open(struct sink *s, const char *arg, struct fault *f)
{
	struct metrics_file *m = s->own = calloc(1, sizeof(*m));
	int fd, r;

	if (!m)
		return -ENOMEM;
	if (!arg) {
		fault_say(f, -EINVAL, "output '%s' lacks the name of a file", s->spec);
		return fault_help(f, -EINVAL, "metrics:FILE.prom");
	}
	s->path = strdup(arg);
	if (!s->path || asprintf(&m->beside, "%s.tmp", arg) < 0)
		return -ENOMEM;
	r = check_target(arg, f);
	if (r)
		return r;
	fd = open_beside(m, f);
	if (fd < 0)
		return fd;
	close(fd);
	unlink(m->beside);
	return 0;
}

static void metrics_close(struct sink *s)
{
	struct metrics_file *m = s->own;

	if (!m)
		return;
	openmetrics_free(&m->text);
	free(m->beside);
	free(m);
}

const struct sink_ops sink_metrics = {
	.name = "metrics",
	.measures = true,
	.open = metrics_open,
	.pump = metrics_pump,
	.interest = metrics_interest,
	.flush = metrics_flush,
	.close = metrics_close,
};
