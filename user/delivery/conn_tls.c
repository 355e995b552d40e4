/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TLS of a connection, by OpenSSL, which is loaded when an output asks for it. */
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/library.h"
#include "base/util.h"
#include "conn_priv.h"

#ifdef OPENSSL_SHLIB_VERSION
#define STRING_OF(number) #number
#define STRING(number) STRING_OF(number)
#define LIBRARY "libssl.so." STRING(OPENSSL_SHLIB_VERSION)
#else
#define LIBRARY "libssl.so." SHLIB_VERSION_NUMBER /* before 3.0 */
#endif

#define FUNCTIONS(X)                          \
	X(TLS_client_method)                  \
	X(SSL_CTX_new)                        \
	X(SSL_CTX_free)                       \
	X(SSL_CTX_ctrl)                       \
	X(SSL_CTX_set_verify)                 \
	X(SSL_CTX_set_default_verify_paths)   \
	X(SSL_CTX_load_verify_locations)      \
	X(SSL_CTX_use_certificate_chain_file) \
	X(SSL_CTX_use_PrivateKey_file)        \
	X(SSL_CTX_set_default_passwd_cb)      \
	X(SSL_new)                            \
	X(SSL_free)                           \
	X(SSL_set_fd)                         \
	X(SSL_set_connect_state)              \
	X(SSL_set1_host)                      \
	X(SSL_get0_param)                     \
	X(SSL_ctrl)                           \
	X(SSL_do_handshake)                   \
	X(SSL_get_error)                      \
	X(SSL_get_verify_result)              \
	X(SSL_read)                           \
	X(SSL_write)                          \
	X(SSL_shutdown)                       \
	X(ERR_get_error)                      \
	X(ERR_clear_error)                    \
	X(ERR_reason_error_string)            \
	X(X509_VERIFY_PARAM_set1_ip_asc)      \
	X(X509_verify_cert_error_string)

static struct {
#define FIELD(function) __typeof__(function) *function;
	FUNCTIONS(FIELD)
#undef FIELD
} ssl;

struct tls {
	SSL_CTX *ctx;
	SSL *session; /* NULL: none */
	char *host;
	bool named; /* we have a certificate of our own */
	char why[300];
};

static bool load(void)
{
	static const struct library_function functions[] = {
#define ROW(function) { #function, (void **)&ssl.function },
		FUNCTIONS(ROW)
#undef ROW
			{ 0 }
	};

	return ssl.TLS_client_method || library_load(LIBRARY, functions);
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	tls_end(t);
	if (t->ctx)
		ssl.SSL_CTX_free(t->ctx);
	free(t->host);
	free(t);
}

static int trust(struct tls *t, const char *ca, struct fault *f)
{
	int ok = ca ? ssl.SSL_CTX_load_verify_locations(t->ctx, ca, NULL)
		    : ssl.SSL_CTX_set_default_verify_paths(t->ctx);

	if (ok == 1)
		return 0;
	fault_say(f, -EINVAL, "cannot read certificates from '%s'", ca ?: "the system's");
	return fault_help(f, -EINVAL, "ca=FILE names a file with certificates in PEM");
}

/* A pem_password_cb: nobody is there to be asked. */
static int no_password(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return 0;
}

static int show(struct tls *t, const struct tls_files *files, struct fault *f)
{
	const char *words;

	if (!files->cert)
		return 0;
	t->named = true;
	ssl.ERR_clear_error();
	ssl.SSL_CTX_set_default_passwd_cb(t->ctx, no_password);
	if (ssl.SSL_CTX_use_certificate_chain_file(t->ctx, files->cert) == 1 &&
	    ssl.SSL_CTX_use_PrivateKey_file(t->ctx, files->key, SSL_FILETYPE_PEM) == 1)
		return 0;
	words = ssl.ERR_reason_error_string(ssl.ERR_get_error());
	fault_say(f, -EINVAL, "cannot use the certificate '%s' with the key '%s': %s", files->cert,
		  files->key, words ?: "they are not read");
	return fault_help(f, -EINVAL, "cert=FILE,key=FILE: in PEM, the key's without a password");
}

