/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --tunnel, --exposed, --allow: what is taken, what is refused and how. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if_arp.h>
#include <netinet/in.h>

#include "guard/pins.h"
#include "policy/policy.h"
#include "unit.h"

struct allow_case {
	const char *spec;
	const char *addr; /* NULL: refused */
	unsigned int len; /* of the mask, as the user counts */
	uint16_t port;
	uint8_t proto;
	const char *why; /* in the message */
};

static const struct allow_case allow_cases[] = {
	{ "192.0.2.1", "192.0.2.1", 32, 0, 0, NULL },
	{ "192.0.2.1/32", "192.0.2.1", 32, 0, 0, NULL },
	{ "192.0.2.0/24", "192.0.2.0", 24, 0, 0, NULL },
	{ "0.0.0.0/0:53/udp", "0.0.0.0", 0, 53, IPPROTO_UDP, NULL },
	{ "192.0.2.1:443", "192.0.2.1", 32, 443, 0, NULL },
	{ "192.0.2.1/tcp", "192.0.2.1", 32, 0, IPPROTO_TCP, NULL },
	{ "192.0.2.0/25:65535/tcp", "192.0.2.0", 25, 65535, IPPROTO_TCP, NULL },
	{ "2001:db8::1", "2001:db8::1", 128, 0, 0, NULL },
	{ "2001:db8::/32", "2001:db8::", 32, 0, 0, NULL },
	{ "2001:db8::/32/udp", "2001:db8::", 32, 0, IPPROTO_UDP, NULL },
	{ "[2001:db8::1]", "2001:db8::1", 128, 0, 0, NULL },
	{ "[2001:db8::1]:53", "2001:db8::1", 128, 53, 0, NULL },
	{ "[2001:db8::1]:53/udp", "2001:db8::1", 128, 53, IPPROTO_UDP, NULL },
	{ "[2001:db8::]/32:53", "2001:db8::", 32, 53, 0, NULL },
	{ "[2001:db8::/32]:53/tcp", "2001:db8::", 32, 53, IPPROTO_TCP, NULL },
	{ "2000::/3", "2000::", 3, 0, 0, NULL },
	{ "64:ff9b::192.0.2.1", "64:ff9b::c000:201", 128, 0, 0, NULL },

	{ "", NULL, 0, 0, 0, "empty" },
	{ "example.com", NULL, 0, 0, 0, "names are not resolved" },
	{ "192.0.2", NULL, 0, 0, 0, "not an IPv4" },
	{ "192.0.2.256", NULL, 0, 0, 0, "not an IPv4" },
	{ "192.0.2.1/24", NULL, 0, 0, 0, "the network is 192.0.2.0/24, this host 32" },
	{ "192.0.2.1/33", NULL, 0, 0, 0, "from 0 to 32" },
	{ "192.0.2.1/", NULL, 0, 0, 0, "neither a prefix length" },
	{ "192.0.2.1/-1", NULL, 0, 0, 0, "neither a prefix length" },
	{ "192.0.2.1/sctp", NULL, 0, 0, 0, "neither a prefix length nor 'udp' or 'tcp'" },
	{ "192.0.2.1/UDP", NULL, 0, 0, 0, "'udp' or 'tcp'" },
	{ "192.0.2.1:0", NULL, 0, 0, 0, "port from 1 to 65535" },
	{ "192.0.2.1:65536", NULL, 0, 0, 0, "port from 1 to 65535" },
	{ "192.0.2.1:", NULL, 0, 0, 0, "port" },
	{ "192.0.2.1:53:54", NULL, 0, 0, 0, "not an IPv4 or IPv6 address" },
	{ ":53", NULL, 0, 0, 0, "not an IPv4" },
	{ "[192.0.2.1]:53", NULL, 0, 0, 0, "IPv6 addresses only" },
	{ "[2001:db8::1", NULL, 0, 0, 0, "brackets" },
	{ "2001:db8::1]:53", NULL, 0, 0, 0, "without '['" },
	{ "[2001:db8::1]53", NULL, 0, 0, 0, "[ADDR]:PORT" },
	{ "[2001:db8::1]]:53", NULL, 0, 0, 0, "[ADDR]:PORT" },
	{ "[]:53", NULL, 0, 0, 0, "IPv6" },
	{ "2001:db8::1/32", NULL, 0, 0, 0, "the network is 2001:db8::/32, this host 128" },
	{ "2001:db8::/129", NULL, 0, 0, 0, "from 0 to 128" },
	{ "fe80::1%eth0", NULL, 0, 0, 0, "leave out '%eth0'" },
	{ "::ffff:192.0.2.1", NULL, 0, 0, 0, "as such: 192.0.2.1" },
	{ "::/0", NULL, 0, 0, 0, "2000::/3" },
	{ "::/80", NULL, 0, 0, 0, "2000::/3" },
	{ " 192.0.2.1", NULL, 0, 0, 0, "not an IPv4" },
};

