/* SPDX-License-Identifier: ISC */
#include "wire/upstream.h"

#include <ctype.h>

#include "base/limits.h"

/* Which path an address stands for that names none. */
static const char *const paths[CALENDAR_KIND_COUNT] = {[CALENDAR_EWS] = "/EWS/Exchange.asmx",
                                                       [CALENDAR_GRAPH] = "/v1.0",
                                                       [CALENDAR_GOOGLE] = "/calendar/v3",
                                                       [CALENDAR_CALDAV] = "/",
                                                       [CALENDAR_ICS] = "/",
                                                       [CALENDAR_CONNECTOR] = "/"};

const char *upstream_usual(enum calendar_kind kind)
{
    static const char *const usual[CALENDAR_KIND_COUNT] = {
        [CALENDAR_GRAPH] = "https://graph.microsoft.com/v1.0",
        [CALENDAR_GOOGLE] = "https://www.googleapis.com/calendar/v3"};
    return usual[kind];
}

static bool is_host(struct text host, bool in_brackets)
{
    bool good = host.n > 0 && host.n <= MAX_HOST;
    for (size_t i = 0; i < host.n; i++) {
        unsigned char c = (unsigned char)host.at[i];
        good = good && (isalnum(c) || c == '-' || c == '.' || (in_brackets && c == ':'));
    }
    return good;
}

static bool is_path(struct text path)
{
    bool good = path.n <= MAX_PATH;
    for (size_t i = 0; i < path.n; i++)
        good = good && path.at[i] > ' ' && path.at[i] < 0x7f && !strchr("?#\"<>\\", path.at[i]);
    return good;
}

/* Cut "host:port" or "[v6]:port"; false where it is neither. */
static bool split_authority(struct text authority, struct text *ret_host, int64_t *ret_port)
{
    struct text host = authority, port = {0};
    bool in_brackets = text_starts(authority, TEXT("["));
    if (in_brackets) {
        if (!text_cut((struct text){authority.at + 1, authority.n - 1}, ']', &host, &port))
            return false;
        if (port.n && port.at[0] != ':')
            return false;
        port = port.n ? (struct text){port.at + 1, port.n - 1} : TEXT("443");
    } else if (!text_cut(authority, ':', &host, &port)) {
        port = TEXT("443");
    }
    *ret_host = host;
    return is_host(host, in_brackets) && text_to_i64(port, ret_port) && *ret_port > 0 &&
           *ret_port <= UINT16_MAX;
}

enum status upstream_split(struct text url, enum calendar_kind kind, struct arena *a,
                           struct upstream *ret_upstream, struct error *err)
{
    struct text rest = url, authority, path;
    int64_t port;
    if (text_starts(rest, TEXT("http://")))
        return error_set(
            err, ERR_INVALID, "server",
            "http:// would send calendars and passwords in the clear; only https:// is spoken");
    if (text_starts(rest, TEXT("https://")))
        rest = (struct text){url.at + 8, url.n - 8};
    bool has_path = text_cut(rest, '/', &authority, &path);
    if (!has_path)
        authority = rest;
    bool is_default = !has_path || path.n == 0;
    path = is_default ? text_from(paths[kind]) : (struct text){path.at - 1, path.n + 1};
    struct text host;
    if (memchr(authority.at ? authority.at : "", '@', authority.n) || !is_path(path) ||
        !split_authority(authority, &host, &port))
        return error_set(err, ERR_INVALID, "server",
                         TEXT_FMT
                         " is no server address; one looks like https://mail.example.ch%s",
                         TEXT_ARG(url), paths[kind]);
    *ret_upstream = (struct upstream){arena_text(a, host), port, arena_text(a, path)};
    return OK;
}

enum status upstream_split_feed(struct text url, struct arena *a, struct upstream *ret_upstream,
                                struct text *ret_secret, struct error *err)
{
    static const struct text schemes[] = {
        {"https://", 8}, {"webcal://", 9}, {"webcals://", 10}};
    struct text rest = {0}, host;
    int64_t port;
    url = text_trim(url);
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (text_starts(url, schemes[i]))
            rest = (struct text){url.at + schemes[i].n, url.n - schemes[i].n};
    size_t n = 0;
    while (n < rest.n && rest.at[n] != '/')
        n++;
    struct text secret = {rest.at + n, rest.n - n};
    bool is_good = secret.n > 1 && secret.n <= MAX_PASSWORD;
    for (size_t i = 0; i < secret.n; i++)
        is_good = is_good && secret.at[i] > ' ' && secret.at[i] < 0x7f &&
                  !strchr("#\"<>\\", secret.at[i]);
    if (!is_good || memchr(rest.at, '@', n) ||
        !split_authority((struct text){rest.at, n}, &host, &port))
        return error_set(err, ERR_INVALID, "feed",
                         "this is no address of a feed; one looks like "
                         "https://calendar.example.ch/private-.../basic.ics");
    *ret_upstream = (struct upstream){arena_text(a, host), port, TEXT("/")};
    *ret_secret = arena_text(a, secret);
    return OK;
}
