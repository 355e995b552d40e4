/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads files of known resolvers; known-resolvers.txt describes their format. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "known_resolvers.h"
#include "known_resolvers_priv.h"
#include "core/tls.h"

#define KNOWN_PORT 443
/* "[" + INET6_ADDRSTRLEN + "]:65535" */
#define ENDPOINT_MAX 64

/* known_resolvers_data.S */
extern const char known_resolvers_builtin[], known_resolvers_builtin_end[];

struct reader {
	struct known_resolvers *known;
	const char *path;
	struct fault *fault; /* set for a line, without file and line number */
};

static const struct word {
	const char *word;
	uint8_t detail;
	bool names; /* the keyword may precede names, too */
} words[] = {
	{ "doh", LA_DETAIL_DOH, true },
	{ "dnscrypt", LA_DETAIL_DNSCRYPT, false },
	{ "none", LA_DETAIL_NONE, true },
};

static int added(const struct reader *rd, int r)
{
	if (r == -E2BIG)
		return fault_say(rd->fault, r,
				 "at most %d names and %d addresses are possible; leave some out",
				 KNOWN_NAMES_MAX, KNOWN_ENDPOINTS_MAX);
	return r < 0 ? fault_say(rd->fault, r, "no memory for one more entry") : 0;
}

/*
 * Parses "ADDR", "ADDR:PORT" of IPv4, "[ADDR]" and "[ADDR]:PORT" of IPv6. 0; 1: it has none of
 * these forms; -EINVAL: the port is wrong.
 */
static int parse_endpoint(const struct reader *rd, const char *item, struct la_addr *addr,
			  uint16_t *port)
{
	char buf[ENDPOINT_MAX], *host = buf, *end = NULL;
	uint64_t number = KNOWN_PORT;
	unsigned int family;

	if (strlen(item) >= sizeof(buf))
		return 1;
	memcpy(buf, item, strlen(item) + 1);
	if (*buf == '[') {
		host = buf + 1;
		end = strchr(host, ']');
		if (!end || (end[1] && end[1] != ':'))
			return 1;
		*end++ = '\0';
	} else if (strchr(buf, ':') == strrchr(buf, ':')) {
		end = strchr(buf, ':');
	}
	if (end && *end)
		*end++ = '\0';
	else
		end = NULL;
	family = addr_parse(host, addr);
	if (!family || (family == 4 && *buf == '['))
		return 1;
	if (end && parse_u64(end, 1, 65535, &number) < 0)
		return fault_say(rd->fault, -EINVAL, "'%s': '%s' is not a port from 1 to 65535",
				 item, end);
	*port = (uint16_t)number;
	return 0;
}

/*
 * Checks the characters of a host name (RFC 1123 2.1, and '_', which some have). A last label of
 * digits only would be an incomplete address.
 */
static bool is_name(const char *name)
{
	const char *label = name, *dot;
	size_t len;

	for (;; label = dot + 1) {
		dot = strchr(label, '.');
		len = dot ? (size_t)(dot - label) : strlen(label);
		if (!len || len > 63 || *label == '-' || label[len - 1] == '-')
			return false;
		if (strspn(label, "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") < len)
			return false;
		if (!dot)
			return label != name && strspn(label, "0123456789") < len;
	}
}

static int read_name(const struct reader *rd, const struct word *word, char *item)
{
	bool wildcard = strncmp(item, "*.", 2) == 0;
	char *name = wildcard ? item + 2 : item;
	size_t len = strlen(name);

	if (len && name[len - 1] == '.')
		name[--len] = '\0';
	if (!is_name(name))
		return fault_say(
			rd->fault, -EINVAL,
			"'%s' is neither a name nor an address; the forms are NAME, *.NAME, "
			"ADDR, IPV4:PORT and [IPV6]:PORT",
			item);
	if (len > LA_NAME_MAX)
		return fault_say(rd->fault, -EINVAL, "the name '%s' has more than %d characters",
				 item, LA_NAME_MAX);
	if (!word->names)
		return fault_say(rd->fault, -EINVAL,
				 "'%s': '%s' is recognised by address; names are for 'doh'", item,
				 word->word);
	return added(rd, known_resolvers_add_name(rd->known, name, wildcard, word->detail));
}

static int read_item(const struct reader *rd, const struct word *word, char *item)
{
	struct la_addr addr;
	uint16_t port = 0;
	int r = parse_endpoint(rd, item, &addr, &port);

	if (r < 0)
		return r;
	if (r > 0)
		return read_name(rd, word, item);
	return added(rd, known_resolvers_add_endpoint(rd->known, &addr, port, word->detail));
}

static const struct word *find_word(const char *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(words[i].word, s) == 0)
			return &words[i];
	return NULL;
}

static int read_line(const struct reader *rd, char *line)
{
	const char *const space = " \t\r\n";
	const struct word *word;
	char *save = NULL, *s;
	int r = 0;

	line[strcspn(line, "#")] = '\0';
	s = strtok_r(line, space, &save);
	if (!s)
		return 0;
	word = find_word(s);
	if (!word)
		return fault_say(rd->fault, -EINVAL,
				 "'%s' is unknown; a line begins with 'doh', 'dnscrypt' or 'none'",
				 s);
	s = strtok_r(NULL, space, &save);
	if (!s)
		return fault_say(rd->fault, -EINVAL, "nothing follows '%s'; name a resolver there",
				 word->word);
	for (; r == 0 && s; s = strtok_r(NULL, space, &save))
		r = read_item(rd, word, s);
	return r;
}

static int read_lines(const struct reader *rd, FILE *f)
{
	_cleanup_(freep) char *line = NULL;
	unsigned int number = 0;
	size_t room = 0;
	ssize_t n;
	int r = 0;

	errno = 0;
	while (r == 0 && (n = getline(&line, &room, f)) >= 0) {
		number++;
		if (memchr(line, '\0', (size_t)n))
			r = fault_say(rd->fault, -EINVAL, "a NUL byte; this is not a text file");
		else
			r = read_line(rd, line);
		errno = 0;
	}
	if (r < 0)
		return fault_at(rd->fault, r, "%s:%u", rd->path, number);
	if (feof(f))
		return 0;
	r = errno ? -errno : -EIO;
	return fault_say(rd->fault, r, "%s: cannot be read: %s", rd->path, strerror(-r));
}

static int read_stream(const struct reader *rd, FILE *f)
{
	int r;

	if (!f) {
		r = -errno;
		return fault_say(rd->fault, r, "%s: cannot be opened: %s", rd->path, strerror(-r));
	}
	r = read_lines(rd, f);
	fclose(f);
	return r;
}

int known_resolvers_read_builtin(struct known_resolvers *k, struct fault *fault)
{
	struct reader rd = { .known = k, .path = "built-in list", .fault = fault };
	size_t len = (size_t)(known_resolvers_builtin_end - known_resolvers_builtin);

	/* "r": it is not written to */
	return read_stream(&rd, fmemopen((char *)(uintptr_t)known_resolvers_builtin, len, "r"));
}

int known_resolvers_read_file(struct known_resolvers *k, const char *path, struct fault *fault)
{
	struct reader rd = { .known = k, .path = path, .fault = fault };

	return read_stream(&rd, fopen(path, "re"));
}
