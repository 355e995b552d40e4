/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy.h"

#include <errno.h>
#include <fnmatch.h>
#include <net/if_arp.h>
#include <string.h>

#include "base/grow.h"
#include "core/verdict.h"

#define X(sym, name) name,
const char *const policy_lan_modes[] = { POLICY_LAN_MODES(X) NULL };
#undef X

#define X(sym, name) name,
const char *const policy_resolver_modes[] = { POLICY_RESOLVER_MODES(X) NULL };
#undef X

#define X(sym, name, help) name,
const char *const policy_classes[] = { LA_CLASSES(X) NULL };
#undef X

void policy_say_dropped(struct text *t, uint32_t drop)
{
	const char *separator = "";
	unsigned int i;

	if ((drop & ((1U << LA_CLASS_MAX) - 1)) == (1U << LA_CLASS_MAX) - 1) {
		text_add(t, "all");
		return;
	}
	for (i = 0; policy_classes[i]; i++) {
		if (!(drop & 1U << i))
			continue;
		text_add(t, "%s%s", separator, policy_classes[i]);
		separator = ", ";
	}
}

static bool drops_questions(const struct policy *p)
{
	return la_is_unwanted(4, LA_CLASS_DNS, p->drop) || la_is_unwanted(6, LA_CLASS_DNS, p->drop);
}

enum policy_resolver policy_resolver_mode(const struct policy *p)
{
	if (p->resolver != POLICY_RESOLVER_AUTO)
		return p->resolver;
	return drops_questions(p) ? POLICY_RESOLVER_DROP : POLICY_RESOLVER_FOLLOW;
}

bool policy_resolver_is_idle(const struct policy *p)
{
	return p->resolver == POLICY_RESOLVER_DROP && !drops_questions(p);
}

/*
 * Kinds of devices that carry IP packets to one remote address. These kinds are not in the list and
 * are tunnels only if --tunnel names them:
 *
 * - tap, gretap, ip6gretap, vxlan, geneve, l2tpeth: an Ethernet segment, more often of a
 *   virtual machine or a data centre than of a VPN
 * - macsec, vlan, ...: the same network as the device below them
 */
static const char *const tunnel_kinds[] = {
	"wireguard", "amneziawg", "ovpn", "ovpn-dco", "ipip", "gre",
	"ip6gre",    "ip6tnl",	  "vti",  "vti6",     "xfrm",
};

static void words_free(struct policy_words *w)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		free(w->v[i]);
	free(w->v);
}

void policy_clear(struct policy *p)
{
#define WORDS(field, add, max, size) words_free(&p->field);
#define NOTHING(...)
	POLICY_FIELDS(WORDS, NOTHING, NOTHING)
#undef WORDS
#undef NOTHING
	*p = (struct policy){ 0 };
}

bool policy_is_default(const struct policy *p)
{
	bool said = false;

#define LIST(field, ...) said |= p->field.n > 0;
#define NUMBER(field) said |= p->field > 0;
	POLICY_FIELDS(LIST, LIST, NUMBER)
#undef LIST
#undef NUMBER
	return !said;
}

static bool is_pattern(const char *name)
{
	return strpbrk(name, "*?[") != NULL;
}

static bool has_word(const struct policy_words *w, const char *word)
{
	size_t i;

	for (i = 0; i < w->n; i++) {
		if (strcmp(w->v[i], word) == 0)
			return true;
	}
	return false;
}

int policy_word_matches(const char *word, const char *name)
{
	if (strcmp(word, name) == 0)
		return 2;
	return is_pattern(word) && fnmatch(word, name, 0) == 0;
}

static int matches(const struct policy_words *w, const char *name)
{
	int best = 0;
	size_t i;

	for (i = 0; i < w->n && best < 2; i++)
		best = MAX(best, policy_word_matches(w->v[i], name));
	return best;
}

/*
 * The checks of the kernel's dev_valid_name(). A pattern may be longer, and a name of Windows in a
 * capture is.
 */
static const char *name_fault(const char *name)
{
	if (!*name)
		return "it is empty";
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return "no interface can have that name";
	if (strpbrk(name, "/: \t\n\v\f\r"))
		return "an interface's name has no '/', ':' or white space";
	if (strchr(name, '[') && !strchr(strchr(name, '['), ']'))
		return "a '[' without its ']' matches nothing";
	if (strlen(name) >= IFNAMSIZ && !is_pattern(name) && strncmp(name, "\\Device\\", 8))
		return "an interface's name has at most 15 bytes";
	return NULL;
}

static int add_word(struct policy_words *w, const char *word)
{
	if (has_word(w, word))
		return 0;
	if (!GROW(w->v, w->n))
		return -ENOMEM;
	w->v[w->n] = strdup(word);
	if (!w->v[w->n])
		return -ENOMEM;
	w->n++;
	return 0;
}

static int add_name(struct policy_words *w, const char *name, const char *option, struct fault *f)
{
	const char *wrong = name_fault(name);

	if (wrong)
		return fault_say(f, -EINVAL, "%s '%s': %s", option, name, wrong);
	return add_word(w, name);
}

