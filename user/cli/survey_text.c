/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/screen.h"
#include "base/text.h"
#include "base/text_wrap.h"
#include "host/cgroup.h"
#include "survey.h"

#define WIDTH 80
#define LABEL 14 /* columns, with what is before it */
#define TEXT_MAX 3072

static void begin(struct text *t, char *buf)
{
	text_init(t, buf, TEXT_MAX);
}

static void put(const char *label, const struct text *t)
{
	printf("  %-*s", LABEL - 2, label);
	text_wrap(t->buf, LABEL, WIDTH);
}

static void add_sum(struct text *t, const struct json_tree *tree, const struct json_node *of,
		    const char *name, const char *what)
{
	const struct json_node *sum = json_find(tree, of, name);
	uint64_t packets = json_count(tree, sum, "packets");

	text_add(t, "%s%s ", t->len ? ", " : "", what);
	if (!packets) {
		text_add(t, "nothing");
		return;
	}
	text_count(t, packets, "packet", "packets");
	text_add(t, " (");
	text_bytes(t, json_count(tree, sum, "bytes"));
	text_add(t, ")");
}

/* --- a run --- */

/* What is watched: "the host", a path, or how many. */
static void add_scopes(struct text *t, const struct json_tree *tree)
{
	const struct json_node *all = json_find(tree, tree->v, "scopes"), *one;
	const char *separator = "", *path;

	for (one = json_first(tree, all); one; one = json_next(tree, all, one)) {
		path = json_word(tree, one, "path", "?");
		text_add(t, "%s%s", separator, strcmp(path, "host") ? path : "the host");
		if (!json_is(tree, one, "there"))
			text_add(t, " (does not exist yet)");
		else if (!json_is(tree, one, "hooked"))
			text_add(t, " (a hook is detached)");
		separator = ", ";
	}
}

static void add_place(struct text *t, const struct json_tree *tree, const struct json_node *of)
{
	const char *netns = json_word(tree, of, "netns", NULL);

	text_str(t, json_word(tree, of, "name", "?"));
	if (netns)
		text_add(t, " of %s", netns);
}

static void put_tunnels(const struct json_tree *tree)
{
	const struct json_node *all = json_find(tree, tree->v, "tunnels"), *one;
	char buf[TEXT_MAX];
	struct text t;

	begin(&t, buf);
	for (one = json_first(tree, all); one; one = json_next(tree, all, one)) {
		uint64_t dropouts = json_count(tree, one, "dropouts");

		text_str(&t, t.len ? ", " : "");
		add_place(&t, tree, one);
		text_str(&t, json_is(tree, one, "up") ? " up" : " down");
		if (json_find(tree, one, "seconds")) {
			text_add(&t, " for ");
			text_duration(&t, (uint64_t)(json_number(tree, one, "seconds") * 1e9));
		}
		if (!dropouts)
			continue;
		text_add(&t, " (");
		text_count(&t, dropouts, "dropout", "dropouts");
		text_add(&t, ", ");
		text_duration(&t, (uint64_t)(json_number(tree, one, "down_seconds") * 1e9));
		text_add(&t, ")");
	}
	if (!t.len)
		text_add(&t, "none");
	put("tunnels", &t);
}

/* Those of this namespace; the others are counted. */
static void put_interfaces(const struct json_tree *tree)
{
	const struct json_node *all = json_find(tree, tree->v, "interfaces"), *one;
	uint64_t elsewhere = json_count(tree, tree->v, "other_interfaces");
	char buf[TEXT_MAX];
	struct text t;

	begin(&t, buf);
	for (one = json_first(tree, all); one; one = json_next(tree, all, one)) {
		if (json_find(tree, one, "netns")) {
			elsewhere++;
			continue;
		}
		text_str(&t, t.len ? ", " : "");
		text_add(&t, "%s %s%s", json_word(tree, one, "name", "?"),
			 json_word(tree, one, "role", "?"),
			 json_is(tree, one, "up") ? "" : " (down)");
	}
	if (elsewhere) {
		text_str(&t, t.len ? ", and " : "");
		text_count(&t, elsewhere, "of another namespace", "of other namespaces");
	}
	put("interfaces", &t);
}

