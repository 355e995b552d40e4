/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grace.h"

#include <linux/membarrier.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/util.h"

struct grace {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t asked;
	bool ends;
	bool failed; /* the kernel refuses */
	uint64_t wanted, over; /* numbers of periods */
};

/* With one CPU it returns at once, though the hook of a task that does not run may be half done. */
static bool wait_for_all(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN) > 1 &&
	       !syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
}

static void *serve(void *arg)
{
	struct grace *g = arg;
	uint64_t wanted;
	bool done;

	pthread_mutex_lock(&g->lock);
	while (!g->ends && !g->failed) {
		if (g->wanted == g->over) {
			pthread_cond_wait(&g->asked, &g->lock);
			continue;
		}
		wanted = g->wanted;
		pthread_mutex_unlock(&g->lock);
		done = wait_for_all();
		pthread_mutex_lock(&g->lock);
		g->failed = !done;
		if (done)
			g->over = wanted;
	}
	pthread_mutex_unlock(&g->lock);
	return NULL;
}

struct grace *grace_open(void)
{
	struct grace *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->asked, NULL);
	if (!pthread_create(&g->thread, NULL, serve, g))
		return g;
	free(g);
	return NULL;
}

void grace_free(struct grace *g)
{
	if (!g)
		return;
	pthread_mutex_lock(&g->lock);
	g->ends = true;
	pthread_cond_signal(&g->asked);
	pthread_mutex_unlock(&g->lock);
	pthread_join(g->thread, NULL);
	pthread_cond_destroy(&g->asked);
	pthread_mutex_destroy(&g->lock);
	free(g);
}

/* Only the asker changes it. */
uint64_t grace_next(const struct grace *g)
{
	return g->wanted + 1;
}

void grace_ask(struct grace *g)
{
	pthread_mutex_lock(&g->lock);
	g->wanted++;
	pthread_cond_signal(&g->asked);
	pthread_mutex_unlock(&g->lock);
}

bool grace_is_over(struct grace *g, uint64_t number)
{
	bool over;

	pthread_mutex_lock(&g->lock);
	over = number <= g->over;
	pthread_mutex_unlock(&g->lock);
	return over;
}
