/* SPDX-License-Identifier: ISC
 *
 * Parts are separated by lines that begin with "--=_": no quoted-printable and no base64 body can hold
 * "=_", so that the separators need not be random.
 */
#include "format/mime.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/base64.h"

enum {
    LINE_AT = 76,      /* bytes of a line of a body */
    FOLD_AT = 76,      /* of a header, where it can be folded */
    WORD_BYTES = 42,   /* of text in one encoded word: 56 of base64, at most 75 in all */
    BASE64_BYTES = 57, /* give a line of 76 */
    LOCAL_MAX = 64,    /* RFC 5321 4.5.3.1 */
    DOMAIN_MAX = 255,
};

/* ---- what may stand in a header ---- */

enum status mime_line_from(struct text t, struct mime_line *ret_line)
{
    if (!text_is_utf8(t))
        return ERR_INVALID;
    for (size_t i = 0; i < t.n; i++)
        if ((unsigned char)t.at[i] < 0x20 || t.at[i] == 0x7f)
            return ERR_INVALID;
    *ret_line = (struct mime_line){t};
    return OK;
}

static bool all_of(struct text t, const char *also)
{
    for (size_t i = 0; i < t.n; i++) {
        char c = t.at[i];
        bool is_plain =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_plain && (c == 0 || !strchr(also, c)))
            return false;
    }
    return t.n > 0;
}

static bool is_email(struct text t)
{
    struct text local, domain;
    return text_cut(t, '@', &local, &domain) && local.n <= LOCAL_MAX &&
           domain.n <= DOMAIN_MAX && all_of(local, ".!#$%&'*+-/=?^_`{|}~") &&
           local.at[0] != '.' && local.at[local.n - 1] != '.' &&
           !memmem(local.at, local.n, "..", 2) && all_of(domain, ".-") && domain.at[0] != '.' &&
           domain.at[0] != '-' && !memmem(domain.at, domain.n, "..", 2);
}

enum status mime_address_from(struct text name, struct text email,
                              struct mime_address *ret_address)
{
    struct mime_address address = {.email = {email}};
    if (!is_email(email))
        return ERR_INVALID;
    TRY(mime_line_from(name, &address.name));
    *ret_address = address;
    return OK;
}

enum status mime_id_from(struct text t, struct mime_id *ret_id)
{
    struct text left, right;
    if (!text_cut(t, '@', &left, &right) || !all_of(left, ".-_") || !all_of(right, ".-_"))
        return ERR_INVALID;
    *ret_id = (struct mime_id){t};
    return OK;
}

/* ---- headers ---- */

static bool is_ascii(struct text t)
{
    for (size_t i = 0; i < t.n; i++)
        if ((unsigned char)t.at[i] >= 0x80)
            return false;
    return !t.n || !memmem(t.at, t.n, "=?", 2);
}

/* As encoded words (RFC 2047), a line each. */
static void add_encoded(struct buf *out, struct text t)
{
    for (bool first = true; t.n; first = false) {
        struct text part = text_first(t, WORD_BYTES);
        buf_add_cstr(out, first ? "=?utf-8?B?" : "\r\n =?utf-8?B?");
        base64_format(out, part.at, part.n);
        buf_add_cstr(out, "?=");
        t = (struct text){t.at + part.n, t.n - part.n};
    }
}

/* Plain words, folded where a space stands. used: bytes on the line so far. */
static void add_folded(struct buf *out, struct text t, size_t used)
{
    while (t.n) {
        struct text word = {t.at, 1}; /* the space before a word belongs to it */
        while (word.n < t.n && t.at[word.n] != ' ')
            word.n++;
        if (used + word.n > FOLD_AT && word.at[0] == ' ' && word.n > 1) {
            buf_add_cstr(out, "\r\n");
            used = 0;
        }
        buf_add_text(out, word);
        used += word.n;
        t = (struct text){t.at + word.n, t.n - word.n};
    }
}

/* A long word of plain characters could not be folded, and a line has at most 998 bytes. */
static bool has_long_word(struct text t)
{
    size_t n = 0;
    for (size_t i = 0; i < t.n; i++) {
        n = t.at[i] == ' ' ? 0 : n + 1;
        if (n > FOLD_AT)
            return true;
    }
    return false;
}

static void add_unstructured(struct buf *out, const char *name, struct mime_line value)
{
    buf_printf(out, "%s: ", name);
    struct text t = text_trim(value.checked);
    if (is_ascii(t) && !has_long_word(t))
        add_folded(out, t, strlen(name) + 2);
    else
        add_encoded(out, t);
    buf_add_cstr(out, "\r\n");
}

static void add_quoted(struct buf *out, struct text t)
{
    buf_add_byte(out, '"');
    for (size_t i = 0; i < t.n; i++) {
        if (t.at[i] == '"' || t.at[i] == '\\')
            buf_add_byte(out, '\\');
        buf_add_byte(out, (unsigned char)t.at[i]);
    }
    buf_add_byte(out, '"');
}

static void add_address(struct buf *out, const char *name, const struct mime_address *address)
{
    struct text who = text_trim(address->name.checked);
    if (!address->email.checked.n)
        return;
    buf_printf(out, "%s: ", name);
    if (who.n && is_ascii(who) && who.n < FOLD_AT / 2)
        add_quoted(out, who);
    else
        add_encoded(out, who);
    buf_printf(out, "%s<" TEXT_FMT ">\r\n", who.n ? "\r\n " : "",
               TEXT_ARG(address->email.checked));
}

