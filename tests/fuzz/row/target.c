/* SPDX-License-Identifier: ISC
 *
 * Values of the database in the wire encoding: the first byte says of which shape. What is accepted is exactly
 * what would be written; a rule is judged before anything is made of it.
 */
#include "book/rule.h"
#include "wire/codec.h"
#include "wire/messages.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n);

static shape_table *const shapes[] = {rule_shape, answer_list_shape, pin_list_shape,
                                      source_list_shape, token_server_shape};

enum { SHAPES = sizeof shapes / sizeof *shapes, VALUE_MAX = 4096 };

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    static struct zones *zones;
    if (!zones)
        zones = zones_load("/usr/share/zoneinfo", NULL);
    ENSURE(zones);
    if (n == 0)
        return 0;
    shape_table *shape = shapes[at[0] % SHAPES];
    struct text bytes = {(const char *)at + 1, n - 1};
    struct arena a CLEANUP(arena_done) = {0};
    _Alignas(max_align_t) char value[VALUE_MAX];
    ENSURE(shape()->size <= sizeof value);
    if (wire_decode(&a, shape, bytes, value) != OK)
        return 0;
    CLEANUP(buf_done) struct buf again = BUF(wire_max(shape));
    ENSURE(wire_encode(&again, shape, value) == OK && text_equal(buf_text(&again), bytes));
    if (shape == rule_shape) {
        struct error err = {0};
        const struct rule *rule = (const struct rule *)(const void *)value;
        bool is_sound = rule_check(rule, zone_find(zones, TEXT("UTC")), &err) == OK;
        ENSURE(is_sound || err.what[0]);
        if (is_sound && rule_check_overlap(rule, &err) != OK)
            ENSURE(err.what[0] && rule->n_hours + rule->n_overrides > 1);
    }
    wire_wipe(shape, value);
    return 0;
}
