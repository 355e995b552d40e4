/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_tree.h"
#include "base/text.h"
#include "report/state_read.h"
#include "top.h"
#include "top_guard.h"

#define PATIENCE_MS 1500
#define THINGS_MAX 128

/* --- what there is --- */

struct things {
	struct thing {
		bool guard;
		char name[80]; /* of a socket, or a guard */
	} v[THINGS_MAX];
	size_t n;
	const char *only; /* NULL: all */
};

static void add(struct things *t, bool guard, const char *name, size_t len)
{
	if (t->only && (strncmp(t->only, name, len) != 0 || t->only[len]))
		return;
	if (t->n == THINGS_MAX)
		return;
	t->v[t->n].guard = guard;
	snprintf(t->v[t->n++].name, sizeof(t->v->name), "%s", name);
}

/* A state_fn. */
static int on_socket(void *arg, const char *name)
{
	add(arg, false, name, strcspn(name, "-."));
	return 0;
}

/* A guard that is followed is shown by its follower. */
static void on_guard(void *arg, const char *name, bool followed)
{
	struct things *t = arg;

	if (!followed || t->only)
		add(t, true, name, strlen(name));
}

/* --- a run --- */

static void copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from ?: "");
}

#define COPY(to, from) copy(to, sizeof(to), from)

/* Adds ", of NETNS" to the name of a line. */
static void put_line(const struct json_tree *tree, const struct json_node *of, const char *key,
		     char *buf, size_t size)
{
	const char *netns = json_word(tree, of, "netns", NULL);

	snprintf(buf, size, "%s%s%s", json_word(tree, of, key, "?"), netns ? " of " : "",
		 netns ?: "");
}

static void fill_row(const struct json_tree *tree, const struct json_node *of, struct top_row *r)
{
	uint64_t pid = json_count(tree, of, "pid");
	const char *behalf = json_word(tree, of, "behalf", NULL);
	char number[24] = "";

	*r = (struct top_row){ 0 };
	if (pid)
		snprintf(number, sizeof(number), "[%" PRIu64 "]", pid);
	snprintf(r->program, sizeof(r->program), "%.40s%s", json_word(tree, of, "process", "?"),
		 number);
	if (behalf)
		snprintf(r->of, sizeof(r->of), "for %s", behalf);
	else
		COPY(r->of, json_word(tree, of, "container", json_word(tree, of, "unit", "")));
	COPY(r->kind, json_word(tree, of, "class", "?"));
	put_line(tree, of, "interface", r->line, sizeof(r->line));
	COPY(r->to, json_word(tree, of, "destination", ""));
	COPY(r->name, json_word(tree, of, "name", ""));
	COPY(r->last, json_word(tree, of, "last", ""));
	r->packets = json_count(tree, of, "left.packets");
	r->bytes = json_count(tree, of, "left.bytes");
	r->stopped = json_count(tree, of, "dropped.packets");
}

static size_t fill_rows(const struct json_tree *tree, const char *name, struct top_row *rows)
{
	const struct json_node *all = json_find(tree, tree->v, name), *one;
	size_t n = 0;

	for (one = json_first(tree, all); one && n < TOP_ROWS_MAX; one = json_next(tree, all, one))
		fill_row(tree, one, &rows[n++]);
	return n;
}

static size_t fill_buckets(const struct json_tree *tree, const char *path, uint64_t *to)
{
	const struct json_node *all = json_find(tree, tree->v, path), *one;
	size_t n = 0;

	for (one = json_first(tree, all); one && n < TOP_BUCKETS; one = json_next(tree, all, one))
		to[n++] = strtoull(one->word, NULL, 10);
	return n;
}

static uint64_t ns_of(double seconds)
{
	return (uint64_t)(seconds * 1e9);
}

