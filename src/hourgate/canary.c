/* SPDX-License-Identifier: ISC
 *
 * Base64 turns three bytes into four characters, so that a text inside a longer one has three looks, one for
 * each place at which it can begin. Only characters that are made of the text's own bits are searched for: a
 * prefix of no, one or two unknown bytes is encoded with it and cut off again, and likewise at the end.
 */
#include "hourgate/canary.h"

#include "base/base64.h"
#include "base/secret.h"

enum { FORM_MAX = 8 * CANARY_MAX };

enum status canary_check(struct text canary, struct error *err)
{
    if (canary.n < CANARY_MIN || canary.n > CANARY_MAX)
        return error_set(err, ERR_INVALID, "canary", "give %d to %d bytes", CANARY_MIN,
                         CANARY_MAX);
    return text_is_line(canary)
               ? OK
               : error_set(err, ERR_INVALID, "canary", "not UTF-8, or with control characters");
}

/* Decode the character at *at of clean UTF-8, and go behind it. */
static uint32_t next_character(struct text t, size_t *at)
{
    const unsigned char *from = (const unsigned char *)t.at + *at;
    unsigned n = *from < 0x80 ? 1 : *from < 0xe0 ? 2 : *from < 0xf0 ? 3 : 4;
    uint32_t c = n == 1 ? *from : *from & (0x7fu >> n);
    for (unsigned i = 1; i < n; i++)
        c = c << 6 | (from[i] & 0x3f);
    *at += n;
    return c;
}

/* Split a character into UTF-16 units; returns 1 or 2. */
static int utf16_units(uint32_t c, uint16_t ret_units[static 2])
{
    if (c < 0x10000) {
        ret_units[0] = (uint16_t)c;
        return 1;
    }
    ret_units[0] = (uint16_t)(0xd800 + ((c - 0x10000) >> 10));
    ret_units[1] = (uint16_t)(0xdc00 + ((c - 0x10000) & 0x3ff));
    return 2;
}

static void add_utf16(struct buf *out, struct text t)
{
    for (size_t at = 0; at < t.n;) {
        uint16_t units[2];
        int n = utf16_units(next_character(t, &at), units);
        for (int i = 0; i < n; i++) {
            buf_add_byte(out, (unsigned char)units[i]);
            buf_add_byte(out, (unsigned char)(units[i] >> 8));
        }
    }
}

/* begin: at which of the three places the text begins. */
static void add_base64(struct buf *out, struct text t, size_t begin, bool is_url)
{
    struct buf bytes CLEANUP(buf_wipe) = BUF(CANARY_MAX + 2);
    struct buf text CLEANUP(buf_wipe) = BUF(FORM_MAX);
    buf_add(&bytes, "\0\0", begin);
    buf_add_text(&bytes, t);
    (is_url ? base64url_format : base64_format)(&text, bytes.at, bytes.n);
    size_t first = (begin * 8 + 5) / 6, end = bytes.n * 8 / 6;
    buf_add(out, text.at + first, end - first);
}

static bool is_unreserved(unsigned char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
           memchr("-._~", c, 4);
}

static void add_percent(struct buf *out, struct text t, bool is_lower, bool is_form)
{
    for (size_t i = 0; i < t.n; i++) {
        unsigned char c = (unsigned char)t.at[i];
        if (is_unreserved(c))
            buf_add_byte(out, c);
        else if (is_form && c == ' ')
            buf_add_byte(out, '+');
        else
            buf_printf(out, is_lower ? "%%%02x" : "%%%02X", c);
    }
}

static void add_quoted_printable(struct buf *out, struct text t)
{
    for (size_t i = 0; i < t.n; i++) {
        unsigned char c = (unsigned char)t.at[i];
        if (c == '=' || c >= 0x7f)
            buf_printf(out, "=%02X", c);
        else
            buf_add_byte(out, c);
    }
}

static void add_json(struct buf *out, struct text t, bool is_ascii, bool is_lower)
{
    for (size_t at = 0; at < t.n;) {
        size_t from = at;
        uint16_t units[2];
        uint32_t c = next_character(t, &at);
        int n = utf16_units(c, units);
        if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", (char)c);
        else if (c < 0x80 || !is_ascii)
            buf_add(out, t.at + from, at - from);
        else
            for (int i = 0; i < n; i++)
                buf_printf(out, is_lower ? "\\u%04x" : "\\u%04X", units[i]);
    }
}

/* are_quotes: in attributes quotes are escaped, in text they need not be. */
static void add_xml(struct buf *out, struct text t, bool are_quotes, bool is_ascii)
{
    for (size_t at = 0; at < t.n;) {
        size_t from = at;
        uint32_t c = next_character(t, &at);
        if (c == '&' || c == '<' || c == '>')
            buf_add_cstr(out, c == '&' ? "&amp;" : c == '<' ? "&lt;" : "&gt;");
        else if (are_quotes && (c == '"' || c == '\''))
            buf_add_cstr(out, c == '"' ? "&quot;" : "&#39;");
        else if (c < 0x80 || !is_ascii)
            buf_add(out, t.at + from, at - from);
        else
            buf_printf(out, "&#%u;", c);
    }
}

struct collected {
    struct arena *a;
    struct canary_form *forms;
    size_t n, number;
};

/* Keep a form unless another one looks the same; out is empty afterwards. */
static void keep(struct collected *all, const char *encoding, struct buf *out)
{
    ENSURE(!buf_failed(out));
    bool is_new = true;
    for (size_t i = 0; i < all->n; i++)
        is_new = is_new && !text_equal(all->forms[i].bytes, buf_text(out));
    if (is_new) {
        ENSURE(all->n < CANARY_FORMS);
        struct text bytes = {NULL, out->n};
        char *copy = arena_alloc(all->a, out->n);
        memcpy(copy, out->at, out->n);
        bytes.at = copy;
        all->forms[all->n++] = (struct canary_form){all->number, encoding, bytes};
    }
    wipe_bytes(out->at, out->n);
    buf_clear(out);
}

size_t canary_forms(struct arena *a, struct text canary, size_t number,
                    struct canary_form ret_forms[static CANARY_FORMS])
{
    struct collected all = {a, ret_forms, 0, number};
    struct buf out CLEANUP(buf_wipe) = BUF(FORM_MAX);
    buf_add_text(&out, canary);
    keep(&all, "utf-8", &out);
    add_utf16(&out, canary);
    keep(&all, "utf-16le", &out);
    for (size_t begin = 0; begin < 3; begin++) {
        add_base64(&out, canary, begin, false);
        keep(&all, "base64", &out);
        add_base64(&out, canary, begin, true);
        keep(&all, "base64url", &out);
    }
    for (int i = 0; i < 4; i++) {
        add_percent(&out, canary, i & 1, i & 2);
        keep(&all, "percent", &out);
    }
    add_quoted_printable(&out, canary);
    keep(&all, "quoted-printable", &out);
    for (int i = 0; i < 3; i++) {
        add_json(&out, canary, i > 0, i > 1);
        keep(&all, "json", &out);
    }
    for (int i = 0; i < 4; i++) {
        add_xml(&out, canary, i & 1, i & 2);
        keep(&all, "xml", &out);
    }
    return all.n;
}
