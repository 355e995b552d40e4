/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checkup.h"

#include <stdarg.h>

#include "base/text.h"

/* Where there is no more room, the last line is written over. */
struct check *checkup_add(struct checkup *c, const char *name, enum grade grade, const char *fmt,
			  ...)
{
	struct check *check = &c->v[MIN(c->n, (size_t)CHECKS_MAX - 1)];
	struct text t;
	va_list ap;

	*check = (struct check){ .name = name, .grade = grade };
	c->n = MIN(c->n + 1, (size_t)CHECKS_MAX);
	text_init(&t, check->found, sizeof(check->found));
	va_start(ap, fmt);
	text_vadd(&t, fmt, ap);
	va_end(ap);
	return check;
}

void check_follows(struct check *c, const char *fmt, ...)
{
	struct text t;
	va_list ap;

	text_init(&t, c->follows, sizeof(c->follows));
	va_start(ap, fmt);
	text_vadd(&t, fmt, ap);
	va_end(ap);
}

void check_remedy(struct check *c, const char *fmt, ...)
{
	struct text t;
	va_list ap;

	text_init(&t, c->remedy, sizeof(c->remedy));
	va_start(ap, fmt);
	text_vadd(&t, fmt, ap);
	va_end(ap);
}

enum grade checkup_grade(const struct checkup *c)
{
	enum grade worst = GRADE_OK;

	for (size_t i = 0; i < c->n; i++)
		worst = MAX(worst, c->v[i].grade);
	return worst;
}

const char *grade_name(enum grade g)
{
	return g == GRADE_OK	  ? "ok"
	       : g == GRADE_NOTE  ? "note"
	       : g == GRADE_LIMIT ? "limit"
				  : "FAIL";
}
