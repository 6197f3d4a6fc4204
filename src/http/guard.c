/* SPDX-License-Identifier: ISC
 *
 * libmicrohttpd 0.9.75 puts a NUL over each byte of a line's end and hands out pointers into its buffer:
 * after a value come exactly two bytes (CR and LF) and then the next name. After a bare LF there is one. A
 * folded value is put together in another place, and one that holds a NUL is handed out too short. So
 * the distance between two fields says what their text no longer does, and the size of the whole head says
 * it of the last one. Behind that there is an empty line at least, so two bytes can always be looked at.
 */
#include "http/guard.h"

enum { SPACE = 1, CRLF = 2 };

static const bool is_token_char[256] = {
    ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['!'] = true,
    ['#'] = true,         ['$'] = true,         ['%'] = true,         ['&'] = true,
    ['\''] = true,        ['*'] = true,         ['+'] = true,         ['-'] = true,
    ['.'] = true,         ['^'] = true,         ['_'] = true,         ['`'] = true,
    ['|'] = true,         ['~'] = true,
};

static bool is_token(struct text t)
{
    for (size_t i = 0; i < t.n; i++)
        if (!is_token_char[(unsigned char)t.at[i]])
            return false;
    return t.n > 0;
}

static bool is_field_value(struct text t)
{
    for (size_t i = 0; i < t.n; i++) {
        unsigned char c = (unsigned char)t.at[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static bool is_visible(struct text t)
{
    for (size_t i = 0; i < t.n; i++)
        if (t.at[i] <= 0x20 || t.at[i] == 0x7f)
            return false;
    return t.n > 0;
}

static bool is_host(struct text t)
{
    for (size_t i = 0; i < t.n; i++) {
        unsigned char c = (unsigned char)t.at[i];
        bool letter_or_digit =
            (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!letter_or_digit && c != '.' && c != '-' && c != ':' && c != '[' && c != ']' &&
            c != '_')
            return false;
    }
    return t.n > 0 && t.n <= 255;
}

static bool is_digits(struct text t)
{
    for (size_t i = 0; i < t.n; i++)
        if (t.at[i] < '0' || t.at[i] > '9')
            return false;
    return t.n > 0 && t.n <= 18;
}

/* Does everything begin right behind what was before it? */
static bool lines_are_whole(const struct guard_head *head)
{
    if (head->method.at + head->method.n + SPACE != head->trace.target_at ||
        head->trace.target_at + head->target.n + SPACE != head->version.at)
        return false;
    const char *expected = head->version.at + head->version.n + CRLF;
    for (size_t i = 0; i < head->n_fields; i++) {
        if (head->fields[i].name.at != expected)
            return false;
        const struct text *value = &head->fields[i].value;
        if (!value->at || value->at < expected)
            return false;
        if (value->at[value->n] != 0 || value->at[value->n + 1] != 0)
            return false;
        expected = value->at + value->n + CRLF;
    }
    return head->method.at + head->trace.head_size == expected + CRLF;
}

struct counts {
    unsigned hosts, lengths, encodings;
};

static bool check_field(const struct guard_field *field, struct counts *counts)
{
    struct text value = text_trim(field->value);
    if (!is_token(field->name) || !is_field_value(field->value))
        return false;
    if (text_equal_nocase(field->name, TEXT("host"))) {
        counts->hosts++;
        return is_host(value);
    }
    if (text_equal_nocase(field->name, TEXT("content-length"))) {
        counts->lengths++;
        return is_digits(value);
    }
    if (text_equal_nocase(field->name, TEXT("transfer-encoding"))) {
        counts->encodings++;
        return text_equal_nocase(value, TEXT("chunked"));
    }
    return true;
}

enum guard_verdict guard_check(const struct guard_head *head)
{
    bool one_one = text_equal(head->version, TEXT("HTTP/1.1"));
    if (head->target.n > GUARD_TARGET_MAX)
        return GUARD_TOO_LONG;
    if (head->n_fields > GUARD_FIELDS_MAX)
        return GUARD_TOO_MANY;
    if (!one_one && !text_equal(head->version, TEXT("HTTP/1.0")))
        return GUARD_REFUSED;
    if (!is_token(head->method) || !is_visible(head->target) || head->target.at[0] != '/')
        return GUARD_REFUSED;
    if (head->trace.target_at && !lines_are_whole(head))
        return GUARD_REFUSED;
    struct counts counts = {0};
    for (size_t i = 0; i < head->n_fields; i++)
        if (!check_field(&head->fields[i], &counts))
            return GUARD_REFUSED;
    if (counts.hosts > 1 || (one_one && counts.hosts == 0))
        return GUARD_REFUSED;
    if (counts.lengths + counts.encodings > 1 || (counts.encodings && !one_one))
        return GUARD_REFUSED;
    return GUARD_OK;
}

int64_t guard_content_length(const struct guard_head *head)
{
    int64_t length = -1;
    for (size_t i = 0; i < head->n_fields; i++)
        if (text_equal_nocase(head->fields[i].name, TEXT("content-length")) &&
            !text_to_i64(text_trim(head->fields[i].value), &length))
            return -1;
    return length;
}
