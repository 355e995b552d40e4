/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reader.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"
#include "host/privileges.h"

/* New in 5.9: some libc headers do not have it. The number is the same on all machines. */
#ifndef __NR_close_range
#define __NR_close_range 436
#endif

/* It takes microseconds. A process that does not answer by then will not. */
#define ANSWER_SECONDS 2

#define PAYLOAD_MAX 65536
#define OWN_MAX 64

struct question {
	uint64_t flow; /* of a hello */
	uint32_t len;
	uint16_t n_own; /* of an address */
	uint8_t proto;
	uint8_t hello;
	struct la_addr own[OWN_MAX];
	uint8_t payload[PAYLOAD_MAX];
};

struct answer {
	int32_t fault;
	uint32_t form; /* enum address_leak_form */
	struct la_addr found;
	uint8_t complete; /* hello is one */
	struct quic_hello hello;
};

struct reader {
	int fd; /* -1: there is no process */
	pid_t pid;
	int fault;
	uint64_t lost;
	struct question q;
	struct answer a;
};

/* --- the process --- */

static void read_one(struct hellos *h, const struct question *q, struct answer *a)
{
	const struct address_leak_addrs own = { q->own, MIN(q->n_own, (size_t)OWN_MAX) };
	const struct quic_hello *hello;

	memset(a, 0, sizeof(*a));
	if (!q->hello) {
		a->form = address_leak_find(q->proto, q->payload, q->len, &own, &a->found);
		return;
	}
	hello = hellos_add(h, q->flow, q->payload, q->len);
	a->fault = hellos_fault(h);
	a->complete = hello != NULL;
	if (hello)
		a->hello = *hello;
}

/* The maps of the kernel that we have in our memory, as "anon_inode:bpf-map". */
static void unmap_shared(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long from, to;
	char line[512];

	while (maps && fgets(line, sizeof(line), maps))
		if (strstr(line, "anon_inode:bpf-map") && sscanf(line, "%lx-%lx", &from, &to) == 2)
			munmap((void *)from, to - from); /* NOLINT: addresses as text */
	if (maps)
		fclose(maps);
}

/* A library that is opened later could not be. */
static void load_cipher(void)
{
	_cleanup_(quic_freep) struct quic *q = NULL;

	quic_open(&q);
}

static _Noreturn void serve(int fd, struct question *q, struct answer *a)
{
	const size_t head = offsetof(struct question, payload);
	struct hellos *h;
	ssize_t n;

	unmap_shared();
	syscall(__NR_close_range, 0, fd - 1, 0);
	syscall(__NR_close_range, fd + 1, ~0U, 0);
	load_cipher();
	if (hellos_open(&h) || privileges_drop_all())
		_exit(1);
	for (;;) {
		n = recv(fd, q, sizeof(*q), 0);
		if (n < (ssize_t)head || q->len != (size_t)n - head)
			_exit(0);
		read_one(h, q, a);
		if (send(fd, a, sizeof(*a), MSG_NOSIGNAL) != sizeof(*a))
			_exit(0);
	}
}

/* --- the loader's side --- */

static void end(struct reader *r)
{
	if (r->fd < 0)
		return;
	close(take_fd(&r->fd));
	kill(r->pid, SIGKILL);
	waitpid(r->pid, NULL, __WALL);
}

/* Without a signal when it ends: whoever waits for the command's end does not see it. */
static int start(struct reader *r)
{
	static const struct timeval patience = { .tv_sec = ANSWER_SECONDS };
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return -errno;
	r->pid = (pid_t)syscall(SYS_clone, 0UL, NULL, NULL, NULL, NULL);
	if (!r->pid)
		serve(pair[1], &r->q, &r->a);
	close(pair[1]);
	r->fd = pair[0];
	if (r->pid < 0) {
		close(take_fd(&r->fd));
		return -errno;
	}
	setsockopt(r->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return 0;
}

int reader_open(struct reader **ret)
{
	struct reader *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->fd = -1;
	*ret = r;
	return 0;
}

void reader_free(struct reader *r)
{
	if (!r)
		return;
	end(r);
	free(r);
}

/* Of r->q, whose payload is len bytes. False: there is no answer. */
static bool ask(struct reader *r, const uint8_t *payload, size_t len)
{
	const size_t head = offsetof(struct question, payload);

	r->q.len = (uint32_t)MIN(len, (size_t)PAYLOAD_MAX);
	memcpy(r->q.payload, payload, r->q.len);
	if ((r->fd >= 0 || !start(r)) &&
	    send(r->fd, &r->q, head + r->q.len, MSG_NOSIGNAL) == (ssize_t)(head + r->q.len) &&
	    recv(r->fd, &r->a, sizeof(r->a), 0) == sizeof(r->a))
		return true;
	end(r);
	r->lost++;
	return false;
}

const struct quic_hello *reader_hello(struct reader *r, uint64_t flow, const uint8_t *datagram,
				      size_t len)
{
	r->q.hello = 1;
	r->q.flow = flow;
	r->q.n_own = 0;
	if (!ask(r, datagram, len))
		return NULL;
	r->fault = r->a.fault;
	r->a.hello.name[sizeof(r->a.hello.name) - 1] = '\0';
	return r->a.complete ? &r->a.hello : NULL;
}

enum address_leak_form reader_address(struct reader *r, uint8_t proto, const uint8_t *payload,
				      size_t len, const struct address_leak_addrs *own,
				      struct la_addr *ret)
{
	size_t i;

	r->q.hello = 0;
	r->q.proto = proto;
	r->q.n_own = (uint16_t)MIN(own->n, (size_t)OWN_MAX);
	memcpy(r->q.own, own->v, r->q.n_own * sizeof(*own->v));
	if (!ask(r, payload, len) || r->a.form >= ADDRESS_LEAK_MAX)
		return ADDRESS_LEAK_NONE;
	for (i = 0; i < r->q.n_own; i++)
		if (addr_equal(&own->v[i], &r->a.found)) {
			*ret = own->v[i];
			return (enum address_leak_form)r->a.form;
		}
	return ADDRESS_LEAK_NONE;
}

int reader_fault(const struct reader *r)
{
	return r->fault;
}

uint64_t reader_lost(const struct reader *r)
{
	return r->lost;
}
