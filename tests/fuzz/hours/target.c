/* SPDX-License-Identifier: ISC
 *
 * Hours, exceptions and states as somebody typed them. What is accepted is written so that it reads the same.
 */
#include "hourgate/hours.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n);

static void try_hours(struct text t, struct arena *a)
{
    struct rule rule = {0}, same = {0};
    struct error err = {0};
    if (hours_parse(t, a, &rule, &err) != OK) {
        ENSURE(err.what[0]);
        return;
    }
    struct text written = hours_format(&rule, a);
    ENSURE(hours_parse(written, a, &same, NULL) == OK);
    ENSURE(text_equal(written, hours_format(&same, a)));
}

/* The vault refuses that; it is never written. */
static bool is_closed_with_hours(const struct rule *rule)
{
    for (size_t i = 1; i < rule->n_overrides; i++) {
        const struct override *one = &rule->overrides[i - 1], *other = &rule->overrides[i];
        if (one->day == other->day &&
            (one->from_minute == one->to_minute) != (other->from_minute == other->to_minute))
            return true;
    }
    return false;
}

static void try_overrides(struct text t, struct arena *a)
{
    struct rule rule = {0}, same = {0};
    struct error err = {0};
    if (overrides_parse(t, a, &rule, &err) != OK) {
        ENSURE(err.what[0]);
        return;
    }
    if (is_closed_with_hours(&rule))
        return;
    struct text written = overrides_format(&rule, a);
    ENSURE(overrides_parse(written, a, &same, NULL) == OK);
    ENSURE(text_equal(written, overrides_format(&same, a)));
}

static void try_blocks(struct text t, struct arena *a)
{
    struct rule rule = {0}, same = {0};
    struct error err = {0};
    if (blocks_parse(t, &rule, &err) != OK) {
        ENSURE(err.what[0]);
        return;
    }
    ENSURE(blocks_parse(blocks_format(&rule, a), &same, NULL) == OK);
    ENSURE(text_equal(blocks_format(&rule, a), blocks_format(&same, a)));
}

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct text t = {(const char *)at, n};
    try_hours(t, &a);
    try_overrides(t, &a);
    try_blocks(t, &a);
    return 0;
}
