/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Resolvers known by name and address: the built-in list, users' files. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "policy/known_resolvers.h"
#include "core/tls.h"
#include "unit.h"

static struct fault fault;

static struct la_addr addr_of(const char *s)
{
	struct la_addr a = { 0 };
	uint8_t four[4];

	if (inet_pton(AF_INET, s, four) == 1)
		return addr_from_4(four);
	CHECK(inet_pton(AF_INET6, s, a.b) == 1);
	return a;
}

static unsigned int host(const struct known_resolvers *k, const char *name)
{
	return known_host(k, name, strlen(name));
}

static unsigned int endpoint(const struct known_resolvers *k, const char *addr, uint16_t port)
{
	struct la_addr a = addr_of(addr);

	return known_endpoint(k, &a, port);
}

/* Opens with a user's file of these bytes; path is left out of the reason. */
static int open_with(struct known_resolvers **k, const char *text, size_t len)
{
	char path[] = "/tmp/test_known.XXXXXX";
	const char *v[] = { path };
	struct opt_list files = { v, 1 };
	int fd = mkstemp(path), r;

	CHECK(fd >= 0 && write(fd, text, len) == (ssize_t)len);
	close(fd);
	fault_clear(&fault);
	r = known_resolvers_open(k, &files, &fault);
	unlink(path);
	if (strncmp(fault.reason, path, strlen(path)) == 0)
		memmove(fault.reason, fault.reason + strlen(path),
			strlen(fault.reason + strlen(path)) + 1);
	return r;
}

static struct known_resolvers *open_text(const char *text)
{
	struct known_resolvers *k = NULL;

	if (!CHECK_INT(open_with(&k, text, strlen(text)), 0))
		printf("# %s\n", fault.reason);
	return k;
}

static void check_refused(const char *text, int error, const char *said)
{
	struct known_resolvers *k = NULL;

	CHECK_INT(open_with(&k, text, strlen(text)), error);
	CHECK_STR(fault.reason, said);
	CHECK(!k);
	known_resolvers_free(k);
}

static void test_builtin(void)
{
	_cleanup_(known_resolvers_freep) struct known_resolvers *k = open_text("");

	if (!k)
		return;
	CHECK_INT(host(k, "dns.google"), LA_DETAIL_DOH);
	CHECK_INT(host(k, "mozilla.cloudflare-dns.com"), LA_DETAIL_DOH);
	CHECK_INT(host(k, "dns.quad9.net"), LA_DETAIL_DOH);
	CHECK_INT(host(k, "doh.opendns.com"), LA_DETAIL_DOH);
	CHECK_INT(host(k, "jp.tiar.app"), LA_DETAIL_DOH);
	CHECK_INT(host(k, "example.com"), LA_DETAIL_NONE);
	CHECK_INT(host(k, "www.google.com"), LA_DETAIL_NONE);
	CHECK_INT(endpoint(k, "1.1.1.1", 443), LA_DETAIL_DOH);
	CHECK_INT(endpoint(k, "2001:4860:4860::8888", 443), LA_DETAIL_DOH);
	CHECK_INT(endpoint(k, "208.67.222.222", 443), LA_DETAIL_DNSCRYPT);
	CHECK_INT(endpoint(k, "9.9.9.9", 443), LA_DETAIL_DOH);
	CHECK_INT(endpoint(k, "9.9.9.9", 8443), LA_DETAIL_DNSCRYPT);
	CHECK_INT(endpoint(k, "9.9.9.9", 853), LA_DETAIL_NONE);
	CHECK_INT(endpoint(k, "192.0.2.1", 443), LA_DETAIL_NONE);
}

static void test_case(void)
{
	_cleanup_(known_resolvers_freep) struct known_resolvers *k =
		open_text("doh DNS.Example.ORG. *.Sub.example.NET\n");

	if (!k)
		return;
	CHECK_INT(host(k, "dns.example.org"), LA_DETAIL_DOH);
	CHECK_INT(host(k, "dNS.eXAMPLE.org"), LA_DETAIL_DOH);
	CHECK_INT(host(k, "A.sUB.example.net"), LA_DETAIL_DOH);
}

