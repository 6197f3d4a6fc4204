/* SPDX-License-Identifier: ISC
 *
 * application/x-www-form-urlencoded: the query of an address and the body of a posted form.
 */
#ifndef FORMAT_FORM_H
#define FORMAT_FORM_H

#include "base/arena.h"
#include "base/status.h"

enum { FORM_FIELDS_MAX = 256 };

struct form_field {
    struct text name;
    struct text value; /* decoded UTF-8; line ends are LF */
};

struct form {
    struct form_field fields[FORM_FIELDS_MAX];
    size_t n_fields;
};

/* Parse strictly.
 *
 * Owner   names and values live in a or borrow from t
 * Fails   ERR_INVALID: a broken escape, not UTF-8, a control character, a name given twice
 * Limits  FORM_FIELDS_MAX fields
 */
enum status form_parse(struct arena *a, struct text t, struct form *ret_form) MUST_CHECK;

/* Add a decoded field; form_parse's rules hold for it. ERR_INVALID: it breaks one, or there are too many. */
enum status form_add(struct arena *a, struct form *form, struct text name,
                     struct text value) MUST_CHECK;

/* Return a field's value, the empty text where it is not there. */
struct text form_find(const struct form *form, const char *name);

#endif
