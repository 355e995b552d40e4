/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the addresses of peers in configurations: only numbers, since no name is asked for. */
#include "transport.h"

#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#define TINC_PORT 655

static bool parse_endpoint(char *text, struct la_endpoint *ep)
{
	char *colon = strrchr(text, ':');
	uint64_t port;

	*ep = (struct la_endpoint){ .proto = IPPROTO_UDP };
	if (!colon || colon == text || parse_u64(colon + 1, 1, UINT16_MAX, &port) < 0)
		return false;
	ep->port = (uint16_t)port;
	*colon = '\0';
	if (*text == '[' && colon[-1] == ']') {
		text++;
		colon[-1] = '\0';
	} else if (strchr(text, ':')) {
		return false; /* IPv6 without brackets has no port */
	}
	return addr_parse(text, &ep->addr) != 0;
}

int transport_take_endpoint(char *text, transport_endpoint_fn *fn, void *arg)
{
	struct la_endpoint ep;
	int r;

	if (!parse_endpoint(text, &ep))
		return 0;
	r = fn(arg, &ep, 0, 0);
	return r < 0 ? r : 1;
}

/* --- nebula --- */

/* Cuts off a comment: a # at the beginning or behind a space. */
static void cut_comment(char *line)
{
	char *s = line;

	while ((s = strchr(s, '#'))) {
		if (s == line || s[-1] == ' ' || s[-1] == '\t') {
			*s = '\0';
			return;
		}
		s++;
	}
}

/* Takes off the brackets of a list: "[192.0.2.1:1", "[[2001:db8::1]:1", "192.0.2.2:1]". */
static char *unlisted(char *word)
{
	size_t len = strlen(word);

	while (len && word[len - 1] == ']')
		word[--len] = '\0';
	while (*word == '[' && (word[1] == '[' || !strchr(word, ']')))
		word++;
	return word;
}

/* Takes each address with a port out of a line of YAML; the hosts' addresses inside have none. */
static int take_words(char *line, transport_endpoint_fn *fn, void *arg)
{
	int r, found = 0;
	char *word;

	while ((word = strsep(&line, " \t\r,\"'{}"))) {
		r = transport_take_endpoint(unlisted(word), fn, arg);
		if (r < 0)
			return r;
		found += r;
	}
	return found;
}

int transport_nebula_parse(char *text, transport_endpoint_fn *fn, void *arg)
{
	static const char key[] = "static_host_map:";
	bool inside = false;
	int r, found = 0;
	char *line;

	while ((line = strsep(&text, "\n"))) {
		cut_comment(line);
		if (!strncmp(line, key, sizeof(key) - 1)) {
			inside = true;
			line += sizeof(key) - 1;
		} else if (*line && *line != ' ' && *line != '\t' && *line != '\r' &&
			   *line != '}') {
			inside = false;
		}
		r = inside ? take_words(line, fn, arg) : 0;
		if (r < 0)
			return r;
		found += r;
	}
	return found;
}

/* --- tinc --- */

/* "Key = value": the value, or NULL if it is another key's. */
static char *value_of(char *line, const char *key)
{
	size_t len = strlen(key);

	line += strspn(line, " \t");
	if (strncasecmp(line, key, len) != 0 || !strchr(" \t=", line[len]) || !line[len])
		return NULL;
	line += len;
	line += strspn(line, " \t");
	line += *line == '=';
	line += strspn(line, " \t");
	line[strcspn(line, "\r")] = '\0';
	return line;
}

static uint16_t port_of(const char *text, uint16_t otherwise)
{
	uint64_t port;

	return text && parse_u64(text, 1, UINT16_MAX, &port) >= 0 ? (uint16_t)port : otherwise;
}

#define TINC_ADDRESSES 8

/* Addresses may stand before the port that they do not name. */
int transport_tinc_parse(char *text, transport_endpoint_fn *fn, void *arg)
{
	struct la_endpoint v[TINC_ADDRESSES];
	uint16_t port = TINC_PORT;
	size_t n = 0, i;
	char *line, *value;

	while ((line = strsep(&text, "\n"))) {
		value = value_of(line, "Port");
		if (value)
			port = port_of(value, port);
		value = value_of(line, "Address");
		if (!value || n == TINC_ADDRESSES)
			continue;
		line = strsep(&value, " \t");
		if (value)
			value[strcspn(value, " \t")] = '\0';
		v[n] = (struct la_endpoint){ .proto = IPPROTO_UDP, .port = port_of(value, 0) };
		n += addr_parse(line, &v[n].addr) != 0;
	}
	for (i = 0; i < n; i++) {
		int r;

		v[i].port = v[i].port ?: port;
		r = fn(arg, &v[i], 0, 0);
		if (r < 0)
			return r;
	}
	return (int)n;
}