static void test_wildcards(void)
{
	_cleanup_(known_resolvers_freep) struct known_resolvers *k =
		open_text("doh *.w.example\n"
			  "doh plain.example\n");

	if (!k)
		return;
	CHECK_INT(host(k, "one.w.example"), LA_DETAIL_DOH);
	CHECK_INT(host(k, "w.example"), LA_DETAIL_NONE);
	CHECK_INT(host(k, "two.one.w.example"), LA_DETAIL_NONE);
	CHECK_INT(host(k, "plain.example"), LA_DETAIL_DOH);
	CHECK_INT(host(k, "www.plain.example"), LA_DETAIL_NONE);
	CHECK_INT(host(k, "example"), LA_DETAIL_NONE);
	CHECK_INT(host(k, ""), LA_DETAIL_NONE);
	CHECK_INT(host(k, "abc123.dns.nextdns.io"), LA_DETAIL_DOH);
	CHECK_INT(host(k, "abc123.nextdns.io"), LA_DETAIL_NONE);
}

static void test_later_lines_count(void)
{
	_cleanup_(known_resolvers_freep) struct known_resolvers *k =
		open_text("none dns.google 1.1.1.1\n"
			  "doh twice.example twice.example 192.0.2.1 192.0.2.1\n"
			  "dnscrypt 192.0.2.1\n");

	if (!k)
		return;
	CHECK_INT(host(k, "dns.google"), LA_DETAIL_NONE);
	CHECK_INT(endpoint(k, "1.1.1.1", 443), LA_DETAIL_NONE);
	CHECK_INT(endpoint(k, "1.0.0.1", 443), LA_DETAIL_DOH);
	CHECK_INT(host(k, "twice.example"), LA_DETAIL_DOH);
	CHECK_INT(endpoint(k, "192.0.2.1", 443), LA_DETAIL_DNSCRYPT);
}

static void test_addresses(void)
{
	_cleanup_(known_resolvers_freep) struct known_resolvers *k = open_text(
		"# comment\n\n"
		"\tdoh  192.0.2.1:8443 [2001:db8::1]:444 [2001:db8::2]\t2001:db8::3 # more\r\n"
		"dnscrypt 2001:db8::4 198.51.100.1:15353");

	if (!k)
		return;
	CHECK_INT(endpoint(k, "192.0.2.1", 8443), LA_DETAIL_DOH);
	CHECK_INT(endpoint(k, "192.0.2.1", 443), LA_DETAIL_NONE);
	CHECK_INT(endpoint(k, "2001:db8::1", 444), LA_DETAIL_DOH);
	CHECK_INT(endpoint(k, "2001:db8::2", 443), LA_DETAIL_DOH);
	CHECK_INT(endpoint(k, "2001:db8::3", 443), LA_DETAIL_DOH);
	CHECK_INT(endpoint(k, "2001:db8::4", 443), LA_DETAIL_DNSCRYPT);
	CHECK_INT(endpoint(k, "198.51.100.1", 15353), LA_DETAIL_DNSCRYPT);
}

static void test_errors(void)
{
	char longest[160] = "doh ";

	check_refused("# fine\ndot dns.example\n", -EINVAL,
		      ":2: 'dot' is unknown; a line begins with 'doh', 'dnscrypt' or 'none'");
	check_refused("doh\n", -EINVAL, ":1: nothing follows 'doh'; name a resolver there");
	check_refused("doh 192.0.2\n", -EINVAL,
		      ":1: '192.0.2' is neither a name nor an address; the forms are NAME, *.NAME, "
		      "ADDR, IPV4:PORT and [IPV6]:PORT");
	check_refused("doh 192.0.2.1:0\n", -EINVAL,
		      ":1: '192.0.2.1:0': '0' is not a port from 1 to 65535");
	check_refused("doh [2001:db8::1]:66000\n", -EINVAL,
		      ":1: '[2001:db8::1]:66000': '66000' is not a port from 1 to 65535");
	check_refused("doh https://dns.example/dns-query\n", -EINVAL,
		      ":1: 'https://dns.example/dns-query' is neither a name nor an address; the "
		      "forms are NAME, *.NAME, ADDR, IPV4:PORT and [IPV6]:PORT");
	check_refused("doh *.*.example\n", -EINVAL,
		      ":1: '*.*.example' is neither a name nor an address; the forms are NAME, "
		      "*.NAME, ADDR, IPV4:PORT and [IPV6]:PORT");
	check_refused("doh a..example\n", -EINVAL,
		      ":1: 'a..example' is neither a name nor an address; the forms are NAME, "
		      "*.NAME, ADDR, IPV4:PORT and [IPV6]:PORT");
	check_refused(
		"dnscrypt dns.example\n", -EINVAL,
		":1: 'dns.example': 'dnscrypt' is recognised by address; names are for 'doh'");
	for (int i = 0; i < 50; i++)
		memcpy(longest + 4 + i * 2, "a.", 3);
	check_refused(longest, -EINVAL,
		      ":1: the name 'a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a."
		      "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a' has more than 96 characters");
}

