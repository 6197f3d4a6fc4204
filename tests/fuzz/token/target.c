/* SPDX-License-Identifier: ISC
 *
 * A token server's answer: the first byte is its HTTP status. A token fits into a header, nothing of the answer
 * but a word of RFC 6749 stands in the error.
 */
#include "fetch/token.h"
#include "format/json.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n);

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    static const int statuses[] = {200, 400, 401, 403, 429, 500, 503, 302};
    if (n == 0)
        return 0;
    json_prepare(1);
    struct fetch_facts facts = {.http_status = statuses[at[0] % 8],
                                .retry_after_s = (int64_t)(at[0] / 8) * 1000 - 1};
    struct secret bearer = {0};
    int64_t life_s = -1;
    struct error err = {0};
    struct text body = {(const char *)at + 1, n - 1};
    enum status status = token_read(&facts, body, &bearer, &life_s, &err);
    if (status == OK) {
        ENSURE(bearer.n > 0 && bearer.n <= TOKEN_MAX && life_s >= 0 && life_s <= 86400);
        for (size_t i = 0; i < bearer.n; i++)
            ENSURE(((const char *)bearer.at)[i] > ' ' && ((const char *)bearer.at)[i] <= '~');
    } else {
        ENSURE(err.what[0] && !bearer.n);
        ENSURE(status == ERR_LIMIT || status == ERR_AUTH || status == ERR_UPSTREAM);
        ENSURE(status != ERR_LIMIT || err.retry_s >= 1);
    }
    secret_free(&bearer);
    return 0;
}