static void fill_tunnels(const struct json_tree *tree, struct text *t)
{
	const struct json_node *all = json_find(tree, tree->v, "tunnels"), *one;
	char name[128];

	for (one = json_first(tree, all); one; one = json_next(tree, all, one)) {
		uint64_t dropouts = json_count(tree, one, "dropouts");

		put_line(tree, one, "name", name, sizeof(name));
		text_add(t, "%s%s %s", t->len ? ", " : "", name,
			 json_is(tree, one, "up") ? "up" : "DOWN");
		if (json_find(tree, one, "seconds")) {
			text_add(t, " for ");
			text_duration(t, ns_of(json_number(tree, one, "seconds")));
		}
		if (dropouts) {
			text_add(t, ", ");
			text_count(t, dropouts, "dropout", "dropouts");
		}
	}
	if (!t->len)
		text_add(t, "none");
}

static void add_sum(struct text *t, const struct json_tree *tree, const char *path,
		    const char *what)
{
	const struct json_node *sum = json_find(tree, tree->v, path);

	text_add(t, "%s%s %" PRIu64 " (", t->len ? "  " : "", what,
		 json_count(tree, sum, "packets"));
	text_bytes(t, json_count(tree, sum, "bytes"));
	text_add(t, ")");
}

static void fill_title(const struct json_tree *tree, struct text *t)
{
	const struct json_node *scopes = json_find(tree, tree->v, "scopes"), *one;
	const char *separator = " of ", *path;

	text_add(t, "%s %s", json_word(tree, tree->v, "command", "run"),
		 json_word(tree, tree->v, "pid", "?"));
	for (one = json_first(tree, scopes); one; one = json_next(tree, scopes, one)) {
		path = json_word(tree, one, "path", "?");
		text_add(t, "%s%s", separator, strcmp(path, "host") ? path : "the host");
		separator = ", ";
	}
	text_add(t, ", for ");
	text_duration(t, ns_of(json_number(tree, tree->v, "seconds")));
}

static void fill_view(const struct json_tree *tree, struct top_view *v)
{
	struct text t;

	text_init(&t, v->title, sizeof(v->title));
	fill_title(tree, &t);
	COPY(v->word, json_word(tree, tree->v, "verdict.word", "?"));
	COPY(v->reason, json_word(tree, tree->v, "verdict.reason", ""));
	text_init(&t, v->tunnels, sizeof(v->tunnels));
	fill_tunnels(tree, &t);
	text_init(&t, v->sums, sizeof(v->sums));
	add_sum(&t, tree, "totals.left", "leaked");
	add_sum(&t, tree, "totals.dropped", "stopped");
	add_sum(&t, tree, "totals.held", "held");
	if (json_count(tree, tree->v, "totals.inside.packets"))
		add_sum(&t, tree, "totals.inside", "told an address");
	text_init(&t, v->losses, sizeof(v->losses));
	if (json_is(tree, tree->v, "complete"))
		text_add(&t, "all was seen");
	else
		text_add(&t, "incomplete: %s", json_word(tree, tree->v, "incomplete", "?"));
	v->n_programs = fill_rows(tree, "leakers", v->programs);
	v->n_flows = fill_rows(tree, "flows", v->flows);
	v->n_buckets = fill_buckets(tree, "timeline.left", v->left);
	fill_buckets(tree, "timeline.dropped", v->dropped);
}

static int read_run(struct top_view *v, const char *socket)
{
	_cleanup_(freep) char *text = NULL;
	struct json_tree tree = { 0 };
	size_t len;
	int r = state_read(socket, PATIENCE_MS, &text, &len);

	if (!r)
		r = json_tree_read(&tree, text, len);
	if (!r)
		fill_view(&tree, v);
	else if (!v->title[0])
		snprintf(v->title, sizeof(v->title), "run %.*s", (int)strcspn(socket, "-."),
			 socket);
	json_tree_free(&tree);
	return r;
}

int top_read(struct top_view *v, const char *name, size_t at)
{
	struct things *things = calloc(1, sizeof(*things));
	struct fault f = { 0 };
	int r = -ENOMEM;

	if (!things)
		return r;
	things->only = name;
	r = state_each(on_socket, things, &f);
	if (!r)
		r = top_guards(on_guard, things);
	v->n = things->n;
	v->at = v->n ? at % v->n : 0;
	if (!r && !v->n)
		r = -ENOENT;
	if (!r)
		r = things->v[v->at].guard ? top_read_guard(v, things->v[v->at].name)
					   : read_run(v, things->v[v->at].name);
	free(things);
	return r;
}
