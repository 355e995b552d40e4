/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings of the network that tell a neighbour of the tunnel, or lead past it. leakaudit works
 * with any of them.
 */
#include <ifaddrs.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "checkup.h"
#include "setting.h"

/* As linux/if.h has it, which does not go with net/if.h. */
#define FLAG_UP 0x1
#define FLAG_LOOPBACK 0x8
#define FLAG_NOARP 0x80

#define NAMES_MAX 4 /* so many are told by name */

/* Interfaces with a setting that is not as it should be. */
struct found {
	struct text names;
	char buf[256];
	unsigned int n;
};

typedef bool interface_fn(const char *name);

static int of_interface(const char *family, const char *name, const char *setting, int def)
{
	char path[256];

	snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/%s", family, name, setting);
	return setting_number(path, def);
}

/* Of these settings the larger of "all" and the interface's own holds. */
static int effective(const char *name, const char *setting)
{
	int own = of_interface("ipv4", name, setting, -1);
	int all = of_interface("ipv4", "all", setting, -1);

	return MAX(own, all);
}

static bool answers_for_others(const char *name)
{
	return effective(name, "arp_ignore") == 0;
}

static bool announces_others(const char *name)
{
	return effective(name, "arp_announce") < 2 && effective(name, "arp_announce") >= 0;
}

static bool takes_from_anywhere(const char *name)
{
	return effective(name, "rp_filter") == 0;
}

static bool takes_announcements(const char *name)
{
	int accepts = of_interface("ipv6", name, "accept_ra", 0);
	int forwards = of_interface("ipv6", name, "forwarding", 0);

	return of_interface("ipv6", name, "disable_ipv6", 1) == 0 &&
	       (accepts == 2 || (accepts == 1 && !forwards));
}

/* Whether it is an interface (each is there once with this family) with neighbours, and up. */
static bool is_line(const struct ifaddrs *i)
{
	return i->ifa_addr && i->ifa_addr->sa_family == AF_PACKET && i->ifa_flags & FLAG_UP &&
	       !(i->ifa_flags & (FLAG_LOOPBACK | FLAG_NOARP));
}

static void look(interface_fn *fn, struct found *to)
{
	struct ifaddrs *all = NULL;
	const struct ifaddrs *i;

	*to = (struct found){ .n = 0 };
	text_init(&to->names, to->buf, sizeof(to->buf));
	/* not from /sys, which may be of another network namespace than this process */
	if (getifaddrs(&all))
		return;
	for (i = all; i; i = i->ifa_next) {
		if (!is_line(i) || !fn(i->ifa_name))
			continue;
		if (to->n++ < NAMES_MAX)
			text_add(&to->names, "%s%s", to->n > 1 ? ", " : "", i->ifa_name);
	}
	freeifaddrs(all);
	if (to->n > NAMES_MAX)
		text_add(&to->names, " and %u more", to->n - NAMES_MAX);
}

static const struct {
	const char *name;
	interface_fn *fn;
	const char *good, *bad, *follows, *remedy;
} rows[] = {
	{ "arp_ignore", answers_for_others, "no line answers for the addresses of another",
	  "answers for any address of this machine",
	  "a neighbour can ask which address the tunnel has",
	  "sysctl net.ipv4.conf.all.arp_ignore=2" },
	{ "arp_announce", announces_others, "no line asks with the address of another",
	  "may ask with the tunnel's address",
	  "neighbours may be told which address the tunnel has",
	  "sysctl net.ipv4.conf.all.arp_announce=2" },
	{ "rp_filter", takes_from_anywhere, "the source of a packet is looked at",
	  "takes packets for the tunnel's address from anybody",
	  "a neighbour can try which connections go through the tunnel (CVE-2019-14899)",
	  "sysctl net.ipv4.conf.all.rp_filter=2, or 1 where routes allow it" },
	{ "accept_ra", takes_announcements,
	  "no line takes a router's announcements from the kernel",
	  "takes IPv6 addresses and routes from any router",
	  "beside a tunnel for IPv4 alone IPv6 may leave at any time; leakaudit tells when it does",
	  "an IPv6 route into the tunnel, or sysctl net.ipv6.conf.all.accept_ra=0 where no IPv6 is "
	  "wanted" },
};

void check_network(struct checkup *c)
{
	struct check *check;
	struct found found;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		look(rows[i].fn, &found);
		if (!found.n) {
			checkup_add(c, rows[i].name, GRADE_OK, "%s", rows[i].good);
			continue;
		}
		check = checkup_add(c, rows[i].name, GRADE_NOTE, "%s %s", found.buf, rows[i].bad);
		check_follows(check, "%s", rows[i].follows);
		check_remedy(check, "%s", rows[i].remedy);
	}
}
