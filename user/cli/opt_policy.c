/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "opt_policy.h"

#include <errno.h>

#include "base/log.h"

static int add_all(const struct opt_list *l, struct policy *p, const struct opt_file *file,
		   int (*add)(struct policy *p, const char *word, struct fault *f))
{
	struct fault f = { 0 };
	size_t i;
	int r;

	for (i = 0; i < l->n; i++) {
		r = add(p, l->v[i], &f);
		if (r)
			return log_fault(opt_file_fault(file, l->v[i], r, &f), &f);
	}
	return 0;
}

int opt_policy_make(const struct opt_policy *w, struct policy *p, const struct opt_file *file)
{
	int r = 0;

#define LIST(field, add, ...) r = r ?: add_all(&w->field, p, file, add);
#define NUMBER(field) p->field = w->field;
	POLICY_FIELDS(LIST, LIST, NUMBER)
#undef LIST
#undef NUMBER
	return r;
}

bool opt_policy_given(const struct opt_policy *w, const struct opt_given *given)
{
	bool any = false;

#define FIELD(field, ...) any |= opt_given(given, &w->field);
	POLICY_FIELDS(FIELD, FIELD, FIELD)
#undef FIELD
	return any;
}

int opt_policy_check(const struct policy *p)
{
	if (!policy_resolver_is_idle(p))
		return 0;
	log_err("--resolver=drop stops nothing: no dns query is to be stopped");
	log_hint("give --drop, or --drop with dns");
	return -EINVAL;
}

void opt_policy_free(struct opt_policy *w)
{
#define LIST(field, ...) opt_list_free(&w->field);
#define NOTHING(field)
	POLICY_FIELDS(LIST, LIST, NOTHING)
#undef LIST
#undef NOTHING
}
