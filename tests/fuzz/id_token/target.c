/* SPDX-License-Identifier: ISC
 *
 * An ID token, a line's end, and a provider's key set. Where the first byte is 'p' the set is one of ours, whose private
 * key nobody has: then nothing may be accepted. Whatever is accepted by another set says somebody's name, and no
 * error quotes it.
 */
#include <string.h>

#include "fetch/id_token.h"
#include "format/json.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n);

/* The base point of P-256: whose key that is would have to be 1. */
static const char ours[] = "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"e1\","
                           "\"x\":\"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY\","
                           "\"y\":\"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU\"}]}";

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    struct text rest = {(const char *)at, n}, token, set;
    if (n == 0)
        return 0;
    json_prepare(1);
    struct arena a CLEANUP(arena_done) = {0};
    struct error err = {0};
    struct id_claims known = {0};
    struct id_expected expected = {
        TEXT("https://login.example"), TEXT("hourgate"), TEXT("a-nonce"), {1800000000}};
    bool is_ours = rest.at[0] == 'p';
    rest = (struct text){rest.at + 1, rest.n - 1};
    if (is_ours || !text_cut(rest, '\n', &token, &set)) {
        token = rest;
        set = text_from(ours);
        is_ours = true;
    }
    enum status status = id_token_verify(&a, token, set, &expected, &known, &err);
    if (status == OK) {
        ENSURE(!is_ours && known.subject.n && known.subject.n <= ID_SUBJECT_MAX);
        ENSURE(!known.email_verified || text_is_address(known.email));
    } else {
        ENSURE(err.what[0] && !known.subject.n);
        ENSURE(status == ERR_INVALID || status == ERR_DENIED || status == ERR_NOT_FOUND);
    }
    return 0;
}
