/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Session descriptions (SDP) and ICE candidates: in SIP, in XMPP, in a web page's own signalling. */
#include <string.h>

#include "address_leak_priv.h"

/*
 * Whether a word ends here. A backslash begins an escape of JSON: one of a control, a quote or a
 * slash ends the word, others ("\u002e") are part of it.
 */
static bool is_end_of_word(const uint8_t *p, const uint8_t *end)
{
	if (*p == '\\')
		return end - p > 1 && p[1] != 'u';
	return *p <= ' ' || *p == '"' || *p == '\'' || *p == '<';
}

/* Takes the next word of a line. A word that the end of the text cuts off does not count. */
static bool take_word(const uint8_t **p, const uint8_t *end, char word[ADDRESS_LEAK_TEXT_MAX])
{
	const uint8_t *from = *p;
	size_t n;

	while (end > *p && !is_end_of_word(*p, end))
		++*p;
	n = (size_t)(*p - from);
	if (*p == end || !n || n >= ADDRESS_LEAK_TEXT_MAX)
		return false;
	memcpy(word, from, n);
	word[n] = '\0';
	if (**p == ' ')
		++*p;
	return true;
}

/*
 * RFC 8839 5.1: foundation, component, transport, priority, address, port, "typ", type, then pairs.
 * The value of the pair "raddr" is an address, too.
 */
static bool candidate(const struct address_leak *in, const uint8_t *p, const uint8_t *end)
{
	char word[ADDRESS_LEAK_TEXT_MAX];
	bool related = false;

	for (int i = 0; i < 12 && take_word(&p, end, word); i++) {
		if ((i == 4 || related) && address_leak_check_text(in, word, INSIDE_SENDER))
			return true;
		related = strcmp(word, "raddr") == 0;
		if (p[-1] != ' ')
			break;
	}
	return false;
}

/* RFC 8866 5.2, 5.7: the address after "IN IP4" or "IN IP6". */
static bool connection(const struct address_leak *in, const uint8_t *p, const uint8_t *end)
{
	char word[ADDRESS_LEAK_TEXT_MAX];

	return take_word(&p, end, word) && address_leak_check_text(in, word, INSIDE_SENDER);
}

static bool is_quote(uint8_t c)
{
	return c == '"' || c == '\'';
}

static const uint8_t *skip_spaces(const uint8_t *p, const uint8_t *end)
{
	while (p < end && *p == ' ')
		p++;
	return p;
}

/* p: behind a key. The value of JSON ("ip": "192.0.2.1") or XML (ip='192.0.2.1'). */
static bool value_of_key(const struct address_leak *in, const uint8_t *p, const uint8_t *end)
{
	char text[ADDRESS_LEAK_TEXT_MAX];
	const uint8_t *to;

	if (p < end && is_quote(*p))
		p++;
	p = skip_spaces(p, end);
	if (p == end || (*p != ':' && *p != '='))
		return false;
	p = skip_spaces(p + 1, end);
	if (p == end || !is_quote(*p))
		return false;
	to = memchr(p + 1, *p, (size_t)(end - p) - 1);
	p++;
	if (!to || (size_t)(to - p) >= sizeof(text))
		return false;
	memcpy(text, p, (size_t)(to - p));
	text[to - p] = '\0';
	return address_leak_check_text(in, text, INSIDE_SENDER);
}

static bool has_key(const struct address_leak *in, const uint8_t *p, const uint8_t *end,
		    const char *key)
{
	const uint8_t *at = p;
	size_t n = strlen(key);

	while ((at = memmem(at, (size_t)(end - at), key, n))) {
		at += n;
		if (at - n > p &&
		    (is_quote(at[-1 - (ptrdiff_t)n]) || at[-1 - (ptrdiff_t)n] <= ' ') &&
		    value_of_key(in, at, end))
			return true;
	}
	return false;
}

/*
 * Candidates whose parts are members of JSON or attributes of XML (XEP-0176), and hosts of streams
 * (XEP-0065). A text that speaks of neither may have such keys for anything.
 */
static bool structured(const struct address_leak *in, const uint8_t *p, const uint8_t *end)
{
	static const struct {
		const char *about;
		const char *keys[8];
	} forms[] = {
		{ "andidate",
		  { "ip", "address", "raddr", "rel-addr", "relatedAddress", "localAddress",
		    "connectionAddress" } },
		{ "<streamhost ", { "host" } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		if (!memmem(p, (size_t)(end - p), forms[i].about, strlen(forms[i].about)))
			continue;
		for (const char *const *key = forms[i].keys; *key; key++)
			if (has_key(in, p, end, *key))
				return true;
	}
	return false;
}

enum address_leak_form address_leak_sdp(const struct address_leak *in, const uint8_t *p, size_t len)
{
	static const struct {
		const char *mark;
		bool (*read)(const struct address_leak *in, const uint8_t *p, const uint8_t *end);
		enum address_leak_form form;
	} marks[] = {
		{ "candidate:", candidate, ADDRESS_LEAK_CANDIDATE },
		{ "IN IP4 ", connection, ADDRESS_LEAK_SDP },
		{ "IN IP6 ", connection, ADDRESS_LEAK_SDP },
	};
	const uint8_t *end = p + len;

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		size_t n = strlen(marks[i].mark);
		const uint8_t *at = p;

		while ((at = memmem(at, (size_t)(end - at), marks[i].mark, n))) {
			at += n;
			if (marks[i].read(in, at, end))
				return marks[i].form;
		}
	}
	return structured(in, p, end) ? ADDRESS_LEAK_CANDIDATE : ADDRESS_LEAK_NONE;
}