static void check_allow(const struct allow_case *c)
{
	struct la_allow got = { 0 }, want = { .port = c->port, .proto = c->proto };
	struct fault f = { 0 };
	uint8_t four[4];
	int before = unit_failures, r = policy_parse_allow(c->spec, &got, &f);

	if (!c->addr) {
		CHECK_INT(r, -EINVAL);
		CHECK(strstr(f.reason, c->why));
	} else if (CHECK_INT(r, 0)) {
		if (inet_pton(AF_INET, c->addr, four) == 1)
			want.addr = addr_from_4(four);
		else
			inet_pton(AF_INET6, c->addr, &want.addr);
		want.mask = addr_mask(c->len + (addr_family(&want.addr) == 4 ? 96 : 0));
		CHECK(memcmp(&got, &want, sizeof(got)) == 0);
	}
	if (unit_failures != before)
		printf("# in '%s': %s\n", c->spec, f.reason);
}

static void test_allow(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(allow_cases); i++)
		check_allow(&allow_cases[i]);
}

/* Whatever is typed: a verdict, and if it is none, why. */
static void test_allow_noise(void)
{
	static const char bytes[] = "0123456789abcdef:::...//[]%utcpd \xff";
	struct fault f = { 0 };
	struct la_allow a;
	char s[64];
	int i, k, n;

	srand(1);
	for (i = 0; i < 200000; i++) {
		n = rand() % 40;
		for (k = 0; k < n; k++)
			s[k] = bytes[(size_t)rand() % (sizeof(bytes) - 1)];
		s[n] = '\0';
		fault_clear(&f);
		if (policy_parse_allow(s, &a, &f) < 0 &&
		    !CHECK(*f.reason && memchr(f.reason, 0, sizeof(f.reason))))
			return;
	}
}

static void test_allow_limit(void)
{
	struct fault f = { 0 };
	struct policy p = { 0 };
	int i;

	for (i = 0; i < LA_ALLOW_MAX; i++)
		CHECK_INT(policy_add_allow(&p, "192.0.2.1", &f), 0);
	CHECK_INT(policy_add_allow(&p, "192.0.2.1", &f), -E2BIG);
	CHECK(*f.reason);
	policy_clear(&p);
	CHECK_INT(p.allow.n, 0);
}

static void test_names(void)
{
	struct fault f = { 0 };
	struct policy p = { 0 };

	CHECK_INT(policy_add_tunnel(&p, "tun*", &f), 0);
	CHECK_INT(policy_add_tunnel(&p, "wg0", &f), 0);
	CHECK_INT(policy_add_tunnel(&p, "wg0", &f), 0);
	CHECK_INT(p.tunnels.n, 2);
	CHECK_INT(policy_add_exposed(&p, "wg0", &f), -EINVAL);
	CHECK_STR(f.reason,
		  "'wg0' is named by --tunnel and by --exposed: it can only be one of them");
	CHECK_INT(policy_add_exposed(&p, "", &f), -EINVAL);
	CHECK_INT(policy_add_exposed(&p, "a/b", &f), -EINVAL);
	CHECK_INT(policy_add_exposed(&p, "sixteen-letters-", &f), -EINVAL);
	CHECK(strstr(f.reason, "at most 15"));
	policy_clear(&p);
}

struct role_case {
	struct link link;
	enum la_role_kind role; /* without a word from the user */
};

