/* SPDX-License-Identifier: ISC */
#include "wire/codec.h"

#include <string.h>

struct reader {
    const unsigned char *at;
    size_t left;
    struct arena *a;
};

static const void *member(const void *value, size_t offset)
{
    return (const char *)value + offset;
}

static enum status encode_fields(struct buf *out, const struct shape *shape, const void *value);

static enum status encode_bytes(struct buf *out, const void *at, size_t n, size_t max)
{
    if (n > max)
        return ERR_INVALID;
    buf_add_u32(out, (uint32_t)n);
    buf_add(out, at, n);
    return OK;
}

static enum status encode_list(struct buf *out, const struct field *field, const void *value)
{
    const struct shape *of = field->of();
    size_t n = *(const size_t *)member(value, field->count_offset);
    const char *item = *(char *const *)member(value, field->offset);
    if (n > field->max)
        return ERR_INVALID;
    buf_add_u32(out, (uint32_t)n);
    for (size_t i = 0; i < n; i++, item += of->size)
        TRY(encode_fields(out, of, item));
    return OK;
}

static enum status encode_field(struct buf *out, const struct field *field, const void *value)
{
    const void *at = member(value, field->offset);
    const struct text *text = at;
    const struct secret *secret = at;
    switch (field->kind) {
    case FIELD_FLAG:
        buf_add_byte(out, *(const bool *)at);
        return OK;
    case FIELD_CODE:
        if (*(const unsigned *)at >= field->max)
            return ERR_INVALID;
        buf_add_u32(out, *(const unsigned *)at);
        return OK;
    case FIELD_I64:
    case FIELD_INSTANT: /* struct instant is one int64_t */
        buf_add_u64(out, *(const uint64_t *)at);
        return OK;
    case FIELD_TEXT:
        return text_is_clean(*text) ? encode_bytes(out, text->at, text->n, field->max)
                                    : ERR_INVALID;
    case FIELD_BYTES:
        return encode_bytes(out, text->at, text->n, field->max);
    case FIELD_SECRET:
        return encode_bytes(out, secret->at, secret->n, field->max);
    case FIELD_ONE:
        return encode_fields(out, field->of(), at);
    case FIELD_LIST:
        return encode_list(out, field, value);
    }
    return ERR_INVALID;
}

static enum status encode_fields(struct buf *out, const struct shape *shape, const void *value)
{
    for (size_t i = 0; i < shape->n_fields; i++)
        TRY(encode_field(out, &shape->fields[i], value));
    return OK;
}

enum status wire_encode(struct buf *out, shape_table *shape, const void *value)
{
    size_t before = out->n;
    enum status status = encode_fields(out, shape(), value);
    if (status == OK && buf_failed(out))
        status = ERR_FULL;
    if (status != OK)
        out->n = before;
    return status;
}

const struct field *wire_unfit(shape_table *table, const void *value)
{
    const struct shape *shape = table();
    struct buf out CLEANUP(buf_done) = BUF(wire_max(table));
    for (size_t i = 0; i < shape->n_fields; i++)
        if (encode_field(&out, &shape->fields[i], value) != OK)
            return &shape->fields[i];
    return NULL;
}

static enum status decode_fields(struct reader *r, const struct shape *shape, void *value);

static enum status take(struct reader *r, size_t n, const unsigned char **ret_at)
{
    if (r->left < n)
        return ERR_INVALID;
    *ret_at = r->at;
    r->at += n;
    r->left -= n;
    return OK;
}

static enum status take_number(struct reader *r, size_t n, uint64_t *ret_number)
{
    const unsigned char *at;
    TRY(take(r, n, &at));
    uint64_t number = 0;
    for (size_t i = n; i-- > 0;)
        number = number << 8 | at[i];
    *ret_number = number;
    return OK;
}

static enum status take_bytes(struct reader *r, size_t max, struct text *ret_bytes)
{
    uint64_t n;
    const unsigned char *at;
    TRY(take_number(r, 4, &n));
    if (n > max)
        return ERR_INVALID;
    TRY(take(r, (size_t)n, &at));
    *ret_bytes = (struct text){(const char *)at, (size_t)n};
    return OK;
}

