/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "http/guard.h"

/* Judge "Name: value" lines, two LFs apart, below a request line of ours. */
static enum guard_verdict judge_as(const char *version, const char *lines)
{
    struct guard_field fields[GUARD_FIELDS_MAX + 8];
    struct guard_head head = {.method = TEXT("GET"),
                              .target = TEXT("/"),
                              .version = text_from(version),
                              .fields = fields};
    struct text rest = text_from(lines);
    while (rest.n > 0) {
        struct text line = rest, after = {0};
        (void)text_cut(rest, '\n', &line, &after);
        struct guard_field *field = &fields[head.n_fields++];
        *field = (struct guard_field){line, {"", 0}};
        (void)text_cut(line, ':', &field->name, &field->value);
        rest = after;
    }
    return guard_check(&head);
}

static enum guard_verdict judge(const char *lines)
{
    return judge_as("HTTP/1.1", lines);
}

static void plain_heads_pass(void **state)
{
    (void)state;
    assert_int_equal(judge("Host: book.example"), GUARD_OK);
    assert_int_equal(judge("Host:book.example:8080\nAccept: */*\nContent-Length: 12"),
                     GUARD_OK);
    assert_int_equal(judge("host: [::1]:80\nTransfer-Encoding: chunked"), GUARD_OK);
    assert_int_equal(judge("HOST: a\ntransfer-encoding: Chunked"), GUARD_OK);
    assert_int_equal(judge("Host: a\nX-Tab: a\tb\nX-Latin: \xe9"), GUARD_OK);
    assert_int_equal(judge_as("HTTP/1.0", ""), GUARD_OK);
}

static void doubtful_heads_are_refused(void **state)
{
    (void)state;
    static const char *const doubtful[] = {
        "",
        "Host: a\nHost: a",
        "Host:",
        "Host: a/b",
        "Host: a b",
        "Host: a,b",
        "Host: a@b",
        "Host: a\nContent-Length: 1\nContent-Length: 1",
        "Host: a\nContent-Length: 1\nTransfer-Encoding: chunked",
        "Host: a\nTransfer-Encoding: chunked\nTransfer-Encoding: chunked",
        "Host: a\nTransfer-Encoding: gzip",
        "Host: a\nTransfer-Encoding: gzip, chunked",
        "Host: a\nTransfer-Encoding: chunked, chunked",
        ("Host: a\nTransfer-Encoding: \x0b"
         "chunked"),
        "Host: a\nTransfer-Encoding:",
        "Host: a\nContent-Length: +1",
        "Host: a\nContent-Length: -1",
        "Host: a\nContent-Length: 1,1",
        "Host: a\nContent-Length: 0x1",
        "Host: a\nContent-Length: 1 2",
        "Host: a\nContent-Length:",
        "Host: a\nContent-Length: 9999999999999999999",
        "Host: a\nX: \x01",
        "Host: a\nX: a\rb",
        "Host: a\nX: \x7f",
        "Host: a\nX y: b",
        "Host: a\nX : b",
        "Host: a\n: b",
        "Host: a\n(x): b",
    };
    for (size_t i = 0; i < sizeof doubtful / sizeof *doubtful; i++)
        if (judge(doubtful[i]) != GUARD_REFUSED)
            fail_msg("passed: %s", doubtful[i]);
    assert_int_equal(judge_as("HTTP/1.0", "Transfer-Encoding: chunked"), GUARD_REFUSED);
    assert_int_equal(judge_as("HTTP/2.0", "Host: a"), GUARD_REFUSED);
    assert_int_equal(judge_as("HTTP/1.10", "Host: a"), GUARD_REFUSED);
}

