/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "format/multipart.h"

#define TYPE "multipart/form-data; boundary=cut"
#define FIELD(name) "Content-Disposition: form-data; name=\"" name "\"\r\n\r\n"
#define FILE_HEAD                                                                              \
    "Content-Disposition: form-data; name=\"logo\"; filename=\"a.png\"\r\n"                    \
    "Content-Type: image/png\r\n\r\n"

static struct arena a;

static enum status parse(struct text body, struct form *form, struct text *file)
{
    return multipart_parse(&a, TEXT(TYPE), body, form, file);
}

static void a_form_and_its_file_are_read(void **state)
{
    (void)state;
    struct form form;
    struct text file;
    struct text body = TEXT("--cut\r\n" FIELD("form") "xyz\r\n--cut\r\n" FILE_HEAD
                                                      "\x89PNG\r\n\0--cu\r\n--cut\r\n" FIELD(
                                                          "note") "one\r\ntwo"
                                                                  "\r\n--cut--\r\n");
    assert_int_equal(parse(body, &form, &file), OK);
    assert_int_equal(form.n_fields, 2);
    assert_true(text_equal(form_find(&form, "form"), TEXT("xyz")));
    assert_true(text_equal(form_find(&form, "note"), TEXT("one\ntwo")));
    assert_true(text_equal(file, TEXT("\x89PNG\r\n\0--cu")));
    assert_int_equal(form_find(&form, "logo").n, 0); /* bytes are no field */
}

static void no_file_was_chosen(void **state)
{
    (void)state;
    struct form form;
    struct text file = TEXT("before");
    struct text body = TEXT("--cut\r\nContent-Disposition: form-data; name=\"logo\"; "
                            "filename=\"\"\r\nContent-Type: application/octet-stream\r\n\r\n"
                            "\r\n--cut--\r\n");
    assert_int_equal(parse(body, &form, &file), OK);
    assert_int_equal(file.n, 0);
}

static void what_no_browser_writes_is_refused(void **state)
{
    (void)state;
    static const struct text wrong[] = {
        {"", 0},
        TEXT("--cut--\r\nmore"),
        TEXT("--cut\r\n" FIELD("a") "1"),
        TEXT("--cut\r\n" FIELD("a") "1\r\n--cut"),
        TEXT("--cut\r\n" FIELD("a") "1\r\n--other--\r\n"),
        TEXT("--cut\r\n" FIELD("a") "1\r\n--cut\r\n" FIELD("a") "2\r\n--cut--\r\n"),
        TEXT("--cut\r\n" FIELD("a") "\x01\r\n--cut--\r\n"),
        TEXT("--cut\r\n" FIELD("a") "\xff\r\n--cut--\r\n"),
        TEXT("--cut\r\n" FIELD("") "1\r\n--cut--\r\n"),
        TEXT("--cut\r\nContent-Type: text/plain\r\n\r\n1\r\n--cut--\r\n"),
        TEXT("--cut\r\nContent-Disposition: form-data; name=\"a\"; size=3\r\n\r\n1\r\n--cut--"),
        TEXT("--cut\r\n" FILE_HEAD "1\r\n--cut\r\n" FILE_HEAD "2\r\n--cut--\r\n"),
        TEXT("--cut\n" FIELD("a") "1\r\n--cut--\r\n"),
    };
    struct form form;
    struct text file;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (parse(wrong[i], &form, &file) != ERR_INVALID)
            fail_msg("accepted: number %zu", i);
}

static void a_type_names_its_boundary(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "multipart/form-data", "multipart/form-data; boundary=", "text/plain; boundary=cut",
        "multipart/form-data; boundary=c t"};
    struct text body = TEXT("--cut\r\n" FIELD("a") "1\r\n--cut--\r\n"), file;
    struct form form;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(multipart_parse(&a, text_from(wrong[i]), body, &form, &file),
                         ERR_INVALID);
    assert_int_equal(
        multipart_parse(&a, TEXT("multipart/form-data; boundary=\"cut\""), body, &form, &file),
        OK);
}

static int drop(void **state)
{
    (void)state;
    arena_done(&a);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_form_and_its_file_are_read),
        cmocka_unit_test(no_file_was_chosen),
        cmocka_unit_test(what_no_browser_writes_is_refused),
        cmocka_unit_test(a_type_names_its_boundary),
    };
    return cmocka_run_group_tests(tests, NULL, drop);
}
