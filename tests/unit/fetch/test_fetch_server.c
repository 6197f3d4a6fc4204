/* SPDX-License-Identifier: ISC
 *
 * Of what a request may be made: nothing that ends a line, nothing that leads to another server.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fetch/server.h"

static void a_target_stays_on_the_server(void **state)
{
    (void)state;
    static const char *const good[] = {"/", "/v1.0/me/events?$top=50&x=%20", "/dav/a%2Fb/",
                                       NULL};
    static const char *const bad[] = {
        "", "https://evil.example/", "events", "/a b", "/a\r\nX: y", "/a#b", "/\xc3\xa4", NULL};
    for (int i = 0; good[i]; i++)
        assert_true(server_is_target(text_from(good[i])));
    for (int i = 0; bad[i]; i++)
        assert_false(server_is_target(text_from(bad[i])));
    static char path[MAX_TARGET + 2];
    memset(path, 'a', MAX_TARGET + 1);
    path[0] = '/';
    assert_true(server_is_target((struct text){path, MAX_TARGET}));
    assert_false(server_is_target((struct text){path, MAX_TARGET + 1}));
}

static struct server sound(enum auth_method method)
{
    return (struct server){
        .host = TEXT("mail.example.ch"), .port = 443, .path = TEXT("/"), .method = method};
}

static void each_method_needs_its_own(void **state)
{
    (void)state;
    struct error err;
    struct server server = sound(AUTH_NONE);
    assert_int_equal(server_check(&server, true, &err), OK);
    for (enum auth_method method = 0; method < AUTH_NONE; method++) {
        server = sound(method);
        assert_int_equal(server_check(&server, true, &err), ERR_INVALID);
        server.password = secret_new("secret", 6);
        enum status without_user = method < AUTH_BEARER ? ERR_INVALID : OK;
        assert_int_equal(server_check(&server, true, &err), without_user);
        server.user = TEXT("ada");
        assert_int_equal(server_check(&server, true, &err), OK);
        secret_free(&server.password);
    }
    server = sound(AUTH_ASSERTION);
    server.keytab = secret_new("a key", 5);
    assert_int_equal(server_check(&server, true, &err), OK);
    secret_free(&server.keytab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_stays_on_the_server),
        cmocka_unit_test(each_method_needs_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
