/* SPDX-License-Identifier: ISC
 *
 *   VALUE -> STRING | SCALAR | KEY (after '{') | VALUE (after '[') -> AFTER -> KEY or VALUE (after ',') ... DONE
 *   KEY -> STRING -> COLON -> VALUE
 *
 * While a member is dropped the states go on, and nothing is written. Names are compared as they mean, with escapes
 * read, and written as they are in the list.
 */
#include "format/sieve.h"

#include <string.h>

enum { VALUE, KEY, COLON, STRING, SCALAR, AFTER, DONE };

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void put(struct sieve *sieve, char c)
{
    if (!sieve->dropped_at)
        buf_add_byte(sieve->out, (unsigned char)c);
}

/* Of numbers, true, false and null; whether it is one is json_parse's to say. */
static bool is_scalar(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == 'E' || strchr("+-.", c);
}

/* ---- values ---- */

static void end_value(struct sieve *sieve)
{
    if (sieve->dropped_at == sieve->depth)
        sieve->dropped_at = 0;
    sieve->state = sieve->depth ? AFTER : DONE;
}

/* A list's items need their commas; an object's come with the names. */
static void begin_value(struct sieve *sieve)
{
    if (sieve->depth && !sieve->is_object[sieve->depth] && !sieve->dropped_at) {
        if (sieve->has_item[sieve->depth])
            put(sieve, ',');
        sieve->has_item[sieve->depth] = true;
    }
}

static bool open(struct sieve *sieve, char c)
{
    if (sieve->depth == SIEVE_DEPTH_MAX)
        return false;
    put(sieve, c);
    sieve->depth++;
    sieve->is_object[sieve->depth] = c == '{';
    sieve->has_item[sieve->depth] = false;
    sieve->may_end = true;
    sieve->state = c == '{' ? KEY : VALUE;
    return true;
}

static bool close(struct sieve *sieve, char c)
{
    if (!sieve->depth || sieve->is_object[sieve->depth] != (c == '}'))
        return false;
    put(sieve, c);
    sieve->depth--;
    end_value(sieve);
    return true;
}

static bool take_value(struct sieve *sieve, char c)
{
    if (c == ']' && sieve->may_end)
        return close(sieve, c);
    sieve->may_end = false;
    if (strchr(",:]}", c))
        return false;
    begin_value(sieve);
    if (c == '{' || c == '[')
        return open(sieve, c);
    put(sieve, c);
    sieve->in_key = false;
    sieve->state = c == '"' ? STRING : SCALAR;
    return c == '"' || is_scalar(c);
}

static bool take_after(struct sieve *sieve, char c)
{
    if (c != ',')
        return strchr("]}", c) && close(sieve, c);
    sieve->state = sieve->is_object[sieve->depth] ? KEY : VALUE;
    return true;
}

/* ---- names ---- */

static bool take_key(struct sieve *sieve, char c)
{
    if (c == '}' && sieve->may_end)
        return close(sieve, c);
    sieve->may_end = false;
    sieve->in_key = true;
    sieve->n_name = 0;
    sieve->state = STRING;
    return c == '"';
}

static void add_to_name(struct sieve *sieve, char c)
{
    if (sieve->n_name < SIEVE_NAME_MAX)
        sieve->name[sieve->n_name++] = c; /* a full one is no name of ours */
}

static void end_key(struct sieve *sieve)
{
    struct text name = {sieve->name, sieve->n_name};
    sieve->state = COLON;
    if (sieve->dropped_at)
        return;
    for (const char *const *known = sieve->names; *known; known++) {
        if (!text_equal(text_from(*known), name))
            continue;
        if (sieve->has_item[sieve->depth])
            put(sieve, ',');
        sieve->has_item[sieve->depth] = true;
        buf_printf(sieve->out, "\"%s\":", *known);
        return;
    }
    sieve->dropped_at = sieve->depth;
}

/* ---- strings ---- */

static int hex_of(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static bool take_hex(struct sieve *sieve, char c)
{
    int digit = hex_of(c);
    if (digit < 0)
        return false;
    sieve->hex = sieve->hex * 16 + (unsigned)digit;
    if (--sieve->n_hex == 0) /* beyond ASCII no name of ours goes */
        add_to_name(sieve, sieve->hex < 0x80 ? (char)sieve->hex : 0);
    return true;
}

static bool take_in_key(struct sieve *sieve, char c)
{
    if (sieve->n_hex)
        return take_hex(sieve, c);
    if (sieve->is_escaped) {
        sieve->is_escaped = false;
        sieve->hex = 0;
        sieve->n_hex = c == 'u' ? 4 : 0;
        if (c != 'u')
            add_to_name(sieve, strchr("\"\\/", c) ? c : 0);
    } else if (c == '\\') {
        sieve->is_escaped = true;
    } else if (c == '"') {
        end_key(sieve);
    } else {
        add_to_name(sieve, c);
    }
    return true;
}

static bool take_in_string(struct sieve *sieve, char c)
{
    if (sieve->in_key)
        return take_in_key(sieve, c);
    put(sieve, c);
    if (sieve->is_escaped)
        sieve->is_escaped = false;
    else if (c == '\\')
        sieve->is_escaped = true;
    else if (c == '"')
        end_value(sieve);
    return true;
}

/* ---- all ---- */

static bool take(struct sieve *sieve, char c)
{
    if (sieve->state == STRING)
        return take_in_string(sieve, c);
    if (sieve->state == SCALAR) {
        if (is_scalar(c)) {
            put(sieve, c);
            return true;
        }
        end_value(sieve);
    }
    if (is_space(c))
        return true;
    switch (sieve->state) {
    case VALUE:
        return take_value(sieve, c);
    case KEY:
        return take_key(sieve, c);
    case COLON:
        sieve->state = VALUE;
        return c == ':';
    case AFTER:
        return take_after(sieve, c);
    default:
        return false;
    }
}

enum status sieve_read(struct sieve *sieve, struct text bytes)
{
    for (size_t i = 0; i < bytes.n; i++)
        if (!bytes.at[i] || !take(sieve, bytes.at[i]))
            return ERR_INVALID;
    return buf_failed(sieve->out) ? ERR_FULL : OK;
}

bool sieve_is_whole(const struct sieve *sieve)
{
    return sieve->state == DONE || (sieve->state == SCALAR && sieve->depth == 0);
}