static void test_unreadable_files(void)
{
	static const char nul[] = "doh dns.example\ndoh\0dns.example\n";
	const char *v[] = { "/nonexistent/resolvers" };
	struct opt_list files = { v, 1 };
	struct known_resolvers *k = NULL;

	CHECK_INT(known_resolvers_open(&k, &files, &fault), -ENOENT);
	CHECK_STR(fault.reason,
		  "/nonexistent/resolvers: cannot be opened: No such file or directory");
	v[0] = "/tmp";
	CHECK_INT(known_resolvers_open(&k, &files, &fault), -EISDIR);
	CHECK_STR(fault.reason, "/tmp: cannot be read: Is a directory");
	CHECK_INT(open_with(&k, nul, sizeof(nul) - 1), -EINVAL);
	CHECK_STR(fault.reason, ":2: a NUL byte; this is not a text file");
	CHECK(!k);
}

static void test_too_many(void)
{
	char *text = NULL;
	size_t size = 0;
	struct known_resolvers *k = NULL;
	FILE *f = open_memstream(&text, &size);

	for (int i = 0; i < KNOWN_NAMES_MAX; i++)
		fprintf(f, "doh n%d.example\n", i);
	fclose(f);
	CHECK_INT(open_with(&k, text, size), -E2BIG);
	CHECK(strstr(fault.reason,
		     ": at most 4096 names and 4096 addresses are possible; leave some out"));
	CHECK(!k);
	free(text);
}

struct sum {
	size_t names, wildcards, endpoints, unknown;
	const struct known_resolvers *k;
};

static int count_name(void *arg, uint64_t hash, bool wildcard, unsigned int detail)
{
	struct sum *s = arg;

	s->names++;
	s->wildcards += wildcard;
	s->unknown += known_name(s->k, wildcard ? 0 : hash, wildcard ? hash : 0) != detail;
	return 0;
}

static int count_endpoint(void *arg, const struct la_addr *addr, uint16_t port, unsigned int detail)
{
	struct sum *s = arg;

	s->endpoints++;
	s->unknown += known_endpoint(s->k, addr, port) != detail;
	return s->endpoints == 5 ? 42 : 0;
}

static void test_each(void)
{
	_cleanup_(known_resolvers_freep) struct known_resolvers *k = open_text("");
	_cleanup_(known_resolvers_freep) struct known_resolvers *less =
		open_text("none dns.google *.dns.nextdns.io\n"
			  "doh cloudflare-dns.com\n");
	struct sum all = { .k = k }, some = { .k = less };

	if (!k || !less)
		return;
	CHECK_INT(known_resolvers_each(k, count_name, NULL, &all), 0);
	CHECK(all.names > 200 && all.wildcards > 4);
	CHECK_INT(known_resolvers_each(k, NULL, count_endpoint, &all), 42);
	CHECK_INT(all.endpoints, 5);
	CHECK_INT(all.unknown, 0);
	CHECK_INT(known_resolvers_each(less, count_name, NULL, &some), 0);
	CHECK_INT(some.names, (int64_t)all.names - 2);
	CHECK_INT(some.wildcards, (int64_t)all.wildcards - 1);
}

UNIT_MAIN("known", { "builtin", test_builtin }, { "case", test_case },
	  { "wildcards", test_wildcards }, { "later_lines_count", test_later_lines_count },
	  { "addresses", test_addresses }, { "errors", test_errors },
	  { "unreadable_files", test_unreadable_files }, { "too_many", test_too_many },
	  { "each", test_each })
