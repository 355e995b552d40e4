/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state_socket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "state_read.h"

/* Some who look, and each is gone within a moment. */
#define READERS_MAX 16
#define BACKLOG 16

/* Who has not read it by then does not read. */
#define PATIENCE (5 * NSEC_PER_SEC)

struct state_reader {
	int fd; /* -1: unused */
	char *rest; /* what he has not got yet */
	size_t len, at;
	uint64_t until; /* ktime */
};

struct state_socket {
	struct state_source source;
	int epfd, fd;
	char name[32]; /* "": it has no name yet */
	struct state_reader readers[READERS_MAX];
};

/* --- the directory --- */

/* Its sockets tell what only root may know: nobody else may make one there, nor ask one. */
static int check_dir(struct fault *f)
{
	struct stat st;

	mkdir(STATE_ROOT, 0755); /* where it cannot be made, what is in it cannot */
	if (mkdir(state_dir(), 0700) && errno != EEXIST)
		return fault_say(f, -errno, "cannot make %s: %s", state_dir(), strerror(errno));
	if (lstat(state_dir(), &st))
		return fault_say(f, -errno, "cannot look at %s: %s", state_dir(), strerror(errno));
	if (S_ISDIR(st.st_mode) && st.st_uid == geteuid() && !(st.st_mode & (S_IRWXG | S_IRWXO)))
		return 0;
	fault_say(f, -EPERM, "%s is not a directory that only this user can use", state_dir());
	return fault_help(f, -EPERM, "chown root: '%s' && chmod 700 '%s'", state_dir(),
			  state_dir());
}

/* A state_fn. */
static int remove_dead(void *arg, const char *name)
{
	struct sockaddr_un a;
	int fd = state_connect(name);

	(void)arg;
	if (fd == -ECONNREFUSED && !state_address(&a, name))
		unlink(a.sun_path);
	closep(&fd);
	return 0;
}

/* A pid is ours alone in this pid namespace; the directory may be shared with another. */
static int bind_name(struct state_socket *s)
{
	struct sockaddr_un a;
	mode_t mask;
	int i, r = -EADDRINUSE;

	for (i = 0; i < 8 && r == -EADDRINUSE; i++) {
		snprintf(s->name, sizeof(s->name), i ? "%d-%d.sock" : "%d.sock", getpid(), i);
		r = state_address(&a, s->name);
		if (r)
			break;
		mask = umask(0177);
		r = bind(s->fd, (struct sockaddr *)&a, sizeof(a)) ? -errno : 0;
		umask(mask);
	}
	if (r)
		s->name[0] = '\0';
	return r;
}

/* --- those who ask --- */

static void end_reader(struct state_reader *r)
{
	if (r->fd < 0)
		return;
	closep(&r->fd);
	r->fd = -1;
	free(r->rest);
	r->rest = NULL;
}

static void go_on(struct state_reader *r)
{
	ssize_t n;

	while (r->at < r->len) {
		n = send(r->fd, r->rest + r->at, r->len - r->at, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0)
			break;
		r->at += (size_t)n;
	}
	end_reader(r);
}

/* Of those who read too slowly, the one who has for longest makes room. */
static struct state_reader *free_reader(struct state_socket *s)
{
	struct state_reader *oldest = s->readers;
	size_t i;

	for (i = 0; i < READERS_MAX; i++) {
		if (s->readers[i].fd < 0)
			return &s->readers[i];
		if (s->readers[i].until < oldest->until)
			oldest = &s->readers[i];
	}
	end_reader(oldest);
	return oldest;
}

/* What does not go out at once is kept for him: the state is another one by then. */
static void answer(struct state_socket *s, struct state_reader *r, int fd)
{
	struct epoll_event e = { .events = EPOLLOUT };
	const char *text;
	size_t len;

	*r = (struct state_reader){ .fd = fd, .until = ktime_now() + PATIENCE };
	if (s->source.text(s->source.arg, &text, &len)) {
		end_reader(r);
		return;
	}
	r->rest = malloc(len);
	if (r->rest) {
		memcpy(r->rest, text, len);
		r->len = len;
	}
	go_on(r);
	if (r->fd >= 0 && epoll_ctl(s->epfd, EPOLL_CTL_ADD, fd, &e))
		end_reader(r);
}

static void accept_all(struct state_socket *s)
{
	int fd;

	while ((fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
		answer(s, free_reader(s), fd);
}

void state_socket_run(struct state_socket *s)
{
	uint64_t now = ktime_now();
	size_t i;

	for (i = 0; i < READERS_MAX; i++) {
		struct state_reader *r = &s->readers[i];

		if (r->fd < 0)
			continue;
		if (now > r->until)
			end_reader(r);
		else
			go_on(r);
	}
	accept_all(s);
}

/* --- the socket --- */

static int begin(struct state_socket *s)
{
	struct epoll_event e = { .events = EPOLLIN };
	int r;

	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	s->epfd = epoll_create1(EPOLL_CLOEXEC);
	if (s->fd < 0 || s->epfd < 0)
		return -errno;
	r = bind_name(s);
	if (r)
		return r;
	return listen(s->fd, BACKLOG) || epoll_ctl(s->epfd, EPOLL_CTL_ADD, s->fd, &e) ? -errno : 0;
}

int state_socket_open(struct state_socket **ret, const struct state_source *source, struct fault *f)
{
	int r = check_dir(f);
	struct state_socket *s;
	size_t i;

	if (r)
		return r;
	state_each(remove_dead, NULL, f);
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->source = *source;
	s->fd = s->epfd = -1;
	for (i = 0; i < READERS_MAX; i++)
		s->readers[i].fd = -1;
	r = begin(s);
	if (r) {
		state_socket_free(s);
		return fault_say(f, r, "cannot listen in %s: %s", state_dir(), strerror(-r));
	}
	*ret = s;
	return 0;
}

void state_socket_free(struct state_socket *s)
{
	struct sockaddr_un a;
	size_t i;

	if (!s)
		return;
	if (s->name[0] && !state_address(&a, s->name))
		unlink(a.sun_path);
	for (i = 0; i < READERS_MAX; i++)
		end_reader(&s->readers[i]);
	closep(&s->fd);
	closep(&s->epfd);
	free(s);
}

int state_socket_fd(const struct state_socket *s)
{
	return s->epfd;
}