static enum status decode_list(struct reader *r, const struct field *field, char *value)
{
    const struct shape *of = field->of();
    uint64_t n;
    TRY(take_number(r, 4, &n));
    if (n > field->max || n > r->left) /* every item takes at least one byte */
        return ERR_INVALID;
    char *items = arena_array(r->a, (size_t)n, of->size);
    *(char **)(value + field->offset) = items;
    *(size_t *)(value + field->count_offset) = (size_t)n; /* now: wire_wipe must see them */
    for (uint64_t i = 0; i < n; i++, items += of->size)
        TRY(decode_fields(r, of, items));
    return OK;
}

static enum status decode_field(struct reader *r, const struct field *field, char *value)
{
    void *at = value + field->offset;
    uint64_t number;
    struct text bytes;
    switch (field->kind) {
    case FIELD_FLAG:
        TRY(take_number(r, 1, &number));
        *(bool *)at = number == 1;
        return number <= 1 ? OK : ERR_INVALID;
    case FIELD_CODE:
        TRY(take_number(r, 4, &number));
        *(unsigned *)at = number < field->max ? (unsigned)number : 0;
        return number < field->max ? OK : ERR_INVALID;
    case FIELD_I64:
    case FIELD_INSTANT:
        TRY(take_number(r, 8, &number));
        *(int64_t *)at = (int64_t)number;
        return OK;
    case FIELD_TEXT:
    case FIELD_BYTES:
        TRY(take_bytes(r, field->max, &bytes));
        *(struct text *)at = arena_text(r->a, bytes);
        return field->kind == FIELD_BYTES || text_is_clean(bytes) ? OK : ERR_INVALID;
    case FIELD_SECRET:
        TRY(take_bytes(r, field->max, &bytes));
        *(struct secret *)at = bytes.n ? secret_new(bytes.at, bytes.n) : (struct secret){0};
        return OK;
    case FIELD_ONE:
        return decode_fields(r, field->of(), at);
    case FIELD_LIST:
        return decode_list(r, field, value);
    }
    return ERR_INVALID;
}

static enum status decode_fields(struct reader *r, const struct shape *shape, void *value)
{
    for (size_t i = 0; i < shape->n_fields; i++)
        TRY(decode_field(r, &shape->fields[i], value));
    return OK;
}

enum status wire_decode(struct arena *a, shape_table *shape, struct text bytes, void *ret_value)
{
    struct reader r = {(const unsigned char *)bytes.at, bytes.n, a};
    memset(ret_value, 0, shape()->size);
    enum status status = decode_fields(&r, shape(), ret_value);
    if (status == OK && r.left)
        status = ERR_INVALID;
    if (status != OK)
        wire_wipe(shape, ret_value);
    return status;
}

static void wipe_fields(const struct shape *shape, char *value)
{
    for (size_t i = 0; i < shape->n_fields; i++) {
        const struct field *field = &shape->fields[i];
        char *at = value + field->offset;
        if (field->kind == FIELD_SECRET)
            secret_free((struct secret *)at);
        if (field->kind == FIELD_ONE)
            wipe_fields(field->of(), at);
        if (field->kind != FIELD_LIST)
            continue;
        char *item = *(char **)at;
        for (size_t n = *(size_t *)(value + field->count_offset); n > 0; n--) {
            wipe_fields(field->of(), item);
            item += field->of()->size;
        }
    }
}

void wire_wipe(shape_table *shape, void *value)
{
    wipe_fields(shape(), value);
    memset(value, 0, shape()->size);
}

size_t wire_max(shape_table *shape)
{
    static const size_t fixed[] = {
        [FIELD_FLAG] = 1, [FIELD_CODE] = 4, [FIELD_I64] = 8, [FIELD_INSTANT] = 8};
    size_t total = 0;
    for (size_t i = 0; i < shape()->n_fields; i++) {
        const struct field *field = &shape()->fields[i];
        if (field->kind <= FIELD_INSTANT)
            total += fixed[field->kind];
        else if (field->kind == FIELD_ONE)
            total += wire_max(field->of);
        else if (field->kind == FIELD_LIST)
            total += 4 + field->max * wire_max(field->of);
        else
            total += 4 + field->max;
    }
    return total;
}
