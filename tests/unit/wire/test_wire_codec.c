/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "unit/wire/random_value.h"
#include "wire/codec.h"
#include "wire/messages.h"

enum { VALUE_MAX = 4096, BYTES_MAX = 4 << 20, ROUNDS = 40 };

/* Two shapes with the same bytes; the narrow one allows less. */
#define ITEM_FIELDS(F) F(I64, number, 0, )
SHAPE_STRUCT(item, ITEM_FIELDS)
enum code { CODE_0, CODE_1, CODE_2, CODE_3 };
#define WIDE_FIELDS(F)                                                                         \
    F(FLAG, flag, 0, )                                                                         \
    F(CODE, code, 4, code)                                                                     \
    F(TEXT, text, 10, )                                                                        \
    F(BYTES, bytes, 10, )                                                                      \
    F(SECRET, secret, 10, )                                                                    \
    F(LIST, list, 10, item)
SHAPE_STRUCT(wide, WIDE_FIELDS)
#define NARROW_FIELDS(F)                                                                       \
    F(FLAG, flag, 0, )                                                                         \
    F(CODE, code, 3, code)                                                                     \
    F(TEXT, text, 5, )                                                                         \
    F(BYTES, bytes, 5, )                                                                       \
    F(SECRET, secret, 5, )                                                                     \
    F(LIST, list, 5, item)
SHAPE_STRUCT(narrow, NARROW_FIELDS)

static const struct field item_fields[] = {
    {.kind = FIELD_I64, .name = "number", .offset = offsetof(struct item, number)}};
