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
#include "host/cgroup.h"

#define INDENT "    "

struct list {
	enum guard_list_form form;
	struct json json;
	size_t n;
	int error;
};

/* --- for people --- */

static void say_tunnels(struct text *t, const struct guard_entry *e)
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

static void say_counts(struct text *t, const struct guard_entry *e)
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

/* Lines of at most 80 columns, if names are not long. */
static void print_details(const struct guard_entry *e)
{
	char line[1024];
	struct text t;

	text_init(&t, line, sizeof(line));
	text_add(&t, INDENT "stops ");
	policy_say_dropped(&t, (uint32_t)e->meta.policy.drop);
	if (guard_entry_left(e)) {
		text_add(&t, "; expires in ");
		text_duration(&t, guard_entry_left(e));
	}
	text_add(&t, "\n" INDENT);
	say_counts(&t, e);
	if (e->tallied) {
		text_add(&t, "\n" INDENT);
		say_tunnels(&t, e);
	}
	puts(line);
}

/* The end of the first line; and the scope, if it is known, which has a line of its own. */
static void print_state(const struct guard_entry *e)
{
	char scopes[LINE_MAX];
	struct text t;

	if (e->state == GUARD_EXPIRED)
		printf("EXPIRED %lld s ago, stops nothing\n", (long long)e->ago);
	else
		printf("%s\n", e->state == GUARD_HOLDS ? "in force" : guard_state_words(e->state));
	if (e->state == GUARD_FOREIGN || e->state == GUARD_UNREADABLE)
		return;
	text_init(&t, scopes, sizeof(scopes));
	guard_entry_say_scopes(&t, e, SIZE_MAX);
	printf(INDENT "of %s\n", scopes);
}

static void print_entry(const struct guard_entry *e, bool first)
{
	time_t since = (time_t)e->meta.since;
	char when[32] = "-";

	if (first)
		printf("%-24s %-19s %-8s %-8s %s\n", "NAME", "SINCE", "VERSION", "FOLLOWED",
		       "STATE");
	if (e->dated)
		strftime(when, sizeof(when), "%F %T", localtime(&since));
	text_print("%-24s %-19s %-8s %-8s ", e->name, when, e->dated ? e->meta.version : "unknown",
		   e->follower ? "yes" : "no");
	print_state(e);
	if (e->state >= GUARD_REMADE)
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

static void put_scopes(struct json *j, const struct guard_entry *e)
{
	const struct pins_meta *m = &e->meta;

	if (m->n_scopes == 1) {
		json_str(j, "scope", pins_is_host(m) ? "host" : m->scopes[0].path);
		return;
	}
	json_arr(j, "scopes");
	for (size_t i = 0; i < m->n_scopes; i++) {
		json_obj(j, NULL);
		json_str(j, "path", m->scopes[i].path);
		json_bool(j, "gone", e->gone >> i & 1);
		json_end(j);
	}
	json_end(j);
}

static void put_policy(struct json *j, const struct guard_entry *e)
{
	json_arr(j, "stops");
	for (unsigned int i = 0; policy_classes[i]; i++)
		if (e->meta.policy.drop & 1U << i)
			json_str(j, NULL, policy_classes[i]);
	json_end(j);
	if (e->meta.deadline)
		json_seconds(j, "expires_in", guard_entry_left(e));
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

static void put_hooks(struct json *j, const struct guard_hooks *h)
{
	json_obj(j, "hooks");
	json_u64(j, "cgroup", h->cgroup);
	json_u64(j, "tc", h->tc);
	json_u64(j, "tasks", h->tasks);
	json_u64(j, "lost", h->lost);
	json_u64(j, "gone", h->gone);
	json_str(j, "first_lost", h->lost ? h->first : NULL);
	json_end(j);
}

void guard_list_put(struct json *j, const struct guard_entry *e)
{
	const struct timespec since = { .tv_sec = (time_t)e->meta.since };
	bool known = e->state > GUARD_UNREADABLE;

	json_obj(j, NULL);
	json_str(j, "name", e->name);
	json_str(j, "state", guard_state_name(e->state));
	json_bool(j, "followed", e->follower != 0);
	if (e->follower > 0)
		json_u64(j, "follower", (uint64_t)e->follower);
	if (e->dated) {
		json_time(j, "since", &since);
		json_str(j, "version", e->meta.version);
	}
	if (known) {
		put_scopes(j, e);
		put_policy(j, e);
	}
	if (e->tallied)
		put_tally(j, &e->tally);
	if (e->hooked)
		put_hooks(j, &e->hooks);
	json_end(j);
}

static int print_json(struct json *j, const struct guard_entry *e)
{
	json_reset(j);
	guard_list_put(j, e);
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
	struct guard_entry e = { 0 };

	guard_entry_read(&e, name, dir);
	if (l->form == GUARD_LIST_TEXT)
		print_entry(&e, !l->n);
	else
		l->error = print_json(&l->json, &e) ?: l->error;
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
