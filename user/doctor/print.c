/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "base/json.h"
#include "base/screen.h"
#include "base/text.h"
#include "base/text_wrap.h"
#include "checkup.h"

#define WIDTH_MAX 100
#define NAME_WIDTH 22
#define COLUMN (6 + NAME_WIDTH + 1) /* behind "limit the name  " */

static const char *colour_of(enum grade g)
{
	static const char *const colours[] = { GREEN, BLUE, YELLOW, BOLD RED };

	return colours[g];
}

/* The verdict. */
static void say(const struct checkup *c, struct text *t)
{
	size_t n[4] = { 0 };

	for (size_t i = 0; i < c->n; i++)
		n[c->v[i].grade]++;
	if (n[GRADE_FAIL]) {
		text_str(t, "Cannot. watch does not work here: ");
		text_count(t, n[GRADE_FAIL], "thing is missing.", "things are missing.");
	} else if (n[GRADE_LIMIT]) {
		text_str(t, "With limits. watch works here, but ");
		text_count(t, n[GRADE_LIMIT], "thing is not seen.", "things are not seen.");
	} else {
		text_str(t, "Ready. watch works whole on this machine.");
	}
	if (n[GRADE_NOTE]) {
		text_str(t, " ");
		text_count(t, n[GRADE_NOTE], "note is worth a look.", "notes are worth a look.");
	}
}

static void put_check(const struct check *c, bool coloured, size_t width)
{
	printf("%s%-5s%s %-*s ", coloured ? colour_of(c->grade) : "", grade_name(c->grade),
	       coloured ? PLAIN : "", NAME_WIDTH, c->name);
	text_wrap_lines(c->found, COLUMN, width);
	if (*c->follows) {
		printf("%*s", COLUMN, "");
		text_wrap_lines(c->follows, COLUMN, width);
	}
	if (*c->remedy) {
		printf("%*s-> ", COLUMN, "");
		text_wrap_lines(c->remedy, COLUMN + 3, width);
	}
}

static void put_verdict(const struct checkup *c, const char *words, bool coloured, size_t width)
{
	enum grade worst = checkup_grade(c);

	fputs(coloured ? colour_of(worst == GRADE_NOTE ? GRADE_OK : worst) : "", stdout);
	text_wrap_lines(words, 0, width);
	fputs(coloured ? PLAIN : "", stdout);
}

/*
 * The worst first: one need not read on to where all is well. The verdict once more at the end,
 * where a small terminal stands.
 */
void checkup_print(const struct checkup *c)
{
	bool coloured = screen_coloured(STDOUT_FILENO);
	size_t width = text_width(WIDTH_MAX), i;
	char words[256];
	struct text t;
	int g;

	text_init(&t, words, sizeof(words));
	say(c, &t);
	put_verdict(c, words, coloured, width);
	putchar('\n');
	for (g = GRADE_FAIL; g >= GRADE_OK; g--)
		for (i = 0; i < c->n; i++)
			if ((int)c->v[i].grade == g)
				put_check(&c->v[i], coloured, width);
	putchar('\n');
	put_verdict(c, words, coloured, width);
}

int checkup_print_json(const struct checkup *c)
{
	static const char *const conclusions[] = { "ready", "ready", "limited", "cannot" };
	char words[256], grade[8];
	struct json j = { 0 };
	struct text t;
	int r;

	text_init(&t, words, sizeof(words));
	say(c, &t);
	json_obj(&j, NULL);
	json_str(&j, "version", LEAKAUDIT_VERSION);
	json_str(&j, "conclusion", conclusions[checkup_grade(c)]);
	json_str(&j, "message", words);
	json_arr(&j, "checks");
	for (size_t i = 0; i < c->n; i++) {
		const struct check *check = &c->v[i];

		snprintf(grade, sizeof(grade), "%s",
			 check->grade == GRADE_FAIL ? "fail" : grade_name(check->grade));
		json_obj(&j, NULL);
		json_str(&j, "name", check->name);
		json_str(&j, "grade", grade);
		json_str(&j, "found", check->found);
		json_str(&j, "follows", *check->follows ? check->follows : NULL);
		json_str(&j, "remedy", *check->remedy ? check->remedy : NULL);
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
	r = json_print(&j);
	json_free(&j);
	return r;
}
