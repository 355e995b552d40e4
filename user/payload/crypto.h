/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads libcrypto on first use. A watch that meets no QUIC does not need it. Linked in it would
 * cost 1.4 MiB of resident memory, of which 0.4 are tables that the dynamic linker writes.
 */
#pragma once

#include <openssl/evp.h>

#define CRYPTO_FUNCTIONS(X)           \
	X(EVP_CIPHER_CTX_new)         \
	X(EVP_CIPHER_CTX_free)        \
	X(EVP_CIPHER_CTX_ctrl)        \
	X(EVP_CIPHER_CTX_set_padding) \
	X(EVP_EncryptInit_ex)         \
	X(EVP_EncryptUpdate)          \
	X(EVP_DecryptInit_ex)         \
	X(EVP_DecryptUpdate)          \
	X(EVP_DecryptFinal_ex)        \
	X(EVP_aes_128_ecb)            \
	X(EVP_aes_128_gcm)            \
	X(EVP_sha256)                 \
	X(EVP_MD_CTX_new)             \
	X(EVP_MD_CTX_free)            \
	X(EVP_DigestInit_ex)          \
	X(EVP_DigestUpdate)           \
	X(EVP_DigestFinal_ex)

struct crypto {
#define CRYPTO_FIELD(function) __typeof__(function) *function;
	CRYPTO_FUNCTIONS(CRYPTO_FIELD)
#undef CRYPTO_FIELD
};

/* Loads once and never unloads. NULL: the library or one of its functions is missing. */
const struct crypto *crypto_load(void);

/* The file's name, for messages about what to install. */
extern const char crypto_library[];
