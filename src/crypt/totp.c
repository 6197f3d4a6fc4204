/* SPDX-License-Identifier: ISC */
#include "crypt/totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "os/random.h"

enum { SHA1_BYTES = 20, COUNTER_BYTES = 8, MODULUS = 1000000 };

struct secret totp_secret_new(void)
{
    unsigned char bytes[TOTP_SECRET];
    random_bytes(bytes, sizeof bytes);
    struct secret secret = secret_new(bytes, sizeof bytes);
    wipe_bytes(bytes, sizeof bytes);
    return secret;
}

struct secret totp_secret_format(const struct secret *secret)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    char out[TOTP_SECRET_TEXT];
    ENSURE(secret->n == TOTP_SECRET);
    for (size_t i = 0; i < TOTP_SECRET_TEXT; i++) {
        size_t bit = 5 * i, byte = bit / 8;
        unsigned two = (unsigned)secret->at[byte] << 8;
        if (byte + 1 < TOTP_SECRET)
            two |= secret->at[byte + 1];
        out[i] = alphabet[two >> (11 - bit % 8) & 31];
    }
    struct secret text = secret_new(out, sizeof out);
    wipe_bytes(out, sizeof out);
    return text;
}

unsigned totp_code(const struct secret *secret, int64_t step)
{
    unsigned char counter[COUNTER_BYTES], mac[SHA1_BYTES];
    unsigned n = 0;
    for (int i = 0; i < COUNTER_BYTES; i++)
        counter[i] = (unsigned char)((uint64_t)step >> (56 - 8 * i));
    ENSURE(HMAC(EVP_sha1(), secret->at, (int)secret->n, counter, sizeof counter, mac, &n) &&
           n == SHA1_BYTES);
    const unsigned char *at = mac + (mac[SHA1_BYTES - 1] & 15); /* RFC 4226, 5.3 */
    unsigned code =
        ((unsigned)(at[0] & 127) << 24 | (unsigned)at[1] << 16 | (unsigned)at[2] << 8 | at[3]) %
        MODULUS;
    wipe_bytes(mac, sizeof mac);
    return code;
}

/* Read six figures. */
static bool read_code(struct text text, unsigned *ret_code)
{
    unsigned code = 0, n = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.at[i] == ' ')
            continue;
        if (text.at[i] < '0' || text.at[i] > '9' || ++n > TOTP_DIGITS)
            return false;
        code = code * 10 + (unsigned)(text.at[i] - '0');
    }
    *ret_code = code;
    return n == TOTP_DIGITS;
}

bool totp_check(const struct secret *secret, struct text code, struct instant now, int64_t used,
                int64_t *ret_step)
{
    unsigned given;
    int64_t present = now.s / TOTP_STEP_S;
    if (!read_code(code, &given))
        return false;
    for (int64_t step = present - TOTP_DRIFT; step <= present + TOTP_DRIFT; step++)
        if (step > used && totp_code(secret, step) == given) {
            *ret_step = step;
            return true;
        }
    return false;
}
