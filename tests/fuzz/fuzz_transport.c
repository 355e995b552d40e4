/* SPDX-License-Identifier: GPL-2.0-or-later */
/* user/facts/transport.h: what daemons say of their peers. The first byte says which form the rest
 * has. */
#include <errno.h>
#include <string.h>

#include "facts/transport.h"
#include "fuzz.h"

static int on_endpoint(void *arg, const struct la_endpoint *ep, uint32_t mark, uint16_t sport)
{
	size_t *n = arg;

	REQUIRE(ep->port && ep->proto && !ep->cookie && !mark && !sport);
	return ++*n == 1000 ? -ECANCELED : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int (*const parsers[])(char *text, transport_endpoint_fn *fn,
				      void *arg) = { transport_uapi_parse, transport_nebula_parse,
						     transport_tinc_parse };
	_cleanup_(freep) char *text = size ? malloc(size) : NULL;
	size_t n = 0;
	int r;

	if (!text)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	r = parsers[data[0] % ARRAY_SIZE(parsers)](text, on_endpoint, &n);
	REQUIRE(r == -ECANCELED ? n == 1000 : r == (int)n);
	return 0;
}