const struct shape *item_shape(void)
{
    static const struct shape shape = {"item", sizeof(struct item), item_fields, 1};
    return &shape;
}
#define TABLE(type, codes, most)                                                               \
    const struct shape *type##_shape(void)                                                     \
    {                                                                                          \
        static const struct field fields[] = {                                                 \
            {FIELD_FLAG, "flag", offsetof(struct type, flag), 0, 0, NULL},                     \
            {FIELD_CODE, "code", offsetof(struct type, code), 0, codes, NULL},                 \
            {FIELD_TEXT, "text", offsetof(struct type, text), 0, most, NULL},                  \
            {FIELD_BYTES, "bytes", offsetof(struct type, bytes), 0, most, NULL},               \
            {FIELD_SECRET, "secret", offsetof(struct type, secret), 0, most, NULL},            \
            {FIELD_LIST, "list", offsetof(struct type, list), offsetof(struct type, n_list),   \
             most, item_shape},                                                                \
        };                                                                                     \
        static const struct shape shape = {#type, sizeof(struct type), fields, 6};             \
        return &shape;                                                                         \
    }
TABLE(wide, 4, 10)
TABLE(narrow, 3, 5)

static struct text encode(struct buf *out, shape_table *shape, const void *value)
{
    buf_clear(out);
    assert_int_equal(wire_encode(out, shape, value), OK);
    return buf_text(out);
}

static void check_round_trip(struct random *r, shape_table *shape)
{
    struct arena a = {0};
    struct buf bytes = BUF(BYTES_MAX);
    _Alignas(max_align_t) char value[VALUE_MAX] = {0}, back[VALUE_MAX];
    assert_true(shape()->size <= VALUE_MAX);
    random_value(r, &a, shape(), value);
    struct text encoded = encode(&bytes, shape, value);
    assert_true(encoded.n <= wire_max(shape));
    assert_int_equal(wire_decode(&a, shape, encoded, back), OK);
    assert_true(same_value(shape(), value, back));
    wire_wipe(shape, value);
    wire_wipe(shape, back);
    buf_done(&bytes);
    arena_done(&a);
}

static void every_message_comes_back_as_it_went(void **state)
{
    (void)state;
    struct random r = {20261122};
    for (unsigned type = 0; type < WIRE_TYPE_MAX; type++)
        for (int round = 0; wire_message_of(type) && round < ROUNDS; round++) {
            check_round_trip(&r, wire_message_of(type)->ask);
            check_round_trip(&r, wire_message_of(type)->answer);
        }
    check_round_trip(&r, reply_shape);
}

static void check_cuts(struct random *r, shape_table *shape)
{
    struct arena a = {0};
    struct buf bytes = BUF(BYTES_MAX);
    _Alignas(max_align_t) char value[VALUE_MAX] = {0}, back[VALUE_MAX];
    random_value(r, &a, shape(), value);
    struct text encoded = encode(&bytes, shape, value);
    for (size_t n = 0; n < encoded.n; n++) {
        char *exact = malloc(n ? n : 1); /* a sanitizer sees a read behind it */
        assert_non_null(exact);
        memcpy(exact, encoded.at, n);
        assert_int_equal(wire_decode(&a, shape, (struct text){exact, n}, back), ERR_INVALID);
        free(exact);
    }
    buf_add_byte(&bytes, 0);
    assert_int_equal(wire_decode(&a, shape, buf_text(&bytes), back), ERR_INVALID);
    wire_wipe(shape, value);
    buf_done(&bytes);
    arena_done(&a);
}

static void a_message_cut_anywhere_is_refused(void **state)
{
    (void)state;
    struct random r = {5};
    for (unsigned type = 0; type < WIRE_TYPE_MAX; type++) {
        if (!wire_message_of(type))
            continue;
        check_cuts(&r, wire_message_of(type)->ask);
        check_cuts(&r, wire_message_of(type)->answer);
    }
}

/* Flip every bit of small messages: whatever is accepted must encode to the same bytes. */
static void a_flipped_bit_never_means_something_else(void **state)
{
    (void)state;
    struct random r = {99};
    for (unsigned type = 0; type < WIRE_TYPE_MAX; type++) {
        struct arena a = {0};
        struct buf bytes = BUF(BYTES_MAX), again = BUF(BYTES_MAX);
        _Alignas(max_align_t) char value[VALUE_MAX] = {0};
        if (!wire_message_of(type))
            continue;
        shape_table *shape = wire_message_of(type)->ask;
        random_value(&r, &a, shape(), value);
        encode(&bytes, shape, value);
        wire_wipe(shape, value);
        for (size_t bit = 0; bit < bytes.n * 8 && bit < 4000; bit++) {
            bytes.at[bit / 8] ^= (unsigned char)(1 << bit % 8);
            if (wire_decode(&a, shape, buf_text(&bytes), value) == OK) {
                assert_true(text_equal(encode(&again, shape, value), buf_text(&bytes)));
                wire_wipe(shape, value);
            }
            bytes.at[bit / 8] ^= (unsigned char)(1 << bit % 8);
        }
        buf_done(&bytes);
        buf_done(&again);
        arena_done(&a);
    }
}

static struct item items[10];
static struct secret secret_of_6;

/* Values that the wide shape allows and the narrow one does not. */
static void beyond_a_maximum_is_refused_by_both_ends(void **state)
{
    (void)state;
    unsigned char six[] = "sixsix";
    secret_of_6 = (struct secret){six, 6};
    const struct wide values[] = {
        {.code = CODE_3},        {.text = TEXT("sixsix")},     {.bytes = TEXT("\0\0\0\0\0\0")},
        {.secret = secret_of_6}, {.list = items, .n_list = 6},
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct arena a = {0};
        struct buf bytes = BUF(1000), none = BUF(1000);
        struct narrow narrow = {.code = values[i].code,
                                .text = values[i].text,
                                .bytes = values[i].bytes,
                                .secret = values[i].secret,
                                .list = values[i].list,
                                .n_list = values[i].n_list},
                      back;
        struct text encoded = encode(&bytes, wide_shape, &values[i]);
        assert_int_equal(wire_decode(&a, narrow_shape, encoded, &back), ERR_INVALID);
        assert_int_equal(wire_encode(&none, narrow_shape, &narrow), ERR_INVALID);
        assert_int_equal(none.n, 0);
        buf_done(&bytes);
        buf_done(&none);
        arena_done(&a);
    }
}

static void check_bytes(const char *bytes, size_t n, enum status expected)
{
    struct arena a = {0};
    struct wide value;
    assert_int_equal(wire_decode(&a, wide_shape, (struct text){bytes, n}, &value), expected);
    if (expected == OK)
        wire_wipe(wide_shape, &value);
    arena_done(&a);
}

static void only_the_encoders_form_is_accepted(void **state)
{
    (void)state;
    char plain[1 + 4 + 4 * 4] = {0};
    check_bytes(plain, sizeof plain, OK);
    plain[0] = 2; /* a flag is 0 or 1 */
    check_bytes(plain, sizeof plain, ERR_INVALID);
    plain[0] = 0;
    plain[4] = 1; /* a code above its range, in its highest byte */
    check_bytes(plain, sizeof plain, ERR_INVALID);
    plain[4] = 0;
    memset(plain + 17, 0xff, 4); /* four thousand million items that are not there */
    check_bytes(plain, sizeof plain, ERR_INVALID);
}

static void an_unclean_text_is_refused_by_both_ends(void **state)
{
    (void)state;
    static const char *const unclean[] = {"\r", "\x1b", "\x7f", "\xff", "\xed\xa0\x80"};
    for (size_t i = 0; i < sizeof unclean / sizeof *unclean; i++) {
        struct buf out = BUF(100);
        struct wide value = {.text = text_from(unclean[i])}, same_bytes = {.bytes = value.text};
        assert_int_equal(wire_encode(&out, wide_shape, &value), ERR_INVALID);
        struct text encoded = encode(&out, wide_shape, &same_bytes);
        /* move the length and the bytes from `bytes` to `text`: they are neighbours */
        char moved[64];
        memcpy(moved, encoded.at, 5);
        memcpy(moved + 5, encoded.at + 9, 4 + value.text.n);
        memset(moved + 9 + value.text.n, 0, 4);
        memcpy(moved + 13 + value.text.n, encoded.at + 13 + value.text.n, 8);
        check_bytes(moved, encoded.n, ERR_INVALID);
        buf_done(&out);
    }
}

static void a_full_buffer_is_left_as_it_was(void **state)
{
    (void)state;
    struct buf out = BUF(24);
    struct wide value = {.text = TEXT("0123456789")};
    buf_add_cstr(&out, "abc");
    assert_int_equal(wire_encode(&out, wide_shape, &value), ERR_FULL);
    assert_int_equal(out.n, 3);
    buf_done(&out);
}

static void wiping_frees_secrets_in_lists(void **state)
{
    (void)state;
    struct server server = {.password = secret_new("pw", 2)};
    wire_wipe(server_shape, &server);
    assert_null(server.password.at);
    wire_wipe(server_shape, &server); /* harmless */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_comes_back_as_it_went),
        cmocka_unit_test(a_message_cut_anywhere_is_refused),
        cmocka_unit_test(a_flipped_bit_never_means_something_else),
        cmocka_unit_test(beyond_a_maximum_is_refused_by_both_ends),
        cmocka_unit_test(only_the_encoders_form_is_accepted),
        cmocka_unit_test(an_unclean_text_is_refused_by_both_ends),
        cmocka_unit_test(a_full_buffer_is_left_as_it_was),
        cmocka_unit_test(wiping_frees_secrets_in_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
