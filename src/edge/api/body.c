/* SPDX-License-Identifier: ISC */
#include "edge/api/body.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/base64.h"
#include "format/json.h"
#include "time/civil.h"

enum { PLACE_MAX = 96, DAY_MIN = 24 * 60, HOUR_MIN = 60 };

struct reader {
    struct arena *a;
    char *problem;
};

/* Say what is wrong at a place. */
static enum status wrong(struct reader *r, const char *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static enum status wrong(struct reader *r, const char *place, const char *format, ...)
{
    int n = snprintf(r->problem, BODY_PROBLEM_MAX, "%s%s", place, *place ? " " : "");
    va_list args;
    va_start(args, format);
    vsnprintf(r->problem + n, BODY_PROBLEM_MAX - (size_t)n, format, args);
    va_end(args);
    return ERR_INVALID;
}

static bool two_digits(const char *at, int64_t *ret_value)
{
    if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9')
        return false;
    *ret_value = (at[0] - '0') * 10 + at[1] - '0';
    return true;
}

static bool parse_clock(struct text t, int64_t *ret_minute)
{
    int64_t hour, minute;
    if (t.n != 5 || t.at[2] != ':' || !two_digits(t.at, &hour) ||
        !two_digits(t.at + 3, &minute) || minute >= HOUR_MIN)
        return false;
    *ret_minute = hour * HOUR_MIN + minute;
    return *ret_minute <= DAY_MIN;
}

static bool find_word(const struct body_field *field, struct text word, int *ret_value)
{
    for (int i = 0; i < (int)field->most; i++)
        if (field->words[i] && text_equal(word, text_from(field->words[i]))) {
            *ret_value = i;
            return true;
        }
    return false;
}

static enum status wrong_word(struct reader *r, const char *place,
                              const struct body_field *field)
{
    struct buf all CLEANUP(buf_done) = BUF(BODY_PROBLEM_MAX);
    for (int i = 0; i < (int)field->most; i++)
        if (field->words[i])
            buf_printf(&all, "%s%s", all.n ? ", " : "", field->words[i]);
    return wrong(r, place, "must be %s of %s.", field->kind == BODY_WORDS ? "a list" : "one",
                 buf_cstr(&all));
}

static enum status read_text(struct reader *r, const char *place,
                             const struct body_field *field, struct text t, char *at)
{
    if (t.n > (size_t)field->most || t.n < (size_t)field->least || !text_is_clean(t))
        return wrong(r, place,
                     "must be a text of %lld to %lld bytes without control characters.",
                     (long long)field->least, (long long)field->most);
    *(struct text *)at = arena_text(r->a, t);
    return OK;
}

static enum status read_secret(struct reader *r, const char *place,
                               const struct body_field *field, struct text t, char *at)
{
    struct secret *secret = (struct secret *)at;
    if (t.n == 0 || t.n > (size_t)field->most)
        return wrong(r, place, "must be a text of 1 to %lld bytes.", (long long)field->most);
    secret_free(secret);
    *secret = secret_new(t.at, t.n);
    return OK;
}

static enum status read_base64(struct reader *r, const char *place,
                               const struct body_field *field, struct text t, char *at)
{
    struct buf bytes CLEANUP(buf_wipe) = BUF((size_t)field->most);
    if (base64_parse(&bytes, t) != OK || buf_failed(&bytes) || bytes.n < (size_t)field->least)
        return wrong(r, place, "must be %lld to %lld bytes as base64.", (long long)field->least,
                     (long long)field->most);
    *(struct text *)at = arena_text(r->a, buf_text(&bytes));
    return OK;
}

/* What is written as a JSON string. */
static enum status read_string(struct reader *r, const char *place,
                               const struct body_field *field, const struct json *json,
                               char *at)
{
    struct text t;
    int word;
    if (!json_get_text(json, &t))
        return field->kind == BODY_WORD ? wrong_word(r, place, field)
                                        : wrong(r, place, "must be a text.");
    switch (field->kind) {
    case BODY_TEXT:
        return read_text(r, place, field, t, at);
    case BODY_SECRET:
        return read_secret(r, place, field, t, at);
    case BODY_BASE64:
        return read_base64(r, place, field, t, at);
    case BODY_DATE:
        return civil_parse_date(t, (int64_t *)at) == OK
                   ? OK
                   : wrong(r, place, "must be a date, such as 2026-12-24.");
    case BODY_CLOCK:
        return parse_clock(t, (int64_t *)at)
                   ? OK
                   : wrong(r, place, "must be a time of day, such as 09:00.");
    default:
        if (!find_word(field, t, &word))
            return wrong_word(r, place, field);
        *(int *)at = word; /* an enum without negative values */
        return OK;
    }
}

static enum status read_number(struct reader *r, const char *place,
                               const struct body_field *field, const struct json *json,
                               char *at)
{
    int64_t value;
    if (!json_get_i64(json, &value) || value < field->least || value > field->most)
        return wrong(r, place, "must be a whole number from %lld to %lld.",
                     (long long)field->least, (long long)field->most);
    *(int64_t *)at = value;
    return OK;
}

static enum status read_words(struct reader *r, const char *place,
                              const struct body_field *field, const struct json *json, char *at)
{
    int64_t bits = 0;
    struct text t;
    int word;
    if (!json_is_a_list(json) || json_count(json) > (size_t)field->most)
        return wrong_word(r, place, field);
    for (size_t i = 0; i < json_count(json); i++) {
        if (!json_get_text(json_item(json, i), &t) || !find_word(field, t, &word))
            return wrong_word(r, place, field);
        bits |= INT64_C(1) << word;
    }
    *(int64_t *)at = bits;
    return OK;
}

static enum status read_object(struct reader *r, const char *place,
                               const struct body_shape *shape, const struct json *json,
                               char *at);

static enum status read_field(struct reader *r, const char *place,
                              const struct body_field *field, const struct json *json,
                              char *value);

static enum status read_item(struct reader *r, const char *place,
                             const struct body_shape *shape, const struct json *json, char *at)
{
    bool is_bare = shape->n_fields == 1 && !*shape->fields->name;
    return is_bare ? read_field(r, place, shape->fields, json, at)
                   : read_object(r, place, shape, json, at);
}

static enum status read_list(struct reader *r, const char *place,
                             const struct body_field *field, const struct json *json,
                             char *value)
{
    size_t n = json_count(json);
    if (!json_is_a_list(json) || n > (size_t)field->most)
        return wrong(r, place, "must be a list of at most %lld.", (long long)field->most);
    char *items = arena_array(r->a, n ? n : 1, field->of->size);
    for (size_t i = 0; i < n; i++) {
        char item[PLACE_MAX];
        ENSURE(snprintf(item, sizeof item, "%s[%zu]", place, i) < PLACE_MAX);
        TRY(read_item(r, item, field->of, json_item(json, i), items + i * field->of->size));
    }
    *(char **)(value + field->offset) = items;
    *(size_t *)(value + field->count_offset) = n;
    return OK;
}

static enum status read_field(struct reader *r, const char *place,
                              const struct body_field *field, const struct json *json,
                              char *value)
{
    char *at = value + field->offset;
    switch (field->kind) {
    case BODY_I64:
        return read_number(r, place, field, json, at);
    case BODY_FLAG:
        return json_get_bool(json, (bool *)at) ? OK : wrong(r, place, "must be true or false.");
    case BODY_WORDS:
        return read_words(r, place, field, json, at);
    case BODY_ONE:
        return read_object(r, place, field->of, json, at);
    case BODY_LIST:
        return read_list(r, place, field, json, value);
    default:
        return read_string(r, place, field, json, at);
    }
}

static const struct body_field *find_field(const struct body_shape *shape, const char *name)
{
    for (size_t i = 0; i < shape->n_fields; i++)
        if (strcmp(shape->fields[i].name, name) == 0)
            return &shape->fields[i];
    return NULL;
}

static void place_of(char ret_place[static PLACE_MAX], const char *place, const char *name)
{
    int n = snprintf(ret_place, PLACE_MAX, "%s%s%s", place, *place ? "." : "", name);
    ENSURE(n < PLACE_MAX); /* names of our tables, two deep */
}

static enum status read_object(struct reader *r, const char *place,
                               const struct body_shape *shape, const struct json *json,
                               char *value)
{
    char inner[PLACE_MAX];
    if (!json_is_an_object(json))
        return wrong(r, *place ? place : "The body", "must be an object.");
    for (const char *name = NULL; (name = json_next_name(json, name));)
        if (!find_field(shape, name))
            return wrong(r, *place ? place : "The body",
                         "has a member that is not known here.");
    for (size_t i = 0; i < shape->n_fields; i++) {
        const struct body_field *field = &shape->fields[i];
        const struct json *member = json_member(json, field->name);
        place_of(inner, place, field->name);
        if (member)
            TRY(read_field(r, inner, field, member, value));
        else if (field->is_required)
            return wrong(r, inner, "is missing.");
    }
    return OK;
}

enum status body_read(struct arena *a, const struct body_shape *shape, struct text json,
                      void *value, char ret_problem[static BODY_PROBLEM_MAX])
{
    struct json *root = NULL;
    struct error err = {0};
    struct reader r = {a, ret_problem};
    if (json_parse(json.n ? json : TEXT("{}"), &root, &err) != OK)
        return wrong(&r, "The body", "is %s.", err.what);
    enum status status = read_object(&r, "", shape, root, value);
    json_free(root);
    return status;
}
