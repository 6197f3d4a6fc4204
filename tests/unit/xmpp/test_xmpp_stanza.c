/* SPDX-License-Identifier: ISC */
#include "xmpp/stanza.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define OPENING                                                                                \
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "                               \
    "xmlns:stream='http://etherx.jabber.org/streams' id='a&lt;b' from='desk.test'>"
#define STREAMS "http://etherx.jabber.org/streams"

/* Read a stream, fed so many bytes at a time; write what came as one line each. */
static const char *read_by(struct arena *a, const char *bytes, size_t step, size_t *ret_n)
{
    struct stanza_reader r CLEANUP(stanza_reader_done) = {0};
    struct buf out CLEANUP(buf_done) = BUF(8192);
    size_t n = strlen(bytes);
    stanza_reader_init(&r);
    for (size_t i = 0; i < n; i += step) {
        enum stanza_event event;
        struct element e;
        enum status status = stanza_feed(&r, bytes + i, i + step < n ? step : n - i);
        while (status == OK && (status = stanza_next(&r, a, &event, &e)) == OK && event) {
            (*ret_n)++;
            buf_printf(&out, "%d " TEXT_FMT " " TEXT_FMT " '" TEXT_FMT "'\n", (int)event,
                       TEXT_ARG(e.space), TEXT_ARG(e.name), TEXT_ARG(e.text));
        }
        if (status != OK) {
            buf_add_cstr(&out, "refused\n");
            break;
        }
    }
    return arena_cstr(a, buf_text(&out));
}

static void a_stream_is_read_however_it_comes(void **state)
{
    static const char stream[] =
        OPENING "\n<stream:features><starttls xmlns='urn:x'><required/></starttls>"
                "</stream:features> <message from=\"desk.test\" id='1'><body>4&#50;&#x33; "
                "&amp;</body></message></stream:stream>";
    static const char expected[] = "1 " STREAMS " stream ''\n"
                                   "2 " STREAMS " features ''\n"
                                   "2 jabber:client message ''\n"
                                   "3   ''\n";
    (void)state;
    for (size_t step = 1; step < sizeof stream; step++) {
        struct arena a CLEANUP(arena_done) = {0};
        size_t n = 0;
        assert_string_equal(read_by(&a, stream, step, &n), expected);
        assert_int_equal(n, 4);
    }
}

static void what_stands_in_it_is_found(void **state)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct stanza_reader r CLEANUP(stanza_reader_done) = {0};
    static const char bytes[] =
        OPENING "<message from='a' xml:lang='de'><body>4&#50;&#x20ac;</body>"
                "<x:body xmlns:x='urn:x'>no</x:body></message>";
    enum stanza_event event;
    struct element e;
    (void)state;
    stanza_reader_init(&r);
    assert_int_equal(stanza_feed(&r, bytes, sizeof bytes - 1), OK);
    assert_int_equal(stanza_next(&r, &a, &event, &e), OK);
    assert_true(text_equal(element_attribute(&e, "id"), TEXT("a<b")));
    assert_int_equal(stanza_next(&r, &a, &event, &e), OK);
    assert_true(element_is(&e, "jabber:client", "message"));
    assert_true(text_equal(element_attribute(&e, "xml:lang"), TEXT("de")));
    assert_null(element_attribute(&e, "to").at);
    const struct element *body = element_child(&e, "jabber:client", "body");
    assert_non_null(body);
    assert_true(text_equal(body->text, TEXT("42\xE2\x82\xAC")));
    assert_true(text_equal(element_child(&e, "urn:x", "body")->text, TEXT("no")));
    assert_null(element_child(&e, "urn:y", "body"));
}

static void what_is_no_stream_is_refused(void **state)
{
    static const char *const wrong[] = {
        "<stream/>",
        "hello <stream>",
        "<a><b></a></b>",
        "<s><!-- c -->",
        "<s><![CDATA[x]]>",
        "<s><?pi x?>",
        "<!DOCTYPE s><s>",
        "<s><m>&unknown;</m>",
        "<s><m>&#0;</m>",
        "<s><m>&#xD800;</m>",
        "<s><m>&#x110000;</m>",
        "<s><m>&amp</m>",
        "<s><p:m/>",
        "<s><m a='1' a='2'/>",
        "<s><m a='1'b='2'/>",
        "<s><m a=1/>",
        "<s><m a='<'/>",
        "<s><m>\xC3</m>",
        "<s>x<m/>",
        "<s><m>\x01</m>",
        ("<s><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a/>"
         "</a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a>"),
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct arena a CLEANUP(arena_done) = {0};
        size_t n = 0;
        if (!strstr(read_by(&a, wrong[i], 1, &n), "refused"))
            fail_msg("accepted: %s", wrong[i]);
    }
}

static void a_stanza_has_a_greatest_length(void **state)
{
    struct stanza_reader r CLEANUP(stanza_reader_done) = {0};
    static char much[STANZA_MAX];
    (void)state;
    memset(much, 'x', sizeof much);
    stanza_reader_init(&r);
    assert_int_equal(stanza_feed(&r, "<", 1), OK);
    assert_int_equal(stanza_feed(&r, much, sizeof much), ERR_LIMIT);
}

static void space_keeps_alive_and_is_kept_nowhere(void **state)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct stanza_reader r CLEANUP(stanza_reader_done) = {0};
    enum stanza_event event;
    struct element e;
    (void)state;
    stanza_reader_init(&r);
    assert_int_equal(stanza_feed(&r, "<s>", 3), OK);
    assert_int_equal(stanza_next(&r, &a, &event, &e), OK);
    for (int i = 0; i < STANZA_MAX + 10; i++) {
        assert_int_equal(stanza_feed(&r, " ", 1), OK);
        assert_int_equal(stanza_next(&r, &a, &event, &e), OK);
        assert_int_equal(event, STANZA_NONE);
    }
}

static void what_is_escaped_reads_the_same(void **state)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct buf out CLEANUP(buf_done) = BUF(1000);
    size_t n = 0;
    (void)state;
    buf_add_cstr(&out, "<s><m a=\"");
    stanza_escape(&out, TEXT("<&>'\""));
    buf_add_cstr(&out, "\">");
    stanza_escape(&out, TEXT("<&>'\""));
    buf_add_cstr(&out, "</m>");
    assert_string_equal(read_by(&a, buf_cstr(&out), 3, &n), "1  s ''\n2  m '<&>'\"'\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_is_read_however_it_comes),
        cmocka_unit_test(what_stands_in_it_is_found),
        cmocka_unit_test(what_is_no_stream_is_refused),
        cmocka_unit_test(a_stanza_has_a_greatest_length),
        cmocka_unit_test(space_keeps_alive_and_is_kept_nowhere),
        cmocka_unit_test(what_is_escaped_reads_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
