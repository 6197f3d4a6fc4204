/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/list.h"
#include "base/map.h"
#include "base/secret.h"
#include "base/text.h"

static void texts_compare_and_cut(void **state)
{
    (void)state;
    struct text before = {0}, after = {0};
    assert_true(text_equal((struct text){0}, TEXT("")));
    assert_false(text_equal(TEXT("a"), TEXT("A")));
    assert_true(text_equal_nocase(TEXT("Exchange"), TEXT("eXCHANGE")));
    assert_false(text_equal_nocase(TEXT("\xc3\x84"), TEXT("\xc3\xa4")));
    assert_true(text_starts(TEXT("abc"), TEXT("ab")) && text_starts(TEXT("abc"), TEXT("")));
    assert_false(text_starts(TEXT("ab"), TEXT("abc")));
    assert_true(text_ends(TEXT("abc"), TEXT("bc")));
    assert_true(text_cut(TEXT("a=b=c"), '=', &before, &after));
    assert_true(text_equal(before, TEXT("a")) && text_equal(after, TEXT("b=c")));
    assert_false(text_cut(TEXT("abc"), '=', &before, &after));
    assert_false(text_cut((struct text){0}, '=', &before, &after));
    assert_true(text_equal(before, TEXT("a")));
    assert_true(text_equal(text_trim(TEXT(" \t\r\n a b \n")), TEXT("a b")));
    assert_true(text_equal(text_trim(TEXT("   ")), TEXT("")));
}

static void numbers_are_read_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {{"0", 0},
                {"-0", 0},
                {"007", 7},
                {"-12", -12},
                {"9223372036854775807", INT64_MAX},
                {"-9223372036854775808", INT64_MIN}};
    static const char *const wrong[] = {"",
                                        "-",
                                        "+1",
                                        " 1",
                                        "1 ",
                                        "1.0",
                                        "0x1",
                                        "--1",
                                        "1-",
                                        "9223372036854775808",
                                        "-9223372036854775809",
                                        "99999999999999999999999"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t value = 77;
        assert_true(text_to_i64(text_from(good[i].text), &value));
        assert_int_equal(value, good[i].value);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        int64_t value = 77;
        assert_false(text_to_i64(text_from(wrong[i]), &value));
        assert_int_equal(value, 77);
    }
}

static void utf8_is_rfc_3629(void **state)
{
    (void)state;
    static const char *const good[] = {"",
                                       "a",
                                       "\xc3\xa9",
                                       "\xe2\x82\xac",
                                       "\xf0\x9f\x98\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xf4\x8f\xbf\xbf",
                                       "\xc2\x80"};
    static const char *const wrong[] = {"\x80",
                                        "\xc3",
                                        "\xc0\x80",
                                        "\xc1\xbf",
                                        "\xe0\x80\x80",
                                        "\xe0\x9f\xbf",
                                        "\xed\xa0\x80",
                                        "\xed\xbf\xbf",
                                        "\xf0\x80\x80\x80",
                                        "\xf0\x8f\xbf\xbf",
                                        "\xf4\x90\x80\x80",
                                        "\xf5\x80\x80\x80",
                                        "\xff",
                                        "\xe2\x82",
                                        "a\xc3",
                                        "\xe2\x28\xa1",
                                        "\xf0\x9f\x98"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(text_is_utf8(text_from(good[i])));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(text_is_utf8(text_from(wrong[i])));
    assert_true(text_is_clean(TEXT("a\tb\nc")));
    assert_false(text_is_clean(TEXT("a\rb")));
    assert_false(text_is_clean(TEXT("a\0b")));
    assert_false(text_is_clean(TEXT("\x7f")));
    assert_false(text_is_clean(TEXT("\x1b[0m")));
    assert_true(text_is_line(TEXT("Ann Muster")));
    assert_false(text_is_line(TEXT(" \t")));
    assert_false(text_is_line(TEXT("a\nb")));
    assert_false(text_is_line(TEXT("gpj.\xe2\x80\xaexe")));
    assert_true(text_is_line(TEXT("\xd7\x93\xd7\x95\xd7\x93\xe2\x80\x8f")));
}

static void a_link_is_https_and_ends_nothing(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "https://",
                                        "https:///join",
                                        "http://meet.example/a",
                                        "javascript:alert(1)",
                                        " https://meet.example/a",
                                        "https://meet.example/a b",
                                        "https://meet.example/a\nb",
                                        "https://meet.example/\"onclick=",
                                        "https://meet.example/<b>",
                                        "https://meet.example/\xc3\xa4"};
    char longest[MAX_LINK + 2];
    memset(longest, 'a', sizeof longest);
    memcpy(longest, "https://", 8);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(text_is_link(text_from(wrong[i])));
    assert_true(text_is_link(TEXT("https://meet.example/abc-defg?authuser=0&x=%7b#y")));
    assert_true(text_is_link((struct text){longest, MAX_LINK}));
    assert_false(text_is_link((struct text){longest, MAX_LINK + 1}));
}

