/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls by io_uring, also by a thread of the kernel's: no system call of the sender's makes the
 * packet. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/io_uring.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attack.h"

struct ring {
	int fd;
	struct io_uring_params p;
	unsigned char *
		queue; /* that of submissions, with that of completions (IORING_FEAT_SINGLE_MMAP) */
	struct io_uring_sqe *entries;
	size_t size;
};

static int ring_open(struct attack *a, struct ring *r)
{
	*r = (struct ring){ .p.flags = pick(a, 3) ? 0 : IORING_SETUP_SQPOLL,
			    .p.sq_thread_idle = 50 };
	r->fd = (int)syscall(__NR_io_uring_setup, 4, &r->p);
	if (r->fd < 0)
		return -errno;
	r->size = r->p.cq_off.cqes + r->p.cq_entries * sizeof(struct io_uring_cqe);
	if (r->size < r->p.sq_off.array + r->p.sq_entries * sizeof(uint32_t))
		r->size = r->p.sq_off.array + r->p.sq_entries * sizeof(uint32_t);
	r->queue =
		mmap(NULL, r->size, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, IORING_OFF_SQ_RING);
	r->entries = mmap(NULL, r->p.sq_entries * sizeof(*r->entries), PROT_READ | PROT_WRITE,
			  MAP_SHARED, r->fd, IORING_OFF_SQES);
	return r->queue == MAP_FAILED || r->entries == MAP_FAILED ? -ENOMEM : 0;
}

static void ring_close(struct ring *r)
{
	if (r->queue && r->queue != MAP_FAILED)
		munmap(r->queue, r->size);
	if (r->entries && r->entries != MAP_FAILED)
		munmap(r->entries, r->p.sq_entries * sizeof(*r->entries));
	if (r->fd >= 0)
		close(r->fd);
}

/* The ring has the socket by a number of its own, and no table of descriptors does. */
static int register_socket(struct ring *r, int fd)
{
	return syscall(__NR_io_uring_register, r->fd, IORING_REGISTER_FILES, &fd, 1) < 0 ? -errno
											 : 0;
}

/* Puts the first entry into the queue, and waits for its end, 20 ms at most. Returns the call's
 * result. */
static int ring_run(struct ring *r)
{
	uint32_t *sq_tail = (uint32_t *)(r->queue + r->p.sq_off.tail);
	uint32_t *cq_tail = (uint32_t *)(r->queue + r->p.cq_off.tail);
	const struct io_uring_cqe *done =
		(const struct io_uring_cqe *)(r->queue + r->p.cq_off.cqes);
	unsigned int flags = r->p.flags & IORING_SETUP_SQPOLL ? IORING_ENTER_SQ_WAKEUP : 0, i;

	((uint32_t *)(r->queue + r->p.sq_off.array))[0] = 0;
	__atomic_store_n(sq_tail, 1, __ATOMIC_RELEASE);
	if (syscall(__NR_io_uring_enter, r->fd, 1, 0, flags, NULL, 0) < 0)
		return -errno;
	for (i = 0; i < 20 && !__atomic_load_n(cq_tail, __ATOMIC_ACQUIRE); i++)
		sleep_ms(1);
	return __atomic_load_n(cq_tail, __ATOMIC_ACQUIRE) ? done[0].res : -ETIME;
}

int ring_send(struct attack *a)
{
	static const unsigned char sends[] = { IORING_OP_SENDMSG, IORING_OP_SENDMSG,
					       48 /* IORING_OP_SENDMSG_ZC, Linux 6.1 */ };
	struct attack_socket *s = pick_socket(a);
	struct iovec part = { a->payload, fill_payload(a) };
	union attack_addr addr;
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1, .msg_name = &addr };
	struct io_uring_sqe *e;
	struct ring ring;
	int r;

	if (!s || s->family == AF_PACKET)
		return -ENOENT;
	m.msg_namelen = pick_address(a, s->family, &addr);
	r = ring_open(a, &ring);
	if (r) {
		ring_close(&ring);
		return r;
	}
	e = &ring.entries[0];
	memset(e, 0, sizeof(*e));
	e->fd = s->fd;
	e->flags = pick(a, 3) ? 0 : IOSQE_ASYNC;
	if (!pick(a, 3) && !register_socket(&ring, s->fd)) {
		e->fd = 0;
		e->flags |= IOSQE_FIXED_FILE;
		if (pick(a, 2))
			close_socket(s);
	}
	if (pick(a, 3)) {
		e->opcode = PICK(a, sends);
		e->addr = (uintptr_t)&m;
		e->len = 1;
	} else {
		e->opcode = IORING_OP_CONNECT;
		e->addr = (uintptr_t)&addr;
		e->off = m.msg_namelen;
	}
	r = ring_run(&ring);
	ring_close(&ring);
	errno = -r;
	return sent(a, r < 0 ? -1 : r);
}
