/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/xml.h"

enum { LIST = 1, ENTRY, NAME };

static const struct xml_rule rules[] = {
    {XML_ROOT, LIST, XML_PLACE, "list"},
    {LIST, ENTRY, XML_START, "entry"},
    {ENTRY, NAME, XML_TEXT, "name"},
};

/* Notes what comes: "<entry k=v>text|". */
static void on_start(void *owner, unsigned id, const struct xml_tag *tag)
{
    if (id == ENTRY)
        buf_printf(owner, "<" TEXT_FMT ">", TEXT_ARG(xml_attribute(tag, "k")));
}

static void on_end(void *owner, unsigned id, struct text text)
{
    if (id == NAME)
        buf_printf(owner, TEXT_FMT "|", TEXT_ARG(text));
}

static const struct xml_handler handler = {.namespaces = {"urn:x", "urn:y"},
                                           .rules = rules,
                                           .n_rules = 3,
                                           .start = on_start,
                                           .end = on_end};
static const struct xml_limits limits = {
    .bytes = 1 << 20, .text = 100, .elements = 1000, .depth = 10};

static enum status read_in_steps(const char *document, size_t step, struct buf *out,
                                 struct error *err)
{
    struct xml_reader *reader = xml_reader_new(&handler, out, &limits);
    enum status status = OK;
    size_t n = strlen(document);
    for (size_t at = 0; at < n && status == OK; at += step)
        status =
            xml_read(reader, (struct text){document + at, n - at < step ? n - at : step}, err);
    if (status == OK)
        status = xml_read_end(reader, err);
    xml_reader_free(reader);
    return status;
}

static void expect(const char *document, const char *wanted)
{
    const size_t steps[] = {1, 2, 3, 5, 100000};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        CLEANUP(buf_done) struct buf said = BUF(10000);
        struct error err = {0};
        if (read_in_steps(document, steps[i], &said, &err) != OK)
            fail_msg("%s: %s", document, err.what);
        assert_string_equal(buf_cstr(&said), wanted);
    }
}

static void expect_refusal(const char *document, const char *why)
{
    const size_t steps[] = {1, 7, 100000};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        CLEANUP(buf_done) struct buf said = BUF(1 << 20);
        struct error err = {0};
        assert_int_equal(read_in_steps(document, steps[i], &said, &err), ERR_UPSTREAM);
        if (!strstr(err.what, why))
            fail_msg("wanted %s, got %s", why, err.what);
    }
}

static void elements_are_known_by_name_and_place(void **state)
{
    (void)state;
    expect("<list><entry k='1'><name>a</name></entry></list>", "<1>a|");
    expect("<x:list xmlns:x='urn:x'><y:entry xmlns:y='urn:y' y:k='1'><name "
           "xmlns='urn:x'>a</name><name xmlns='urn:z'>no</name></y:entry></x:list>",
           "<1>a|");
    expect("<list><other><entry><name>no</name></entry></other><name>no</name></list>", "");
    expect("<list><entry><name>a<b>no</b>c</name></entry></list>", "<>ac|");
    expect("<?xml version='1.0' encoding='utf-8'?><!-- x "
           "--><list><entry><name><![CDATA[<&]]></name></entry>"
           "</list>",
           "<><&|");
    expect("\xef\xbb\xbf<list><entry/></list>", "<>");
    expect("<?xml version='1.0' "
           "encoding='iso-8859-1'?><list><entry><name>\xc3\xa9</name></entry></list>",
           "<>\xc3\xa9|");
    expect("<list><entry k='&lt;&#65;&quot;'><name>&amp;&#xe9;</name></entry></list>",
           "<<A\">&\xc3\xa9|");
}

static void references_to_forbidden_characters_are_masked(void **state)
{
    (void)state;
    expect("<list><entry><name>a&#x1F;b&#0;c&#xD800;d&#31;&#xFFFE;</name></entry></list>",
           "<>a?b?c?d??|");
    expect("<list><entry k='&#1;'><name>&#9;&#xA;</name></entry></list>", "<?>\t\n|");
}

static void hostile_documents_are_refused_with_a_reason(void **state)
{
    (void)state;
    expect_refusal("<!DOCTYPE list><list/>", "document type");
    expect_refusal("<!DOCTYPE list [<!ENTITY a 'b'>]><list>&a;</list>", "document type");
    expect_refusal("<!DOCTYPE list SYSTEM 'http://127.0.0.1/x'><list/>", "document type");
    expect_refusal("<list>&other;</list>", "not well-formed");
    expect_refusal("<list>&#xZZ;</list>", "not well-formed");
    expect_refusal("<list><entry></list>", "not well-formed");
    expect_refusal("<list/><list/>", "not well-formed");
    expect_refusal("<list>\x01</list>", "not well-formed");
    expect_refusal("<list>\xff</list>", "");
    expect_refusal("{\"a\":1}", "begin as XML");
    expect_refusal("\xff\xfe<", "begin as XML");
    expect_refusal("<?xml version='1.0' encoding='utf-7'?><list>\xe9</list>",
                   "not well-formed");
    expect_refusal("<list><entry>", "cut short");
    expect_refusal("<list", "cut short");
    expect_refusal("", "empty");
    expect_refusal("<a><a><a><a><a><a><a><a><a><a><a>", "nested too deeply");
}

static char *repeat(const char *before, const char *middle, size_t n, const char *after)
{
    CLEANUP(buf_done) struct buf out = BUF(4 << 20);
    buf_add_cstr(&out, before);
    for (size_t i = 0; i < n; i++)
        buf_add_cstr(&out, middle);
    buf_add_cstr(&out, after);
    return strdup(buf_cstr(&out));
}

static void every_limit_holds(void **state)
{
    (void)state;
    char *many = repeat("<list>", "<a/>", 1001, "</list>");
    char *long_text = repeat("<list><entry><name>", "x", 101, "</name></entry></list>");
    char *long_document = repeat("<list>", "                ", 1 << 16, "</list>");
    char *long_tag = repeat("<list k='", "xxxxxxxxxxxxxxxx", 12000, "'/>");
    char *long_comment = repeat("<list><!--", "xxxxxxxxxxxxxxxx", 12000, "--></list>");
    expect_refusal(many, "too many");
    expect_refusal(long_text, "too long");
    expect_refusal(long_document, "too long");
    expect_refusal(long_tag, "too long");
    expect_refusal(long_comment, "too long");
    free(many);
    free(long_text);
    free(long_document);
    free(long_tag);
    free(long_comment);
}

static void what_is_written_can_be_read(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf out = BUF(1000);
    buf_add_cstr(&out, "<list><entry k=\"");
    xml_add_text(&out, TEXT("<\"&>'"));
    buf_add_cstr(&out, "\">");
    xml_add_element(&out, "name",
                    TEXT("a<&>\r\n\x01\xff\xf0\x9f\x99\x82\xef\xbf\xbe\xed\xa0\x80"));
    buf_add_cstr(&out, "</entry></list>");
    expect(buf_cstr(&out),
           "<<\"&>'>a<&>\r\n\xef\xbf\xbd\xef\xbf\xbd\xf0\x9f\x99\x82\xef\xbf\xbd\xef\xbf\xbd"
           "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|");
}

int main(void)
{
    xml_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_are_known_by_name_and_place),
        cmocka_unit_test(references_to_forbidden_characters_are_masked),
        cmocka_unit_test(hostile_documents_are_refused_with_a_reason),
        cmocka_unit_test(every_limit_holds),
        cmocka_unit_test(what_is_written_can_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