int tls_new(struct tls **ret, const char *host, const struct tls_files *files, struct fault *f)
{
	struct tls *t;
	int r;

	if (!load()) {
		fault_say(f, -ELIBACC, "TLS needs %s, which cannot be loaded", LIBRARY);
		return fault_help(f, -ELIBACC, "install OpenSSL's library (Debian: libssl3)");
	}
	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->host = strdup(host);
	t->ctx = ssl.SSL_CTX_new(ssl.TLS_client_method());
	r = t->host && t->ctx ? trust(t, files->ca, f) ?: show(t, files, f) : -ENOMEM;
	if (r) {
		tls_free(t);
		return r;
	}
	ssl.SSL_CTX_ctrl(t->ctx, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, NULL);
	ssl.SSL_CTX_ctrl(t->ctx, SSL_CTRL_MODE,
			 SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER, NULL);
	ssl.SSL_CTX_set_verify(t->ctx, SSL_VERIFY_PEER, NULL);
	*ret = t;
	return 0;
}

static bool is_address(const char *host)
{
	unsigned char a[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, a) == 1 || inet_pton(AF_INET6, host, a) == 1;
}

int tls_begin(struct tls *t, int fd)
{
	int ok;

	tls_end(t);
	t->session = ssl.SSL_new(t->ctx);
	if (!t->session || ssl.SSL_set_fd(t->session, fd) != 1)
		return -ENOMEM;
	if (is_address(t->host))
		ok = ssl.X509_VERIFY_PARAM_set1_ip_asc(ssl.SSL_get0_param(t->session), t->host);
	else
		ok = ssl.SSL_set1_host(t->session, t->host) == 1 &&
		     ssl.SSL_ctrl(t->session, SSL_CTRL_SET_TLSEXT_HOSTNAME,
				  TLSEXT_NAMETYPE_host_name, t->host) == 1;
	ssl.SSL_set_connect_state(t->session);
	return ok == 1 ? 0 : -EINVAL;
}

void tls_end(struct tls *t)
{
	if (!t->session)
		return;
	ssl.ERR_clear_error();
	ssl.SSL_shutdown(t->session); /* says so, and does not wait for an answer */
	ssl.ERR_clear_error();
	ssl.SSL_free(take_ptr(t->session));
}

/* What helps where the receiver has refused us, or does not answer in TLS. */
static const char *help_alert(const struct tls *t, unsigned long error)
{
	switch (ERR_GET_REASON(error)) {
	case SSL_R_WRONG_VERSION_NUMBER:
		return "no TLS is spoken at this port";
	case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
		return "cert=FILE,key=FILE name what to show it";
	case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE: /* so TLS 1.2 says it, too */
		return t->named ? NULL : "if it wants a certificate, cert=FILE,key=FILE name it";
	case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
	case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
		return t->named ? "it does not trust our certificate" : NULL;
	default:
		return NULL;
	}
}

/* What a call that did not succeed means; the library's own words, where it has some. */
static int result(struct tls *t, int ret, uint32_t *events)
{
	int error = ssl.SSL_get_error(t->session, ret);
	const char *words, *help;
	unsigned long code;
	long verified;

	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
		*events = error == SSL_ERROR_WANT_READ ? EPOLLIN : EPOLLOUT;
		return -EAGAIN;
	}
	if (error == SSL_ERROR_ZERO_RETURN)
		return 0;
	code = ssl.ERR_get_error();
	words = ssl.ERR_reason_error_string(code);
	help = help_alert(t, code);
	verified = ssl.SSL_get_verify_result(t->session);
	if (verified != X509_V_OK) {
		words = ssl.X509_verify_cert_error_string(verified);
		help = tls_help_refused(verified);
	}
	snprintf(t->why, sizeof(t->why), "TLS: %s%s%s", words ?: "the connection was cut",
		 help ? ": " : "", help ?: "");
	return -EPROTO;
}

int tls_handshake(struct tls *t, uint32_t *events)
{
	int r;

	ssl.ERR_clear_error();
	r = ssl.SSL_do_handshake(t->session);
	return r == 1 ? 0 : result(t, r, events) ?: -EPROTO;
}

ssize_t tls_write(struct tls *t, const void *data, size_t len, uint32_t *events)
{
	int r;

	ssl.ERR_clear_error();
	r = ssl.SSL_write(t->session, data, (int)MIN(len, (size_t)INT32_MAX));
	*events = 0;
	return r > 0 ? r : result(t, r, events) ?: -EPIPE;
}

ssize_t tls_read(struct tls *t)
{
	uint32_t events;
	char drop[512];
	int r;

	ssl.ERR_clear_error();
	r = ssl.SSL_read(t->session, drop, sizeof(drop));
	return r > 0 ? r : result(t, r, &events);
}

const char *tls_why(const struct tls *t)
{
	return t->why;
}
