/* SPDX-License-Identifier: ISC
 *
 * A planted text, and the forms in which it could lie about: as it is, and as the formats that hourgate and
 * its servers speak would write it.
 */
#ifndef HOURGATE_CANARY_H
#define HOURGATE_CANARY_H

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

enum {
    CANARY_MIN = 8,    /* bytes; a shorter one would be found by chance */
    CANARY_MAX = 200,  /* bytes of UTF-8 */
    CANARIES_MAX = 40, /* in one scan */
    CANARY_FORMS = 20, /* of one */
};

/* One way to write a canary. */
struct canary_form {
    size_t canary; /* of which, from 1 on */
    const char *encoding;
    struct text bytes;
};

/* Check that a text can be searched for. ERR_INVALID: too short or long, or not clean UTF-8 of one line. */
enum status canary_check(struct text canary, struct error *err) MUST_CHECK;

/* Write a canary in every form that differs from the others. Returns how many; bytes live in a. */
size_t canary_forms(struct arena *a, struct text canary, size_t number,
                    struct canary_form ret_forms[static CANARY_FORMS]);

#endif