/* Where it looks: an interface is counted where it has a hook. */
static void put_places(const struct json_tree *tree)
{
	const struct json_node *all = json_find(tree, tree->v, "interfaces"), *one;
	const char *separator = ", at TC of ";
	char buf[TEXT_MAX];
	struct text t;

	begin(&t, buf);
	text_add(&t, "at the cgroup");
	for (one = json_first(tree, all); one; one = json_next(tree, all, one)) {
		if (!json_find(tree, one, "counted"))
			continue;
		text_str(&t, separator);
		add_place(&t, tree, one);
		separator = ", ";
	}
	put("hooks", &t);
}

static void put_totals(const struct json_tree *tree)
{
	const struct json_node *totals = json_find(tree, tree->v, "totals");
	char buf[TEXT_MAX];
	struct text t;

	begin(&t, buf);
	add_sum(&t, tree, totals, "left", "leaked");
	add_sum(&t, tree, totals, "dropped", "stopped");
	add_sum(&t, tree, totals, "held", "held");
	if (json_count(tree, totals, "inside.packets"))
		add_sum(&t, tree, totals, "inside", "told an address");
	put("traffic", &t);
}

/* The first that leak, one a line. */
static void put_leakers(const struct json_tree *tree)
{
	const struct json_node *all = json_find(tree, tree->v, "leakers"), *one;
	char buf[TEXT_MAX];
	struct text t;
	int shown = 0;

	for (one = json_first(tree, all); one && shown < 5; one = json_next(tree, all, one)) {
		if (!json_count(tree, one, "left.packets"))
			continue;
		begin(&t, buf);
		text_add(&t, "%s", json_word(tree, one, "process", "?"));
		if (json_find(tree, one, "pid"))
			text_add(&t, "[%s]", json_word(tree, one, "pid", ""));
		text_add(&t, ": %s over %s, ", json_word(tree, one, "class", "?"),
			 json_word(tree, one, "interface", "?"));
		text_count(&t, json_count(tree, one, "left.packets"), "packet", "packets");
		text_add(&t, " (");
		text_bytes(&t, json_count(tree, one, "left.bytes"));
		text_add(&t, ")");
		put(shown++ ? "" : "who leaks", &t);
	}
}

static void put_losses(const struct json_tree *tree)
{
	char buf[TEXT_MAX];
	struct text t;

	begin(&t, buf);
	if (json_is(tree, tree->v, "complete"))
		text_add(&t, "all was seen");
	else
		text_add(&t, "incomplete: %s", json_word(tree, tree->v, "incomplete", "?"));
	put("losses", &t);
}

static void put_run(const struct survey_run *run)
{
	const struct json_tree *tree = &run->tree;
	char buf[TEXT_MAX];
	struct text t;

	begin(&t, buf);
	text_add(&t, "%s %s of ", json_word(tree, tree->v, "command", "run"),
		 json_word(tree, tree->v, "pid", "?"));
	add_scopes(&t, tree);
	text_add(&t, ", for ");
	text_duration(&t, (uint64_t)(json_number(tree, tree->v, "seconds") * 1e9));
	text_wrap(buf, 0, WIDTH);
	begin(&t, buf);
	text_add(&t, "%s: %s", json_word(tree, tree->v, "verdict.word", "?"),
		 json_word(tree, tree->v, "verdict.reason", "?"));
	put("verdict", &t);
	put_tunnels(tree);
	put_interfaces(tree);
	put_totals(tree);
	put_leakers(tree);
	put_places(tree);
	put_losses(tree);
}

/* --- a guard --- */

