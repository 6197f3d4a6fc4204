/* SPDX-License-Identifier: ISC
 *
 * The second factor: between password and code there is nothing; each code is good once; wrong ones count.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "crypt/totp.h"
#include "rig.h"
#include "store/factor.h"
#include "wire/codec.h"

#define ANN TEXT("ann@acme.test")
#define RIGHT "a right password"
#define OTHER "quite another one"

/* ---- asking; what comes back in secrets is the caller's ---- */

static struct secret secret_of(const char *text)
{
    return secret_new(text, strlen(text));
}

/* Ask, and forget the question; false secrets in it are the caller's. */
#define ASK(rig, name, answer, ...)                                                            \
    ({                                                                                         \
        struct name##_ask ask_ = {__VA_ARGS__};                                                \
        enum status status_ = rig_ask(rig, WIRE_##name, &ask_, answer);                        \
        wire_wipe(name##_ask_shape, &ask_);                                                    \
        status_;                                                                               \
    })

struct world {
    struct rig rig;
    struct secret token;    /* Ann's session */
    struct secret secret;   /* of her codes, as the app has it: bytes */
    struct secret recovery; /* one of her recovery codes */
};

static enum status begin(struct world *w, const char *password,
                         struct session_begin_answer *ret)
{
    *ret = (struct session_begin_answer){0};
    return ASK(&w->rig, session_begin, ret, .email = ANN, .password = secret_of(password));
}

static enum status finish(struct world *w, const struct secret *step, const char *code,
                          struct secret *ret_token)
{
    struct session_code_answer answer = {0};
    enum status status = ASK(&w->rig, session_code, &answer, .token = secret_copy(step),
                             .code = secret_of(code));
    if (status == OK)
        *ret_token = answer.token;
    return status;
}

static enum status show(struct world *w, const struct secret *token)
{
    struct session_show_answer shown;
    return ASK(&w->rig, session_show, &shown, .token = secret_copy(token));
}

/* What the app shows so many steps from now. */
static const char *code_at(struct world *w, int64_t steps)
{
    static char figures[16];
    snprintf(figures, sizeof figures, "%06u",
             totp_code(&w->secret, w->rig.v.now().s / TOTP_STEP_S + steps));
    return figures;
}

/* Read what apps are given (RFC 4648, base32). */
static struct secret decode(const struct secret *text)
{
    unsigned char bytes[TOTP_SECRET] = {0};
    for (size_t i = 0; i < text->n; i++) {
        unsigned char c = text->at[i];
        unsigned value = (unsigned)(c >= 'A' ? c - 'A' : c - '2' + 26);
        for (size_t bit = 0; bit < 5; bit++)
            if (value >> (4 - bit) & 1)
                bytes[(5 * i + bit) / 8] |= (unsigned char)(128 >> (5 * i + bit) % 8);
    }
    return secret_new(bytes, sizeof bytes);
}

static void forget_codes(struct factor_recovery *codes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        secret_free(&codes[i].code);
}

static enum status confirm(struct world *w, const char *code)
{
    struct factor_confirm_answer on = {0};
    enum status status = ASK(&w->rig, factor_confirm, &on, .token = secret_copy(&w->token),
                             .code = secret_of(code));
    if (status != OK)
        return status;
    secret_free(&w->token);
    w->token = on.token;
    assert_int_equal(on.n_codes, FACTOR_RECOVERY_CODES);
    w->recovery = secret_copy(&on.codes[3].code);
    forget_codes(on.codes, on.n_codes);
    return OK;
}

static struct factor_show_answer look(struct world *w)
{
    struct factor_show_answer factor = {0};
    assert_int_equal(ASK(&w->rig, factor_show, &factor, .token = secret_copy(&w->token)), OK);
    return factor;
}

static void draw(struct world *w)
{
    struct factor_begin_answer begun;
    assert_int_equal(ASK(&w->rig, factor_begin, &begun, .token = secret_copy(&w->token)), OK);
    struct factor_show_answer factor = look(w);
    assert_true(factor.state == FACTOR_PENDING && factor.secret.n == TOTP_SECRET_TEXT);
    secret_free(&w->secret);
    w->secret = decode(&factor.secret);
    secret_free(&factor.secret);
}

static void use_invite(struct world *w, bool needs_code)
{
    struct invite_begin_ask invite = {TEXT("acme"), ANN};
    struct invite_begin_answer link = {0};
    struct invite_use_answer begun = {0};
    assert_int_equal(rig_command(&w->rig, WIRE_invite_begin, &invite, &link), OK);
    assert_int_equal(ASK(&w->rig, invite_use, &begun, .token = secret_copy(&link.token),
                         .password = secret_of(RIGHT)),
                     OK);
    assert_int_equal(begun.needs_code, needs_code);
    assert_int_equal(show(w, &begun.token), needs_code ? ERR_AUTH : OK);
    secret_free(&link.token);
    secret_free(&w->token);
    w->token = begun.token;
}

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    rig_start(&w->rig);
    rig_clock_set(0);
    use_invite(w, false);
    draw(w);
    assert_int_equal(confirm(w, code_at(w, 0)), OK);
    rig_clock_set(10 * TOTP_STEP_S); /* its codes are new again */
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    secret_free(&w->token);
    secret_free(&w->secret);
    secret_free(&w->recovery);
    rig_stop(&w->rig);
    rig_clock_set(0);
    free(w);
    return 0;
}

static struct session_begin_answer half(struct world *w)
{
    struct session_begin_answer begun;
    assert_int_equal(begin(w, RIGHT, &begun), OK);
    assert_true(begun.needs_code);
    return begun;
}

/* ---- the tests ---- */

static void the_password_alone_opens_nothing(void **state)
{
    struct world *w = *state;
    struct session_begin_answer begun = half(w);
    struct secret token = {0};
    struct session_prove_answer proved;
    assert_int_equal(show(w, &begun.token), ERR_AUTH);
    assert_int_equal(ASK(&w->rig, session_prove, &proved, .token = secret_copy(&begun.token),
                         .password = secret_of(RIGHT)),
                     ERR_AUTH);
    assert_int_equal(finish(w, &w->token, code_at(w, 0), &token), ERR_AUTH); /* no step */
    assert_int_equal(finish(w, &begun.token, code_at(w, 0), &token), OK);
    assert_int_equal(show(w, &token), OK);
    assert_int_equal(show(w, &begun.token), ERR_AUTH);
    assert_int_equal(finish(w, &begun.token, code_at(w, 1), &token), ERR_AUTH); /* used */
    secret_free(&token);
    secret_free(&begun.token);
}

static void a_code_is_good_once_and_about_now(void **state)
{
    struct world *w = *state;
    struct session_begin_answer first = half(w), second = half(w);
    struct secret token = {0}, none = {0};
    assert_int_equal(finish(w, &first.token, code_at(w, -2), &none), ERR_DENIED);
    assert_int_equal(finish(w, &first.token, code_at(w, 2), &none), ERR_DENIED);
    assert_int_equal(finish(w, &first.token, "", &none), ERR_DENIED);
    assert_int_equal(finish(w, &first.token, code_at(w, 0), &token), OK);
    assert_int_equal(finish(w, &second.token, code_at(w, 0), &none), ERR_DENIED); /* replayed */
    assert_int_equal(finish(w, &second.token, code_at(w, -1), &none), ERR_DENIED); /* older */
    secret_free(&token);
    assert_int_equal(finish(w, &second.token, code_at(w, 1), &token), OK);
    secret_free(&token);
    secret_free(&first.token);
    secret_free(&second.token);
}

static void a_step_does_not_last(void **state)
{
    struct world *w = *state;
    struct session_begin_answer begun = half(w);
    struct secret none = {0};
    rig_clock_set(10 * TOTP_STEP_S + STEP_LIFE_S);
    assert_int_equal(finish(w, &begun.token, code_at(w, 0), &none), ERR_AUTH);
    secret_free(&begun.token);
}

/* Whoever has the password and guesses codes waits as one who guesses passwords, however often they say it. */
static void wrong_codes_count_like_passwords(void **state)
{
    struct world *w = *state;
    struct secret none = {0};
    struct session_begin_answer begun = {0};
    for (int i = 0; i < TRIES_FREE; i++) {
        begun = half(w);
        assert_int_equal(finish(w, &begun.token, "000000", &none), ERR_DENIED);
        secret_free(&begun.token);
    }
    assert_int_equal(begin(w, RIGHT, &begun), ERR_AUTH);
    rig_clock_set(10 * TOTP_STEP_S + TRIES_WAIT_S);
    begun = half(w); /* does not count, and takes nothing back */
    assert_int_equal(finish(w, &begun.token, "000000", &none), ERR_DENIED);
    assert_int_equal(finish(w, &begun.token, code_at(w, 0), &none), ERR_DENIED); /* too soon */
    rig_clock_set(10 * TOTP_STEP_S + 3 * TRIES_WAIT_S);
    assert_int_equal(finish(w, &begun.token, code_at(w, 0), &none), OK);
    secret_free(&none);
    secret_free(&begun.token);
    begun = half(w);
    assert_int_equal(finish(w, &begun.token, "000000", &none), ERR_DENIED); /* counted anew */
    assert_int_equal(finish(w, &begun.token, code_at(w, 1), &none), OK);
    secret_free(&none);
    secret_free(&begun.token);
}

static void a_recovery_code_opens_once(void **state)
{
    struct world *w = *state;
    struct secret token = {0}, none = {0};
    const char *code = (const char *)w->recovery.at;
    for (int i = 0; i < 2; i++) {
        struct session_begin_answer begun = half(w);
        assert_int_equal(finish(w, &begun.token, code, i ? &none : &token),
                         i ? ERR_DENIED : OK);
        secret_free(&begun.token);
    }
    assert_int_equal(look(w).codes, FACTOR_RECOVERY_CODES - 1);
    secret_free(&token);
}

static void new_recovery_codes_end_those_before(void **state)
{
    struct world *w = *state;
    struct secret none = {0};
    struct factor_codes_answer made = {0};
    assert_int_equal(ASK(&w->rig, factor_codes, &made, .token = secret_copy(&w->token)), OK);
    assert_int_equal(made.n_codes, FACTOR_RECOVERY_CODES);
    struct session_begin_answer begun = half(w);
    assert_int_equal(finish(w, &begun.token, (const char *)w->recovery.at, &none), ERR_DENIED);
    assert_int_equal(finish(w, &begun.token, (const char *)made.codes[9].code.at, &none), OK);
    secret_free(&none);
    secret_free(&begun.token);
    forget_codes(made.codes, made.n_codes);
}

static void turning_on_takes_a_code_and_ends_other_sessions(void **state)
{
    struct world *w = *state;
    struct secret old = secret_copy(&w->token);
    struct factor_off_answer off = {0};
    struct factor_begin_answer begun;
    assert_int_equal(ASK(&w->rig, factor_begin, &begun, .token = secret_copy(&w->token)),
                     ERR_CONFLICT);
    assert_int_equal(ASK(&w->rig, factor_off, &off, .token = secret_copy(&w->token),
                         .password = secret_of(RIGHT), .code = secret_of(code_at(w, 0))),
                     OK);
    secret_free(&w->token);
    w->token = off.token;
    struct session_begin_answer other;
    assert_int_equal(begin(w, RIGHT, &other), OK);
    assert_false(other.needs_code);
    secret_free(&other.token);
    draw(w);
    assert_int_equal(begin(w, RIGHT, &other), OK);
    assert_false(other.needs_code); /* it waits, and counts for nothing */
    secret_free(&w->recovery);
    assert_int_equal(confirm(w, "000000"), ERR_INVALID);
    assert_int_equal(confirm(w, code_at(w, 0)), OK);
    assert_int_equal(show(w, &other.token), ERR_AUTH);
    assert_int_equal(show(w, &old), ERR_AUTH);
    assert_int_equal(show(w, &w->token), OK);
    assert_int_equal(look(w).secret.n, 0); /* never again */
    secret_free(&other.token);
    secret_free(&old);
}

static void turning_off_takes_password_and_code(void **state)
{
    struct world *w = *state;
    struct factor_off_answer off = {0};
    const char *wrong[][2] = {{OTHER, NULL}, {RIGHT, "000000"}, {RIGHT, ""}};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(ASK(&w->rig, factor_off, &off, .token = secret_copy(&w->token),
                             .password = secret_of(wrong[i][0]),
                             .code = secret_of(wrong[i][1] ? wrong[i][1] : code_at(w, 0))),
                         ERR_DENIED);
    assert_int_equal(look(w).state, FACTOR_ON);
    assert_int_equal(ASK(&w->rig, factor_off, &off, .token = secret_copy(&w->token),
                         .password = secret_of(RIGHT), .code = secret_copy(&w->recovery)),
                     OK);
    secret_free(&w->token);
    w->token = off.token;
    assert_int_equal(look(w).state, FACTOR_OFF);
    assert_int_equal(look(w).codes, 0);
}

static void what_shows_or_makes_secrets_takes_the_password_again(void **state)
{
    struct world *w = *state;
    struct factor_codes_answer made = {0};
    rig_clock_set(SESSION_FRESH_S + 10);
    assert_int_equal(ASK(&w->rig, factor_codes, &made, .token = secret_copy(&w->token)),
                     ERR_DENIED);
}

static void an_invitation_does_not_get_around_it(void **state)
{
    struct world *w = *state;
    struct secret token = {0};
    use_invite(w, true);
    assert_int_equal(finish(w, &w->token, code_at(w, 0), &token), OK);
    secret_free(&token);
}

static void an_operator_turns_it_off_for_who_lost_it(void **state)
{
    struct world *w = *state;
    struct factor_clear_ask ask = {TEXT("acme"), ANN};
    struct factor_clear_answer done;
    struct session_begin_answer begun;
    assert_int_equal(rig_command(&w->rig, WIRE_factor_clear, &ask, &done), OK);
    assert_int_equal(rig_command(&w->rig, WIRE_factor_clear, &ask, &done), ERR_NOT_FOUND);
    assert_int_equal(show(w, &w->token), ERR_AUTH);
    assert_int_equal(begin(w, RIGHT, &begun), OK);
    assert_false(begun.needs_code);
    secret_free(&begun.token);
}

static enum status list_bookings(struct world *w, const struct secret *token)
{
    struct buf question CLEANUP(buf_wipe) = BUF(AS_QUESTION_MAX);
    struct booking_list_ask list = {.account = TEXT("acme")};
    struct as_answer answer;
    assert_int_equal(wire_encode(&question, booking_list_ask_shape, &list), OK);
    assert_int_equal(ASK(&w->rig, as, &answer, .kind = BEARER_SESSION,
                         .bearer = secret_copy(token), .type = WIRE_booking_list,
                         .question = secret_new(question.at, question.n)),
                     OK);
    return answer.reply.status;
}

static void an_account_may_ask_everybody_for_it(void **state)
{
    struct world *w = *state;
    struct account_require_ask ask = {TEXT("acme"), true};
    struct account_require_answer done;
    struct session_show_answer shown;
    assert_int_equal(rig_command(&w->rig, WIRE_account_require, &ask, &done), OK);
    assert_int_equal(list_bookings(w, &w->token), OK); /* Ann has it */
    struct factor_off_answer off = {0};
    assert_int_equal(ASK(&w->rig, factor_off, &off, .token = secret_copy(&w->token),
                         .password = secret_of(RIGHT), .code = secret_of(code_at(w, 0))),
                     OK);
    assert_int_equal(list_bookings(w, &off.token), ERR_DENIED);
    assert_int_equal(ASK(&w->rig, session_show, &shown, .token = secret_copy(&off.token)), OK);
    assert_true(shown.lacks_factor);
    secret_free(&w->token);
    w->token = off.token;
    draw(w);
    secret_free(&w->recovery);
    assert_int_equal(confirm(w, code_at(w, 0)), OK);
    assert_int_equal(list_bookings(w, &w->token), OK);
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(the_password_alone_opens_nothing),
        WORLD_TEST(a_code_is_good_once_and_about_now),
        WORLD_TEST(a_step_does_not_last),
        WORLD_TEST(wrong_codes_count_like_passwords),
        WORLD_TEST(a_recovery_code_opens_once),
        WORLD_TEST(new_recovery_codes_end_those_before),
        WORLD_TEST(turning_on_takes_a_code_and_ends_other_sessions),
        WORLD_TEST(turning_off_takes_password_and_code),
        WORLD_TEST(what_shows_or_makes_secrets_takes_the_password_again),
        WORLD_TEST(an_invitation_does_not_get_around_it),
        WORLD_TEST(an_operator_turns_it_off_for_who_lost_it),
        WORLD_TEST(an_account_may_ask_everybody_for_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