#define LINK(n, k, ...)                           \
	{                                         \
		.name = n, .kind = k, __VA_ARGS__ \
	}

static const struct role_case role_cases[] = {
	{ LINK("lo", "", .flags = IFF_LOOPBACK), LA_ROLE_LOOPBACK },
	{ LINK("eth0", "", .arphrd = ARPHRD_ETHER), LA_ROLE_EXPOSED },
	{ LINK("wg0", "wireguard"), LA_ROLE_TUNNEL },
	{ LINK("awg0", "amneziawg"), LA_ROLE_TUNNEL },
	{ LINK("tun0", "tun", .tun = LINK_TUN_TUN), LA_ROLE_TUNNEL },
	{ LINK("tap0", "tun", .tun = LINK_TUN_TAP), LA_ROLE_EXPOSED },
	{ LINK("ovpn0", "ovpn"), LA_ROLE_TUNNEL },
	{ LINK("ppp0", "ppp"), LA_ROLE_TUNNEL },
	{ LINK("ppp0", "", .arphrd = ARPHRD_PPP), LA_ROLE_TUNNEL },
	{ LINK("ppp0", "ppp", .pppoe = true), LA_ROLE_EXPOSED },
	{ LINK("ipip1", "ipip"), LA_ROLE_TUNNEL },
	{ LINK("sit1", "sit", .fixed_remote = true), LA_ROLE_TUNNEL },
	{ LINK("sit0", "sit"), LA_ROLE_EXPOSED },
	{ LINK("gre1", "gre"), LA_ROLE_TUNNEL },
	{ LINK("gretap1", "gretap"), LA_ROLE_EXPOSED },
	{ LINK("xfrm0", "xfrm"), LA_ROLE_TUNNEL },
	{ LINK("vti0", "vti"), LA_ROLE_TUNNEL },
	{ LINK("br0", "bridge"), LA_ROLE_EXPOSED },
	{ LINK("vxlan0", "vxlan"), LA_ROLE_EXPOSED },
	{ LINK("veth0", "veth"), LA_ROLE_EXPOSED },
	{ LINK("new0", "made-next-year"), LA_ROLE_EXPOSED },
};

static void test_roles(void)
{
	struct fault f;
	struct policy none = { 0 }, named = { 0 };
	const struct role_case *c;

	policy_add_tunnel(&named, "eth*", &f);
	policy_add_tunnel(&named, "tap0", &f);
	policy_add_tunnel(&named, "wg?", &f);
	policy_add_exposed(&named, "eth1", &f);
	policy_add_exposed(&named, "wg*", &f);
	for (c = role_cases; c < role_cases + ARRAY_SIZE(role_cases); c++) {
		if (!CHECK_INT(policy_role(&none, &c->link), c->role))
			printf("# for %s %s\n", c->link.name, c->link.kind);
	}
	/* a name counts more than a kind, and makes the other kinds nothing */
	CHECK_INT(policy_role(&named, &(struct link)LINK("tap0", "tun", .tun = LINK_TUN_TAP)),
		  LA_ROLE_TUNNEL);
	CHECK_INT(policy_role(&named, &(struct link)LINK("tun0", "tun", .tun = LINK_TUN_TUN)),
		  LA_ROLE_EXPOSED);
	CHECK_INT(policy_role(&named, &(struct link)LINK("eth0", "")), LA_ROLE_TUNNEL);
	/* an exact name beats a pattern; of two patterns the one that hides nothing */
	CHECK_INT(policy_role(&named, &(struct link)LINK("eth1", "")), LA_ROLE_EXPOSED);
	CHECK_INT(policy_role(&named, &(struct link)LINK("wg0", "wireguard")), LA_ROLE_EXPOSED);
	CHECK_INT(policy_role(&named, &(struct link)LINK("eth0", "", .flags = IFF_LOOPBACK)),
		  LA_ROLE_LOOPBACK);
	policy_clear(&named);
}

static bool equal_words(const struct policy_words *a, const struct policy_words *b)
{
	size_t i;

	for (i = 0; a->n == b->n && i < a->n; i++)
		if (strcmp(a->v[i], b->v[i]))
			return false;
	return a->n == b->n;
}

