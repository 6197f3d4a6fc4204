/* SPDX-License-Identifier: ISC
 *
 * The reader is jansson behind our own names: a struct json is a json_t.
 */
#include "format/json.h"

#include <inttypes.h>
#include <jansson.h>
#include <malloc.h>

#include "base/secret.h"

static void free_wiped(void *at)
{
    if (at)
        wipe_bytes(at, malloc_usable_size(at));
    free(at);
}

void json_prepare(uint64_t seed)
{
    json_set_alloc_funcs(malloc, free_wiped);
    size_t folded = (size_t)(seed ^ seed >> 32);
    json_object_seed(folded ? folded : 1); /* 0 would ask /dev/urandom */
}

enum status json_parse(struct text t, struct json **ret_value, struct error *err)
{
    json_error_t problem;
    json_t *value =
        json_loadb(t.at ? t.at : "", t.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &problem);
    if (!value)
        return error_set(err, ERR_INVALID, "json", "not JSON at line %d, column %d",
                         problem.line, problem.column);
    *ret_value = (struct json *)value;
    return OK;
}

void json_free(struct json *value)
{
    json_decref((json_t *)value);
}

bool json_is_an_object(const struct json *value)
{
    return json_is_object((const json_t *)value);
}

bool json_is_a_list(const struct json *value)
{
    return json_is_array((const json_t *)value);
}

const char *json_next_name(const struct json *object, const char *previous)
{
    json_t *o =
        (json_t *)(uintptr_t)object; /* its iterators take it so, and do not change it */
    void *at = previous ? json_object_iter_next(o, json_object_key_to_iter(previous))
                        : json_object_iter(o);
    return at ? json_object_iter_key(at) : NULL;
}

const struct json *json_member(const struct json *object, const char *name)
{
    return (const struct json *)json_object_get((const json_t *)object, name);
}

const struct json *json_item(const struct json *list, size_t i)
{
    return (const struct json *)json_array_get((const json_t *)list, i);
}

size_t json_count(const struct json *list)
{
    return json_array_size((const json_t *)list);
}

bool json_get_text(const struct json *value, struct text *ret_text)
{
    const json_t *v = (const json_t *)value;
    if (!v || !json_is_string(v))
        return false;
    *ret_text = (struct text){json_string_value(v), json_string_length(v)};
    return true;
}

bool json_get_i64(const struct json *value, int64_t *ret_value)
{
    const json_t *v = (const json_t *)value;
    if (!v || !json_is_integer(v))
        return false;
    *ret_value = json_integer_value(v);
    return true;
}

bool json_get_bool(const struct json *value, bool *ret_value)
{
    const json_t *v = (const json_t *)value;
    if (!v || !json_is_boolean(v))
        return false;
    *ret_value = json_is_true(v);
    return true;
}

static void begin_value(struct json_writer *w)
{
    if (w->follows)
        buf_add_byte(w->out, ',');
    w->follows = true;
}

void json_open(struct json_writer *w, char bracket)
{
    begin_value(w);
    buf_add_byte(w->out, (unsigned char)bracket);
    w->follows = false;
}

void json_close(struct json_writer *w, char bracket)
{
    buf_add_byte(w->out, (unsigned char)bracket);
    w->follows = true;
}

/* Beyond what RFC 8259 asks, '<' is escaped, so that an answer that a browser were to take for HTML has
 * no tags. */
static const bool is_special[256] = {
    [0 ... 0x1f] = true, ['"'] = true, ['\\'] = true, ['<'] = true, [0x7f] = true,
};

static size_t plain_length(struct text t)
{
    size_t n = 0;
    while (n < t.n && !is_special[(unsigned char)t.at[n]])
        n++;
    return n;
}

static void add_escaped(struct buf *out, unsigned char c)
{
    if (c == '"' || c == '\\') {
        buf_add_byte(out, '\\');
        buf_add_byte(out, c);
    } else if (c == '\n') {
        buf_add_cstr(out, "\\n");
    } else {
        buf_printf(out, "\\u%04x", c);
    }
}

static void add_quoted(struct buf *out, struct text t)
{
    size_t plain = plain_length(t);
    unsigned char *whole = plain == t.n ? buf_room(out, t.n + 2) : NULL;
    if (whole && t.n > 0) { /* nearly always */
        whole[0] = '"';
        memcpy(whole + 1, t.at, t.n);
        whole[t.n + 1] = '"';
        buf_grown(out, t.n + 2);
        return;
    }
    buf_add_byte(out, '"');
    for (; (plain = plain_length(t)) < t.n;
         t = (struct text){t.at + plain + 1, t.n - plain - 1}) {
        buf_add(out, t.at, plain);
        add_escaped(out, (unsigned char)t.at[plain]);
    }
    buf_add(out, t.at, t.n);
    buf_add_byte(out, '"');
}

void json_name(struct json_writer *w, const char *name)
{
    begin_value(w);
    add_quoted(w->out, text_from(name));
    buf_add_byte(w->out, ':');
    w->follows = false;
}

void json_add_text(struct json_writer *w, struct text t)
{
    begin_value(w);
    add_quoted(w->out, t);
}

void json_add_i64(struct json_writer *w, int64_t value)
{
    begin_value(w);
    buf_printf(w->out, "%" PRId64, value);
}

void json_add_bool(struct json_writer *w, bool value)
{
    begin_value(w);
    buf_add_cstr(w->out, value ? "true" : "false");
}

void json_add_null(struct json_writer *w)
{
    begin_value(w);
    buf_add_cstr(w->out, "null");
}

void json_put_text(struct json_writer *w, const char *name, struct text t)
{
    json_name(w, name);
    json_add_text(w, t);
}

void json_put_i64(struct json_writer *w, const char *name, int64_t value)
{
    json_name(w, name);
    json_add_i64(w, value);
}

void json_put_bool(struct json_writer *w, const char *name, bool value)
{
    json_name(w, name);
    json_add_bool(w, value);
}
