/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guard_list.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/exit.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "guard/pins.h"
#include "guard/tally.h"
#include "host/cgroup.h"

#define INDENT "    "

/* What became of a guard. In the order of doubt: the first that holds is told. */
#define STATES(X)                                                                           \
	X(FOREIGN, "other-version", "of another version: guard --replace")                  \
	X(UNREADABLE, "unreadable",                                                         \
	  "cannot be read, and may not be in force: guard --replace or --release")          \
	X(EXPIRED, "expired", "EXPIRED")                                                    \
	X(REMADE, "made-again", "its cgroup was made again, and is judged where it leaves") \
	X(GONE, "gone", "its cgroup is gone")                                               \
	X(HOLDS, "in-force", "")

enum state {
#define X(sym, name, words) STATE_##sym,
	STATES(X)
#undef X
};

static const struct {
	const char *name, *words;
} states[] = {
#define X(sym, name, words) { name, words },
	STATES(X)
#undef X
};

/* One guard, as far as it can be read. */
struct entry {
	const char *name;
	struct pins_meta meta;
	enum state state;
	bool dated; /* since and version are known */
	bool tallied;
	struct tally tally;
	time_t ago; /* since it has expired */
	pid_t follower; /* -1: somebody, 0: nobody */
};

struct list {
	enum guard_list_form form;
	struct json json;
	size_t n;
	int error;
};

/* --- reading --- */

/* Whether the cgroup was removed. A guard of the host has one that cannot be. */
static bool is_gone(const struct pins_meta *meta)
{
	_cleanup_(closep) int fd = -1;
	struct cgroup_mounts mounts;
	int r = cgroup_mounts(&mounts);

	if (r)
		return false;
	if (mounts.n)
		r = fd = cgroup_open_id(cgroup_mount_of(&mounts, NULL)->fd, meta->scope_id);
	cgroup_mounts_clear(&mounts);
	return r == -ESTALE || r == -ENOENT;
}

/* Whether there is another one at its path, which is its scope then. */
static bool is_made_again(const struct pins_meta *meta)
{
	_cleanup_(scope_freep) struct scope *s = NULL;
	struct fault f = { 0 };

	return !scope_open(&s, SCOPE_CGROUP, meta->scope, &f);
}

static enum state state_of(int r, struct entry *e)
{
	if (r)
		return r == -ESTALE ? STATE_FOREIGN : STATE_UNREADABLE;
	if (pins_lifted(&e->meta, &e->ago))
		return STATE_EXPIRED;
	if (!is_gone(&e->meta))
		return STATE_HOLDS;
	return is_made_again(&e->meta) ? STATE_REMADE : STATE_GONE;
}

static void read_entry(struct entry *e, const char *name, const char *dir)
{
	int r = pins_read(dir, &e->meta), lock = pins_lock(dir, 0);

	e->name = name;
	e->dated = !r || r == -ESTALE;
	e->state = state_of(r, e);
	e->tallied = !r && !tally_read(dir, &e->tally);
	e->follower = lock == -EWOULDBLOCK ? pins_locker(dir) ?: -1 : 0;
	closep(&lock);
}

/* ns until it expires; 0: never, or it has. */
static uint64_t left(const struct entry *e)
{
	uint64_t now = ktime_now();

	return e->meta.deadline > now ? e->meta.deadline - now : 0;
}

/* --- for people --- */

static void say_tunnels(struct text *t, const struct entry *e)
{
	const struct tally *y = &e->tally;

	text_add(t, "open: ");
	for (size_t i = 0; i < y->n_tunnels; i++) {
		text_add(t, "%s", i ? ", " : "");
		text_escape(t, y->tunnels[i], false);
	}
	if (y->elsewhere) {
		text_add(t, "%s", y->n_tunnels ? ", and " : "");
		text_count(t, y->elsewhere, "tunnel of another namespace",
			   "tunnels of other namespaces");
	}
	if (!y->n_tunnels && !y->elsewhere)
		text_add(t, "no tunnel");
	if (!e->follower)
		text_add(t, "; one that comes back is opened by watch --guard %s", e->name);
}

static void say_sum(struct text *t, const struct la_sum *sum, const char *what)
{
	text_count(t, sum->packets, "packet", "packets");
	text_add(t, " (");
	text_bytes(t, sum->bytes);
	text_add(t, ") %s", what);
}

static void say_counts(struct text *t, const struct entry *e)
{
	if (!e->tallied) {
		text_add(t, "its counts cannot be read");
		return;
	}
	say_sum(t, &e->tally.stopped, "stopped, ");
	text_count(t, e->tally.refused, "call refused", "calls refused");
	if (e->tally.leaked.packets) {
		text_add(t, ", ");
		say_sum(t, &e->tally.leaked, "of others leaked");
	}
}

