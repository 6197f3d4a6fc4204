/* SPDX-License-Identifier: ISC
 *
 * A mistyped token is told from a wrong one without asking anybody.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/status.h"
#include "wire/bearer.h"

static struct secret make(void)
{
    static const char inner[] = "AQAAAAAAAADr5BYoZ7yNnhBQvV0LrSRpMrbYD0mMvVxNhSVn3y1fEg";
    struct secret secret = secret_new(inner, BEARER_INNER);
    struct secret token = bearer_format(&secret);
    secret_free(&secret);
    return token;
}

static bool parses(const struct secret *token, size_t n)
{
    struct text inner;
    return bearer_parse((struct text){(const char *)token->at, n}, &inner);
}

static void what_was_written_is_read(void **state)
{
    (void)state;
    struct secret token = make();
    struct text inner;
    assert_int_equal(token.n, BEARER_TEXT);
    assert_memory_equal(token.at, "hg_", 3);
    assert_true(bearer_parse((struct text){(const char *)token.at, token.n}, &inner));
    assert_int_equal(inner.n, BEARER_INNER);
    assert_memory_equal(inner.at, "AQAAAAAA", 8);
    secret_free(&token);
}

static void every_wrong_swapped_or_missing_character_is_seen(void **state)
{
    (void)state;
    struct secret token = make();
    for (size_t i = 0; i < token.n; i++) {
        unsigned char was = token.at[i];
        for (unsigned c = 0; c < 256; c++) {
            token.at[i] = (unsigned char)c;
            assert_int_equal(parses(&token, token.n), c == was);
        }
        token.at[i] = was;
        assert_false(parses(&token, i));
        if (i == 0 || token.at[i] == token.at[i - 1])
            continue;
        token.at[i] = token.at[i - 1];
        token.at[i - 1] = was;
        assert_false(parses(&token, token.n));
        token.at[i - 1] = token.at[i];
        token.at[i] = was;
    }
    secret_free(&token);
}

/* doc/crypto.md, computed with Python's zlib. */
static void the_documented_token_is_this_one(void **state)
{
    (void)state;
    static const char inner[] = "KgAAAAAAAAAAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHw";
    struct secret bare CLEANUP(secret_free) = secret_new(inner, sizeof inner - 1);
    struct secret token CLEANUP(secret_free) = bearer_format(&bare);
    assert_string_equal((const char *)token.at,
                        "hg_KgAAAAAAAAAAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHw0xCsAw");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(the_documented_token_is_this_one),
        cmocka_unit_test(every_wrong_swapped_or_missing_character_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
