/* SPDX-License-Identifier: GPL-2.0-or-later */
/* user/replay/capture_link.h: a link type (4 bytes) and a frame. */
#include <stdlib.h>

#include "replay/capture_link.h"
#include "fuzz.h"
#include "core/parse.h"

static enum capture_ip find(uint32_t linktype, const uint8_t *frame, size_t len,
			    struct capture_link *ret)
{
	return capture_link_of(linktype, frame, (uint32_t)len, ret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	uint32_t linktype = input_32(&in);
	struct capture_link link, cut;
	enum capture_ip found;
	uint8_t *frame;
	size_t len;

	frame = input_bytes(&in, in.left, &len);
	found = find(linktype, frame, len, &link);
	REQUIRE(found == CAPTURE_IS_IP || found == CAPTURE_NOT_IP || found == CAPTURE_OPAQUE ||
		found == CAPTURE_CUT);
	REQUIRE(capture_link_name(linktype)[0]);
	if (!capture_link_known(linktype))
		REQUIRE(found == CAPTURE_OPAQUE);
	if (found == CAPTURE_IS_IP) {
		REQUIRE(link.ethertype == LA_ETH_IPV4 || link.ethertype == LA_ETH_IPV6);
		REQUIRE(link.off <= len);
		/* the link header alone says it */
		if (link.off) {
			found = find(linktype, frame, link.off, &cut);
			REQUIRE(found == CAPTURE_IS_IP || found == CAPTURE_CUT);
		}
	}
	REQUIRE(link.direction <= CAPTURE_OUT && link.from >> 48 == 0 && link.to >> 48 == 0);
	if (link.name)
		REQUIRE((const uint8_t *)link.name + link.name_len <= frame + len);
	free(frame);
	return 0;
}
