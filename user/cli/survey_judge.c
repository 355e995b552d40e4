/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether what should hold does, and what would be needed. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/state_read.h"
#include "survey.h"

static struct survey_problem *add(struct survey *s)
{
	struct survey_problem *p = &s->problems[s->n_problems];

	/* one for each run, guard and unit, and one if there is none */
	*p = (struct survey_problem){ 0 };
	s->n_problems++;
	return p;
}

/* --- runs --- */

static const char *say_error(int error)
{
	switch (error) {
	case -ECONNREFUSED:
		return "it has died without ending in order: what it watched is not watched any "
		       "more";
	case -ETIMEDOUT:
		return "it does not answer: it is stopped, or hangs";
	case -EBADMSG:
		return "its state cannot be read: it is of another version";
	default:
		return strerror(-error);
	}
}

static void judge_silent(struct survey *s, const struct survey_run *run)
{
	struct survey_problem *p = add(s);

	snprintf(p->what, sizeof(p->what), "run %.*s", (int)strcspn(run->socket, "-."),
		 run->socket);
	snprintf(p->why, sizeof(p->why), "%s", say_error(run->error));
	if (run->error == -ECONNREFUSED)
		snprintf(p->remedy, sizeof(p->remedy),
			 "start it again; or, if it is to end: rm '%s/%s'", state_dir(),
			 run->socket);
	else
		snprintf(p->remedy, sizeof(p->remedy), "restart it");
}

static const struct {
	const char *word, *remedy;
	bool leaks;
} verdicts[] = {
	{ "leaking", "leakaudit top shows who; leakaudit guard stops it", true },
	{ "leaked", "leakaudit report says who; leakaudit guard stops what would leave next time",
	  true },
	{ "address-told",
	  "the events say who told it (detail address-inside): have that program not use or name "
	  "the address; a guard does not stop what goes through the tunnel",
	  true },
	{ "unprotected",
	  "bring the tunnel up; leakaudit guard --follow stops what leaves while it is down",
	  false },
	{ "incomplete", "mend the reason, and start it again: what was missed stays unknown",
	  false },
};

static void judge_run(struct survey *s, const struct survey_run *run)
{
	const struct json_node *state = run->tree.v;
	const char *word;
	struct survey_problem *p;
	size_t i;

	if (run->error) {
		judge_silent(s, run);
		return;
	}
	word = json_word(&run->tree, state, "verdict.word", "");
	for (i = 0; i < ARRAY_SIZE(verdicts); i++) {
		if (strcmp(verdicts[i].word, word) != 0)
			continue;
		p = add(s);
		snprintf(p->what, sizeof(p->what), "%s %" PRIu64,
			 json_word(&run->tree, state, "command", "run"),
			 json_count(&run->tree, state, "pid"));
		snprintf(p->why, sizeof(p->why), "%s: %s", word,
			 json_word(&run->tree, state, "verdict.reason", ""));
		snprintf(p->remedy, sizeof(p->remedy), "%s", verdicts[i].remedy);
		p->leaks = verdicts[i].leaks;
	}
}

/* --- guards --- */

static void say_state(struct survey_problem *p, const struct guard_entry *e)
{
	struct text t;

	switch (e->state) {
	case GUARD_FOREIGN:
		snprintf(p->why, sizeof(p->why), "it is of version %.31s, and cannot be read",
			 e->dated ? e->meta.version : "unknown");
		snprintf(p->remedy, sizeof(p->remedy),
			 "leakaudit guard --replace --name %s, with its options", e->name);
		break;
	case GUARD_EXPIRED:
		snprintf(p->why, sizeof(p->why), "it has expired %lld s ago, and stops nothing",
			 (long long)e->ago);
		snprintf(p->remedy, sizeof(p->remedy),
			 "make it again; or lift it: leakaudit guard --release %s", e->name);
		break;
	case GUARD_GONE:
		text_init(&t, p->why, sizeof(p->why));
		text_add(&t, e->meta.n_scopes > 1 ? "its cgroups " : "its cgroup ");
		guard_entry_say_scopes(&t, e, GUARD_SCOPES_SHOWN);
		text_add(&t, e->meta.n_scopes > 1 ? " are gone: nobody is guarded"
						  : " is gone: nobody is guarded");
		snprintf(p->remedy, sizeof(p->remedy),
			 "start what it is for; or lift it: leakaudit guard --release %s", e->name);
		break;
	default:
		snprintf(p->why, sizeof(p->why), "%s", guard_state_words(e->state));
		snprintf(p->remedy, sizeof(p->remedy), "leakaudit guard --replace --name %s",
			 e->name);
	}
}

static void judge_guard(struct survey *s, const struct guard_entry *e)
{
	bool stands = e->state == GUARD_HOLDS || e->state == GUARD_REMADE;
	struct survey_problem *p;

	if (stands && !(e->hooked && e->hooks.lost))
		return;
	p = add(s);
	snprintf(p->what, sizeof(p->what), "guard %s", e->name);
	if (!stands) {
		say_state(p, e);
		return;
	}
	snprintf(p->why, sizeof(p->why), "somebody has detached %u of its hooks: %s", e->hooks.lost,
		 e->hooks.first);
	snprintf(p->remedy, sizeof(p->remedy), "leakaudit guard --replace --name %s", e->name);
}

/* --- units --- */

static bool is_running(const struct survey *s, const struct survey_unit *unit)
{
	size_t i;

	for (i = 0; unit->guard && i < s->n_guards; i++)
		if (!strcmp(s->guards[i].name, unit->name))
			return true;
	for (i = 0; !unit->guard && i < s->n_runs; i++)
		if (survey_is_unit(&s->runs[i], unit))
			return true;
	return false;
}

static void judge_unit(struct survey *s, const struct survey_unit *unit)
{
	struct survey_problem *p;

	if (is_running(s, unit))
		return;
	p = add(s);
	snprintf(p->what, sizeof(p->what), "%s%s",
		 unit->guard ? SURVEY_GUARD_UNIT : SURVEY_WATCH_UNIT, unit->name);
	snprintf(p->why, sizeof(p->why), "the unit is enabled, and %s",
		 unit->guard ? "its guard is not there: nothing is stopped"
			     : "does not run: nobody watches");
	snprintf(p->remedy, sizeof(p->remedy),
		 "systemctl start %s; if it does not stay: systemctl status %s", p->what, p->what);
}

static void judge_nothing(struct survey *s)
{
	struct survey_problem *p = add(s);

	snprintf(p->why, sizeof(p->why), "nothing is watched, and no guard holds");
	snprintf(p->remedy, sizeof(p->remedy),
		 "leakaudit watch, or systemctl enable --now leakaudit@SERVICE; leakaudit guard to "
		 "stop what leaves");
}

int survey_judge(struct survey *s)
{
	size_t i;

	s->problems = calloc(s->n_runs + s->n_guards + s->n_units + 1, sizeof(*s->problems));
	if (!s->problems)
		return -ENOMEM;
	for (i = 0; i < s->n_runs; i++)
		judge_run(s, &s->runs[i]);
	for (i = 0; i < s->n_guards; i++)
		judge_guard(s, &s->guards[i].entry);
	for (i = 0; i < s->n_units; i++)
		judge_unit(s, &s->units[i]);
	if (!s->n_runs && !s->n_guards && !s->n_units)
		judge_nothing(s);
	return 0;
}
