/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The resolvers that are known, for the record of the start. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/grow.h"
#include "priv.h"

static char *place_name(const struct la_resolver_place *at)
{
	char words[80];
	struct text t;

	text_init(&t, words, sizeof(words));
	if (addr_is_any(&at->addr))
		text_add(&t, "*:%u", at->port);
	else
		text_endpoint(&t, &at->addr, addr_family(&at->addr), at->port);
	if (at->proto == IPPROTO_TCP)
		text_add(&t, "/tcp");
	return strdup(words);
}

static char *name_of(struct watch *w, const struct resolver *who)
{
	struct record_process p;

	enrich_process(w->accounts.enrich, &who->owner, &p);
	return p.name ? strdup(p.name) : NULL;
}

static int add_row(struct watch *w, struct resolver_rows *rows, const struct resolver *who)
{
	char **names = calloc(who->n_places + 1, sizeof(*names));
	struct record_resolver *row;

	if (!names || !GROW(rows->v, rows->n)) {
		free(names);
		return -ENOMEM;
	}
	row = &rows->v[rows->n++];
	*row = (struct record_resolver){ .process.pid = who->owner.tgid,
					 .process.name = name_of(w, who),
					 .way = record_way_name(who->told.way),
					 .addresses = (const char *const *)names };
	while (row->n < who->n_places && (names[row->n] = place_name(&who->places[row->n])))
		row->n++;
	return 0;
}

int resolving_rows(struct watch *w, struct resolver_rows *ret)
{
	const struct resolver *who;
	size_t i;
	int r = 0;

	*ret = (struct resolver_rows){ 0 };
	if (!w->resolving.resolvers)
		return 0;
	for (i = 0; !r && (who = resolvers_next(w->resolving.resolvers, i)); i++)
		r = add_row(w, ret, who);
	return r;
}

void resolver_rows_clear(struct resolver_rows *rows)
{
	size_t i, a;

	for (i = 0; i < rows->n; i++) {
		for (a = 0; a < rows->v[i].n; a++)
			free((char *)rows->v[i].addresses[a]);
		free((void *)rows->v[i].addresses);
		free((char *)rows->v[i].process.name);
	}
	free(rows->v);
	*rows = (struct resolver_rows){ 0 };
}
