/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cases.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct reader {
	const char *file;
	unsigned int line;
	struct packet_case now; /* being read */
	struct packet_case *all;
	size_t n;
};

static int complain(const struct reader *r, const char *what)
{
	printf("# %s:%u: %s\n", r->file, r->line, what);
	return -EINVAL;
}

static int read_hex(struct reader *r, const char *s)
{
	struct packet_case *c = &r->now;
	unsigned int byte;
	int n;

	for (; *s; s += n) {
		if (isspace((unsigned char)*s)) {
			n = 1;
			continue;
		}
		if (!isxdigit((unsigned char)s[1]) || sscanf(s, "%2x%n", &byte, &n) != 1)
			return complain(r, "half a byte");
		if (c->len == sizeof(c->packet))
			return complain(r, "longer than any packet");
		c->packet[c->len++] = (uint8_t)byte;
	}
	return 0;
}

static const char *after(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(s, prefix, n) ? NULL : s + n;
}

#define NAME(sym, name, help) name,
static const char *const class_names[] = { LA_CLASSES(NAME) };
static const char *const detail_names[] = { LA_DETAILS(NAME) };
static const char *const exempt_names[] = { LA_EXEMPTIONS(NAME) };
#undef NAME
#define NAME_OF(names, i) ((i) < ARRAY_SIZE(names) ? names[i] : "?")

/* The index of what s says behind prefix, up to a space, in *ret. Returns where
 * it goes on, or NULL where s is not that. */
static const char *one_of(const char *s, const char *prefix, const char *const *names, size_t n,
			  uint8_t *ret)
{
	const char *rest, *what = after(s, prefix);
	size_t i;

	for (i = 1; what && i < n; i++) {
		rest = after(what, names[i]);
		if (rest && *rest == ' ') {
			*ret = (uint8_t)i;
			return rest + 1;
		}
	}
	return NULL;
}

static const char *read_known(struct packet_case *c, const char *s)
{
	const char *rest = one_of(s, "after:", class_names, ARRAY_SIZE(class_names), &c->was);

	rest = rest ?: one_of(s, "resolver:", detail_names, ARRAY_SIZE(detail_names), &c->resolver);
	rest = rest ?: one_of(s, "named:", detail_names, ARRAY_SIZE(detail_names), &c->named);
	if (!rest && (rest = after(s, "near: ")))
		c->near = true;
	c->native_only = c->native_only || rest;
	return rest;
}

static const char *read_context(struct packet_case *c, const char *s)
{
	const char *rest;
	unsigned int type;
	int n = 0;

	if (c->len)
		c->ethertype = c->packet[0] >> 4 == 6 ? LA_ETH_IPV6 : LA_ETH_IPV4;
	if (sscanf(s, "type %4x: %n", &type, &n) == 1 && n) {
		c->ethertype = (uint16_t)type;
		s += n;
	}
	for (;;) {
		if ((rest = after(s, "client: ")))
			c->client = true;
		else if ((rest = after(s, "configures: ")))
			c->configures = true;
		else if ((rest = after(s, "again: ")))
			c->again = true;
		else if (!(rest = read_known(c, s)))
			return s;
		s = rest;
	}
}

/* Where the words about what begins here are, at the line's end if there are none. */
static const char *find_begins(const char *s)
{
	const char *quic = strstr(s, " quic"), *hello = strstr(s, " hello");

	return quic ?: hello ?: s + strlen(s);
}

