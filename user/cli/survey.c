/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "survey.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "report/state_read.h"

/* A run that is busy answers within a tick, which is a second. */
#define PATIENCE_MS 3000

struct gathering {
	struct survey *s;
	char *const *names;
};

/* name: up to a character that no guard's name or pid has. */
static bool is_wanted(char *const *names, const char *name)
{
	size_t len = strcspn(name, "+");
	size_t i;

	for (i = 0; names[i]; i++)
		if (!strncmp(names[i], name, len) && !names[i][len])
			return true;
	return !names[0];
}

/* --- runs --- */

/* "4711.sock", "4711-1.sock" */
static void pid_of(const char *socket, char *buf, size_t size)
{
	snprintf(buf, size, "%.*s", (int)strcspn(socket, "-."), socket);
}

static int read_run(struct survey_run *run)
{
	int r = state_read(run->socket, PATIENCE_MS, &run->text, &run->len);

	if (r)
		return r;
	while (run->len && run->text[run->len - 1] == '\n')
		run->len--;
	if (run->len < 2)
		return -EBADMSG;
	run->json = strndup(run->text + 1, run->len - 2);
	if (!run->json)
		return -ENOMEM;
	r = json_tree_read(&run->tree, run->text, run->len);
	run->len -= 2;
	return r;
}

/* A state_fn. */
static int on_socket(void *arg, const char *socket)
{
	struct gathering *g = arg;
	struct survey_run *run;
	char pid[32];

	pid_of(socket, pid, sizeof(pid));
	if (!is_wanted(g->names, pid) || g->s->n_runs == SURVEY_MAX)
		return 0;
	run = &g->s->runs[g->s->n_runs++];
	snprintf(run->socket, sizeof(run->socket), "%s", socket);
	run->error = read_run(run);
	return run->error == -ENOMEM ? -ENOMEM : 0;
}

/* --- guards --- */

/* A pins_fn. */
static int on_guard(void *arg, const char *name, const char *dir)
{
	struct gathering *g = arg;
	struct survey_guard *guard;

	if (!is_wanted(g->names, name) || g->s->n_guards == SURVEY_MAX)
		return 0;
	if (!GROW(g->s->guards, g->s->n_guards))
		return -ENOMEM;
	guard = &g->s->guards[g->s->n_guards++];
	*guard = (struct survey_guard){ 0 };
	snprintf(guard->name, sizeof(guard->name), "%s", name);
	guard_entry_read(&guard->entry, guard->name, dir);
	return 0;
}

/* --- all of it --- */

/* A run is named by its pid: of named ones, nobody knows whose unit should be there. */
static void keep_wanted_units(struct survey *s, char *const *names)
{
	size_t i, n = 0;

	for (i = 0; i < s->n_units; i++)
		if (!names[0] || (s->units[i].guard && is_wanted(names, s->units[i].name)))
			s->units[n++] = s->units[i];
	s->n_units = n;
}

static bool is_there(const struct survey *s, const char *name)
{
	char pid[32];
	size_t i;

	for (i = 0; i < s->n_units; i++)
		if (!strcmp(s->units[i].name, name))
			return true;
	for (i = 0; i < s->n_guards; i++)
		if (!strcmp(s->guards[i].name, name))
			return true;
	for (i = 0; i < s->n_runs; i++) {
		pid_of(s->runs[i].socket, pid, sizeof(pid));
		if (!strcmp(pid, name))
			return true;
	}
	return false;
}

static int check_names(const struct survey *s, char *const *names, struct fault *f)
{
	for (; *names; names++)
		if (!is_there(s, *names)) {
			fault_say(f, -ENOENT, "there is no guard '%s', nor a run with that pid",
				  *names);
			return fault_help(f, -ENOENT,
					  "leakaudit status, without a name, shows all");
		}
	return 0;
}

int survey_open(struct survey *s, char *const *names, struct fault *f)
{
	struct gathering g = { s, names };
	size_t i;
	int r;

	*s = (struct survey){ 0 };
	s->runs = calloc(SURVEY_MAX, sizeof(*s->runs));
	if (!s->runs)
		return -ENOMEM;
	r = state_each(on_socket, &g, f);
	if (!r)
		r = pins_each(on_guard, &g, f);
	if (!r)
		r = survey_units(s);
	keep_wanted_units(s, names);
	for (i = 0; i < s->n_guards; i++) /* they have moved */
		s->guards[i].entry.name = s->guards[i].name;
	return r ?: check_names(s, names, f);
}

void survey_close(struct survey *s)
{
	while (s->n_runs) {
		struct survey_run *run = &s->runs[--s->n_runs];

		free(run->text);
		free(run->json);
		json_tree_free(&run->tree);
	}
	free(s->runs);
	free(s->guards);
	free(s->units);
	free(s->problems);
}