static int both_sides(const char *name, struct fault *f)
{
	return fault_say(f, -EINVAL,
			 "'%s' is named by --tunnel and by --exposed: it can only be one of them",
			 name);
}

int policy_add_tunnel(struct policy *p, const char *name, struct fault *f)
{
	if (has_word(&p->exposed, name))
		return both_sides(name, f);
	return add_name(&p->tunnels, name, "--tunnel", f);
}

int policy_add_exposed(struct policy *p, const char *name, struct fault *f)
{
	if (has_word(&p->tunnels, name))
		return both_sides(name, f);
	return add_name(&p->exposed, name, "--exposed", f);
}

int policy_add_transport(struct policy *p, const char *path, struct fault *f)
{
	if (path[0] != '/' || !path[1])
		return fault_say(f, -EINVAL,
				 "--transport-cgroup '%s': expected the path of a cgroup other "
				 "than the root, such as /system.slice/openvpn-client@vpn.service",
				 path);
	return add_word(&p->transports, path);
}

uint32_t policy_facts(const struct policy *p, const struct la_flow_key *k, bool tunnel_up)
{
	return (policy_exempts_lan(p, tunnel_up) ? LA_FACT_LAN_EXEMPT : 0) |
	       (policy_allows(p, k) ? LA_FACT_ALLOWED : 0);
}

struct policy policy_without_exemptions(const struct policy *p)
{
	struct policy strict = *p;

	strict.allow.n = 0;
	strict.lan = POLICY_LAN_LEAK;
	return strict;
}

static bool is_tunnel_kind(const struct link *link)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tunnel_kinds); i++) {
		if (strcmp(link->kind, tunnel_kinds[i]) == 0)
			return true;
	}
	if (strcmp(link->kind, "tun") == 0)
		return link->tun == LINK_TUN_TUN;
	/*
	 * PPTP, L2TP and SSTP have a ppp device, and so has a DSL uplink. The device does not tell
	 * what is below it. So it is exposed if the namespace has PPPoE sessions.
	 */
	if (strcmp(link->kind, "ppp") == 0 || (!*link->kind && link->arphrd == ARPHRD_PPP))
		return !link->pppoe;
	/*
	 * Without a fixed remote address it is 6to4, 6rd or ISATAP: the ISP's own way to IPv6, in
	 * clear text.
	 */
	if (strcmp(link->kind, "sit") == 0)
		return link->fixed_remote;
	return false;
}

enum la_role_kind policy_role(const struct policy *p, const struct link *link)
{
	return policy_role_named(p, link, link->name, link->name);
}

enum la_role_kind policy_role_named(const struct policy *p, const struct link *link,
				    const char *name, const char *other)
{
	int tunnel = MAX(matches(&p->tunnels, name), matches(&p->tunnels, other));
	int exposed = MAX(matches(&p->exposed, name), matches(&p->exposed, other));

	/* Its packets stay here, whatever its name. */
	if (link->flags & IFF_LOOPBACK)
		return LA_ROLE_LOOPBACK;
	/*
	 * In "--tunnel 'tun*' --exposed tun3" the exact name counts. Of two patterns, the one that
	 * hides no leak counts.
	 */
	if (exposed && exposed >= tunnel)
		return LA_ROLE_EXPOSED;
	if (tunnel)
		return LA_ROLE_TUNNEL;
	/*
	 * If the user names tunnels, no other interface is one: it may be the tun of a virtual
	 * machine or of another VPN.
	 */
	if (p->tunnels.n)
		return LA_ROLE_EXPOSED;
	return is_tunnel_kind(link) ? LA_ROLE_TUNNEL : LA_ROLE_EXPOSED;
}

static enum la_role_kind role_at_home(const void *policy, const struct link *link)
{
	return policy_role(policy, link);
}

/*
 * There a process may name a card as it likes. Only the kernel gives an interface its kind, and
 * what one of a tunnel's kind sends is seen where that leaves.
 */
static enum la_role_kind role_elsewhere(const void *policy, const struct link *link)
{
	enum la_role_kind role = policy_role(policy, link);

	return role == LA_ROLE_TUNNEL && !is_tunnel_kind(link) ? LA_ROLE_EXPOSED : role;
}

struct link_roles policy_roles(const struct policy *p, bool home)
{
	return (struct link_roles){ home ? role_at_home : role_elsewhere, p };
}

uint64_t policy_kind(const char *kind)
{
	uint64_t packed = 0;

	memcpy(&packed, kind, strnlen(kind, sizeof(packed) - 1));
	return packed;
}

size_t policy_kinds(const struct policy *p, uint64_t kinds[LA_KINDS_MAX])
{
	size_t n = 0, i;

	if (p->tunnels.n || p->exposed.n)
		return 0;
	for (i = 0; i < ARRAY_SIZE(tunnel_kinds) && n < LA_KINDS_MAX - 1; i++)
		kinds[n++] = policy_kind(tunnel_kinds[i]);
	kinds[n++] = policy_kind("tun");
	return n;
}
