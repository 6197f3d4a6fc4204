/* SPDX-License-Identifier: ISC */
#include "format/html.h"

#include <inttypes.h>

static const char *escape_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void html_add_text(struct buf *out, struct text t)
{
    size_t plain = 0;
    for (size_t i = 0; i < t.n; i++) {
        const char *escape = escape_of(t.at[i]);
        if (!escape)
            continue;
        buf_add(out, t.at + plain, i - plain);
        buf_add_cstr(out, escape);
        plain = i + 1;
    }
    if (t.n > plain)
        buf_add(out, t.at + plain, t.n - plain);
}

void html_add_cstr(struct buf *out, const char *cstr)
{
    html_add_text(out, text_from(cstr));
}

void html_add_i64(struct buf *out, int64_t value)
{
    buf_printf(out, "%" PRId64, value);
}

void html_add_int(struct buf *out, int value)
{
    buf_printf(out, "%d", value);
}

void html_add_size(struct buf *out, size_t value)
{
    buf_printf(out, "%zu", value);
}

bool html_true_text(struct text t)
{
    return t.n > 0;
}

bool html_true_cstr(const char *cstr)
{
    return cstr && *cstr;
}

bool html_true_i64(int64_t value)
{
    return value != 0;
}

bool html_true_int(int value)
{
    return value != 0;
}

bool html_true_size(size_t value)
{
    return value != 0;
}