static int read_answer(struct reader *r, const char *s)
{
	struct packet_case *c = &r->now, *grown;
	const char *begins;

	if (!c->title[0] || !c->len)
		return complain(r, "an answer without a title or a packet before it");
	s = read_context(c, s);
	begins = find_begins(s);
	if ((size_t)(begins - s) >= sizeof(c->expected) || strlen(begins) >= sizeof(c->begins))
		return complain(r, "too long");
	memcpy(c->expected, s, (size_t)(begins - s));
	strcpy(c->begins, begins);
	snprintf(c->file, sizeof(c->file), "%s", r->file);
	c->line = r->line;
	grown = reallocarray(r->all, r->n + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	r->all = grown;
	r->all[r->n++] = *c;
	memset(c, 0, sizeof(*c));
	return 0;
}

static int read_line(struct reader *r, char *s)
{
	s[strcspn(s, "\n")] = 0;
	if (!*s)
		return 0;
	if (*s != '#')
		return s[strspn(s, "0123456789abcdefABCDEF \t")] ? read_answer(r, s)
								 : read_hex(r, s);
	if (r->now.len)
		return complain(r, "a title where the answer should be");
	snprintf(r->now.title, sizeof(r->now.title), "%s", s + 1 + (s[1] == ' '));
	return 0;
}

static int read_file(struct reader *r, const char *dir, const char *name)
{
	char path[512], line[1024];
	size_t before = r->n;
	FILE *f;
	int e = 0;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	r->file = name;
	r->line = 0;
	memset(&r->now, 0, sizeof(r->now));
	f = fopen(path, "re");
	if (!f)
		return complain(r, "cannot be read");
	while (!e && fgets(line, sizeof(line), f)) {
		r->line++;
		e = read_line(r, line);
	}
	fclose(f);
	if (!e && (r->now.len || r->n == before))
		e = complain(r, "ends without an answer");
	return e;
}

static int is_case_file(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 4 && !strcmp(d->d_name + n - 4, ".txt");
}

int cases_load(struct packet_case **ret, size_t *n)
{
	const char *dir = getenv("CASES") ?: "tests/cases";
	struct reader r = { .file = dir };
	struct dirent **files = NULL;
	int count, i, e;

	count = scandir(dir, &files, is_case_file, alphasort);
	e = count > 0 ? 0 : complain(&r, "no cases here");
	for (i = 0; i < count; i++) {
		if (!e)
			e = read_file(&r, dir, files[i]->d_name);
		free(files[i]);
	}
	free(files);
	if (e) {
		free(r.all);
		return e;
	}
	*ret = r.all;
	*n = r.n;
	return 0;
}

static const char *protocol(char buf[4], unsigned int proto)
{
	switch (proto) {
	case LA_PROTO_ICMP:
		return "icmp";
	case LA_PROTO_IGMP:
		return "igmp";
	case LA_PROTO_TCP:
		return "tcp";
	case LA_PROTO_UDP:
		return "udp";
	case LA_PROTO_ICMPV6:
		return "icmpv6";
	}
	snprintf(buf, 4, "%u", proto & 0xff);
	return buf;
}

void case_answer(char *buf, size_t size, const struct la_flow_key *key, unsigned int cls,
		 unsigned int detail, unsigned int exempt, bool message, bool fragment)
{
	struct text t;
	char number[4];

	text_init(&t, buf, size);
	text_add(&t, "%s %s %u/%s ", NAME_OF(class_names, cls),
		 detail == LA_DETAIL_NONE ? "-" : NAME_OF(detail_names, detail), key->family,
		 protocol(number, key->proto));
	text_endpoint(&t, &key->saddr, key->family, key->sport);
	text_add(&t, " > ");
	text_endpoint(&t, &key->daddr, key->family, key->dport);
	text_add(&t, " %s%s%s", NAME_OF(exempt_names, exempt), message ? " message" : "",
		 fragment ? " fragment" : "");
}

void case_begins(char *buf, size_t size, const struct la_src *src, unsigned int flags,
		 const struct la_hello *hello)
{
	char name[256] = "";
	struct text t;

	text_init(&t, buf, size);
	if (flags & LA_CF_QUIC)
		text_add(&t, " quic");
	if (flags & LA_CF_HELLO)
		text_add(&t, " hello");
	if (!hello->name_len || la_load(src, hello->name_off, name, hello->name_len))
		return;
	text_add(&t, " ");
	text_escape(&t, name, true);
}
