/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names that the user gave, and that nothing has: most often one is mistyped. */
#include "record_unmatched.h"

void record_put_unmatched(struct json *j, const struct record_unmatched *u)
{
	json_obj(j, NULL);
	json_str(j, "option", u->option);
	json_str(j, "value", u->word);
	json_str(j, "nearest", u->nearest);
	json_end(j);
}

void record_say_unmatched(struct text *t, const struct record_ready *r)
{
	for (size_t i = 0; i < r->n_unmatched; i++) {
		text_add(t, i ? ", --%s " : "; no interface is called --%s ",
			 r->unmatched[i].option);
		text_escape(t, r->unmatched[i].word, false);
		if (!r->unmatched[i].nearest)
			continue;
		text_add(t, " (the nearest is ");
		text_escape(t, r->unmatched[i].nearest, false);
		text_add(t, ")");
	}
}
