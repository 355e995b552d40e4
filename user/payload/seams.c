/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "seams.h"

#include <netinet/in.h>
#include <string.h>

#include "base/util.h"

#define LOOK 16
#define LOOK_PRINTABLE 11 /* as la_look_at() has it */

/* Data that are no text are not worth a look. */
static bool is_text(const uint8_t *p, size_t len)
{
	size_t n = MIN(len, LOOK), printable = 0, i;

	for (i = 0; i < n; i++)
		printable += p[i] >= ' ' && p[i] < 0x7f;
	return printable * LOOK >= n * LOOK_PRINTABLE;
}

/* The stream's, or else the one that was used longest ago. */
static struct seam *place_of(struct seams *s, const struct la_flow_key *key)
{
	struct seam *oldest = &s->v[0];
	size_t i;

	for (i = 0; i < SEAMS_MAX; i++) {
		if (s->v[i].used && !memcmp(&s->v[i].key, key, sizeof(*key)))
			return &s->v[i];
		if (s->v[i].used < oldest->used)
			oldest = &s->v[i];
	}
	*oldest = (struct seam){ .key = *key };
	return oldest;
}

static void keep_end(struct seam *seam, const uint8_t *p, size_t len)
{
	size_t n = MIN(len, SEAM_SIDE), before = MIN(seam->n, SEAM_SIDE - n);

	/* a piece may be a few bytes: what came before it stays */
	memmove(seam->end, seam->end + seam->n - before, before);
	memcpy(seam->end + before, p + len - n, n);
	seam->n = (uint32_t)(before + n);
}

/*
 * Writes the end of the last piece and the beginning of this one to *to, and returns their bytes;
 * 0: there was none. seam: the stream's.
 */
static size_t join(const struct seam *seam, const uint8_t *p, size_t len, uint8_t to[SEAM_MAX])
{
	size_t after = MIN(len, SEAM_SIDE);

	if (!seam->n || !is_text(p, len))
		return 0;
	memcpy(to, seam->end, seam->n);
	memcpy(to + seam->n, p, after);
	return seam->n + after;
}

enum address_leak_form seams_find(struct seams *s, const struct la_flow_key *key, const uint8_t *p,
				  size_t len, const struct address_leak_addrs *own,
				  struct la_addr *ret, seams_find_fn *find, void *arg)
{
	enum address_leak_form form = find(arg, key->proto, p, len, own, ret);
	bool ends = is_text(p + len - MIN(len, LOOK), MIN(len, LOOK));
	uint8_t joined[SEAM_MAX];
	struct seam *seam;
	size_t n = 0;

	/* what is encrypted is no text on either side */
	if (key->proto != IPPROTO_TCP || (!ends && !is_text(p, len)))
		return form;
	seam = place_of(s, key);
	seam->used = ++s->pieces;
	if (form == ADDRESS_LEAK_NONE)
		n = join(seam, p, len, joined);
	if (n)
		form = find(arg, key->proto, joined, n, own, ret);
	if (form == ADDRESS_LEAK_NONE && ends)
		keep_end(seam, p, len);
	else
		seam->n = 0;
	return form;
}
