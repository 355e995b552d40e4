/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interfaces of the captures. One description of a file may stand for several: a capture of all
 * interfaces tells with each packet where it was.
 */
#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>

#include "base/grow.h"
#include "base/log.h"
#include "priv.h"

#ifndef ARPHRD_NONE
#define ARPHRD_NONE 0xfffe
#endif

/* --- roles --- */

/*
 * Names that the programs themselves give to the devices that they open. Those of Windows are in
 * the description.
 */
static const char *const tuns[] = { "tun",	"utun",	     "wg",	    "tailscale",
				    "nordlynx", "ipsec",     "proton",	    "mullvad",
				    "Wintun",	"WireGuard", "TAP-Windows", "CloudflareWARP" };

static bool begins_as_tun(const char *name)
{
	size_t i, n;

	for (i = 0; i < ARRAY_SIZE(tuns); i++) {
		n = strlen(tuns[i]);
		if (!strncmp(name, tuns[i], n) && !(name[n] >= 'a' && name[n] <= 'z'))
			return true;
	}
	return false;
}

/* Without a link header, as WireGuard's and those of openvpn. What has a kind has no name. */
static bool is_tun(uint16_t arphrd, const char *name, const char *description)
{
	if (arphrd)
		return arphrd == ARPHRD_NONE;
	return begins_as_tun(name) || begins_as_tun(description);
}

static bool is_loopback(uint16_t arphrd, const char *name)
{
	if (arphrd)
		return arphrd == ARPHRD_LOOPBACK;
	return !strcmp(name, "lo") || !strcmp(name, "lo0");
}

/* With --all every packet is taken, wherever it was, unless the user says otherwise. */
static enum la_role_kind role_of(const struct replay *r, const char *name, const char *description,
				 uint16_t arphrd)
{
	struct link link = { .arphrd = arphrd, .tun = LINK_TUN_TUN };

	if (!r->cfg->all && is_tun(arphrd, name, description))
		strcpy(link.kind, "tun");
	if (!r->cfg->all && is_loopback(arphrd, name))
		link.flags = IFF_LOOPBACK;
	return policy_role_named(&r->cfg->policy, &link, name, description);
}

/* --- which it is --- */

static int add_interface(struct replay *r, const struct replay_interface *i)
{
	size_t n;

	for (n = 0; n < r->n_interfaces; n++)
		if (!strcmp(r->interfaces[n].name, i->name) &&
		    r->interfaces[n].arphrd == i->arphrd &&
		    (*i->name || r->interfaces[n].number == i->number))
			return (int)n + 1;
	if (!GROW(r->interfaces, n))
		return -ENOMEM;
	r->interfaces[n] = *i;
	return (int)++r->n_interfaces;
}

/* Its own name, or that of the file's description. A number that is no name is told as one. */
static int find_interface(struct replay *r, const struct capture_interface *c,
			  const struct capture_link *link, const struct replay_place *p)
{
	struct replay_interface i = { .number = c->number };
	const char *description = c->description;

	if (link->name_len)
		snprintf(i.name, sizeof(i.name), "%.*s", (int)link->name_len, link->name);
	else if (link->ifindex)
		snprintf(i.name, sizeof(i.name), "if%u", link->ifindex);
	else
		memcpy(i.name, c->name, sizeof(i.name));
	if (link->name_len || link->ifindex)
		description = "";
	i.role = role_of(r, i.name, description, p->arphrd);
	i.arphrd = link->ifindex ? 0 : p->arphrd;
	return add_interface(r, &i);
}

/*
 * Only what makes a role is of interest, and only where the capture is of all interfaces: what is
 * described as one has a role by its name. In evidence that a sink has written, every packet is
 * told to be of that kind.
 */
static uint16_t kind_that_counts(const struct capture_interface *i, uint16_t arphrd)
{
	if (i->described && strcmp(i->name, "any"))
		return 0;
	return arphrd == ARPHRD_LOOPBACK || arphrd == ARPHRD_NONE ? arphrd : 0;
}

static uint64_t name_hash(const struct capture_link *link)
{
	uint64_t h = link->name_len;

	for (uint32_t i = 0; i < link->name_len; i++)
		h = h * 1099511628211ULL + (uint8_t)link->name[i];
	return h;
}

static int look_up(struct replay *r, const struct capture_interface *i,
		   const struct capture_link *link)
{
	struct replay_place p = { .base = i->user,
				  .ifindex = link->ifindex,
				  .arphrd = kind_that_counts(i, link->arphrd),
				  .name = link->name ? name_hash(link) : 0 };
	struct replay_place *at =
		&r->places[(p.base + p.ifindex * 31 + p.name + p.arphrd) % REPLAY_PLACES];
	int n;

	if (at->interface && at->base == p.base && at->ifindex == p.ifindex &&
	    at->arphrd == p.arphrd && at->name == p.name)
		return (int)at->interface;
	n = find_interface(r, i, link, &p);
	if (n < 0)
		return n;
	p.interface = (uint32_t)n;
	*at = p;
	return n;
}

#define UNREAD UINT32_MAX

static void tell_unread(const struct capture_interface *i)
{
	log_warn("interface %s has link type %u (%s), which is not read",
		 *i->name ? i->name : "without a name", i->linktype,
		 capture_link_name(i->linktype));
	log_hint("capture on the IP interface itself, or as Ethernet or Linux cooked (tcpdump -y)");
}

int replay_interface(struct replay *r, struct capture_interface *i, const struct capture_link *link)
{
	if (!i->user) {
		i->user = capture_link_known(i->linktype) ? ++r->n_bases : UNREAD;
		if (i->user == UNREAD)
			tell_unread(i);
	}
	return i->user == UNREAD ? REPLAY_UNREAD : look_up(r, i, link);
}

const char *replay_name(const struct replay *r, uint64_t interface)
{
	const char *name = interface ? r->interfaces[interface - 1].name : "";

	return *name ? name : "one without a name";
}
