/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tls_files.h"

#include <errno.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"

int tls_files_check(struct tls_files *t, struct fault *f)
{
	const char *const v[][2] = { { "ca", t->ca }, { "cert", t->cert }, { "key", t->key } };

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		if (!v[i][1] || !access(v[i][1], R_OK))
			continue;
		fault_say(f, -EINVAL, "cannot read '%s': %s", v[i][1], strerror(errno));
		return fault_help(f, -EINVAL, "%s=FILE names a file in PEM", v[i][0]);
	}
	if (t->key && !t->cert) {
		fault_say(f, -EINVAL, "key= lacks its certificate");
		return fault_help(f, -EINVAL, "cert=FILE,key=FILE");
	}
	if (t->cert && !t->key)
		t->key = strdup(t->cert);
	return t->cert && !t->key ? -ENOMEM : 0;
}

const char *tls_help_refused(long verified)
{
	switch (verified) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return "renew it there, or set the clock of this host";
	case X509_V_OK:
	case X509_V_ERR_UNSPECIFIED: /* libcurl, of a name */
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return "name the host as its certificate does";
	default:
		return "ca=FILE names who vouches for it";
	}
}

void tls_files_clear(struct tls_files *t)
{
	free(t->ca);
	free(t->cert);
	free(t->key);
}