static void targets_are_visible_and_bounded(void **state)
{
    (void)state;
    struct guard_field host = {TEXT("Host"), TEXT("a")};
    static char longest[GUARD_TARGET_MAX + 1];
    struct guard_head head = {TEXT("GET"), TEXT("/"), TEXT("HTTP/1.1"), &host, 1, {0}};
    static const char *const wrong[] = {"",     "*",      "x",         "http://a/",
                                        "/a b", "/a\x7f", "/\xc3\xbc", "/a\tb"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        head.target = text_from(wrong[i]);
        assert_int_equal(guard_check(&head), GUARD_REFUSED);
    }
    memset(longest, '/', sizeof longest);
    head.target = (struct text){longest, GUARD_TARGET_MAX};
    assert_int_equal(guard_check(&head), GUARD_OK);
    head.target.n++;
    assert_int_equal(guard_check(&head), GUARD_TOO_LONG);
}

static void fields_are_counted(void **state)
{
    (void)state;
    struct guard_field fields[GUARD_FIELDS_MAX + 1];
    for (int i = 0; i <= GUARD_FIELDS_MAX; i++)
        fields[i] = (struct guard_field){TEXT("X"), TEXT("y")};
    fields[0] = (struct guard_field){TEXT("Host"), TEXT("a")};
    struct guard_head head = {TEXT("GET"), TEXT("/"),        TEXT("HTTP/1.1"),
                              fields,      GUARD_FIELDS_MAX, {0}};
    assert_int_equal(guard_check(&head), GUARD_OK);
    head.n_fields++;
    assert_int_equal(guard_check(&head), GUARD_TOO_MANY);
}

/* As the library leaves its buffer: a NUL over each byte of a line's end. */
static void line_ends_are_seen_by_distance(void **state)
{
    (void)state;
    const char *whole = "GET\0/\0HTTP/1.1\0\0Host: a\0\0X: bc\0\0\0\0";
    struct guard_field fields[] = {{{whole + 16, 4}, {whole + 22, 1}},
                                   {{whole + 25, 1}, {whole + 28, 2}}};
    struct guard_head head = {{whole, 3}, {whole + 4, 1}, {whole + 6, 8}, fields,
                              2,          {whole + 4, 34}};
    assert_int_equal(guard_check(&head), GUARD_OK);
    head.trace.head_size--; /* the last line, or the empty one, ended in a bare LF */
    assert_int_equal(guard_check(&head), GUARD_REFUSED);
    head.trace.head_size += 2; /* a NUL behind the last value */
    assert_int_equal(guard_check(&head), GUARD_REFUSED);
    head.trace.head_size--;
    fields[1].value.n = 1; /* as after a NUL in it */
    assert_int_equal(guard_check(&head), GUARD_REFUSED);
    const char *bare = "GET\0/\0HTTP/1.1\0\0Host: a\0X: bc\0\0\0\0";
    struct guard_field bare_fields[] = {{{bare + 16, 4}, {bare + 22, 1}},
                                        {{bare + 24, 1}, {bare + 27, 2}}};
    head = (struct guard_head){{bare, 3}, {bare + 4, 1}, {bare + 6, 8}, bare_fields,
                               2,         {bare + 4, 33}};
    assert_int_equal(guard_check(&head), GUARD_REFUSED);
    const char *cut = "GET\0/\0x\0HTTP/1.1\0\0Host: a\0\0\0\0";
    struct guard_field cut_field = {{cut + 18, 4}, {cut + 24, 1}};
    head =
        (struct guard_head){{cut, 3}, {cut + 4, 1}, {cut + 8, 8}, &cut_field, 1, {cut + 4, 29}};
    assert_int_equal(guard_check(&head), GUARD_REFUSED);
}

static void the_length_is_read(void **state)
{
    (void)state;
    struct guard_field field = {TEXT("content-LENGTH"), TEXT(" 42 ")};
    struct guard_head head = {.fields = &field, .n_fields = 1};
    assert_int_equal(guard_content_length(&head), 42);
    head.n_fields = 0;
    assert_int_equal(guard_content_length(&head), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_heads_pass),
        cmocka_unit_test(doubtful_heads_are_refused),
        cmocka_unit_test(targets_are_visible_and_bounded),
        cmocka_unit_test(fields_are_counted),
        cmocka_unit_test(line_ends_are_seen_by_distance),
        cmocka_unit_test(the_length_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
