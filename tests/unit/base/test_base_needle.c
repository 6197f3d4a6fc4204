/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/needle.h"

/* Walk a block and write down what was found as "which@at ". */
static const char *found_in(const struct text *texts, size_t n, const char *block)
{
    static char found[512];
    size_t length = 0;
    struct needles *needles = needles_new(texts, n);
    struct needle_walk walk = {0};
    found[0] = 0;
    while (needles_next(needles, text_from(block), &walk))
        length += (size_t)snprintf(found + length, sizeof found - length, "%zu@%zu ",
                                   walk.which, walk.at);
    needles_free(needles);
    return found;
}

static void finds_every_needle(void **state)
{
    (void)state;
    const struct text texts[] = {TEXT("canary"), TEXT("can"), TEXT("narrow"), TEXT("zz")};
    assert_string_equal(found_in(texts, 4, "canary narrow"), "0@0 1@0 2@7 ");
    assert_string_equal(found_in(texts, 4, "a canary"), "0@2 1@2 ");
    assert_string_equal(found_in(texts, 4, "zzz"), "3@0 3@1 ");
    assert_string_equal(found_in(texts, 4, ""), "");
    assert_string_equal(found_in(texts, 4, "z"), "");
    assert_string_equal(found_in(texts, 4, "canar"), "1@0 ");
}

static void finds_at_the_very_end_and_no_further(void **state)
{
    (void)state;
    const struct text texts[] = {TEXT("tail")};
    assert_string_equal(found_in(texts, 1, "the tail"), "0@4 ");
    assert_string_equal(found_in(texts, 1, "the tai"), "");
    assert_string_equal(found_in(texts, 1, "tail"), "0@0 ");
}

/* Against the simplest search that there is, over blocks of few letters, so that much overlaps. */
static void agrees_with_a_plain_search(void **state)
{
    (void)state;
    const struct text texts[] = {TEXT("aa"), TEXT("ab"), TEXT("aba"), TEXT("bbab"), TEXT("ab")};
    srandom(11);
    for (int round = 0; round < 2000; round++) {
        char block[41];
        size_t n = (size_t)random() % 40, n_plain = 0, n_found = 0;
        for (size_t i = 0; i < n; i++)
            block[i] = random() % 2 ? 'a' : 'b';
        struct needles *needles = needles_new(texts, 5);
        struct needle_walk walk = {0};
        while (needles_next(needles, (struct text){block, n}, &walk)) {
            assert_memory_equal(block + walk.at, texts[walk.which].at, texts[walk.which].n);
            n_found++;
        }
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < 5; j++)
                n_plain +=
                    i + texts[j].n <= n && memcmp(block + i, texts[j].at, texts[j].n) == 0;
        assert_int_equal(n_found, n_plain);
        needles_free(needles);
    }
}

static void knows_its_longest(void **state)
{
    (void)state;
    const struct text texts[] = {TEXT("ab"), TEXT("abcdef"), TEXT("abc")};
    struct needles *needles = needles_new(texts, 3);
    assert_int_equal(needles_longest(needles), 6);
    needles_free(needles);
    needles_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_every_needle),
        cmocka_unit_test(finds_at_the_very_end_and_no_further),
        cmocka_unit_test(agrees_with_a_plain_search),
        cmocka_unit_test(knows_its_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
