/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "showing.h"

#include "base/log.h"
#include "report/state_socket.h"
#include "status.h"

static int state_text(void *arg, const char **text, size_t *len)
{
	return snapshot_text(arg, text, len);
}

static void look_at_counts(struct watch *w)
{
	const struct dropout_moment now = accounts_moment(&w->accounts, &w->kernel);

	snapshot_tick(w, &now);
	status_send(w, &now);
}

/* Without the socket the audit runs all the same. */
void showing_begin(struct watch *w)
{
	const struct state_source source = { state_text, w };
	struct fault f = { 0 };
	int r = state_socket_open(&w->state, &source, &f);

	pipeline_set_state(w->out, &source);
	look_at_counts(w);
	if (!r)
		r = loop_add(&w->loop, state_socket_fd(w->state), &w->state);
	if (!r)
		return;
	fault_at(&f, r, "leakaudit status and top cannot show this run");
	log_warn_fault(r, &f);
}

void showing_tick(struct watch *w)
{
	look_at_counts(w);
	showing_answer(w);
}

void showing_answer(struct watch *w)
{
	if (w->state)
		state_socket_run(w->state);
}

void showing_end(struct watch *w)
{
	w->snapshot.over = true;
	state_socket_free(take_ptr(w->state));
}