/* Long texts are looked at several bytes at once: every byte must count at every place. */
static void one_control_anywhere_is_found(void **state)
{
    (void)state;
    for (size_t place = 0; place < 20; place++)
        for (int byte = 0; byte < 256; byte++) {
            char bytes[20];
            memset(bytes, 'a', sizeof bytes);
            bytes[place] = (char)byte;
            bool clean = byte == '\t' || byte == '\n' || (byte >= 0x20 && byte < 0x7f);
            assert_int_equal(text_is_clean((struct text){bytes, sizeof bytes}), clean);
            assert_int_equal(text_is_utf8((struct text){bytes, sizeof bytes}), byte < 0x80);
        }
}

static void slugs_stand_in_addresses(void **state)
{
    (void)state;
    assert_true(text_is_slug(TEXT("a"), 48) && text_is_slug(TEXT("acme-2"), 48));
    static const char *const wrong[] = {"",    "-a",       "a-",  "A",   "a b",
                                        "a/b", "\xc3\xa4", "a.b", "abcd"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(text_is_slug(text_from(wrong[i]), 3));
}

static void a_map_finds_what_was_put(void **state)
{
    (void)state;
    enum { N = 3000 };
    static char keys[N][12];
    struct map m = MAP(12345);
    assert_null(map_find(&m, TEXT("x")));
    for (int i = 0; i < N; i++) {
        snprintf(keys[i], sizeof keys[i], "key %d", i);
        assert_null(map_put(&m, text_from(keys[i]), keys[i]));
    }
    for (int i = 0; i < N; i += 2)
        assert_ptr_equal(map_remove(&m, text_from(keys[i])), keys[i]);
    for (int i = 0; i < N; i++)
        assert_ptr_equal(map_find(&m, text_from(keys[i])), i % 2 ? keys[i] : NULL);
    assert_int_equal(m.n, N / 2);
    assert_ptr_equal(map_put(&m, text_from(keys[1]), keys[0]), keys[1]);
    assert_ptr_equal(map_find(&m, text_from(keys[1])), keys[0]);
    size_t pos = 0, n = 0;
    while (map_next(&m, &pos))
        n++;
    assert_int_equal(n, N / 2);
    map_done(&m);
}

/* A table that is filled and emptied for ever must neither grow for ever nor fill up with removed rows. */
static void a_map_lives_long(void **state)
{
    (void)state;
    char key[16];
    struct map m = MAP(1);
    for (int i = 0; i < 100000; i++) {
        snprintf(key, sizeof key, "%d", i);
        map_put(&m, text_from(key), key);
        assert_ptr_equal(map_remove(&m, text_from(key)), key);
        assert_null(map_remove(&m, text_from(key)));
    }
    assert_int_equal(m.n, 0);
    assert_true(m.size <= 64);
    map_done(&m);
}

static void a_walk_may_remove_what_it_finds(void **state)
{
    (void)state;
    static const char *const keys[] = {"a", "b", "c", "d", "e"};
    struct map m = MAP(7);
    for (size_t i = 0; i < 5; i++)
        map_put(&m, text_from(keys[i]), (void *)(uintptr_t)keys[i]);
    size_t pos = 0, n = 0;
    for (const char *value; (value = map_next(&m, &pos)); n++)
        assert_ptr_equal(map_remove(&m, text_from(value)), value);
    assert_int_equal(n, 5);
    assert_int_equal(m.n, 0);
    map_done(&m);
}

static void secrets_compare_and_copy(void **state)
{
    (void)state;
    struct secret one = secret_new("abc", 3), same = secret_copy(&one),
                  other = secret_new("abd", 3);
    struct secret longer = secret_new("abcd", 4), none = {0};
    assert_true(secret_equal(&one, &same));
    assert_false(secret_equal(&one, &other) || secret_equal(&one, &longer) ||
                 secret_equal(&one, &none));
    assert_true(secret_equal(&none, &none));
    assert_int_equal(same.at[3], 0);
    secret_free(&one);
    assert_null(one.at);
    secret_free(&one);
    secret_free(&same);
    secret_free(&other);
    secret_free(&longer);
    secret_free(&none);
}

static void a_list_keeps_its_order(void **state)
{
    (void)state;
    struct item {
        int number;
        struct list node;
    } items[3] = {{.number = 0}, {.number = 1}, {.number = 2}};
    struct list list;
    list_init(&list);
    assert_null(list_first(&list));
    list_add_last(&list, &items[1].node);
    list_add_last(&list, &items[2].node);
    list_add_first(&list, &items[0].node);
    int expected = 0;
    LIST_EACH (node, &list)
        assert_int_equal(LIST_OWNER(node, struct item, node)->number, expected++);
    assert_int_equal(expected, 3);
    list_remove(&items[1].node);
    list_remove(&items[1].node); /* harmless */
    assert_ptr_equal(items[0].node.next, &items[2].node);
    list_remove(&items[0].node);
    list_remove(&items[2].node);
    assert_true(list_is_empty(&list));
}

static void what_reorders_text_misleads(void **state)
{
    (void)state;
    static const char *const bad[] = {"\xe2\x80\xa8", "\xe2\x80\xaa", "a\xe2\x80\xae z",
                                      "\xe2\x81\xa6", "\xe2\x81\xa9", "\xe2\x81\xaf",
                                      "\xef\xbb\xbf", "\xef\xbf\xb9", "\xf3\xa0\x81\x81"};
    static const char *const good[] = {"",
                                       "Ann",
                                       "\xe2\x80\x8d", /* joiners and marks */
                                       "\xe2\x80\x8c",
                                       "\xe2\x80\x8f",
                                       "\xd8\x9c",
                                       "\xe2\x80\xa7", /* neighbours */
                                       "\xe2\x80\xaf",
                                       "\xe2\x81\xa5",
                                       "\xe2\x81\xb0",
                                       "\xf0\x9f\x98\x80",
                                       "\xe2\x80"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_true(text_misleads(text_from(bad[i])));
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_false(text_misleads(text_from(good[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_reorders_text_misleads),
        cmocka_unit_test(a_link_is_https_and_ends_nothing),
        cmocka_unit_test(texts_compare_and_cut),
        cmocka_unit_test(numbers_are_read_strictly),
        cmocka_unit_test(utf8_is_rfc_3629),
        cmocka_unit_test(slugs_stand_in_addresses),
        cmocka_unit_test(a_map_finds_what_was_put),
        cmocka_unit_test(a_map_lives_long),
        cmocka_unit_test(a_walk_may_remove_what_it_finds),
        cmocka_unit_test(secrets_compare_and_copy),
        cmocka_unit_test(a_list_keeps_its_order),
        cmocka_unit_test(one_control_anywhere_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
