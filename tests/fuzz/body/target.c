/* SPDX-License-Identifier: ISC
 *
 * The bodies that people's programs send. The first byte chooses which; what is accepted keeps its bounds.
 */
#include <stdlib.h>

#include "edge/api/api.h"
#include "format/json.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n);

static const struct body_shape *const shapes[] = {
    &body_user,
    &body_role,
    &body_connection_add,
    &body_connection_move,
    &body_connection_discover,
    &body_connection_password,
    &body_connection_check,
    &body_calendars,
    &body_page,
    &body_booking_add,
    &body_booking_move,
    &body_booking_noshow,
    &body_restore,
    &body_booking_series,
};

/* Look at every byte of what was read, and free what is not the arena's. */
static void check(const struct body_shape *shape, char *value)
{
    for (size_t i = 0; i < shape->n_fields; i++) {
        const struct body_field *field = &shape->fields[i];
        char *at = value + field->offset;
        if (field->kind == BODY_TEXT) {
            const struct text *t = (struct text *)at;
            ENSURE(t->n <= (size_t)field->most && text_is_clean(*t));
        } else if (field->kind == BODY_SECRET) {
            ENSURE(((struct secret *)at)->n <= (size_t)field->most);
            secret_free((struct secret *)at);
        } else if (field->kind == BODY_ONE) {
            check(field->of, at);
        } else if (field->kind == BODY_LIST) {
            size_t n_items = *(size_t *)(value + field->count_offset);
            ENSURE(n_items <= (size_t)field->most);
            for (size_t j = 0; j < n_items; j++)
                check(field->of, *(char **)at + j * field->of->size);
        }
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    static const size_t n_shapes = sizeof shapes / sizeof *shapes;
    struct arena a = {0};
    char problem[BODY_PROBLEM_MAX] = "";
    if (n == 0)
        return 0;
    json_prepare(1);
    const struct body_shape *shape = shapes[(size_t)(*at - '0') % n_shapes];
    char *value = calloc(1, shape->size);
    ENSURE(value);
    struct text json = {(const char *)at + 1, n - 1};
    if (body_read(&a, shape, json, value, problem) != OK)
        ENSURE(*problem && memchr(problem, 0, sizeof problem));
    check(shape, value);
    free(value);
    arena_wipe(&a);
    return 0;
}
