/* SPDX-License-Identifier: ISC
 *
 * Addresses that servers say: hrefs hold ':' and '@', spaces and what not, encoded or raw; they are whole addresses,
 * paths or relative.
 */
#include <arpa/inet.h>
#include <libpsl.h>
#include <stdio.h>
#include <string.h>

#include "calendar/caldav/dav.h"

enum { HTTPS = 443 };

struct dav_place dav_start(const struct dav *dav)
{
    const struct server *s = dav->server;
    return (struct dav_place){
        .host = s->host, .port = s->port, .target = s->path.n ? s->path : TEXT("/")};
}

static bool is_address(const char *host)
{
    unsigned char address[16];
    return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

bool dav_is_same_owner(struct text host, struct text other)
{
    char one[MAX_HOST + 1], two[MAX_HOST + 1];
    if (text_equal_nocase(host, other))
        return true;
    if (!host.n || !other.n || host.n > MAX_HOST || other.n > MAX_HOST)
        return false;
    for (size_t i = 0; i <= host.n; i++)
        one[i] =
            (char)(i < host.n ? host.at[i] | (host.at[i] >= 'A' && host.at[i] <= 'Z' ? 32 : 0)
                              : 0);
    for (size_t i = 0; i <= other.n; i++)
        two[i] = (char)(i < other.n
                            ? other.at[i] | (other.at[i] >= 'A' && other.at[i] <= 'Z' ? 32 : 0)
                            : 0);
    if (is_address(one) || is_address(two))
        return false;
    const char *of_one = psl_registrable_domain(psl_builtin(), one);
    const char *of_two = psl_registrable_domain(psl_builtin(), two);
    return of_one && of_two && strcmp(of_one, of_two) == 0;
}

/* Copy a path, percent-encoding what may not stand in a request line; what is encoded stays so. */
static struct text encoded(struct arena *a, struct text path)
{
    static const char digits[] = "0123456789ABCDEF";
    char *out = arena_alloc(a, 3 * path.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < path.n && path.at[i] != '#'; i++) {
        unsigned char c = (unsigned char)path.at[i];
        if (c > ' ' && c < 0x7f && !strchr("\"<>\\", c)) {
            out[n++] = (char)c;
        } else {
            out[n++] = '%';
            out[n++] = digits[c >> 4];
            out[n++] = digits[c & 15];
        }
    }
    return (struct text){out, n};
}

static bool read_authority(struct text authority, struct text *ret_host, int64_t *ret_port)
{
    struct text host = authority, port;
    int64_t number = HTTPS;
    if (authority.n && authority.at[0] == '[') {
        const char *end = memchr(authority.at, ']', authority.n);
        if (!end)
            return false;
        host = (struct text){authority.at + 1, (size_t)(end - authority.at) - 1};
        port = (struct text){end + 1, authority.n - host.n - 2};
        if (port.n && (port.at[0] != ':' ||
                       !text_to_i64((struct text){port.at + 1, port.n - 1}, &number)))
            return false;
    } else if (text_cut(authority, ':', &host, &port) && !text_to_i64(port, &number)) {
        return false;
    }
    bool is_clean = host.n > 0 && host.n <= MAX_HOST && number >= 1 && number <= 65535;
    for (size_t i = 0; i < host.n && is_clean; i++)
        is_clean = (unsigned char)host.at[i] > ' ' && (unsigned char)host.at[i] < 0x7f &&
                   !strchr("/@?#[]\\\"<>", host.at[i]);
    *ret_host = host;
    *ret_port = number;
    return is_clean;
}

static enum status refuse(struct error *err, const char *why, struct text what)
{
    char shown[128];
    text_print(what, "?", shown, sizeof shown);
    return error_set(err, ERR_UPSTREAM, "address", "%s: %s", why, shown);
}

static enum status resolve_whole(const struct dav *dav, struct arena *a, struct text rest,
                                 struct dav_place *ret_place, struct error *err)
{
    size_t n = 0;
    struct dav_place place;
    while (n < rest.n && rest.at[n] != '/' && rest.at[n] != '?')
        n++;
    struct text authority = {rest.at, n}, path = {rest.at + n, rest.n - n};
    if (!read_authority(authority, &place.host, &place.port))
        return refuse(err, "the server names an address that is none", authority);
    if (!dav_is_same_owner(dav->server->host, place.host))
        return refuse(
            err,
            "the server sends us to a host that is not of its own domain; if it is to "
            "be trusted, connect to that address itself",
            authority);
    place.host = arena_text(a, place.host);
    place.target = path.n && path.at[0] == '/' ? encoded(a, path) : TEXT("/");
    *ret_place = place;
    return OK;
}

enum status dav_resolve(const struct dav *dav, struct arena *a, const struct dav_place *base,
                        struct text href, struct dav_place *ret_place, struct error *err)
{
    href = text_trim(href);
    if (!href.n || href.n > MAX_EXTERNAL_ID)
        return refuse(err, "the server names an address that is empty or too long", TEXT(""));
    if (text_starts(href, TEXT("https://")))
        return resolve_whole(dav, a, (struct text){href.at + 8, href.n - 8}, ret_place, err);
    if (text_starts(href, TEXT("http://"))) {
        /* Servers behind a front that ends TLS name themselves so; nothing is ever sent without it. */
        struct text rest = {href.at + 7, href.n - 7};
        size_t n = 0;
        while (n < rest.n && rest.at[n] != '/' && rest.at[n] != ':')
            n++;
        if (!text_equal_nocase((struct text){rest.at, n}, base->host))
            return refuse(err, "the server sends us to an address without TLS", href);
        while (n < rest.n && rest.at[n] != '/')
            n++;
        href = n < rest.n ? (struct text){rest.at + n, rest.n - n} : TEXT("/");
    }
    if (text_starts(href, TEXT("//")))
        return resolve_whole(dav, a, (struct text){href.at + 2, href.n - 2}, ret_place, err);
    struct dav_place place = *base;
    if (href.at[0] == '/') {
        place.target = encoded(a, href);
    } else {
        size_t n = base->target.n;
        while (n > 0 && base->target.at[n - 1] != '/')
            n--;
        place.target = text_from(arena_printf(a, TEXT_FMT TEXT_FMT, (int)n, base->target.at,
                                              TEXT_ARG(encoded(a, href))));
    }
    if (place.target.n > MAX_EXTERNAL_ID)
        return refuse(err, "the server names an address that is too long", TEXT(""));
    *ret_place = place;
    return OK;
}

static bool is_at_start(const struct dav *dav, const struct dav_place *place)
{
    return text_equal_nocase(place->host, dav->server->host) &&
           place->port == dav->server->port;
}

struct text dav_id(const struct dav *dav, struct arena *a, const struct dav_place *place)
{
    bool is_v6 = memchr(place->host.at, ':', place->host.n);
    if (is_at_start(dav, place))
        return arena_text(a, place->target);
    return text_from(arena_printf(a, "https://%s" TEXT_FMT "%s:%d" TEXT_FMT, is_v6 ? "[" : "",
                                  TEXT_ARG(place->host), is_v6 ? "]" : "", (int)place->port,
                                  TEXT_ARG(place->target)));
}

enum status dav_of_id(const struct dav *dav, struct arena *a, struct text id,
                      struct dav_place *ret_place, struct error *err)
{
    struct dav_place start = dav_start(dav);
    if (!text_starts(id, TEXT("/")) && !text_starts(id, TEXT("https://")))
        return error_set(err, ERR_NOT_FOUND, "caldav", "this is no address of the server");
    return dav_resolve(dav, a, &start, id, ret_place, err);
}

/* ---- comparing ---- */

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Return the next byte of an encoded path, and go on behind it. */
static int next_byte(struct text *t)
{
    if (!t->n)
        return -1;
    int c = (unsigned char)t->at[0];
    size_t step = 1;
    if (c == '%' && t->n >= 3 && digit_value(t->at[1]) >= 0 && digit_value(t->at[2]) >= 0) {
        c = digit_value(t->at[1]) << 4 | digit_value(t->at[2]);
        step = 3;
    }
    t->at += step;
    t->n -= step;
    return c;
}

static bool is_same_path(struct text one, struct text other)
{
    int c;
    do {
        c = next_byte(&one);
        if (c != next_byte(&other))
            return false;
    } while (c >= 0);
    return true;
}

bool dav_is_same(const struct dav_place *one, const struct dav_place *other)
{
    return one->port == other->port && text_equal_nocase(one->host, other->host) &&
           is_same_path(one->target, other->target);
}