static void put_open(const struct guard_entry *e)
{
	char buf[TEXT_MAX];
	struct text t;
	size_t i;

	begin(&t, buf);
	for (i = 0; i < e->tally.n_tunnels; i++)
		text_add(&t, "%s%s", i ? ", " : "", e->tally.tunnels[i]);
	if (e->tally.elsewhere) {
		text_str(&t, i ? ", and " : "");
		text_count(&t, e->tally.elsewhere, "tunnel of another namespace",
			   "tunnels of other namespaces");
	}
	if (!t.len)
		text_add(&t, "no tunnel");
	if (!e->follower)
		text_add(&t, "; one that comes back is opened by: leakaudit watch --guard %s",
			 e->name);
	put("open", &t);
}

static void put_hooks(const struct guard_hooks *h)
{
	char buf[TEXT_MAX];
	struct text t;

	begin(&t, buf);
	text_add(&t, "%u at the cgroup, %u at interfaces, %u at tasks", h->cgroup, h->tc, h->tasks);
	if (h->lost)
		text_add(&t, "; not attached any more: %u", h->lost);
	put("hooks", &t);
}

static void put_guard(const struct guard_entry *e)
{
	char buf[TEXT_MAX];
	struct text t;

	begin(&t, buf);
	text_add(&t, "guard %s", e->name);
	if (e->state > GUARD_UNREADABLE) {
		text_add(&t, " of ");
		guard_entry_say_scopes(&t, e, GUARD_SCOPES_SHOWN);
	}
	text_wrap(buf, 0, WIDTH);
	begin(&t, buf);
	text_add(&t, "%s", e->state == GUARD_HOLDS ? "in force" : guard_state_words(e->state));
	if (e->state >= GUARD_REMADE) {
		text_add(&t, ", stops ");
		policy_say_dropped(&t, (uint32_t)e->meta.policy.drop);
	}
	if (guard_entry_left(e)) {
		text_add(&t, ", expires in ");
		text_duration(&t, guard_entry_left(e));
	}
	text_add(&t, e->follower ? ", followed" : ", nobody follows it");
	put("state", &t);
	if (e->tallied && e->state >= GUARD_REMADE)
		put_open(e);
	if (e->tallied) {
		begin(&t, buf);
		text_add(&t, "stopped ");
		text_count(&t, e->tally.stopped.packets, "packet", "packets");
		text_add(&t, " (");
		text_bytes(&t, e->tally.stopped.bytes);
		text_add(&t, "), refused ");
		text_count(&t, e->tally.refused, "call", "calls");
		put("traffic", &t);
	}
	if (e->hooked)
		put_hooks(&e->hooks);
}

/* --- all --- */

static const char *headline(const struct survey *s, const char **colour)
{
	size_t i;

	*colour = BOLD GREEN;
	if (!s->n_problems)
		return "ALL HOLDS";
	*colour = BOLD YELLOW;
	for (i = 0; i < s->n_problems; i++) {
		if (!s->problems[i].leaks)
			continue;
		*colour = BOLD RED;
		return "SOMETHING LEAKS";
	}
	return "NOT ALL HOLDS";
}

static void put_problem(const struct survey_problem *p)
{
	char buf[TEXT_MAX];
	struct text t;

	begin(&t, buf);
	if (p->what[0])
		text_add(&t, "%s: ", p->what);
	text_add(&t, "%s", p->why);
	printf("  ");
	text_wrap(buf, 2, WIDTH);
	printf("    needed: ");
	text_wrap(p->remedy, 12, WIDTH);
}

void survey_print(const struct survey *s)
{
	bool coloured = screen_coloured(STDOUT_FILENO);
	const char *colour, *word = headline(s, &colour);
	size_t i;

	printf("%s%s%s\n", coloured ? colour : "", word, coloured ? PLAIN : "");
	for (i = 0; i < s->n_problems; i++)
		put_problem(&s->problems[i]);
	for (i = 0; i < s->n_runs; i++) {
		if (s->runs[i].error)
			continue;
		putchar('\n');
		put_run(&s->runs[i]);
	}
	for (i = 0; i < s->n_guards; i++) {
		putchar('\n');
		put_guard(&s->guards[i].entry);
	}
}
