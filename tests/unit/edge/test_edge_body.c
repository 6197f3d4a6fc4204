/* SPDX-License-Identifier: ISC
 *
 * A body is read as its table says, or refused by its place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "edge/api/api.h"
#include "format/json.h"

struct item {
    struct text name;
    int64_t size;
};

struct bare {
    struct text word;
};

struct whole {
    struct text title;
    struct secret password;
    struct text key;
    int64_t count;
    bool flag;
    int colour;
    int64_t colours;
    int64_t day, minute;
    struct item one;
    struct item *items;
    size_t n_items;
    struct bare *words;
    size_t n_words;
};

static const char *const colours[] = {"red", NULL, "blue"};

static const struct body_field item_fields[] = {
    {"name", BODY_TEXT, true, offsetof(struct item, name), .least = 1, .most = 4},
    {"size", BODY_I64, false, offsetof(struct item, size), .least = -1, .most = 9},
};
static const struct body_shape item = BODY_SHAPE(struct item, item_fields);
static const struct body_field bare_fields[] = {
    {"", BODY_TEXT, true, offsetof(struct bare, word), .most = 3}};
static const struct body_shape bare = BODY_SHAPE(struct bare, bare_fields);

#define AT(field) offsetof(struct whole, field)
static const struct body_field fields[] = {
    {"title", BODY_TEXT, true, AT(title), .most = 10},
    {"password", BODY_SECRET, false, AT(password), .most = 8},
    {"key", BODY_BASE64, false, AT(key), .least = 2, .most = 3},
    {"count", BODY_I64, false, AT(count), .least = 0, .most = 100},
    {"flag", BODY_FLAG, false, AT(flag)},
    {"colour", BODY_WORD, false, AT(colour), .most = 3, .words = colours},
    {"colours", BODY_WORDS, false, AT(colours), .most = 3, .words = colours},
    {"day", BODY_DATE, false, AT(day)},
    {"minute", BODY_CLOCK, false, AT(minute)},
    {"one", BODY_ONE, false, AT(one), .of = &item},
    {"items", BODY_LIST, false, AT(items), .count_offset = AT(n_items), .most = 2, .of = &item},
    {"words", BODY_LIST, false, AT(words), .count_offset = AT(n_words), .most = 3, .of = &bare},
};
static const struct body_shape whole = BODY_SHAPE(struct whole, fields);

static void everything_is_read_over_the_defaults(void **state)
{
    (void)state;
    struct arena a = {0};
    struct whole value = {.count = 7, .flag = true};
    char problem[BODY_PROBLEM_MAX];
    const char *json = "{\"title\": \"T\\u00e9\", \"password\": \"p\", \"key\": \"YWI=\","
                       " \"colour\": \"blue\", \"colours\": [\"red\", \"blue\", \"red\"],"
                       " \"day\": \"1970-01-02\", \"minute\": \"24:00\","
                       " \"one\": {\"name\": \"n\", \"size\": -1},"
                       " \"items\": [{\"name\": \"a\"}, {\"name\": \"b\", \"size\": 9}],"
                       " \"words\": [\"x\", \"\"]}";
    assert_int_equal(body_read(&a, &whole, text_from(json), &value, problem), OK);
    assert_true(text_equal(value.title, TEXT("T\xc3\xa9")) && value.count == 7 && value.flag);
    assert_true(value.password.n == 1 && text_equal(value.key, TEXT("ab")));
    assert_true(value.colour == 2 && value.colours == 5);
    assert_true(value.day == 1 && value.minute == 1440 && value.one.size == -1);
    assert_true(value.n_items == 2 && value.items[1].size == 9 && value.items[0].size == 0);
    assert_true(value.n_words == 2 && text_equal(value.words[0].word, TEXT("x")));
    secret_free(&value.password);
    arena_done(&a);
}

static void what_is_wrong_is_told_by_its_place(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"", "title is missing."},
        {"[]", "The body must be an object."},
        {"{\"title\": \"a\", \"title\": \"b\"}", "not JSON"},
        {"{\"title\": \"a\"} x", "not JSON"},
        {"{\"title\": \"a\", \"Title\": 1}", "The body has a member that is not known here."},
        {"{\"title\": null}", "title must be a text."},
        {"{\"title\": \"elevenbytes\"}", "title must be a text of 0 to 10 bytes"},
        {"{\"title\": \"a\\u0007\"}", "title must be a text of"},
        {"{\"title\": \"a\", \"password\": \"\"}", "password must be a text of 1 to 8"},
        {"{\"title\": \"a\", \"password\": \"ninebytes\"}", "password must be"},
        {"{\"title\": \"a\", \"key\": \"YQ==\"}", "key must be 2 to 3 bytes as base64."},
        {"{\"title\": \"a\", \"key\": \"YWJjZA==\"}", "key must be"},
        {"{\"title\": \"a\", \"key\": \"?\"}", "key must be"},
        {"{\"title\": \"a\", \"count\": 101}", "count must be a whole number from 0 to 100."},
        {"{\"title\": \"a\", \"count\": 1.5}", "count must be"},
        {"{\"title\": \"a\", \"count\": \"1\"}", "count must be"},
        {"{\"title\": \"a\", \"flag\": 1}", "flag must be true or false."},
        {"{\"title\": \"a\", \"colour\": \"green\"}", "colour must be one of red, blue."},
        {"{\"title\": \"a\", \"colour\": 2}", "colour must be one of red, blue."},
        {"{\"title\": \"a\", \"colours\": \"red\"}", "colours must be a list of red, blue."},
        {"{\"title\": \"a\", \"colours\": [\"red\",\"red\",\"red\",\"red\"]}",
         "colours must be"},
        {"{\"title\": \"a\", \"day\": \"1970-02-30\"}", "day must be a date"},
        {"{\"title\": \"a\", \"minute\": \"24:01\"}", "minute must be a time of day"},
        {"{\"title\": \"a\", \"minute\": \"9:00\"}", "minute must be"},
        {"{\"title\": \"a\", \"minute\": \"09:60\"}", "minute must be"},
        {"{\"title\": \"a\", \"one\": {}}", "one.name is missing."},
        {"{\"title\": \"a\", \"one\": []}", "one must be an object."},
        {"{\"title\": \"a\", \"items\": {}}", "items must be a list of at most 2."},
        {"{\"title\": \"a\", \"items\": [{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"c\"}]}",
         "items must be a list of at most 2."},
        {"{\"title\": \"a\", \"items\": [{\"name\": \"a\"}, {\"name\": \"\"}]}",
         "items[1].name must be"},
        {"{\"title\": \"a\", \"items\": [{\"name\": \"a\", \"sise\": 1}]}",
         "items[0] has a member that is not known here."},
        {"{\"title\": \"a\", \"words\": [\"x\", {\"\": \"x\"}]}", "words[1] must be a text."},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena a = {0};
        struct whole value = {0};
        char problem[BODY_PROBLEM_MAX] = "";
        assert_int_equal(body_read(&a, &whole, text_from(rows[i][0]), &value, problem),
                         ERR_INVALID);
        if (!strstr(problem, rows[i][1]))
            fail_msg("%s: said \"%s\", not \"%s\"", rows[i][0], problem, rows[i][1]);
        secret_free(&value.password);
        arena_done(&a);
    }
}

/* A refusal never repeats what stood there: it may have been a password in the wrong place. */
static void a_refusal_repeats_nothing(void **state)
{
    (void)state;
    struct arena a = {0};
    struct whole value = {0};
    char problem[BODY_PROBLEM_MAX] = "";
    const char *json = "{\"title\": \"a\", \"colour\": \"marked\", \"marked\": \"marked\"}";
    assert_int_equal(body_read(&a, &whole, text_from(json), &value, problem), ERR_INVALID);
    assert_null(strstr(problem, "marked"));
    arena_done(&a);
}

