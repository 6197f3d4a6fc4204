/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/status.h"
#include "lang/message_table.h"

/* Messages that the sources have; only those can be asked for. */
#define HOURS ((struct message){"{n} hour", "{n} hours"})

static void is(struct text got, const char *wanted)
{
    if (!text_equal(got, text_from(wanted)))
        fail_msg(TEXT_FMT " instead of %s", TEXT_ARG(got), wanted);
}

static void each_language_counts_in_its_own_way(void **state)
{
    (void)state;
    struct arena a CLEANUP(arena_done) = {0};
    is(message_count(&a, LANGUAGE_EN, HOURS, 0), "0 hours");
    is(message_count(&a, LANGUAGE_EN, HOURS, 1), "1 hour");
    is(message_count(&a, LANGUAGE_DE, HOURS, 2), "2 Stunden");
    is(message_count(&a, LANGUAGE_FR, HOURS, 0), "0 heure");
    is(message_count(&a, LANGUAGE_FR, HOURS, 2), "2 heures");
    is(message_count(&a, LANGUAGE_IT, HOURS, 1), "1 ora");
    is(message_count(&a, LANGUAGE_AR, HOURS, 1), "\u0633\u0627\u0639\u0629");
    is(message_count(&a, LANGUAGE_AR, HOURS, 2), "\u0633\u0627\u0639\u062a\u0627\u0646");
    is(message_count(&a, LANGUAGE_AR, HOURS, 3), "\u0663 \u0633\u0627\u0639\u0627\u062a");
    is(message_count(&a, LANGUAGE_AR, HOURS, 11), "\u0661\u0661 \u0633\u0627\u0639\u0629");
}

static void values_are_put_in_once(void **state)
{
    (void)state;
    struct arena a CLEANUP(arena_done) = {0};
    const struct message_value values[] = {
        {"a", TEXT("{b}")}, {"b", TEXT("B")}, {"empty", {0}}, {0}};
    const struct message m = {"{a} {b}{empty} {unknown} { {} {a", NULL};
    is(message_fill(&a, LANGUAGE_EN, m, values), "{b} B {unknown} { {} {a");
    is(message_fill(&a, LANGUAGE_EN, m, NULL), m.one);
}

static void the_table_is_whole_and_in_order(void **state)
{
    (void)state;
    assert_true(n_message_rows > 0);
    for (size_t i = 0; i < n_message_rows; i++) {
        if (i > 0)
            assert_true(strcmp(message_rows[i - 1].english, message_rows[i].english) < 0);
        for (int l = 0; l < LANGUAGE_COUNT - 1; l++) {
            const char *translated = message_rows[i].translated[l];
            assert_true(!translated || text_is_clean(text_from(translated)));
            assert_non_null(message_in((enum language)(l + 1),
                                       (struct message){message_rows[i].english, NULL}));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_language_counts_in_its_own_way),
        cmocka_unit_test(values_are_put_in_once),
        cmocka_unit_test(the_table_is_whole_and_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
