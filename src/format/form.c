/* SPDX-License-Identifier: ISC */
#include "format/form.h"

#include "format/url.h"

/* Browsers send CRLF from a text area (HTML, constructing the entry list); one kind of line end is enough. */
static struct text with_plain_line_ends(struct arena *a, struct text t)
{
    if (t.n == 0 || !memchr(t.at, '\r', t.n))
        return t;
    char *to = arena_alloc(a, t.n);
    size_t n = 0;
    for (size_t i = 0; i < t.n; i++) {
        if (t.at[i] != '\r')
            to[n++] = t.at[i];
        else if (i + 1 == t.n || t.at[i + 1] != '\n')
            to[n++] = '\n';
    }
    return (struct text){to, n};
}

enum status form_add(struct arena *a, struct form *form, struct text name, struct text value)
{
    value = with_plain_line_ends(a, value);
    if (form->n_fields == FORM_FIELDS_MAX || name.n == 0 || !text_is_clean(name) ||
        !text_is_clean(value))
        return ERR_INVALID;
    for (size_t i = 0; i < form->n_fields; i++)
        if (text_equal(form->fields[i].name, name))
            return ERR_INVALID;
    form->fields[form->n_fields++] = (struct form_field){name, value};
    return OK;
}

static enum status add_pair(struct arena *a, struct text pair, struct form *form)
{
    struct text name = pair, value = {0};
    (void)text_cut(pair, '=', &name, &value);
    TRY(url_decode(a, name, true, &name));
    TRY(url_decode(a, value, true, &value));
    return form_add(a, form, name, value);
}

enum status form_parse(struct arena *a, struct text t, struct form *ret_form)
{
    ret_form->n_fields = 0;
    struct text rest = t;
    while (rest.n > 0) {
        struct text pair = rest, after = {0};
        (void)text_cut(rest, '&', &pair, &after);
        rest = after;
        if (pair.n > 0)
            TRY(add_pair(a, pair, ret_form));
    }
    return OK;
}

struct text form_find(const struct form *form, const char *name)
{
    struct text wanted = text_from(name);
    for (size_t i = 0; i < form->n_fields; i++)
        if (text_equal(form->fields[i].name, wanted))
            return form->fields[i].value;
    return (struct text){0};
}