static bool has_member(const struct body_shape *shape, const char *name)
{
    for (size_t i = 0; i < shape->n_fields; i++)
        if (strcmp(shape->fields[i].name, name) == 0)
            return true;
    return false;
}

static const struct body_shape *member_shape(const struct body_shape *shape, const char *name)
{
    for (size_t i = 0; i < shape->n_fields; i++)
        if (strcmp(shape->fields[i].name, name) == 0)
            return shape->fields[i].of;
    return NULL;
}

/* A page is put whole: what a command can say of it and this interface could not would be lost by a PUT. */
static void a_page_is_put_whole(void **state)
{
    (void)state;
    const struct shape *page = page_put_ask_shape(), *rule = rule_shape();
    for (size_t i = 0; i < page->n_fields; i++) {
        const char *name = page->fields[i].name;
        bool is_in_path = strcmp(name, "account") == 0 || strcmp(name, "page") == 0;
        if (!is_in_path && !has_member(&body_page, strcmp(name, "email") == 0 ? "host" : name))
            fail_msg("%s cannot be said", name);
    }
    for (size_t i = 0; i < rule->n_fields; i++)
        if (!has_member(member_shape(&body_page, "rule"), rule->fields[i].name))
            fail_msg("rule.%s cannot be said", rule->fields[i].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_read_over_the_defaults),
        cmocka_unit_test(what_is_wrong_is_told_by_its_place),
        cmocka_unit_test(a_page_is_put_whole),
        cmocka_unit_test(a_refusal_repeats_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
