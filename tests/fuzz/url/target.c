/* SPDX-License-Identifier: ISC
 *
 * An address from the configuration, and escapes from anywhere.
 */
#include "base/buf.h"
#include "format/html.h"
#include "format/url.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n);

enum { ENCODED_MAX = 4 << 20 };

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct buf encoded CLEANUP(buf_done) = BUF(ENCODED_MAX);
    struct buf shown CLEANUP(buf_done) = BUF(ENCODED_MAX);
    struct text t = {(const char *)at, n}, decoded, back;
    struct url url;
    if (url_split(t, &url) == OK)
        ENSURE(url.scheme.n + 3 + url.authority.n + url.path.n == n);
    if (url_decode(&a, t, true, &decoded) != OK)
        return 0;
    url_encode(&encoded, decoded);
    ENSURE(url_decode(&a, buf_text(&encoded), true, &back) == OK && text_equal(back, decoded));
    html_add_text(&shown, decoded);
    for (size_t i = 0; i < shown.n; i++)
        ENSURE(shown.at[i] != '<' && shown.at[i] != '"' && shown.at[i] != '\'');
    return 0;
}
