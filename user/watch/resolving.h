/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Follows the scope's questions through resolvers of this machine, until they leave it. */
#pragma once

#include "account/asks.h"
#include "account/flows_behalf.h"
#include "account/upstreams.h"
#include "resolvers/resolvers.h"
#include "record/record_behalf.h"

struct watch;
struct dns_question;

/* A zeroed struct follows nothing. */
struct resolving {
	struct resolvers *resolvers; /* NULL: resolvers are not followed */
	struct asks *asks;
	struct upstreams *upstreams;
	struct flows_behalf *behalf;
	uint64_t looked; /* ktime of the last look for resolvers */
	size_t n_netns; /* covered namespaces at the last change */
	uint64_t changes; /* namespaces_changes() as of the last look for the resolvers' ways out */
};

/* enum la_resolver_mode, by --resolver. */
unsigned int resolving_mode(const struct watch *w);

int resolving_open(struct watch *w);
void resolving_close(struct resolving *r);

/* LA_KIND_ASKED, LA_KIND_CALLED, LA_KIND_HEARD, LA_KIND_UPSTREAM */
void resolving_asked(struct watch *w, const struct la_event_flow *e);
void resolving_called(struct watch *w, const struct la_event_task *e);
void resolving_heard(struct watch *w, const struct la_event_flow *e);
void resolving_upstream(struct watch *w, const struct la_event_flow *e);

/* LA_KIND_UNCALLED; and a question, or a connection for one, that was refused. */
void resolving_uncalled(struct watch *w, const struct la_event_task *e);
void resolving_refused(struct watch *w, const struct la_event_flow *e);

/* What a resolver was stopped from sending for it. */
void resolving_stopped(struct watch *w, const struct la_event_flow *e,
		       const struct la_owner *sender, struct asks_sent *sent);

/* An upstream_fn: what was sent by the flow is told, and counted. */
void resolving_over(void *arg, struct upstream *up);

/* What was asked. False: its name is not to be read. */
bool resolving_question(const struct la_event_flow *e, struct dns_question *q);
/* Whom it was asked; as resolvers_at(). */
const struct resolver *resolving_whom(struct watch *w, const struct la_event_flow *e, bool *hidden);

/* Call it often: finds the resolvers' ways out anew when interfaces or routes have changed. */
void resolving_follow(struct watch *w);

/* Call it about once a second, and in the end. */
void resolving_tick(struct watch *w);
void resolving_end(struct watch *w);

/* For whom somebody asks, as a record has it. */
struct behalf {
	struct record_behalf record; /* points to what follows */
	struct record_asker askers[ASKS_WHO_MAX];
};
void behalf_make(struct watch *w, const struct asks_matched *m, struct behalf *ret);
void behalf_clear(struct behalf *b);

/* NULL: it is no resolver's, as far as known. Borrowed until the next event. */
const struct resolver *resolving_sender(const struct watch *w, const struct la_owner *owner);

/*
 * Whom it asks for by what is the scope's own leak: by the question that is told, or else by all
 * of its flow. False: nobody, as far as known.
 */
bool resolving_behalf(struct watch *w, const struct resolver *sender, const struct record_leak *l,
		      uint64_t ktime, struct behalf *ret);

/* The resolvers that are known, for the record of the start. */
struct resolver_rows {
	struct record_resolver *v;
	size_t n;
};
int resolving_rows(struct watch *w, struct resolver_rows *ret);
void resolver_rows_clear(struct resolver_rows *rows);
