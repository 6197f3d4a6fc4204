/* SPDX-License-Identifier: ISC
 *
 * Answers of Autodiscover in both languages, errors on every level; then, where they are at hand, real ones.
 *
 * Usage: test_calendar_autodiscover TRACE-FOLDER REFERENCE-FOLDER
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "calendar/ews/autodiscover.h"
#include "os/file.h"

struct row {
    const char *file;
    const char *external, *internal, *address, *redirect_address, *redirect_url, *code;
    bool online;
};

#define INSIDE "https://inside.example.ch/EWS/Exchange.asmx"
#define ONLINE "https://outlook.office365.com/EWS/Exchange.asmx"

static const struct row ours[] = {
    {.file = "pox-settings.xml",
     .external = "https://mail.example.ch/EWS/Exchange.asmx",
     .internal = INSIDE,
     .address = "anna@example.ch"},
    {.file = "pox-error-outer.xml", .code = "500"},
    {.file = "pox-redirect-address.xml", .redirect_address = "anna@mail.example.ch"},
    {.file = "soap-setting-missing.xml", .internal = INSIDE},
    {.file = "soap-redirect-url.xml",
     .redirect_url = "https://elsewhere.example/autodiscover/autodiscover.svc",
     .code = "RedirectUrl"},
    {.file = "soap-fault.xml", .code = "a:ActionNotSupported"},
};

static const struct row real[] = {
    {.file = "ews/AutodiscoverPOX/0216-response-handling-autodiscover-error-messages.xml",
     .redirect_address = "elvin@mail.contoso.com"},
    {.file = "ews/AutodiscoverPOX/0222-response-exchange-test.xml",
     .external = ONLINE,
     .internal = ONLINE,
     .address = "testExchange@exchange.test",
     .online = true},
    {.file = "ews/AutodiscoverPOX/0224-error-autodiscover-response-error.xml", .code = "500"},
    {.file = "ews/AutodiscoverSOAP/"
             "0231-error-how-to-use-autodiscover-to-find-connection-point.xml",
     .redirect_address = "User1@mail.Contoso.com",
     .code = "RedirectAddress"},
};

static const char *traces, *reference;

static enum status read_file(const char *folder, const char *name, struct arena *a,
                             struct autodiscover_answer *ret_answer)
{
    CLEANUP(buf_done) struct buf file = BUF(1 << 20);
    TRY(file_read(arena_printf(a, "%s/%s", folder, name), &file, NULL));
    return autodiscover_read(buf_text(&file), a, ret_answer, NULL);
}

static void is(const char *file, struct text got, const char *wanted)
{
    if (!text_equal(got, text_from(wanted ? wanted : "")))
        fail_msg("%s: got \"" TEXT_FMT "\", wanted \"%s\"", file, TEXT_ARG(got),
                 wanted ? wanted : "");
}

static void check(const char *folder, const struct row *row)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct autodiscover_answer got;
    if (read_file(folder, row->file, &a, &got) != OK)
        fail_msg("%s cannot be read", row->file);
    is(row->file, got.external, row->external);
    is(row->file, got.internal, row->internal);
    is(row->file, got.address, row->address);
    is(row->file, got.redirect_address, row->redirect_address);
    is(row->file, got.redirect_url, row->redirect_url);
    is(row->file, got.code, row->code);
    assert_int_equal(got.online, row->online);
}

static void what_answers_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        check(traces, &ours[i]);
}

static void what_real_answers_say(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf file = BUF(1 << 20);
    struct arena a = {0};
    bool is_there =
        file_read(arena_printf(&a, "%s/%s", reference, real[0].file), &file, NULL) == OK;
    arena_done(&a);
    if (!is_there)
        skip(); /* does not return: what is held here would leak */
    for (size_t i = 0; i < sizeof real / sizeof *real; i++)
        check(reference, &real[i]);
}

static void a_page_is_no_answer(void **state)
{
    (void)state;
    CLEANUP(arena_done) struct arena a = {0};
    struct autodiscover_answer got;
    assert_int_equal(read_file(traces, "page.xml", &a, &got), ERR_UPSTREAM);
    assert_int_equal(autodiscover_read(TEXT(""), &a, &got, NULL), ERR_UPSTREAM);
}

static void an_address_is_escaped(void **state)
{
    (void)state;
    for (enum autodiscover_language i = AUTODISCOVER_SOAP; i <= AUTODISCOVER_POX; i++) {
        CLEANUP(buf_done) struct buf out = BUF(8192);
        autodiscover_write(&out, i, TEXT("a&b@example.ch"));
        assert_non_null(strstr(buf_cstr(&out), "a&amp;b@example.ch"));
    }
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return EXIT_FAILURE;
    traces = argv[1];
    reference = getenv("HOURGATE_REFERENCE") ? getenv("HOURGATE_REFERENCE") : argv[2];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_answers_say),
        cmocka_unit_test(what_real_answers_say),
        cmocka_unit_test(a_page_is_no_answer),
        cmocka_unit_test(an_address_is_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
