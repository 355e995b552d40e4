/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Protocols of text that are known by how a message begins: SIP, HTTP, RTSP, SMTP, FTP, IRC. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "address_leak_priv.h"

/* A line as a string. Longer ones are cut. */
#define LINE_BYTES 512

/* Copies the line at *p, without its end, and advances *p. A line that is cut off does not count. */
static bool take_line(const uint8_t **p, const uint8_t *end, char line[LINE_BYTES])
{
	const uint8_t *newline = *p < end ? memchr(*p, '\n', (size_t)(end - *p)) : NULL;
	size_t n;

	if (!newline)
		return false;
	n = MIN((size_t)(newline - *p), LINE_BYTES - 1);
	memcpy(line, *p, n);
	while (n && line[n - 1] == '\r')
		n--;
	line[n] = '\0';
	*p = newline + 1;
	return true;
}

/* Addresses anywhere in a header's value: hosts of URIs, values of parameters. */
static bool check_words(const struct address_leak *in, char *s, enum address_leak_subject subject)
{
	char *rest = NULL, *word;

	for (word = strtok_r(s, " \t<>;,@=\"'()/", &rest); word;
	     word = strtok_r(NULL, " \t<>;,@=\"'()/", &rest)) {
		if (!strncasecmp(word, "sip:", 4))
			word += 4;
		else if (!strncasecmp(word, "sips:", 5))
			word += 5;
		if (address_leak_check_text(in, word, subject))
			return true;
	}
	return false;
}

/* --- SIP, HTTP and RTSP: a first line, and headers --- */

/* What a header names: the sender, or others as well; in requests and in responses. */
struct header {
	const char *name;
	uint8_t request, response; /* enum address_leak_subject */
};

/* RFC 3261 20, with the short names of 7.3.3. A response repeats what the other side has said. */
static const struct header sip_headers[] = {
	{ "Via", INSIDE_SENDER, INSIDE_ANY },
	{ "v", INSIDE_SENDER, INSIDE_ANY },
	{ "Contact", INSIDE_SENDER, INSIDE_SENDER },
	{ "m", INSIDE_SENDER, INSIDE_SENDER },
	{ "Call-ID", INSIDE_SENDER, INSIDE_ANY },
	{ "i", INSIDE_SENDER, INSIDE_ANY },
	{ "From", INSIDE_SENDER, INSIDE_ANY },
	{ "f", INSIDE_SENDER, INSIDE_ANY },
	{ "Record-Route", INSIDE_ANY, INSIDE_ANY },
	{ "Path", INSIDE_SENDER, INSIDE_ANY }, /* RFC 3327 */
	{ "Reply-To", INSIDE_SENDER, INSIDE_SENDER },
	{ "Warning", INSIDE_SENDER, INSIDE_SENDER },
	{ "P-Preferred-Identity", INSIDE_SENDER, INSIDE_SENDER }, /* RFC 3325 */
	{ "P-Asserted-Identity", INSIDE_SENDER, INSIDE_SENDER },
	{ "Remote-Party-ID", INSIDE_SENDER, INSIDE_SENDER },
	{ 0 },
};

/* RFC 7239, what came before it, what is used beside it, and where a server says it is. */
static const struct header http_headers[] = {
	{ "Forwarded", INSIDE_SENDER, INSIDE_ANY },
	{ "X-Forwarded-For", INSIDE_SENDER, INSIDE_ANY },
	{ "X-Original-Forwarded-For", INSIDE_SENDER, INSIDE_ANY },
	{ "X-Real-IP", INSIDE_SENDER, INSIDE_ANY },
	{ "X-Client-IP", INSIDE_SENDER, INSIDE_ANY },
	{ "X-Cluster-Client-IP", INSIDE_SENDER, INSIDE_ANY },
	{ "X-Originating-IP", INSIDE_SENDER, INSIDE_ANY },
	{ "Client-IP", INSIDE_SENDER, INSIDE_ANY },
	{ "True-Client-IP", INSIDE_SENDER, INSIDE_ANY },
	{ "CF-Connecting-IP", INSIDE_SENDER, INSIDE_ANY },
	{ "Via", INSIDE_SENDER, INSIDE_ANY }, /* RFC 9110 7.6.3 */
	{ "Location", INSIDE_ANY, INSIDE_SENDER },
	{ "Content-Location", INSIDE_ANY, INSIDE_SENDER },
	{ "Transport", INSIDE_SENDER, INSIDE_ANY }, /* RTSP: RFC 2326 12.39 */
	{ 0 },
};

static bool check_header(const struct address_leak *in, const struct header *known, bool response,
			 char *line)
{
	char *value = strchr(line, ':');

	if (!value)
		return false;
	*value++ = '\0';
	line[strcspn(line, " \t")] = '\0';
	for (; known->name; known++)
		if (!strcasecmp(line, known->name))
			return check_words(in, value, response ? known->response : known->request);
	return false;
}

