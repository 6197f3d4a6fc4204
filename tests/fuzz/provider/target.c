/* SPDX-License-Identifier: ISC
 *
 * What a provider answers: the first byte says which question, and its HTTP status. Tokens fit where they go; a
 * configuration is of the issuer that was asked for and leads to https alone; no failure is without a reason.
 */
#include "fetch/oauth.h"
#include "fetch/sso.h"
#include "format/json.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n);

static void read_tokens(int http, struct text body)
{
    struct fetch_facts facts = {.http_status = http, .retry_after_s = -1};
    struct oauth_refresh_answer tokens = {0};
    struct error err = {0};
    enum status status = oauth_read_tokens(&facts, body, &tokens, &err);
    if (status == OK) {
        ENSURE(http == 200 && tokens.access.n && tokens.access.n <= MAX_CREDENTIAL);
        ENSURE(tokens.life_s >= 0 && tokens.refresh.n <= MAX_CREDENTIAL);
    } else {
        ENSURE(err.what[0] && !tokens.access.n && !tokens.refresh.n);
        ENSURE(status != ERR_DENIED || http != 200);
    }
    secret_free(&tokens.access);
    secret_free(&tokens.refresh);
}

static bool is_endpoint(const struct endpoint *e)
{
    return e->host.n && e->host.n <= MAX_HOST && e->port > 0 && e->port <= 65535 && e->path.n &&
           e->path.n <= MAX_PATH && e->path.at[0] == '/';
}

static void read_configuration(struct text body)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct sso_endpoints at = {0};
    struct error err = {0};
    enum status status =
        sso_read_configuration(body, TEXT("https://login.example"), &a, &at, &err);
    if (status == OK)
        ENSURE(is_endpoint(&at.authorize) && is_endpoint(&at.token) && is_endpoint(&at.keys));
    else
        ENSURE(status == ERR_UPSTREAM && err.what[0] && !at.token.host.n);
}

static void read_mailbox(struct text body)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct text mailbox = oauth_read_mailbox(body, &a);
    ENSURE(!mailbox.n || (mailbox.n <= MAX_EMAIL && text_is_address(mailbox)));
}

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    static const int statuses[] = {200, 400, 401, 429, 503};
    if (n == 0)
        return 0;
    json_prepare(1);
    struct text body = {(const char *)at + 1, n - 1};
    switch (at[0]) {
    case 'c':
        read_configuration(body);
        break;
    case 'm':
        read_mailbox(body);
        break;
    default:
        read_tokens(statuses[at[0] % 5], body);
    }
    return 0;
}
