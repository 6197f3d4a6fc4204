/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/status.h"
#include "lang/say.h"

#define WITH ((struct message){"{1} & {2} {3} {", NULL})

/* Says WITH of a name and a number. */
static void is(enum language language, const char *wanted)
{
    struct buf out CLEANUP(buf_done) = BUF(256);
    for (struct say s = say_begin(&out, language, WITH); say_next(&s);) {
        if (s.value == 1)
            SAY_ADD(&s, TEXT("<Ada>"));
        if (s.value == 2)
            SAY_ADD(&s, (int64_t)-120);
        if (s.value == 3)
            SAY_ADD(&s, (const char *)NULL);
    }
    if (!text_equal(buf_text(&out), text_from(wanted)))
        fail_msg(TEXT_FMT " instead of %s", TEXT_ARG(buf_text(&out)), wanted);
}

static void words_and_values_are_escaped(void **state)
{
    (void)state;
    is(LANGUAGE_EN, "&lt;Ada&gt; &amp; -120  {");
    is(LANGUAGE_DE, "&lt;Ada&gt; &amp; -120  {");
}

static void values_are_isolated_from_right_to_left(void **state)
{
    (void)state;
    is(LANGUAGE_AR, "\u2068&lt;Ada&gt;\u2069 &amp; \u2068-\u0661\u0662\u0660\u2069 "
                    "\u2068\u2069 {");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_and_values_are_escaped),
        cmocka_unit_test(values_are_isolated_from_right_to_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
