/* SPDX-License-Identifier: ISC
 *
 * The format, all numbers big endian:
 *
 *   file   05 02, records
 *   record i32 size (negative: a hole of that size), u16 components, realm, components,
 *          u32 name type, u32 time, u8 version, u16 key type, key, and where room is left u32 version
 *   text   u16 length, bytes; so are realm, components and key
 */
#include "fetch/keytab.h"

#include <stdlib.h>
#include <string.h>

enum { COMPONENTS_MAX = 4, SLICE_MAX = 256 };

struct cursor {
    const unsigned char *at;
    size_t n;
    bool is_short;
};

struct slice {
    const char *at;
    size_t n;
};

static uint32_t take_number(struct cursor *c, size_t bytes)
{
    uint32_t value = 0;
    if (c->n < bytes) {
        c->is_short = true;
        return 0;
    }
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | c->at[i];
    c->at += bytes;
    c->n -= bytes;
    return value;
}

static struct slice take_slice(struct cursor *c)
{
    size_t n = take_number(c, 2);
    if (c->is_short || n > c->n || n > SLICE_MAX) {
        c->is_short = true;
        return (struct slice){0};
    }
    struct slice slice = {(const char *)c->at, n};
    c->at += n;
    c->n -= n;
    return slice;
}

/* Read the principal's name; *ret_principal is to be freed. */
static bool read_principal(krb5_context context, struct cursor *c,
                           krb5_principal *ret_principal)
{
    struct slice parts[COMPONENTS_MAX] = {{0}};
    uint32_t n = take_number(c, 2);
    struct slice realm = take_slice(c);
    if (c->is_short || n < 1 || n > COMPONENTS_MAX)
        return false;
    for (uint32_t i = 0; i < n; i++)
        parts[i] = take_slice(c);
    int32_t type = (int32_t)take_number(c, 4);
    if (c->is_short)
        return false;
    /* The list ends at the first length of 0, which an unused part has. */
    krb5_error_code code = krb5_build_principal_ext(
        context, ret_principal, (unsigned)realm.n, realm.at, (unsigned)parts[0].n, parts[0].at,
        (unsigned)parts[1].n, parts[1].at, (unsigned)parts[2].n, parts[2].at,
        (unsigned)parts[3].n, parts[3].at, 0);
    if (code == 0)
        (*ret_principal)->type = type;
    return code == 0;
}

static bool read_record(krb5_context context, struct cursor *c, krb5_keytab into)
{
    krb5_keytab_entry entry = {0};
    if (!read_principal(context, c, &entry.principal))
        return false;
    entry.timestamp = (krb5_timestamp)take_number(c, 4);
    entry.vno = take_number(c, 1);
    entry.key.enctype = (krb5_enctype)take_number(c, 2);
    struct slice key = take_slice(c);
    if (c->n >= 4)
        entry.vno = take_number(c, 4);
    unsigned char bytes[SLICE_MAX];
    if (key.n)
        memcpy(bytes, key.at, key.n);
    entry.key.contents = bytes;
    entry.key.length = (unsigned)key.n;
    bool added = !c->is_short && key.n && krb5_kt_add_entry(context, into, &entry) == 0;
    wipe_bytes(bytes, sizeof bytes);
    krb5_free_principal(context, entry.principal);
    return added;
}

enum status keytab_read(krb5_context context, const struct secret *file, krb5_keytab into,
                        struct error *err)
{
    struct cursor c = {file->at, file->n, false};
    size_t n_keys = 0;
    if (take_number(&c, 2) != 0x0502)
        return error_set(err, ERR_INVALID, "keytab", "it is no keytab of MIT's format 2");
    while (c.n >= 4) {
        int64_t size = (int32_t)take_number(&c, 4);
        size_t bytes = (size_t)(size < 0 ? -size : size);
        if (bytes == 0)
            break;
        if (bytes > c.n)
            return error_set(err, ERR_INVALID, "keytab", "it is cut short");
        struct cursor record = {c.at, bytes, false};
        if (size > 0 && !read_record(context, &record, into))
            return error_set(err, ERR_INVALID, "keytab", "a key in it cannot be read");
        n_keys += size > 0;
        c.at += bytes;
        c.n -= bytes;
    }
    return n_keys ? OK : error_set(err, ERR_INVALID, "keytab", "there is no key in it");
}
