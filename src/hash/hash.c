/* SPDX-License-Identifier: ISC
 *
 * OpenSSL 3 looks an algorithm up by name in its providers; doing so for every hash costs more
 * than the hash. Both are looked up once and kept to the end of the process.
 */
#include "hash/hash.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>

#include "base/status.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_MD *sha256_md;
static EVP_MAC *hmac_mac;

static void fetch_algorithms(void)
{
    sha256_md = EVP_MD_fetch(NULL, "SHA256", NULL);
    hmac_mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    ENSURE(sha256_md && hmac_mac);
}

struct hash sha256(struct text bytes)
{
    struct hash hash;
    unsigned n = 0;
    pthread_once(&once, fetch_algorithms);
    ENSURE(EVP_Digest(bytes.at, bytes.n, hash.at, &n, sha256_md, NULL) && n == HASH_BYTES);
    return hash;
}

struct hash hmac_sha256(struct text key, struct text bytes)
{
    struct hash hash;
    size_t n = 0;
    char digest[] = "SHA256";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    pthread_once(&once, fetch_algorithms);
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(hmac_mac);
    /* A NULL key would mean "the key set before". */
    const unsigned char *key_at = (const unsigned char *)(key.at ? key.at : "");
    ENSURE(ctx && EVP_MAC_init(ctx, key_at, key.n, parameters));
    ENSURE(EVP_MAC_update(ctx, (const unsigned char *)bytes.at, bytes.n));
    ENSURE(EVP_MAC_final(ctx, hash.at, &n, sizeof hash.at) && n == HASH_BYTES);
    EVP_MAC_CTX_free(ctx);
    return hash;
}

bool hash_equal(const struct hash *one, const struct hash *other)
{
    return CRYPTO_memcmp(one->at, other->at, HASH_BYTES) == 0;
}
