/* SPDX-License-Identifier: ISC
 *
 * The table of what people may ask makes sense row by row.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/codec.h"
#include "wire/grant.h"

static bool has_field(unsigned type, const char *name, enum field_kind kind)
{
    const struct shape *shape = wire_message_of(type)->ask();
    for (size_t i = 0; i < shape->n_fields; i++)
        if (strcmp(shape->fields[i].name, name) == 0 && shape->fields[i].kind == kind)
            return true;
    return false;
}

static void people_may_ask_what_has_a_grant(void **state)
{
    (void)state;
    for (unsigned type = 0; type < WIRE_TYPE_MAX + 10; type++)
        assert_int_equal(grant_of(type) != NULL, wire_may_ask(type, ROLE_PERSON));
}

static void every_grant_names_one_scope_that_its_role_gives(void **state)
{
    (void)state;
    for (unsigned type = 0; type < WIRE_TYPE_MAX; type++) {
        const struct grant *grant = grant_of(type);
        if (!grant)
            continue;
        assert_int_equal(__builtin_popcount((unsigned)grant->scope), 1);
        assert_true(grant_scopes(grant->least) & grant->scope);
    }
}

static void every_question_names_its_account_and_what_its_ties_name(void **state)
{
    (void)state;
    for (unsigned type = 0; type < WIRE_TYPE_MAX; type++) {
        const struct grant *grant = grant_of(type);
        if (!grant)
            continue;
        assert_true(has_field(type, "account", FIELD_TEXT));
        for (size_t i = 0; i < GRANT_TIES; i++) {
            const struct tie *tie = &grant->ties[i];
            bool is_number = tie_is_number(tie->kind);
            if (tie->kind != TIE_NONE)
                assert_true(has_field(type, tie->field, is_number ? FIELD_I64 : FIELD_TEXT));
        }
    }
}

/* What names somebody or something of somebody is tied: a new field cannot be forgotten. */
static void what_names_a_person_or_their_things_is_tied(void **state)
{
    (void)state;
    static const char *const names[] = {"email", "viewer", "page", "id", "through"};
    for (unsigned type = 0; type < WIRE_TYPE_MAX; type++) {
        const struct grant *grant = grant_of(type);
        if (!grant || grant->least != USER_MEMBER)
            continue;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            bool is_tied = false;
            for (size_t j = 0; j < GRANT_TIES; j++)
                is_tied = is_tied || (grant->ties[j].kind != TIE_NONE &&
                                      strcmp(grant->ties[j].field, names[i]) == 0);
            bool is_there =
                has_field(type, names[i], FIELD_TEXT) || has_field(type, names[i], FIELD_I64);
            assert_int_equal(is_tied, is_there);
        }
    }
}

static void questions_and_answers_fit_into_an_envelope(void **state)
{
    (void)state;
    for (unsigned type = 0; type < WIRE_TYPE_MAX; type++)
        if (grant_of(type)) {
            assert_true(wire_max(wire_message_of(type)->ask) <= AS_QUESTION_MAX);
            assert_true(wire_max(wire_message_of(type)->answer) <= AS_ANSWER_MAX);
        }
}

static void scopes_and_roles_are_found_by_their_names(void **state)
{
    (void)state;
    int64_t scope, all = 0;
    for (int bit = 0; bit < SCOPE_COUNT; bit++) {
        assert_true(scope_find(text_from(scope_name(bit)), &scope));
        all |= scope;
    }
    assert_int_equal(all, SCOPE_ALL);
    assert_int_equal(grant_scopes(USER_OWNER), SCOPE_ALL);
    assert_false(grant_scopes(USER_MEMBER) & SCOPE_USERS_WRITE);
    assert_false(scope_find(TEXT("pages"), &scope) || scope_find(TEXT(""), &scope));
    enum user_role role;
    for (int i = 0; i < USER_ROLE_COUNT; i++) {
        assert_true(user_role_find(text_from(user_role_name((enum user_role)i)), &role));
        assert_int_equal(role, i);
    }
    assert_false(user_role_find(TEXT("root"), &role));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_may_ask_what_has_a_grant),
        cmocka_unit_test(every_grant_names_one_scope_that_its_role_gives),
        cmocka_unit_test(every_question_names_its_account_and_what_its_ties_name),
        cmocka_unit_test(what_names_a_person_or_their_things_is_tied),
        cmocka_unit_test(questions_and_answers_fit_into_an_envelope),
        cmocka_unit_test(scopes_and_roles_are_found_by_their_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
