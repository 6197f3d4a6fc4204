/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "crypt/password.h"

static struct secret secret_of(const char *text)
{
    return secret_new(text, strlen(text));
}

static void only_the_password_is_the_password(void **state)
{
    (void)state;
    struct secret right = secret_of("correct horse battery"), stored = {0};
    struct secret wrong[] = {secret_of("correct horse batterz"),
                             secret_of("correct horse"),
                             secret_of("correct horse battery "),
                             {0}};
    assert_int_equal(password_hash(&right, &stored), OK);
    assert_true(stored.n < PASSWORD_STORED);
    assert_int_equal(password_check(&right, &stored), OK);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(password_check(&wrong[i], &stored), ERR_AUTH);
        secret_free(&wrong[i]);
    }
    secret_free(&right);
    secret_free(&stored);
}

static void what_is_kept_names_its_costs_and_differs_each_time(void **state)
{
    (void)state;
    static const char head[] = "$argon2id$v=19$m=65536,t=3,p=1$";
    struct secret password = secret_of("the same words"), one = {0}, other = {0};
    assert_int_equal(password_hash(&password, &one), OK);
    assert_int_equal(password_hash(&password, &other), OK);
    assert_memory_equal(one.at, head, sizeof head - 1);
    assert_false(secret_equal(&one, &other));
    secret_free(&password);
    secret_free(&one);
    secret_free(&other);
}

/* Argon2id 1.3 of a fixed salt, as libargon2 writes it. */
static void the_documented_vector_holds(void **state)
{
    (void)state;
    struct secret password = secret_of("correct horse battery");
    struct secret stored = secret_of("$argon2id$v=19$m=65536,t=3,p=1$MDEyMzQ1Njc4OWFiY2RlZg$"
                                     "ALrFYrQHh1KWaC4LgENojgm+lPzqMm6ZqmLQ7bREBPw");
    assert_int_equal(password_check(&password, &stored), OK);
    secret_free(&password);
    secret_free(&stored);
}

/* By the time of the processor, roughly: a stand-in that libsodium cannot parse would cost nothing. */
static void who_is_not_known_costs_the_same(void **state)
{
    (void)state;
    struct secret password = secret_of("whatever it is"), none = {0}, stored = {0};
    assert_int_equal(password_hash(&password, &stored), OK);
    struct timespec a, b, c;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
    assert_int_equal(password_check(&password, &none), ERR_AUTH);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
    assert_int_equal(password_check(&password, &stored), OK);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &c);
    double unknown = (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
    double known = (double)(c.tv_sec - b.tv_sec) + (double)(c.tv_nsec - b.tv_nsec) / 1e9;
    assert_true(unknown > known / 3 && known > unknown / 3);
    secret_free(&password);
    secret_free(&stored);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_password_is_the_password),
        cmocka_unit_test(what_is_kept_names_its_costs_and_differs_each_time),
        cmocka_unit_test(the_documented_vector_holds),
        cmocka_unit_test(who_is_not_known_costs_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
