/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whom a resolver of home will ask on this machine, by its arguments and what root has written into
 * its configuration: an address of the loopback device with a port. So the next one in a chain is
 * known before the first question.
 */
#include <ctype.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/proc.h"
#include "resolvers_priv.h"

#define NEXT_MAX 16
#define TEXT_MAX 65536

struct next_places {
	struct la_resolver_place v[NEXT_MAX];
	size_t n;
};

/* Where programs that pass questions on keep their configuration. */
static const struct {
	const char *comm;
	const char *files;
} programs[] = {
	{ "dnsmasq", "/etc/dnsmasq.conf" },
	{ "dnsmasq", "/etc/dnsmasq.d/*" },
	{ "pihole-FTL", "/etc/dnsmasq.d/*" },
	{ "pihole-FTL", "/etc/pihole/*.conf" },
	{ "pihole-FTL", "/etc/pihole/pihole.toml" },
	{ "unbound", "/etc/unbound/unbound.conf" },
	{ "unbound", "/etc/unbound/unbound.conf.d/*.conf" },
	{ "systemd-resolve", "/etc/systemd/resolved.conf" },
	{ "systemd-resolve", "/etc/systemd/resolved.conf.d/*.conf" },
	{ "named", "/etc/bind/named.conf*" },
	{ "pdns_recursor", "/etc/powerdns/recursor.conf" },
	{ "kresd", "/etc/knot-resolver/kresd.conf" },
};

/* What follows an address: dnsmasq has '#', unbound '@', others ':', also behind a bracket. */
static uint16_t port_behind(const char *s)
{
	unsigned long port;
	char *end;

	s += *s == ']';
	if (!strchr("#@:", *s) || !isdigit((unsigned char)s[1]))
		return 0;
	port = strtoul(s + 1, &end, 10);
	return port <= UINT16_MAX && !isalnum((unsigned char)*end) ? (uint16_t)port : 0;
}

static void take(struct next_places *to, const char *addr, size_t len, const char *behind)
{
	struct la_resolver_place at = { .proto = IPPROTO_UDP, .port = port_behind(behind) };
	char word[INET6_ADDRSTRLEN];

	if (!at.port || len >= sizeof(word) || to->n == NEXT_MAX)
		return;
	memcpy(word, addr, len);
	word[len] = '\0';
	if (addr_parse(word, &at.addr))
		to->v[to->n++] = at;
}

/* line: it ends with a NUL. */
static void read_line(struct next_places *to, const char *line)
{
	const char *s = line + strspn(line, " \t"), *at;

	if (*s == '#' || *s == ';' || !strncmp(s, "//", 2))
		return;
	for (at = strstr(s, "127."); at; at = strstr(at + 1, "127."))
		if (at == s || !isalnum((unsigned char)at[-1]))
			take(to, at, strspn(at, "0123456789."), at + strspn(at, "0123456789."));
	for (at = strstr(s, "::1"); at; at = strstr(at + 1, "::1"))
		if (at == s || !isxdigit((unsigned char)at[-1]))
			take(to, at, 3, at + 3);
}

/* Only what root alone may write, and nothing that waits for a writer. */
static void read_file(struct next_places *to, const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	_cleanup_(freep) char *text = malloc(TEXT_MAX);
	char *line, *rest = text;
	struct stat st;
	ssize_t n;

	if (fd < 0 || !text || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_uid ||
	    st.st_mode & 022)
		return;
	n = read(fd, text, TEXT_MAX - 1);
	if (n <= 0)
		return;
	text[n] = '\0';
	while ((line = strsep(&rest, "\n")))
		read_line(to, line);
}

static void read_files(struct next_places *to, const struct resolver *who, const char *files)
{
	char pattern[PATH_MAX];
	glob_t found;
	size_t i;

	snprintf(pattern, sizeof(pattern), "/proc/%u/root%s", who->owner.tgid, files);
	if (glob(pattern, GLOB_NOSORT, NULL, &found))
		return;
	for (i = 0; i < found.gl_pathc; i++)
		read_file(to, found.gl_pathv[i]);
	globfree(&found);
}

static void read_arguments(struct next_places *to, const struct resolver *who)
{
	_cleanup_(closep) int proc = proc_open((pid_t)who->owner.tgid);
	char args[4096], *arg;
	ssize_t n = proc < 0 ? 0 : proc_command_line(proc, args, sizeof(args) - 1);

	if (n <= 0)
		return;
	args[n] = '\0';
	for (arg = args; arg < args + n; arg += strlen(arg) + 1)
		read_line(to, arg);
}

static void read_config(struct next_places *to, const struct resolver *who)
{
	size_t i;

	read_arguments(to, who);
	for (i = 0; i < ARRAY_SIZE(programs); i++)
		if (!strcmp(who->owner.comm, programs[i].comm))
			read_files(to, who, programs[i].files);
}

static void find_next(struct resolvers *r, struct resolver *who)
{
	struct next_places next = { .n = 0 };
	const struct resolver *found;
	bool hidden;
	size_t i;

	who->is_read = true;
	read_config(&next, who);
	for (i = 0; i < next.n; i++) {
		next.v[i].netns = who->netns;
		found = resolvers_at(r, &next.v[i], &hidden);
		if (found && found != who)
			resolvers_note_asked(r, found, who->owner.tgid);
	}
}

void resolvers_read_config(struct resolvers *r)
{
	const uint64_t home = namespaces_home(r->cfg.namespaces)->cookie;
	size_t i;

	for (i = 0; i < r->n; i++) /* those that are found so are behind it */
		if (!r->v[i]->is_read && r->v[i]->netns == home)
			find_next(r, r->v[i]);
}