/* The same of a header that goes on in lines that begin with a space (RFC 3261 7.3.1). */
static bool take_header(const uint8_t **p, const uint8_t *end, char line[LINE_BYTES])
{
	char more[LINE_BYTES];
	size_t n;

	if (!take_line(p, end, line) || !*line)
		return false;
	while (*p < end && (**p == ' ' || **p == '\t') && take_line(p, end, more)) {
		n = strlen(line);
		snprintf(line + n, LINE_BYTES - n, "%s", more);
	}
	return true;
}

static bool check_headers(const struct address_leak *in, const struct header *known, bool response,
			  const uint8_t *p, const uint8_t *end)
{
	char line[LINE_BYTES];

	while (take_header(&p, end, line))
		if (check_header(in, known, response, line))
			return true;
	return false;
}

/* Whether the line is a request's or a response's of the protocol ("SIP/"), and which. */
static bool is_first_line(const char *line, const char *protocol, bool *response)
{
	const char *last = strrchr(line, ' ');

	*response = !strncmp(line, protocol, strlen(protocol));
	return *response || (last && !strncmp(last + 1, protocol, strlen(protocol)));
}

/* --- one line --- */

/* RFC 5321 4.1.3: "EHLO [192.0.2.1]", "EHLO [IPv6:2001:db8::1]". */
static bool greeting(const struct address_leak *in, const char *line)
{
	char text[ADDRESS_LEAK_TEXT_MAX];
	size_t n;

	if (strncasecmp(line, "EHLO ", 5) && strncasecmp(line, "HELO ", 5))
		return false;
	line += 5;
	line += *line == '[';
	if (!strncasecmp(line, "IPv6:", 5))
		line += 5;
	n = strcspn(line, "] ");
	if (n >= sizeof(text))
		return false;
	memcpy(text, line, n);
	text[n] = '\0';
	return address_leak_check_text(in, text, INSIDE_SENDER);
}

/* RFC 959 4.1.2: six numbers, of which four are the address. */
static bool numbers(const struct address_leak *in, const char *s)
{
	unsigned int v[6];
	uint8_t four[4];

	if (sscanf(s, "%3u,%3u,%3u,%3u,%3u,%3u", &v[0], &v[1], &v[2], &v[3], &v[4], &v[5]) != 6)
		return false;
	for (int i = 0; i < 4; i++) {
		if (v[i] > 255)
			return false;
		four[i] = (uint8_t)v[i];
	}
	return address_leak_check_bytes(in, four, 4, INSIDE_SENDER);
}

/* A client's PORT and EPRT (RFC 2428 2), a server's answer to PASV. */
static bool data_port(const struct address_leak *in, char *line)
{
	char *rest = NULL, separator[2] = { 0 }, *address;

	if (!strncasecmp(line, "PORT ", 5))
		return numbers(in, line + 5);
	if (!strncmp(line, "227 ", 4)) {
		line = strchr(line, '(');
		return line && numbers(in, line + 1);
	}
	if (strncasecmp(line, "EPRT ", 5) || !line[5])
		return false;
	separator[0] = line[5];
	if (!strtok_r(line + 6, separator, &rest))
		return false;
	address = strtok_r(NULL, separator, &rest);
	return address && rest && *rest && address_leak_check_text(in, address, INSIDE_SENDER);
}

/* "\001DCC SEND name 3221225985 5000": the address as a number, or as text. */
static bool direct_connection(const struct address_leak *in, const uint8_t *p, const uint8_t *end)
{
	const uint8_t *offer = memmem(p, (size_t)(end - p), "\001DCC ", 5);
	char line[LINE_BYTES], address[ADDRESS_LEAK_TEXT_MAX], *rest;
	unsigned long number;
	uint8_t four[4];

	if (!offer || !take_line(&offer, end, line) ||
	    sscanf(line + 5, "%*s %*s %63s %*u", address) != 1)
		return false;
	number = strtoul(address, &rest, 10);
	if (*rest || number > UINT32_MAX)
		return address_leak_check_text(in, address, INSIDE_SENDER);
	for (int i = 0; i < 4; i++)
		four[i] = (uint8_t)(number >> (24 - 8 * i));
	return address_leak_check_bytes(in, four, 4, INSIDE_SENDER);
}

enum address_leak_form address_leak_headers(const struct address_leak *in, const uint8_t *p,
					    size_t len)
{
	const uint8_t *end = p + len;
	char line[LINE_BYTES];
	bool response;

	if (direct_connection(in, p, end))
		return ADDRESS_LEAK_IRC;
	while (p < end && (*p == '\r' || *p == '\n')) /* RFC 3261 7.5 */
		p++;
	if (!take_line(&p, end, line))
		return ADDRESS_LEAK_NONE;
	if (is_first_line(line, "SIP/", &response))
		return check_headers(in, sip_headers, response, p, end) ? ADDRESS_LEAK_SIP
									: ADDRESS_LEAK_NONE;
	if (is_first_line(line, "HTTP/", &response) || is_first_line(line, "RTSP/", &response))
		return check_headers(in, http_headers, response, p, end) ? ADDRESS_LEAK_HTTP
									 : ADDRESS_LEAK_NONE;
	if (greeting(in, line))
		return ADDRESS_LEAK_SMTP;
	return data_port(in, line) ? ADDRESS_LEAK_FTP : ADDRESS_LEAK_NONE;
}
