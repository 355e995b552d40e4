/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record_network.h"

#include <stdio.h>

#include "base/json_again.h"
#include "community_id.h"
#include "record_head.h"

/* What does not change as the flow goes on, in the members of "network". */
struct network {
	struct la_flow_key key;
	bool ingress, has_community;
	uint8_t cls, first;
	uint32_t pad;
};
_Static_assert(sizeof(struct network) == sizeof(struct la_flow_key) + 8, "it is a key");

/* With nat, the Community ID is that of the flow as it leaves, which is the one that others see. */
static void write_network(struct json *j, const struct network *n)
{
	static const char *const protocols[LA_CLASS_MAX] = {
		[LA_CLASS_DNS] = "dns",
		[LA_CLASS_STUN] = "stun",
		[LA_CLASS_TORRENT] = "bittorrent",
	};
	const char *transport = record_transport_name(n->key.proto);
	char number[4], community[COMMUNITY_ID_SIZE];

	json_str(j, "direction", record_direction(n->ingress));
	if (n->key.family)
		json_str(j, "type", n->key.family == 4 ? "ipv4" : "ipv6");
	if (n->key.proto && transport) {
		json_str(j, "transport", transport);
	} else if (n->key.proto) {
		snprintf(number, sizeof(number), "%u", n->key.proto);
		json_str(j, "transport", number);
		json_str(j, "iana_number", number);
	}
	json_str(j, "protocol", n->cls < LA_CLASS_MAX ? protocols[n->cls] : NULL);
	if (n->has_community && community_id(&n->key, n->first, community))
		json_str(j, "community_id", community);
}

void record_put_network(struct json *j, const struct record_leak *l)
{
	const struct network n = { .key = l->flow.key,
				   .ingress = l->ingress,
				   .has_community = l->flow.hook != LA_HOOK_CONNECT &&
						    !l->aggregate,
				   .cls = l->flow.cls,
				   .first = l->flow.first };

	json_obj(j, "network");
	if (!json_again(j, &n, sizeof(n))) {
		write_network(j, &n);
		json_keep(j);
	}
}
