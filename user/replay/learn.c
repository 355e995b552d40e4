/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first pass over the captures. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "priv.h"

/*
 * How much is read of what cannot be read twice, as a pipe's is kept in memory. Of a file all is
 * read: an interface or an address may appear at its end.
 */
#define LEARN_PACKETS 20000
#define LEARN_BYTES (64ULL << 20)

static int learn_packet(struct replay *r, const struct capture_packet *c)
{
	struct replay_parsed s = { .captured = c };
	struct whose_packet p;
	int n;

	if (replay_link(&s) != CAPTURE_IS_IP)
		return 0;
	n = replay_interface(r, c->interface, &s.link);
	if (n <= 0)
		return n;
	return replay_whose(&s, (uint32_t)n, &p) ? whose_learn(r->whose, &p) : 0;
}

/* An error in the file is reported when the file is replayed. */
static int learn_file(struct replay *r, struct capture *c)
{
	/* of whose addresses are named little is to be learnt */
	bool all = capture_can_reread(c) && !r->named;
	struct capture_packet p;
	uint64_t n = 0;
	int ret = 0;

	while (!ret && !replay_is_over() &&
	       (all || (n < LEARN_PACKETS && capture_offset(c) < LEARN_BYTES)) &&
	       capture_next(c, &p) == 1) {
		p.time = p.time ?: capture_time(c);
		r->first_time = r->first_time ? MIN(r->first_time, p.time) : p.time;
		n++;
		if (r->cfg->all) /* the first time is all that is asked for */
			break;
		ret = learn_packet(r, &p);
	}
	return ret ?: capture_rewind(c);
}

static void log_learnt(const struct replay *r)
{
	char who[256];

	audited_host_format(r->local, who, sizeof(who));
	if (*who)
		log_info("the audited host is %s, learnt from the capture; --local overrides it",
			 who);
	else
		log_warn("no address of the audited host found in the capture: name it with "
			 "--local");
}

int replay_learn(struct replay *r, struct capture **held)
{
	size_t i;
	int ret = 0;

	for (i = 0; r->cfg->files[i] && !ret && !(i && r->cfg->all); i++) {
		ret = replay_open(&held[i], r->cfg->files[i]);
		if (!ret)
			ret = learn_file(r, held[i]);
		/* what standard input is would begin where it was read to */
		if (!ret && capture_can_reread(held[i]) && strcmp(r->cfg->files[i], "-") != 0)
			capture_free(take_ptr(held[i]));
	}
	if (ret || r->cfg->all)
		return ret;
	ret = whose_learn_end(r->whose);
	if (!ret && !r->named)
		log_learnt(r);
	return ret;
}
