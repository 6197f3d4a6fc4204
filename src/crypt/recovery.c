/* SPDX-License-Identifier: ISC */
#include "crypt/recovery.h"

#include <string.h>

#include "os/random.h"

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567"; /* of base32 (RFC 4648) */

struct secret recovery_new(void)
{
    unsigned char bytes[RECOVERY_LETTERS];
    char out[RECOVERY_TEXT];
    size_t n = 0;
    random_bytes(bytes, sizeof bytes);
    for (size_t i = 0; i < RECOVERY_LETTERS; i++) {
        if (i && i % 4 == 0)
            out[n++] = '-';
        out[n++] = alphabet[bytes[i] & 31];
    }
    ENSURE(n == RECOVERY_TEXT);
    struct secret code = secret_new(out, n);
    wipe_bytes(bytes, sizeof bytes);
    wipe_bytes(out, sizeof out);
    return code;
}

bool recovery_fold(struct text typed, char ret_letters[static RECOVERY_LETTERS])
{
    char letters[RECOVERY_LETTERS];
    size_t n = 0;
    for (size_t i = 0; i < typed.n; i++) {
        char c = typed.at[i];
        if (c == ' ' || c == '-')
            continue;
        if (c >= 'A' && c <= 'Z')
            c = (char)(c + 32);
        if (n == RECOVERY_LETTERS || !c || !strchr(alphabet, c))
            return false;
        letters[n++] = c;
    }
    if (n != RECOVERY_LETTERS)
        return false;
    memcpy(ret_letters, letters, n);
    wipe_bytes(letters, sizeof letters);
    return true;
}
