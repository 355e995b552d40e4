/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes the first bytes of each leaked packet as pcapng, for Wireshark, tshark and tcpdump. A file
 * has one section for each time that it was opened. A section describes an interface before its
 * first packet.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/text.h"
#include "pcapng.h"
#include "sink_ops.h"
#include "delivery/output_option.h"
#include "sink_pcap_file.h"

#define SNAPLEN 256
#define SNAPLEN_MIN 64
/* The smallest limit holds the largest packet, so no file is without one. */
#define ROTATE_MIN (64U << 10)
#define ROTATE_MAX (1ULL << 40)

/* Where veths come and go, a section would grow without end: at this number another one begins. */
#define INTERFACES_MAX 1024

#define COMMENT_MAX 256

#define APPLICATION "leakaudit " LEAKAUDIT_VERSION

struct interface {
	char *name; /* NULL: unknown */
	uint32_t ifindex;
	uint64_t netns;
};

struct evidence {
	uint64_t snaplen;
	uint64_t rotate; /* size limit of a file; 0: none */
	uint64_t size; /* bytes of this file, including those queued */
	struct interface interfaces[INTERFACES_MAX]; /* interfaces of this section, by number */
	size_t n;
	bool describes; /* the blocks built begin a section or describe an interface */
	bool stale; /* such blocks were lost: begin another section */
	uint8_t blocks[LA_SNAPLEN_MAX + 3 * PCAPNG_BLOCK_MAX];
};

static void forget_interfaces(struct evidence *e)
{
	while (e->n)
		free(e->interfaces[--e->n].name);
	e->stale = false;
}

/* --- the argument of "pcap:" --- */

static int parse(struct sink *s, struct evidence *e, const char *arg, struct fault *f)
{
	const struct output_option options[] = {
		{ "snaplen", &e->snaplen, "64", "9216", SNAPLEN_MIN, LA_SNAPLEN_MAX, NULL },
		{ "rotate", &e->rotate, "64K", "1024G", ROTATE_MIN, ROTATE_MAX, NULL },
		{ 0 },
	};
	_cleanup_(freep) char *path = NULL;
	int r = output_option_parse(
		"pcap", arg, options,
		"pcap:FILE[,snaplen=N][,rotate=SIZE]: FILE itself cannot have a comma", &path, f);

	if (r)
		return r;
	if (!*path) {
		fault_say(f, -EINVAL, "output pcap lacks the name of a file");
		return fault_help(f, -EINVAL, "pcap:FILE, or pcap:- for the standard output");
	}
	if (strcmp(path, "-") != 0)
		s->path = take_ptr(path);
	return 0;
}

/* --- files --- */

/*
 * Writes the section without the queue, which counts packets. A file that cannot take its first
 * bytes is an error of open().
 */
static int write_section(struct evidence *e, int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLOUT };
	uint8_t buf[PCAPNG_BLOCK_MAX];
	struct pcapng p = { .buf = buf, .size = sizeof(buf) };
	struct stat st;
	ssize_t n;

	pcapng_section(&p, APPLICATION);
	if (fstat(fd, &st) < 0)
		return -errno;
	if (poll(&ready, 1, 0) != 1)
		return -EAGAIN;
	n = write(fd, p.buf, p.len);
	if (n == (ssize_t)p.len) {
		e->size = (uint64_t)st.st_size + p.len;
		forget_interfaces(e);
		return 0;
	}
	if (n < 0)
		return -errno;
	return ftruncate(fd, st.st_size) ? -errno : -ENOSPC;
}

static int refuse_rotation(struct fault *f)
{
	fault_say(f, -EINVAL, "output pcap: only files can be rotated");
	return fault_help(f, -EINVAL, "pcap:FILE,rotate=SIZE");
}

/*
 * Queued packets refer to interfaces of the old file: they are cut off there and counted as lost.
 */
static int open_file(struct sink *s, struct fault *f)
{
	_cleanup_(closep) int fd = pcap_file_open(s->path, f);
	struct evidence *e = s->own;
	int r;

	if (fd < 0)
		return fd;
	if (e->rotate && !pcap_file_is(s->path, fd))
		return refuse_rotation(f);
	r = write_section(e, fd);
	if (r < 0)
		return r;
	outq_close(&s->out);
	r = outq_attach(&s->out, fd);
	if (!r)
		take_fd(&fd);
	return r;
}

static int open_stream(struct sink *s, struct fault *f)
{
	const struct evidence *e = s->own;
	int r;

	if (s->stream != STDOUT_FILENO) {
		fault_say(f, -EINVAL,
			  "packets cannot go to the standard output: it is the command's");
		return fault_help(f, -EINVAL, "keep them in pcap:FILE");
	}
	if (isatty(s->stream)) {
		fault_say(f, -EINVAL, "packets cannot be shown on a terminal");
		return fault_help(f, -EINVAL,
				  "keep them in pcap:FILE, or pipe them: | wireshark -k -i -");
	}
	if (e->rotate)
		return refuse_rotation(f);
	r = outq_open_stream(&s->out, s->stream);
	return r < 0 ? r : write_section(s->own, s->out.fd);
}

