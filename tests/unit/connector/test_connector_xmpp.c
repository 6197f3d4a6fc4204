/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "connector/xmpp.h"

#define STREAM                                                                                 \
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "                               \
    "xmlns:stream='http://etherx.jabber.org/streams' id='1' from='x.example' version='1.0'>"
#define FEATURES(what) "<stream:features>" what "</stream:features>"
#define STARTTLS "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"
#define PLAIN                                                                                  \
    "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism>"  \
    "<mechanism>PLAIN</mechanism></mechanisms>"
#define PROCEED "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
#define SUCCESS "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"
#define BIND "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
#define BOUND                                                                                  \
    "<iq type='result' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"              \
    "<jid>pc7@x.example/r</jid></bind></iq>"
#define MESSAGE(from, body)                                                                    \
    "<message from='" from "' to='pc7@x.example'><body>" body "</body></message>"

static struct xmpp_client client;
static struct error err;

static void begin_client(bool is_secure)
{
    struct secret ticket CLEANUP(secret_free) = secret_new("ticket-1", 8);
    assert_int_equal(xmpp_client_init(&client, TEXT("pc7@x.example"), TEXT("desk.x.example"),
                                      &ticket, is_secure, &err),
                     OK);
}

static int end(void **state)
{
    (void)state;
    xmpp_client_done(&client);
    return 0;
}

/* Feed one byte at a time, as networks may, and return the first event. */
static enum status hear(const char *bytes, enum xmpp_event *ret_event, int64_t *ret_number)
{
    for (const char *at = bytes; *at; at++) {
        TRY(xmpp_client_feed(&client, (struct text){at, 1}, &err));
        TRY(xmpp_client_next(&client, ret_event, ret_number, &err));
        if (*ret_event != XMPP_NONE) {
            assert_int_equal(at[1], 0); /* no event comes early */
            return OK;
        }
    }
    return OK;
}

static enum xmpp_event hears(const char *bytes)
{
    enum xmpp_event event = XMPP_NONE;
    int64_t number;
    assert_int_equal(hear(bytes, &event, &number), OK);
    return event;
}

static bool has_said(const char *text)
{
    bool said = strstr(buf_cstr(&client.out), text);
    buf_clear(&client.out);
    return said;
}

static void sign_in(void)
{
    begin_client(true);
    assert_int_equal(hears(STREAM FEATURES(PLAIN)), XMPP_NONE);
    buf_clear(&client.out);
    assert_int_equal(hears(SUCCESS), XMPP_NONE);
    assert_int_equal(hears(STREAM FEATURES(BIND) BOUND), XMPP_READY);
    assert_true(has_said("<presence/>"));
}

