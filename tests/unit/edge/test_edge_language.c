/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edge/language.h"

static void accepts(const char *header, enum language wanted)
{
    enum language language = LANGUAGE_COUNT;
    bool is_ours = language_accepted(text_from(header), true, &language);
    if (is_ours != (wanted != LANGUAGE_COUNT) || language != wanted)
        fail_msg("\"%s\" is %d instead of %d", header, (int)language, (int)wanted);
}

static void the_best_of_ours_is_taken(void **state)
{
    (void)state;
    accepts("de-CH,de;q=0.9,en;q=0.8", LANGUAGE_DE);
    accepts("ja,fr-CA;q=0.5,it;q=0.7", LANGUAGE_IT);
    accepts("en;q=0.8, fr;q=0.81, AR", LANGUAGE_AR);
    accepts("it;q=0,de;q=0.001", LANGUAGE_DE);
    accepts("fr, de", LANGUAGE_FR);
}

static void what_is_none_of_ours_is_left_to_the_host(void **state)
{
    (void)state;
    const char *const none[] = {"",   "ja",   "*",         ",,;;,",     "german",
                                ";q", "de;q", "de;q=0.0x", "it;level=1"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        accepts(none[i], LANGUAGE_COUNT);
    enum language language = LANGUAGE_EN;
    assert_false(language_accepted(TEXT("ar"), false, &language));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_of_ours_is_taken),
        cmocka_unit_test(what_is_none_of_ours_is_left_to_the_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
