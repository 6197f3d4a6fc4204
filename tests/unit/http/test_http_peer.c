/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/peer.h"

static struct peer at(const char *address)
{
    struct peer peer = {0};
    assert_int_equal(peer_parse(text_from(address), &peer), OK);
    return peer;
}

static void assert_visitor(struct peer socket, const char *forwarded, const char *proxies_text,
                           const char *expected)
{
    struct peer_proxies proxies;
    assert_int_equal(peer_proxies_parse(text_from(proxies_text), &proxies, NULL), OK);
    struct peer visitor = peer_visitor(socket, text_from(forwarded), &proxies);
    if (!expected) {
        assert_false(visitor.known);
        return;
    }
    struct peer wanted = at(expected);
    assert_memory_equal(visitor.bytes, wanted.bytes, sizeof wanted.bytes);
}

static void nobody_is_believed_who_is_no_proxy(void **state)
{
    (void)state;
    assert_visitor(at("192.0.2.1"), "198.51.100.7", "", "192.0.2.1");
    assert_visitor(at("192.0.2.1"), "198.51.100.7", "192.0.2.2", "192.0.2.1");
    assert_visitor(at("192.0.2.1"), "198.51.100.7", "unix", "192.0.2.1");
}

static void the_last_address_that_is_no_proxy_is_the_visitors(void **state)
{
    (void)state;
    assert_visitor(at("192.0.2.1"), "198.51.100.7", "192.0.2.1", "198.51.100.7");
    assert_visitor(at("192.0.2.1"), "10.9.9.9, 198.51.100.7", "192.0.2.1", "198.51.100.7");
    assert_visitor(at("192.0.2.1"), "198.51.100.7, 192.0.2.2", "192.0.2.1 192.0.2.2",
                   "198.51.100.7");
    assert_visitor(at("192.0.2.1"), "198.51.100.7 ,nonsense", "192.0.2.1", "192.0.2.1");
    assert_visitor(at("192.0.2.1"), "", "192.0.2.1", "192.0.2.1");
    assert_visitor(at("::1"), "2001:db8::7", "::1", "2001:db8::7");
}

static void a_unix_socket_is_a_proxy_only_where_told(void **state)
{
    (void)state;
    assert_visitor((struct peer){0}, "198.51.100.7", "unix", "198.51.100.7");
    assert_visitor((struct peer){0}, "198.51.100.7", "", NULL);
    assert_visitor((struct peer){0}, "", "unix", NULL);
}

static void a_wrong_proxy_is_named(void **state)
{
    (void)state;
    struct peer_proxies proxies;
    struct error err = {0};
    assert_int_equal(peer_proxies_parse(TEXT("127.0.0.1 localhost"), &proxies, &err),
                     ERR_INVALID);
    assert_non_null(strstr(err.what, "localhost"));
}

static void six_is_counted_by_its_network(void **state)
{
    (void)state;
    unsigned char one[16], other[16];
    struct peer a = at("2001:db8:1:2::1"), b = at("2001:db8:1:2:ffff::9"),
                c = at("2001:db8:1:3::1");
    peer_key(&a, one);
    peer_key(&b, other);
    assert_memory_equal(one, other, 16);
    peer_key(&c, other);
    assert_memory_not_equal(one, other, 16);
    a = at("192.0.2.1"), b = at("192.0.2.2");
    peer_key(&a, one);
    peer_key(&b, other);
    assert_memory_not_equal(one, other, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_believed_who_is_no_proxy),
        cmocka_unit_test(the_last_address_that_is_no_proxy_is_the_visitors),
        cmocka_unit_test(a_unix_socket_is_a_proxy_only_where_told),
        cmocka_unit_test(a_wrong_proxy_is_named),
        cmocka_unit_test(six_is_counted_by_its_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