static void signs_in_within_tls(void **state)
{
    (void)state;
    begin_client(false);
    assert_true(has_said("to='x.example'"));
    assert_int_equal(hears(STREAM FEATURES(STARTTLS PLAIN)), XMPP_NONE);
    assert_string_equal(buf_cstr(&client.out),
                        "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    buf_clear(&client.out);
    assert_int_equal(hears(PROCEED), XMPP_SECURE);
    xmpp_client_secured(&client);
    assert_true(has_said("<stream:stream to='x.example'"));
    assert_int_equal(hears(STREAM FEATURES(PLAIN)), XMPP_NONE);
    assert_true(has_said("AHBjNwB0aWNrZXQtMQ==")); /* NUL pc7 NUL ticket-1 */
    assert_int_equal(hears(SUCCESS), XMPP_NONE);
    assert_true(has_said("<stream:stream"));
    assert_int_equal(hears(STREAM FEATURES(BIND) BOUND), XMPP_READY);
}

static void says_nothing_secret_without_tls(void **state)
{
    (void)state;
    enum xmpp_event event;
    int64_t number;
    begin_client(false);
    assert_int_equal(hear(STREAM FEATURES(PLAIN), &event, &number), ERR_TLS);
    assert_false(has_said("auth"));
}

/* What stands behind <proceed/> in the same packet came in clear: it must not be heard within TLS. */
static void forgets_what_was_said_before_tls(void **state)
{
    (void)state;
    enum xmpp_event event;
    int64_t number;
    begin_client(false);
    hears(STREAM FEATURES(STARTTLS));
    assert_int_equal(xmpp_client_feed(&client, TEXT(PROCEED STREAM FEATURES(PLAIN)), &err), OK);
    assert_int_equal(xmpp_client_next(&client, &event, &number, &err), OK);
    assert_int_equal(event, XMPP_SECURE);
    xmpp_client_secured(&client);
    buf_clear(&client.out);
    assert_int_equal(xmpp_client_next(&client, &event, &number, &err), OK);
    assert_int_equal(event, XMPP_NONE);
    assert_false(has_said("auth"));
}

static void hears_numbers_of_the_component_alone(void **state)
{
    (void)state;
    enum xmpp_event event = XMPP_NONE;
    int64_t number = 0;
    sign_in();
    assert_int_equal(hear(MESSAGE("desk.x.example", "42"), &event, &number), OK);
    assert_int_equal(event, XMPP_NUMBER);
    assert_int_equal(number, 42);
    assert_int_equal(hear(MESSAGE("desk.x.example/any", " 0 "), &event, &number), OK);
    assert_int_equal(number, 0);
    assert_int_equal(hears(MESSAGE("mallory@x.example", "43")), XMPP_NONE);
    assert_int_equal(hears(MESSAGE("desk.x.example", "forty")), XMPP_NONE);
    assert_int_equal(hears(MESSAGE("desk.x.example", "-1")), XMPP_NONE);
    assert_int_equal(hears("<message><body>44</body></message>"), XMPP_NONE);
}

static void answers_who_asks(void **state)
{
    (void)state;
    sign_in();
    hears("<iq type='get' id='p&apos;1' from='x.example'><ping xmlns='urn:xmpp:ping'/></iq>");
    assert_true(has_said("type='result'"));
    hears("<iq type='get' id='v1' from='x.example'><query xmlns='jabber:iq:version'/></iq>");
    assert_true(has_said("service-unavailable"));
    xmpp_client_ping(&client);
    assert_true(has_said("urn:xmpp:ping"));
    assert_int_equal(hears("<iq type='result' id='ping' from='x.example'/>"), XMPP_PONG);
}

static void every_end_has_its_reason(void **state)
{
    (void)state;
    enum xmpp_event event;
    int64_t number;
    sign_in();
    assert_int_equal(
        hear("<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
             "</stream:error>",
             &event, &number),
        ERR_CLOSED);
    assert_non_null(strstr(err.what, "conflict"));
    xmpp_client_done(&client);
    sign_in();
    assert_int_equal(hear("</stream:stream>", &event, &number), ERR_CLOSED);
    xmpp_client_done(&client);
    sign_in();
    assert_int_equal(hear("<!DOCTYPE x>", &event, &number), ERR_UPSTREAM);
    xmpp_client_done(&client);
    begin_client(true);
    assert_int_equal(
        hear(STREAM FEATURES(PLAIN) "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
                                    "<not-authorized/></failure>",
             &event, &number),
        ERR_AUTH);
}

static void an_address_must_be_one(void **state)
{
    (void)state;
    static const char *const jids[] = {"", "x.example", "@x.example", "pc7@"};
    struct secret ticket CLEANUP(secret_free) = secret_new("t", 1);
    for (size_t i = 0; i < sizeof jids / sizeof *jids; i++) {
        assert_int_equal(
            xmpp_client_init(&client, text_from(jids[i]), TEXT("c"), &ticket, true, &err),
            ERR_INVALID);
        xmpp_client_done(&client);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(signs_in_within_tls, end),
        cmocka_unit_test_teardown(says_nothing_secret_without_tls, end),
        cmocka_unit_test_teardown(forgets_what_was_said_before_tls, end),
        cmocka_unit_test_teardown(hears_numbers_of_the_component_alone, end),
        cmocka_unit_test_teardown(answers_who_asks, end),
        cmocka_unit_test_teardown(every_end_has_its_reason, end),
        cmocka_unit_test_teardown(an_address_must_be_one, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
