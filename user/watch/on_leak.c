/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "on_leak.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "base/log.h"
#include "host/runner.h"
#include "record/record_json.h"

#define PAUSE (ON_LEAK_PAUSE_SECONDS * NSEC_PER_SEC)

struct on_leak {
	struct runner *runner; /* NULL: it has ended */
	struct json json;
	struct record_on_leak counts;
	unsigned int running;
	uint64_t full; /* ktime at which a whole burst would be allowed again */
	bool told; /* a failure: once is enough */
};

int on_leak_open(struct on_leak **ret, const char *command, const char *user, struct fault *f)
{
	struct on_leak *o;
	int r;

	*ret = NULL;
	if (!command)
		return 0;
	o = calloc(1, sizeof(*o));
	if (!o)
		return -ENOMEM;
	r = runner_open(&o->runner, command, user, ON_LEAK_SECONDS, f);
	if (r) {
		free(o);
		return r;
	}
	*ret = o;
	return 0;
}

void on_leak_close(struct on_leak *o)
{
	if (!o)
		return;
	runner_free(o->runner);
	json_free(&o->json);
	free(o);
}

int on_leak_fd(const struct on_leak *o)
{
	return o && o->runner ? runner_fd(o->runner) : -1;
}

static void fail(struct on_leak *o, const char *how, int number)
{
	o->counts.failed++;
	if (!o->told)
		log_warn("--on-leak: the command %s %d; further failures are only counted", how,
			 number);
	o->told = true;
}

static void take_result(struct on_leak *o, const struct runner_result *r)
{
	o->running -= o->running > 0;
	if (r->error == -ETIME)
		fail(o, "took longer than the seconds that it has, which are", ON_LEAK_SECONDS);
	else if (r->error)
		fail(o, "could not be started, errno", -r->error);
	else if (WIFSIGNALED(r->status))
		fail(o, "was ended by signal", WTERMSIG(r->status));
	else if (WEXITSTATUS(r->status))
		fail(o, "failed, its status is", WEXITSTATUS(r->status));
}

static void give_up(struct on_leak *o)
{
	log_warn("--on-leak: the process that runs the command has ended: it is run no more");
	runner_free(o->runner);
	o->runner = NULL;
}

void on_leak_pump(struct on_leak *o)
{
	struct runner_result result;
	bool over = false;

	while (o && o->runner && runner_result(o->runner, &result, &over))
		take_result(o, &result);
	if (over)
		give_up(o);
}

/* Whether the rate allows another one. */
static bool is_allowed(struct on_leak *o)
{
	uint64_t now = ktime_now(), full = MAX(o->full, now);

	if (o->running >= ON_LEAK_AT_ONCE || full + PAUSE > now + ON_LEAK_BURST * PAUSE)
		return false;
	o->full = full + PAUSE;
	return true;
}

void on_leak_run(struct on_leak *o, const struct record *r)
{
	const char *line;
	size_t len;
	int e = -EAGAIN;

	if (!o)
		return;
	on_leak_pump(o);
	if (!o->runner) {
		o->counts.failed++;
		return;
	}
	if (is_allowed(o))
		e = record_json_line(&o->json, r, &line, &len) ?: runner_run(o->runner, line, len);
	if (e == -EPIPE)
		give_up(o);
	if (!e) {
		o->counts.run++;
		o->running++;
	} else if (e == -EAGAIN) {
		o->counts.limited++;
	} else {
		o->counts.failed++;
	}
}

const struct record_on_leak *on_leak_counts(const struct on_leak *o)
{
	return o ? &o->counts : NULL;
}
