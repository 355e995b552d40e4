/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --allow ADDR[/LEN][:PORT][/udp|tcp] */
#include "policy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "core/verdict.h"

#define SPEC_MAX 96 /* room for "[" + INET6_ADDRSTRLEN + "/128]:65535/udp" */

/* Cuts "/udp" or "/tcp" off. A number is a prefix length and stays. */
static int take_proto(char *s, struct la_allow *ret, struct fault *f)
{
	char *slash = strrchr(s, '/');

	if (!slash || (slash[1] >= '0' && slash[1] <= '9'))
		return 0;
	if (strcmp(slash + 1, "udp") == 0)
		ret->proto = IPPROTO_UDP;
	else if (strcmp(slash + 1, "tcp") == 0)
		ret->proto = IPPROTO_TCP;
	else
		return fault_say(f, -EINVAL, "'%s' is neither a prefix length nor 'udp' or 'tcp'",
				 slash + 1);
	*slash = '\0';
	return 0;
}

/* Returns where ":PORT" starts, or NULL. Colons of a bare IPv6 address do not count. */
static char *find_port(char *s)
{
	char *bracket = strchr(s, ']');
	char *colon = strchr(bracket ? bracket : s, ':');

	return colon && !bracket && strchr(colon + 1, ':') ? NULL : colon;
}

static int take_port(char *s, struct la_allow *ret, struct fault *f)
{
	char *colon = find_port(s);
	uint64_t port;

	if (!colon)
		return 0;
	if (parse_u64(colon + 1, 1, 65535, &port) < 0)
		return fault_say(f, -EINVAL, "'%s' is not a port from 1 to 65535", colon + 1);
	ret->port = (uint16_t)port;
	*colon = '\0';
	return 0;
}

/* "[A]" becomes A; "[A/LEN]" and "[A]/LEN" become A/LEN. */
static int take_brackets(char *s, struct fault *f)
{
	char *close = strchr(s, ']');
	size_t len;

	if (*s != '[')
		return close ? fault_say(f, -EINVAL, "']' without '['") : 0;
	if (!close || strchr(close + 1, ']') || strchr(s + 1, '['))
		return fault_say(f, -EINVAL,
				 "the brackets do not match; the right form is [ADDR]:PORT");
	if (!memchr(s, ':', (size_t)(close - s)))
		return fault_say(f, -EINVAL, "brackets are for IPv6 addresses only");
	if (close[1] && close[1] != '/')
		return fault_say(f, -EINVAL, "'%s' after the ']'; the right form is [ADDR]:PORT",
				 close + 1);
	len = (size_t)(close - s - 1);
	memmove(s, s + 1, len);
	memmove(s + len, close + 1, strlen(close + 1) + 1);
	return 0;
}

static int take_address(const char *s, struct la_addr *ret, unsigned int *family, struct fault *f)
{
	*family = addr_parse(s, ret);
	if (*family == 4)
		return 0;
	if (!*family) {
		if (strchr(s, '%'))
			return fault_say(f, -EINVAL,
					 "an address with a zone is not supported; leave out '%s'",
					 strchr(s, '%'));
		return fault_say(f, -EINVAL,
				 "'%s' is not an IPv4 or IPv6 address (names are not resolved)", s);
	}
	if (addr_family(ret) == 4)
		return fault_say(f, -EINVAL, "write IPv4 addresses as such: %u.%u.%u.%u",
				 ret->b[12], ret->b[13], ret->b[14], ret->b[15]);
	return 0;
}

static int take_length(const char *s, unsigned int family, struct la_allow *ret, struct fault *f)
{
	unsigned int skip = family == 4 ? ADDR_V4_BITS : 0;
	char right[INET6_ADDRSTRLEN];
	struct la_addr net;
	uint64_t len;

	if (parse_u64(s, 0, 128 - skip, &len) < 0)
		return fault_say(f, -EINVAL, "'%s' is not a prefix length from 0 to %u", s,
				 128 - skip);
	ret->mask = addr_mask((unsigned int)len + skip);
	net = addr_and(&ret->addr, &ret->mask);
	if (!addr_equal(&net, &ret->addr)) {
		inet_ntop(family == 4 ? AF_INET : AF_INET6, family == 4 ? &net.b[12] : net.b, right,
			  sizeof(right));
		return fault_say(
			f, -EINVAL,
			"the address has bits set beyond /%u; the network is %s/%u, this host %u",
			(unsigned int)len, right, (unsigned int)len, 128 - skip);
	}
	return 0;
}

/*
 * ::/0 and the few other prefixes that contain ::ffff:0:0/96 would match IPv4 as well, since that
 * is its form in the table. No user means this.
 */
static bool covers_ipv4(const struct la_allow *a)
{
	static const uint8_t zero[4];
	struct la_addr mapped = addr_from_4(zero);

	mapped = addr_and(&mapped, &a->mask);
	return addr_equal(&mapped, &a->addr);
}

static int parse(const char *spec, struct la_allow *ret, struct fault *f)
{
	struct la_allow a = { 0 };
	unsigned int family = 0;
	char s[SPEC_MAX], *slash;
	int r;

	if (strlen(spec) >= sizeof(s))
		return fault_say(f, -EINVAL, "it is too long for ADDR[/LEN][:PORT][/udp|tcp]");
	memcpy(s, spec, strlen(spec) + 1);
	if (!*s)
		return fault_say(f, -EINVAL,
				 "it is empty; the form is ADDR[/LEN][:PORT][/udp|tcp]");
	r = take_proto(s, &a, f);
	if (r == 0)
		r = take_port(s, &a, f);
	if (r == 0)
		r = take_brackets(s, f);
	if (r < 0)
		return r;
	slash = strchr(s, '/');
	if (slash)
		*slash++ = '\0';
	r = take_address(s, &a.addr, &family, f);
	if (r < 0)
		return r;
	r = take_length(slash ? slash : family == 4 ? "32" : "128", family, &a, f);
	if (r < 0)
		return r;
	if (family == 6 && covers_ipv4(&a))
		return fault_say(
			f, -EINVAL,
			"this would match all of IPv4, too; 2000::/3 is the IPv6 Internet, "
			"0.0.0.0/0 is IPv4");
	*ret = a;
	return 0;
}

int policy_parse_allow(const char *spec, struct la_allow *ret, struct fault *f)
{
	int r = parse(spec, ret, f);

	return r ? fault_at(f, r, "--allow '%s'", spec) : 0;
}

int policy_add_allow(struct policy *p, const char *spec, struct fault *f)
{
	int r;

	if (p->allow.n == ARRAY_SIZE(p->allow.v))
		return fault_say(f, -E2BIG, "--allow '%s': the limit of %d is reached", spec,
				 LA_ALLOW_MAX);
	r = policy_parse_allow(spec, &p->allow.v[p->allow.n], f);
	if (r == 0)
		p->allow.n++;
	return r;
}

bool policy_allows(const struct policy *p, const struct la_flow_key *k)
{
	const struct la_allow *a;

	for (a = p->allow.v; a < p->allow.v + p->allow.n; a++)
		if (la_allow_matches(a, k))
			return true;
	return false;
}
