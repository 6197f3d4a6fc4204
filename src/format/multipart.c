/* SPDX-License-Identifier: ISC
 *
 *     --BOUNDARY CRLF head CRLF head CRLF CRLF content CRLF --BOUNDARY CRLF ... --BOUNDARY--
 *
 * A head that counts is Content-Disposition: form-data; name="..."; and, of a file, filename="...". Browsers write the
 * two in this order and a quotation mark within them as %22.
 */
#include "format/multipart.h"

/* Is there `wanted` at the front? Then drop it. */
static bool skip(struct text *t, struct text wanted)
{
    if (!text_starts(*t, wanted))
        return false;
    t->at += wanted.n;
    t->n -= wanted.n;
    return true;
}

/* Cut what stands before `mark` off the front, and the mark. */
static bool cut_at(struct text *t, struct text mark, struct text *ret_before)
{
    const char *found = t->n && mark.n ? memmem(t->at, t->n, mark.at, mark.n) : NULL;
    if (!found)
        return false;
    *ret_before = (struct text){t->at, (size_t)(found - t->at)};
    *t = (struct text){found + mark.n, t->n - ret_before->n - mark.n};
    return true;
}

static enum status read_boundary(struct text content_type, struct text *ret_boundary)
{
    static const char usual[] = "multipart/form-data; boundary=";
    if (!skip(&content_type, text_from(usual)))
        return ERR_INVALID;
    if (content_type.n >= 2 && content_type.at[0] == '"' && text_ends(content_type, TEXT("\"")))
        content_type = (struct text){content_type.at + 1, content_type.n - 2};
    if (content_type.n == 0 || content_type.n > MULTIPART_BOUNDARY_MAX)
        return ERR_INVALID;
    for (size_t i = 0; i < content_type.n; i++)
        if (content_type.at[i] <= ' ' || content_type.at[i] >= 0x7f)
            return ERR_INVALID;
    *ret_boundary = content_type;
    return OK;
}

struct part {
    struct text name;
    bool is_file;
};

static enum status read_head(struct text head, struct part *ret_part)
{
    struct part part = {0};
    while (head.n) {
        struct text line = head, rest, ignored;
        if (!cut_at(&head, TEXT("\r\n"), &line))
            head = (struct text){0};
        rest = line;
        if (!skip(&rest, TEXT("Content-Disposition: form-data; name=\"")))
            continue;
        if (part.name.n || !cut_at(&rest, TEXT("\""), &part.name))
            return ERR_INVALID;
        part.is_file = skip(&rest, TEXT("; filename=\""));
        if (part.is_file && !cut_at(&rest, TEXT("\""), &ignored))
            return ERR_INVALID;
        if (rest.n)
            return ERR_INVALID;
    }
    *ret_part = part;
    return part.name.n ? OK : ERR_INVALID;
}

enum status multipart_parse(struct arena *a, struct text content_type, struct text body,
                            struct form *ret_form, struct text *ret_file)
{
    struct text boundary, head, content, file = {0};
    bool has_file = false;
    ret_form->n_fields = 0;
    TRY(read_boundary(content_type, &boundary));
    struct text between = text_from(
        arena_printf(a, "\r\n--" TEXT_FMT, TEXT_ARG(boundary))); /* the first lacks the CRLF */
    if (!skip(&body, (struct text){between.at + 2, between.n - 2}))
        return ERR_INVALID;
    while (skip(&body, TEXT("\r\n"))) {
        struct part part;
        if (!cut_at(&body, TEXT("\r\n\r\n"), &head) || !cut_at(&body, between, &content))
            return ERR_INVALID;
        TRY(read_head(head, &part));
        if (!part.is_file)
            TRY(form_add(a, ret_form, part.name, content));
        else if (has_file)
            return ERR_INVALID;
        else
            file = content;
        has_file = has_file || part.is_file;
    }
    if (!text_equal(body, TEXT("--\r\n")) && !text_equal(body, TEXT("--")))
        return ERR_INVALID;
    *ret_file = file;
    return OK;
}
