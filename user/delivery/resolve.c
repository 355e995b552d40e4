/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resolve.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/util.h"

struct resolve {
	pthread_mutex_t lock;
	unsigned int holders; /* the caller and the thread: the last one frees it */
	bool done;
	int fd;
	int error; /* EAI_* */
	int system; /* errno of EAI_SYSTEM */
	char *host, *port;
	int socktype;
	struct addrinfo *found;
};

static void put(struct resolve *r)
{
	bool last;

	pthread_mutex_lock(&r->lock);
	last = !--r->holders;
	pthread_mutex_unlock(&r->lock);
	if (!last)
		return;
	if (r->found)
		freeaddrinfo(r->found);
	pthread_mutex_destroy(&r->lock);
	closep(&r->fd);
	free(r->host);
	free(r->port);
	free(r);
}

static void *run(void *arg)
{
	struct resolve *r = arg;
	struct addrinfo hints = { .ai_socktype = r->socktype, .ai_flags = AI_NUMERICSERV };
	struct addrinfo *found = NULL;
	int error = getaddrinfo(r->host, r->port, &hints, &found), system = errno;

	pthread_mutex_lock(&r->lock);
	r->error = error;
	r->system = system;
	r->found = error ? NULL : found;
	r->done = true;
	eventfd_write(r->fd, 1);
	pthread_mutex_unlock(&r->lock);
	put(r);
	return NULL;
}

/* Signals are for the main loop. */
static int start(struct resolve *r)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, old;
	int error;

	sigfillset(&all);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	error = pthread_create(&thread, &attr, run, r);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return -error;
}

int resolve_start(struct resolve **ret, const char *host, const char *port, int socktype)
{
	struct resolve *r = calloc(1, sizeof(*r));
	int error;

	if (!r)
		return -ENOMEM;
	pthread_mutex_init(&r->lock, NULL);
	r->holders = 1;
	r->socktype = socktype;
	r->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r->host = strdup(host);
	r->port = strdup(port);
	error = r->fd < 0 ? -errno : !r->host || !r->port ? -ENOMEM : 0;
	if (!error) {
		r->holders = 2;
		error = start(r);
		if (error)
			r->holders = 1;
	}
	if (error) {
		put(r);
		return error;
	}
	*ret = r;
	return 0;
}

int resolve_fd(const struct resolve *r)
{
	return r->fd;
}

bool resolve_done(struct resolve *r, struct addrinfo **v, const char **why)
{
	bool done;

	pthread_mutex_lock(&r->lock);
	done = r->done;
	*v = done ? take_ptr(r->found) : NULL;
	*why = !done || *v		? NULL
	       : r->error == EAI_SYSTEM ? strerror(r->system)
					: gai_strerror(r->error);
	pthread_mutex_unlock(&r->lock);
	return done;
}

void resolve_free(struct resolve *r)
{
	if (r)
		put(r);
}
