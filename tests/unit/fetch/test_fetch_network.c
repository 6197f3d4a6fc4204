/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fetch/network.h"

static struct network_list list;

static enum network_verdict judge(const char *address)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
        return network_judge(&list, (const struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, address, &v6.sin6_addr), 1);
    return network_judge(&list, (const struct sockaddr *)&v6);
}

static void expect(enum network_verdict verdict, const char *const *addresses)
{
    for (; *addresses; addresses++)
        if (judge(*addresses) != verdict)
            fail_msg("%s: %d", *addresses, judge(*addresses));
}

static void public_addresses_may_be_called(void **state)
{
    (void)state;
    expect(NETWORK_PUBLIC,
           (const char *const[]){"1.1.1.1", "172.15.0.1", "172.32.0.1", "11.0.0.1",
                                 "193.5.216.100", "2a00:1450::1", "100.128.0.1", NULL});
}

static void private_ones_only_where_listed(void **state)
{
    (void)state;
    const char *const addresses[] = {
        "10.1.2.3",        "172.16.0.1",    "172.31.255.255", "192.168.1.1", "127.0.0.1",
        "100.64.0.1",      "::1",           "fd12::1",        "fec0::1",     "::ffff:127.0.0.1",
        "64:ff9b::7f00:1", "2002:0a00:1::", "2001:db8::1",    "240.0.0.1",   NULL};
    expect(NETWORK_PRIVATE, addresses);
    assert_int_equal(network_list_add(&list, TEXT("10.1.0.0/16"), NULL), OK);
    assert_int_equal(network_list_add(&list, TEXT("fd00::/8"), NULL), OK);
    assert_int_equal(network_list_add(&list, TEXT("127.0.0.1"), NULL), OK);
    expect(NETWORK_LISTED, (const char *const[]){"10.1.2.3", "fd12::1", "127.0.0.1",
                                                 "::ffff:10.1.0.0", "64:ff9b::7f00:1", NULL});
    expect(NETWORK_PRIVATE, (const char *const[]){"10.2.0.0", "127.0.0.2", "::1", NULL});
}

static void link_local_and_metadata_never(void **state)
{
    (void)state;
    assert_int_equal(network_list_add(&list, TEXT("0.0.0.0/0"), NULL), OK);
    assert_int_equal(network_list_add(&list, TEXT("::/0"), NULL), OK);
    expect(NETWORK_NEVER,
           (const char *const[]){"169.254.169.254", "169.254.0.1", "0.0.0.0", "224.0.0.1",
                                 "::", "fe80::1", "ff02::1", "100.100.100.200", "168.63.129.16",
                                 "fd00:ec2::254", "::ffff:169.254.169.254",
                                 "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::", NULL});
}

static void what_is_no_network_is_refused(void **state)
{
    (void)state;
    const char *const wrong[] = {"",         "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/",
                                 "10.0.0/8", "::/129",      "example.ch",  "10.0.0.0/8 ",
                                 "/8",       NULL};
    for (const char *const *cidr = wrong; *cidr; cidr++)
        assert_int_equal(network_list_add(&list, text_from(*cidr), NULL), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_addresses_may_be_called),
        cmocka_unit_test(private_ones_only_where_listed),
        cmocka_unit_test(link_local_and_metadata_never),
        cmocka_unit_test(what_is_no_network_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