static void add_date(struct buf *out, struct instant t)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct tm tm;
    time_t s = (time_t)t.s;
    ENSURE(gmtime_r(&s, &tm));
    buf_printf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday], tm.tm_mday,
               months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* ---- bodies ---- */

/* A byte as quoted-printable (RFC 2045 6.7). Spaces at a line's end would be lost. */
static bool must_quote(struct text t, size_t i)
{
    unsigned char c = (unsigned char)t.at[i];
    bool ends = i + 1 == t.n || t.at[i + 1] == '\n';
    return c == '=' || c >= 0x7f || (c < 0x20 && c != '\t') ||
           ((c == ' ' || c == '\t') && ends);
}

static void add_printable(struct buf *out, struct text t)
{
    size_t used = 0;
    for (size_t i = 0; i < t.n; i++) {
        if (t.at[i] == '\n') {
            buf_add_cstr(out, "\r\n");
            used = 0;
            continue;
        }
        bool quotes = must_quote(t, i);
        size_t n = quotes ? 3 : 1;
        bool ends = i + 1 == t.n || t.at[i + 1] == '\n';
        if (used + n > LINE_AT - (ends ? 0 : 1)) { /* room for the = that breaks it */
            buf_add_cstr(out, "=\r\n");
            used = 0;
        }
        if (quotes)
            buf_printf(out, "=%02X", (unsigned char)t.at[i]);
        else
            buf_add_byte(out, (unsigned char)t.at[i]);
        used += n;
    }
    if (used)
        buf_add_cstr(out, "\r\n");
}

static void add_base64(struct buf *out, struct text t)
{
    for (size_t i = 0; i < t.n; i += BASE64_BYTES) {
        base64_format(out, t.at + i, t.n - i < BASE64_BYTES ? t.n - i : BASE64_BYTES);
        buf_add_cstr(out, "\r\n");
    }
}

/* ---- the message ---- */

#define ALTERNATIVE "=_hourgate_alternative"
#define MIXED "=_hourgate_mixed"

static void add_readable(struct buf *out, const char *type, struct text body)
{
    buf_printf(out,
               "--" ALTERNATIVE "\r\nContent-Type: text/%s; charset=utf-8\r\n"
               "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
               type);
    add_printable(out, body);
}

static void add_alternatives(struct buf *out, const struct mime_message *m)
{
    buf_add_cstr(out,
                 "Content-Type: multipart/alternative; boundary=\"" ALTERNATIVE "\"\r\n\r\n");
    add_readable(out, "plain", m->text);
    add_readable(out, "html", m->html);
    if (m->n_calendars == 1) {
        buf_printf(out,
                   "--" ALTERNATIVE "\r\n"
                   "Content-Type: text/calendar; charset=utf-8; method=%s\r\n"
                   "Content-Transfer-Encoding: base64\r\n\r\n",
                   m->method);
        add_base64(out, m->calendars[0]);
    }
    buf_add_cstr(out, "--" ALTERNATIVE "--\r\n");
}

/* One alone is an appointment to most programs whatever its type; of several each says that it is one. */
static void add_attachment(struct buf *out, const struct mime_message *m, size_t at)
{
    if (m->n_calendars == 1)
        buf_add_cstr(out, "--" MIXED
                          "\r\nContent-Type: application/ics; name=\"appointment.ics\"\r\n"
                          "Content-Disposition: attachment; filename=\"appointment.ics\"\r\n");
    else
        buf_printf(out,
                   "--" MIXED "\r\nContent-Type: text/calendar; charset=utf-8; method=%s;\r\n"
                   " name=\"appointment-%zu.ics\"\r\nContent-Disposition: attachment;\r\n"
                   " filename=\"appointment-%zu.ics\"\r\n",
                   m->method, at + 1, at + 1);
    buf_add_cstr(out, "Content-Transfer-Encoding: base64\r\n\r\n");
    add_base64(out, m->calendars[at]);
}

static void add_body(struct buf *out, const struct mime_message *m)
{
    if (!m->n_calendars) {
        add_alternatives(out, m);
        return;
    }
    buf_add_cstr(out, "Content-Type: multipart/mixed; boundary=\"" MIXED "\"\r\n\r\n--" MIXED
                      "\r\n");
    add_alternatives(out, m);
    for (size_t i = 0; i < m->n_calendars; i++)
        add_attachment(out, m, i);
    buf_add_cstr(out, "--" MIXED "--\r\n");
}

void mime_write(struct buf *out, const struct mime_message *m)
{
    add_address(out, "From", &m->from);
    add_address(out, "To", &m->to);
    add_address(out, "Reply-To", &m->reply_to);
    add_unstructured(out, "Subject", m->subject);
    add_date(out, m->date);
    buf_printf(out, "Message-ID: <" TEXT_FMT ">\r\n", TEXT_ARG(m->id.checked));
    buf_printf(out, "Content-Language: %s\r\n", m->language);
    /* Keeps out-of-office notices from answering (RFC 3834, and what Exchange knows). */
    buf_add_cstr(
        out, "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: OOF, AutoReply\r\n"
             "MIME-Version: 1.0\r\n");
    add_body(out, m);
}
