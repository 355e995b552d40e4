/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "calls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child.h"

/* Nobody has these: the frames end at the other side's device. */
#define FAR_END 0xcb007101 /* 203.0.113.1 */
#define PEERS 64
#define FAR_PORT 40000
#define SIZE 1200

/* Of the sender, for who connects to it. */
#define SERVER 0xc6120101 /* 198.18.1.1 */
#define SERVER_PORT 7000

/* Of a round. */
#define MANY 400
#define SOME 100
#define FEW 50

static const struct work_type {
	const char *name;
	int calls;
	bool can_be_stopped;
	unsigned int rounds_max; /* all of whose flows have a record; 0: as many as are asked for */
} works[WORK_MAX] = {
	[WORK_FLOW] = { "sendto() of a flow", MANY, true },
	[WORK_PEERS] = { "sendto() to 64 peers in turn", MANY, false },
	[WORK_SOCKET] = { "a socket made and closed", SOME, false },
	[WORK_NEW] = { "a socket made, one packet, closed", SOME, false, 60 },
	[WORK_ACCEPT] = { "a connection accepted, one packet", FEW, false, 60 },
};

/* What a sender has open. */
struct sender {
	int flow, peers; /* UDP */
	unsigned int next; /* of the peers */
	int listener;
	int client; /* to who connects */
	int accepted[FEW];
	char payload[SIZE];
};

const char *work_name(enum work work)
{
	return works[work].name;
}

bool work_can_be_stopped(enum work work)
{
	return works[work].can_be_stopped;
}

unsigned int work_rounds(enum work work, unsigned int rounds)
{
	unsigned int max = works[work].rounds_max;

	return max && rounds > max ? max : rounds;
}

static struct sockaddr_in address(uint32_t host, uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(port),
				     .sin_addr.s_addr = htonl(host) };
}

static int open_socket(int type)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("cannot make a socket");
	return fd;
}

static void say(int fd)
{
	if (write(fd, "", 1) != 1)
		_exit(1);
}

static void wait_for(int fd)
{
	char byte;

	if (read(fd, &byte, 1) != 1)
		_exit(1);
}

/* --- who connects --- */

static void connect_some(const char *device, int fds[FEW])
{
	struct sockaddr_in to = address(SERVER, SERVER_PORT);
	int i;

	for (i = 0; i < FEW; i++) {
		fds[i] = open_socket(SOCK_STREAM);
		if (setsockopt(fds[i], SOL_SOCKET, SO_BINDTODEVICE, device,
			       (socklen_t)strlen(device)) ||
		    connect(fds[i], (struct sockaddr *)&to, sizeof(to)))
			die("cannot connect by %s", device);
	}
}

/* By a RST, so that the server's ends do not have to wait. */
static void abort_all(const int fds[FEW])
{
	struct linger at_once = { .l_onoff = 1 };
	int i;

	for (i = 0; i < FEW; i++) {
		setsockopt(fds[i], SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		close(fds[i]);
	}
}

static void run_client(const struct calls_place *place, int control)
{
	int fds[FEW];

	enter_netns(place->peer);
	for (;;) {
		wait_for(control);
		connect_some(place->device, fds);
		say(control);
		wait_for(control);
		abort_all(fds);
		say(control);
	}
}

static int start_client(const struct calls_place *place)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		die("cannot make a pipe");
	if (!child_fork()) {
		close(pair[0]);
		run_client(place, pair[1]);
	}
	close(pair[1]);
	return pair[0];
}

/* --- the sender --- */

static void begin_listening(struct sender *s)
{
	struct sockaddr_in at = address(SERVER, SERVER_PORT);

	s->listener = open_socket(SOCK_STREAM);
	if (bind(s->listener, (struct sockaddr *)&at, sizeof(at)) || listen(s->listener, FEW))
		die("cannot listen");
}

static bool send_to(struct sender *s, int fd, uint32_t host)
{
	struct sockaddr_in to = address(host, FAR_PORT);

	return sendto(fd, s->payload, SIZE, 0, (struct sockaddr *)&to, sizeof(to)) == SIZE;
}

/* One call of the work; whether all of it was let through. */
static bool do_work(struct sender *s, enum work work, int i)
{
	bool sent = true;
	int fd;

	switch (work) {
	case WORK_FLOW:
		return send_to(s, s->flow, FAR_END);
	case WORK_PEERS:
		return send_to(s, s->peers, FAR_END + s->next++ % PEERS);
	case WORK_ACCEPT:
		s->accepted[i] = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
		return send(s->accepted[i], s->payload, SIZE, 0) == SIZE;
	default:
		fd = open_socket(SOCK_DGRAM);
		if (work == WORK_NEW)
			sent = send_to(s, fd, FAR_END);
		close(fd);
		return sent;
	}
}

/* A round's CPU time. What must be there before it, and away behind it, is not of it. */
static uint64_t do_round(struct sender *s, enum work work, bool stops)
{
	int i, passed = 0, calls = works[work].calls;
	uint64_t ns;

	if (work == WORK_ACCEPT) {
		say(s->client);
		wait_for(s->client);
	}
	ns = cpu_ns();
	for (i = 0; i < calls; i++)
		passed += do_work(s, work, i);
	ns = cpu_ns() - ns;
	if (passed != (stops ? 0 : calls))
		die("%d of %d calls have sent", passed, calls);
	if (work == WORK_ACCEPT) {
		say(s->client);
		wait_for(s->client);
		for (i = 0; i < calls; i++)
			close(s->accepted[i]);
	}
	return ns;
}

/* All on one: what another CPU has written last costs more to read, by which ways would differ. */
static void stay_on_one_cpu(void)
{
	cpu_set_t may, one;
	int cpu = 0;

	if (sched_getaffinity(0, sizeof(may), &may))
		return;
	while (!CPU_ISSET(cpu, &may))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

static void run_sender(const struct calls_place *place, int control)
{
	struct sender s = { 0 };
	unsigned char work;
	uint64_t ns;

	stay_on_one_cpu();
	s.client = start_client(place);
	enter_netns(place->netns);
	enter_cgroup(place->cgroup);
	s.flow = open_socket(SOCK_DGRAM);
	s.peers = open_socket(SOCK_DGRAM);
	begin_listening(&s);
	/* neither uTP nor a DHT's, as zeros and text would be */
	memset(s.payload, 0xee, sizeof(s.payload));
	while (read(control, &work, 1) == 1) {
		ns = do_round(&s, work, place->stops);
		if (write(control, &ns, sizeof(ns)) != sizeof(ns))
			break;
	}
	_exit(0);
}

void calls_start(struct calls *c, const struct calls_place *place)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		die("cannot make a pipe");
	c->pid = child_fork();
	if (!c->pid) {
		close(pair[0]);
		run_sender(place, pair[1]);
	}
	close(pair[1]);
	c->control = pair[0];
}

double calls_round(const struct calls *c, enum work work)
{
	unsigned char byte = (unsigned char)work;
	uint64_t ns;

	if (write(c->control, &byte, 1) != 1 || read(c->control, &ns, sizeof(ns)) != sizeof(ns))
		die("the sender has ended");
	return (double)ns / works[work].calls;
}
