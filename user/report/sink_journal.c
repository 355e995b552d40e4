/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes to systemd's journal by its native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL): a
 * datagram for each event, with the sentence for people as its message, the most important values
 * as fields, and all of it as JSON in one of them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/text.h"
#include "record/record_json.h"
#include "record/record_severity.h"
#include "record/record_tables.h"
#include "sink_ops.h"

#define SOCKET "/run/systemd/journal/socket"

/* A line, a message, and the other fields, the longest of which are names of cgroups. */
#define DATAGRAM_MAX (RECORD_LINE_MAX + 2048 + 8192)

struct journal {
	struct json json;
	char datagram[DATAGRAM_MAX];
	size_t len;
};

/* A value with a newline follows its length. What has no room is left out: the JSON has it. */
static void put(struct journal *d, const char *name, const char *value, size_t len)
{
	bool plain = !memchr(value, '\n', len);
	uint64_t size = htole64(len);
	char *to = d->datagram + d->len;
	size_t n = strlen(name);

	if (!len || d->len + n + len + sizeof(size) + 2 > sizeof(d->datagram))
		return;
	to = mempcpy(to, name, n);
	*to++ = plain ? '=' : '\n';
	if (!plain)
		to = mempcpy(to, &size, sizeof(size));
	to = mempcpy(to, value, len);
	*to++ = '\n';
	d->len = (size_t)(to - d->datagram);
}

static void put_str(struct journal *d, const char *name, const char *value)
{
	if (value)
		put(d, name, value, strlen(value));
}

static void put_number(struct journal *d, const char *name, uint64_t value)
{
	char digits[TEXT_DIGITS_MAX];

	put(d, name, digits, text_digits(digits, value, 1));
}

/* journald adds the unit and the program of OBJECT_PID, and journalctl -u shows it there, too. */
static void put_process(struct journal *d, const struct record_process *p)
{
	if (p->pid)
		put_number(d, "OBJECT_PID", p->pid);
	put_str(d, "LEAKAUDIT_PROCESS", p->name);
	put_str(d, "LEAKAUDIT_UNIT", p->unit);
}

static void put_leak(struct journal *d, const struct record_leak *l)
{
	char to[64];
	struct text t;

	put_process(d, &l->process);
	put_str(d, "LEAKAUDIT_CLASS", record_class_name(l->flow.cls));
	put_str(d, "LEAKAUDIT_DETAIL", record_detail_name(l->flow.detail));
	put_str(d, "LEAKAUDIT_OUTCOME", record_outcome_name(l->outcome));
	put_str(d, "LEAKAUDIT_CAUSE", record_cause_name(l->cause));
	put_str(d, "LEAKAUDIT_FLOW", record_flow_name(l->state));
	put_str(d, "LEAKAUDIT_INTERFACE", l->ifname);
	put_str(d, "LEAKAUDIT_NAME", l->dns_name ?: l->server_name);
	put_str(d, "LEAKAUDIT_SCOPE", l->scope);
	if (!l->flow.key.family)
		return;
	text_init(&t, to, sizeof(to));
	text_addr(&t, &l->flow.key.daddr, l->flow.key.family);
	put_str(d, "LEAKAUDIT_DESTINATION", to);
}

static void put_fields(struct journal *d, const struct record *r)
{
	switch (r->action) {
	case RECORD_LEAK:
	case RECORD_POSSIBLE:
		put_leak(d, &r->leak);
		break;
	case RECORD_BYPASS:
		put_process(d, &r->bypass.process);
		break;
	case RECORD_SCOPE_LEFT:
		put_process(d, &r->left.process);
		break;
	case RECORD_TUNNEL_UP:
	case RECORD_TUNNEL_DOWN:
	case RECORD_INTERFACE:
		put_str(d, "LEAKAUDIT_INTERFACE", r->interface.name);
		break;
	default:
		break;
	}
}

static int journal_write(struct sink *s, const struct record *r)
{
	struct journal *d = s->own;
	char message[2048];
	const char *line;
	size_t len;
	int ret = record_json_line(&d->json, r, &line, &len);

	if (ret < 0) {
		s->lost++;
		return ret;
	}
	d->len = 0;
	record_message(r, message, sizeof(message));
	put_str(d, "MESSAGE", *message ? message : record_action_name(r->action));
	put_number(d, "PRIORITY", record_severity(r));
	put_str(d, "SYSLOG_IDENTIFIER", "leakaudit");
	put_str(d, "LEAKAUDIT_ACTION", record_action_name(r->action));
	put(d, "LEAKAUDIT_EVENT", line, len - 1);
	put_fields(d, r);
	return sink_put(s, r, d->datagram, d->len);
}

bool sink_journal_listens(void)
{
	return !access(SOCKET, W_OK);
}

static int journal_connect(struct sink *s)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	_cleanup_(closep) int fd = -1;
	int r;

	if (strlen(s->path) >= sizeof(to.sun_path))
		return -ENAMETOOLONG;
	memcpy(to.sun_path, s->path, strlen(s->path));
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return -errno;
	r = outq_attach(&s->out, fd);
	if (!r)
		take_fd(&fd);
	return r;
}

static int journal_open(struct sink *s, const char *arg, struct fault *f)
{
	int r;

	s->own = calloc(1, sizeof(struct journal));
	s->path = strdup(arg ?: SOCKET);
	if (!s->own || !s->path)
		return -ENOMEM;
	s->out.lasting = true; /* journald may be restarted */
	r = journal_connect(s);
	if (r == -ENOENT || r == -ECONNREFUSED) {
		fault_say(f, r, "the journal does not listen at %s", s->path);
		return fault_help(f, r,
				  "start systemd-journald, or name its socket: journal:SOCKET");
	}
	return r;
}

static void journal_pump(struct sink *s)
{
	int r = s->out.fd < 0 ? journal_connect(s) : 0;

	if (r)
		s->out.error = r;
	outq_pump(&s->out);
}

static void journal_close(struct sink *s)
{
	struct journal *d = s->own;

	if (d)
		json_free(&d->json);
	free(d);
}

const struct sink_ops sink_journal = {
	.name = "journal",
	.target = SINK_TARGET_OPTIONAL,
	.open = journal_open,
	.write = journal_write,
	.pump = journal_pump,
	.flush = sink_lasting_flush,
	.close = journal_close,
};