static bool equal(const struct policy *a, const struct policy *b)
{
	bool same = true;

#define WORDS(field, add, max, size) same &= equal_words(&a->field, &b->field);
#define ALLOWED(field, add) same &= !memcmp(&a->field, &b->field, sizeof(a->field));
#define NUMBER(field) same &= a->field == b->field;
	POLICY_FIELDS(WORDS, ALLOWED, NUMBER)
#undef WORDS
#undef ALLOWED
#undef NUMBER
	return same;
}

/* A policy that says nothing but one field. */
static void check_field(struct policy *p, const char *field)
{
	char path[] = "/service";
	struct scope scope = { .path = path, .id = 2 };
	const struct scopes scopes = { .v = { &scope }, .n = 1 };
	struct policy kept = { 0 };
	struct pins_meta meta;
	bool ok = CHECK(!policy_is_default(p));

	ok &= CHECK_INT(pins_describe(&meta, &scopes, p), 0);
	ok &= CHECK_INT(pins_policy(&meta, &kept), 0);
	ok &= CHECK(equal(p, &kept));
	policy_clear(p);
	ok &= CHECK(policy_is_default(p));
	if (!ok)
		printf("# of %s\n", field);
	policy_clear(&kept);
}

static void test_fields_are_kept_by_a_guard(void)
{
	struct policy p = { 0 };
	struct fault f;

	/* a path, or where that is none a name */
#define WORDS(field, add, ...)                     \
	if (add(&p, "/" #field, &f))               \
		CHECK_INT(add(&p, #field, &f), 0); \
	check_field(&p, #field);
#define ALLOWED(field, add)                               \
	CHECK_INT(add(&p, "192.0.2.0/24:53/udp", &f), 0); \
	check_field(&p, #field);
#define NUMBER(field) \
	p.field = 1;  \
	check_field(&p, #field);
	POLICY_FIELDS(WORDS, ALLOWED, NUMBER)
#undef WORDS
#undef ALLOWED
#undef NUMBER
}

/* By default questions to resolvers are stopped where dns queries are. */
static void test_resolver_mode(void)
{
	static const struct {
		uint32_t given, drop;
		enum policy_resolver mode;
		bool idle;
	} rows[] = {
		{ POLICY_RESOLVER_AUTO, 0, POLICY_RESOLVER_FOLLOW, false },
		{ POLICY_RESOLVER_AUTO, ~0U, POLICY_RESOLVER_DROP, false },
		{ POLICY_RESOLVER_AUTO, 1U << LA_CLASS_DNS, POLICY_RESOLVER_DROP, false },
		{ POLICY_RESOLVER_AUTO, 1U << LA_CLASS_IPV6, POLICY_RESOLVER_DROP, false },
		{ POLICY_RESOLVER_AUTO, 1U << LA_CLASS_STUN, POLICY_RESOLVER_FOLLOW, false },
		{ POLICY_RESOLVER_FOLLOW, ~0U, POLICY_RESOLVER_FOLLOW, false },
		{ POLICY_RESOLVER_IGNORE, ~0U, POLICY_RESOLVER_IGNORE, false },
		{ POLICY_RESOLVER_DROP, ~0U, POLICY_RESOLVER_DROP, false },
		{ POLICY_RESOLVER_DROP, 1U << LA_CLASS_STUN, POLICY_RESOLVER_DROP, true },
		{ POLICY_RESOLVER_DROP, 0, POLICY_RESOLVER_DROP, true },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct policy p = { .resolver = rows[i].given, .drop = rows[i].drop };

		CHECK(policy_resolver_mode(&p) == rows[i].mode);
		CHECK(policy_resolver_is_idle(&p) == rows[i].idle);
	}
}

UNIT_MAIN("policy", { "allow", test_allow }, { "allow_noise", test_allow_noise },
	  { "allow_limit", test_allow_limit }, { "names", test_names }, { "roles", test_roles },
	  { "fields_are_kept_by_a_guard", test_fields_are_kept_by_a_guard },
	  { "resolver_mode", test_resolver_mode })