/* Three lines of at most 80 columns, if names are not long. */
static void print_details(const struct entry *e)
{
	char line[1024];
	struct text t;

	text_init(&t, line, sizeof(line));
	text_add(&t, INDENT "stops ");
	policy_say_dropped(&t, (uint32_t)e->meta.policy.drop);
	if (left(e)) {
		text_add(&t, "; expires in ");
		text_duration(&t, left(e));
	}
	text_add(&t, "\n" INDENT);
	say_counts(&t, e);
	if (e->tallied) {
		text_add(&t, "\n" INDENT);
		say_tunnels(&t, e);
	}
	puts(line);
}

static void print_scope(const struct entry *e)
{
	const char *scope = e->meta.scope_id == CGROUP_ROOT_ID ? "the host" : e->meta.scope;

	if (e->state == STATE_FOREIGN || e->state == STATE_UNREADABLE)
		printf("%s\n", states[e->state].words);
	else if (e->state == STATE_EXPIRED)
		text_print("%s: EXPIRED %lld s ago, stops nothing\n", scope, (long long)e->ago);
	else
		text_print("%s%s%s\n", scope, e->state == STATE_HOLDS ? "" : ": ",
			   states[e->state].words);
}

static void print_entry(const struct entry *e, bool first)
{
	time_t since = (time_t)e->meta.since;
	char when[32] = "-";

	if (first)
		printf("%-24s %-20s %-10s %-9s %s\n", "NAME", "SINCE", "VERSION", "FOLLOWED",
		       "SCOPE");
	if (e->dated)
		strftime(when, sizeof(when), "%F %T", localtime(&since));
	text_print("%-24s %-20s %-10s %-9s ", e->name, when, e->dated ? e->meta.version : "unknown",
		   e->follower ? "yes" : "no");
	print_scope(e);
	if (e->state >= STATE_REMADE)
		print_details(e);
}

/* --- for programs --- */

static void put_sum(struct json *j, const char *key, const struct la_sum *sum)
{
	json_obj(j, key);
	json_u64(j, "packets", sum->packets);
	json_u64(j, "bytes", sum->bytes);
	json_end(j);
}

static void put_policy(struct json *j, const struct entry *e)
{
	json_arr(j, "stops");
	for (unsigned int i = 0; policy_classes[i]; i++)
		if (e->meta.policy.drop & 1U << i)
			json_str(j, NULL, policy_classes[i]);
	json_end(j);
	if (e->meta.deadline)
		json_seconds(j, "expires_in", left(e));
}

static void put_tally(struct json *j, const struct tally *y)
{
	json_arr(j, "tunnels");
	for (size_t i = 0; i < y->n_tunnels; i++)
		json_str(j, NULL, y->tunnels[i]);
	json_end(j);
	json_u64(j, "tunnels_elsewhere", y->elsewhere);
	put_sum(j, "stopped", &y->stopped);
	put_sum(j, "leaked", &y->leaked);
	json_u64(j, "refused", y->refused);
}

static int put_entry(struct json *j, const struct entry *e)
{
	const struct timespec since = { .tv_sec = (time_t)e->meta.since };
	bool known = e->state > STATE_UNREADABLE;

	json_reset(j);
	json_obj(j, NULL);
	json_str(j, "name", e->name);
	json_str(j, "state", states[e->state].name);
	json_bool(j, "followed", e->follower != 0);
	if (e->follower > 0)
		json_u64(j, "follower", (uint64_t)e->follower);
	if (e->dated) {
		json_time(j, "since", &since);
		json_str(j, "version", e->meta.version);
	}
	if (known) {
		json_str(j, "scope", e->meta.scope_id == CGROUP_ROOT_ID ? "host" : e->meta.scope);
		put_policy(j, e);
	}
	if (e->tallied)
		put_tally(j, &e->tally);
	json_end(j);
	return json_print(j);
}

/* --- all of them --- */

bool guard_list_form(const struct opt_list *outputs, enum guard_list_form *ret)
{
	static const char *const forms[] = { "text", "json" };

	*ret = GUARD_LIST_TEXT;
	for (size_t i = 0; outputs->n == 1 && i < ARRAY_SIZE(forms); i++) {
		if (strcmp(outputs->v[0], forms[i]))
			continue;
		*ret = (enum guard_list_form)i;
		return true;
	}
	if (!outputs->n)
		return true;
	log_err("the list goes to the standard output: --output=text or --output=json, once");
	return false;
}

/* A pins_fn. */
static int row(void *arg, const char *name, const char *dir)
{
	struct list *l = arg;
	struct entry e = { 0 };

	read_entry(&e, name, dir);
	if (l->form == GUARD_LIST_TEXT)
		print_entry(&e, !l->n);
	else
		l->error = put_entry(&l->json, &e) ?: l->error;
	l->n++;
	return 0;
}

int guard_list(enum guard_list_form form)
{
	struct list l = { .form = form };
	struct fault f = { 0 };
	int r = pins_each(row, &l, &f);

	json_free(&l.json);
	if (r) {
		log_fault(r, &f);
		return EXIT_DENIED;
	}
	if (!l.n && form == GUARD_LIST_TEXT)
		printf("no guard holds\n");
	return fflush(stdout) || l.error ? EXIT_INCOMPLETE : EXIT_CLEAN;
}