static int pcap_open(struct sink *s, const char *arg, struct fault *f)
{
	struct evidence *e = calloc(1, sizeof(*e));
	int r;

	if (!e)
		return -ENOMEM;
	s->own = e;
	e->snaplen = SNAPLEN;
	r = parse(s, e, arg, f);
	if (r < 0)
		return r;
	return s->path ? open_file(s, f) : open_stream(s, f);
}

static int pcap_reopen(struct sink *s, struct fault *f)
{
	/* the file was not moved: nothing to reopen */
	if (!s->path || pcap_file_is(s->path, s->out.fd))
		return 0;
	return open_file(s, f);
}

static bool rotate(struct sink *s)
{
	struct evidence *e = s->own;
	struct fault f = { 0 };
	int r = 0;

	if (pcap_file_is(s->path, s->out.fd)) /* no other process has moved it */
		r = pcap_file_shift(s->path);
	if (!r)
		r = open_file(s, &f);
	if (!r)
		return true;
	e->size = 0; /* the next attempt is after as many bytes again */
	fault_at(&f, r, "output %s: cannot be rotated, continuing with it", s->spec);
	log_warn_fault(r, &f);
	return false;
}

/* --- packets --- */

static bool same(const struct interface *i, const struct record_leak *l)
{
	if (i->netns != l->flow.key.netns || !i->name != !l->ifname)
		return false;
	return i->name ? !strcmp(i->name, l->ifname) : i->ifindex == l->flow.key.ifindex;
}

static void begin_section(struct evidence *e, struct pcapng *p)
{
	forget_interfaces(e);
	pcapng_section(p, APPLICATION);
	e->describes = true;
}

/*
 * Every run writes the same snaplen: libpcap reads a file of several sections only if they agree.
 */
static void put_interface(struct evidence *e, const struct interface *i, struct pcapng *p)
{
	char name[PCAPNG_STRING_MAX + 1], description[64];
	struct text t;

	text_init(&t, name, sizeof(name));
	if (i->name)
		text_escape(&t, i->name, false);
	text_init(&t, description, sizeof(description));
	if (i->ifindex)
		text_add(&t, "index %" PRIu32, i->ifindex);
	if (i->netns)
		text_add(&t, "%snetns %" PRIu64, t.len ? ", " : "", i->netns);
	pcapng_interface(p, &(struct pcapng_interface){
				    .name = i->name ? name : NULL,
				    .description = t.len ? description : NULL,
				    .snaplen = LA_SNAPLEN_MAX + PCAPNG_LINK_LEN,
			    });
	e->describes = true;
}

/* Returns the number of the leak's interface. Describes it first if it is new. -ENOMEM. */
static int number_of(struct evidence *e, const struct record_leak *l, struct pcapng *p)
{
	struct interface *i = e->interfaces;

	for (; i < e->interfaces + e->n; i++)
		if (same(i, l))
			return (int)(i - e->interfaces);
	if (e->n == INTERFACES_MAX)
		begin_section(e, p);
	i = e->interfaces + e->n;
	*i = (struct interface){ .ifindex = l->flow.key.ifindex, .netns = l->flow.key.netns };
	if (l->ifname) {
		i->name = strdup(l->ifname);
		if (!i->name)
			return -ENOMEM;
	}
	put_interface(e, i, p);
	return (int)e->n++;
}

/* Builds the blocks of one packet: before it that of its interface, if it is new. */
static int build(struct evidence *e, const struct record_packet *packet, struct pcapng *p)
{
	char comment[COMMENT_MAX];
	int number;

	*p = (struct pcapng){ .buf = e->blocks, .size = sizeof(e->blocks) };
	e->describes = false;
	if (e->stale)
		begin_section(e, p);
	number = number_of(e, packet->leak, p);
	if (number < 0)
		return number;
	record_comment(packet->leak, comment, sizeof(comment));
	pcapng_packet(p, &(struct pcapng_packet){
				 .interface = (uint32_t)number,
				 .time = packet->time,
				 .data = packet->data,
				 .caplen = MIN(packet->caplen, (uint32_t)e->snaplen),
				 .len = packet->len,
				 .inbound = packet->leak->ingress,
				 .comment = comment,
			 });
	return 0;
}

static int pcap_packet(struct sink *s, const struct record_packet *packet)
{
	struct evidence *e = s->own;
	struct pcapng p;
	int r = build(e, packet, &p);

	/* If lines are queued, the disk is full, and another file would not help. */
	if (!r && e->rotate && e->size + p.len > e->rotate && !s->out.lines && rotate(s))
		r = build(e, packet, &p);
	if (r < 0)
		s->out.lost++;
	else
		r = outq_put(&s->out, "", (const char *)p.buf, p.len, false);
	if (r < 0)
		e->stale |= e->describes;
	else
		e->size += p.len;
	return r;
}

static uint32_t pcap_snaplen(const struct sink *s)
{
	const struct evidence *e = s->own;

	return (uint32_t)e->snaplen;
}

static void pcap_close(struct sink *s)
{
	if (s->own)
		forget_interfaces(s->own);
	free(s->own);
}

const struct sink_ops sink_pcap = {
	.name = "pcap",
	.open = pcap_open,
	.snaplen = pcap_snaplen,
	.packet = pcap_packet,
	.reopen = pcap_reopen,
	.close = pcap_close,
};
