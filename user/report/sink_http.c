/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shows metrics and events to whoever asks over HTTP. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#include "base/log.h"
#include "http.h"
#include "record/record_json.h"
#include "sink_ops.h"
#include "delivery/output_option.h"
#include "record/speaker.h"

#define USAGE "http:[ADDR:]PORT, http:unix:PATH, each with ,host=NAME or ,token=FILE"

#ifdef HAVE_libmicrohttpd
#define BUILT true

#define TOKEN_MAX 256

struct listening {
	struct http *http;
	struct json json;
	char *name, *token_file;
	char token[TOKEN_MAX];
};

/* The first line of a file that no other user can read: its owner has chosen who may know. */
static int read_token(const char *path, char token[TOKEN_MAX], struct fault *f)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	ssize_t n;
	int r;

	if (fd < 0 || fstat(fd, &st)) {
		r = fault_say(f, -errno, "cannot read the token in '%s': %s", path,
			      strerror(errno));
		return fault_help(f, r, "make it by: (umask 077; openssl rand -hex 16 >'%s')",
				  path);
	}
	if (!S_ISREG(st.st_mode) || st.st_mode & S_IRWXO) {
		fault_say(f, -EPERM, "the token in '%s' can be read by everyone", path);
		return fault_help(f, -EPERM, "chmod o= '%s'", path);
	}
	n = read(fd, token, TOKEN_MAX - 1);
	token[n > 0 ? n : 0] = '\0';
	token[strcspn(token, "\r\n")] = '\0';
	return *token ? 0 : fault_say(f, -EINVAL, "there is no token in '%s'", path);
}

static int listen_at(struct sink *s, struct fault *f)
{
	struct listening *l = s->own;
	struct http_config cfg = { .name = l->name, .metrics = &s->metrics, .state = &s->state };
	struct http_place place;
	int r = l->token_file ? read_token(l->token_file, l->token, f) : 0, fd;

	if (r)
		return r;
	cfg.token = l->token_file ? l->token : NULL;
	fd = http_listen(s->path, &place, f);
	if (fd < 0)
		return fd;
	if (!place.alone && !cfg.token)
		log_warn("output %s: whoever reaches it can read all events; token=FILE asks for "
			 "a token",
			 s->spec);
	r = http_open(&l->http, fd, &place, &cfg, f);
	if (r && place.path)
		unlink(place.path);
	return r;
}

static int http_sink_open(struct sink *s, const char *arg, struct fault *f)
{
	struct listening *l = s->own = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return -ENOMEM;
	if (!arg) {
		fault_say(f, -EINVAL, "output '%s' lacks the place to listen", s->spec);
		return fault_help(f, -EINVAL, USAGE);
	}
	r = output_option_parse(
		"http", arg,
		(struct output_option[]){ { .name = "host", .word = &l->name },
					  { .name = "token", .word = &l->token_file },
					  { 0 } },
		USAGE, &s->path, f);
	return r ?: listen_at(s, f);
}

static int http_write(struct sink *s, const struct record *r)
{
	struct listening *l = s->own;
	const char *line = NULL;
	size_t len = 0;
	int ret;

	json_reset(&l->json);
	record_json(&l->json, r);
	ret = json_line(&l->json, &line, &len);
	ret = http_event(l->http, r->speaker->agent, ret ? NULL : line, len) ?: ret;
	s->lost += ret != 0;
	s->written += !ret;
	return ret;
}

static void http_pump(struct sink *s)
{
	struct listening *l = s->own;

	http_run(l->http);
}

static int http_interest(const struct sink *s, uint32_t *events)
{
	const struct listening *l = s->own;

	*events = EPOLLIN;
	return http_fd(l->http);
}

/* Those who listen get the last events. What they leave has been written all the same. */
static int http_flush(struct sink *s, unsigned int timeout_ms)
{
	struct listening *l = s->own;
	struct pollfd p = { .fd = http_fd(l->http), .events = POLLIN };
	int64_t end = ktime_ms() + timeout_ms, left = timeout_ms;

	http_end(l->http);
	for (http_run(l->http); !http_is_drained(l->http) && left > 0; left = end - ktime_ms()) {
		poll(&p, 1, (int)left);
		http_run(l->http);
	}
	return 0;
}

static void http_close(struct sink *s)
{
	struct listening *l = s->own;

	if (!l)
		return;
	if (l->http && !strncmp(s->path, "unix:", 5))
		unlink(s->path + 5);
	http_free(l->http);
	json_free(&l->json);
	free(l->name);
	free(l->token_file);
	free(l);
}
#else
#define BUILT false

static int http_sink_open(struct sink *s, const char *arg, struct fault *f)
{
	(void)arg;
	return sink_not_built(s, "libmicrohttpd-dev (Fedora: libmicrohttpd-devel)", f);
}
#define http_write sink_write_not_built
#define http_pump NULL
#define http_interest NULL
#define http_flush NULL
#define http_close NULL
#endif

const struct sink_ops sink_http = {
	.name = "http",
	.library = "libmicrohttpd",
	.built = BUILT,
	.measures = true,
	.passing = true,
	.open = http_sink_open,
	.write = http_write,
	.pump = http_pump,
	.interest = http_interest,
	.flush = http_flush,
	.close = http_close,
};
