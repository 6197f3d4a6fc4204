/* SPDX-License-Identifier: ISC
 *
 * The file "settings": `calendar read|- booked|- ID` in the order of numbers, and `proxy auto|none|HOST:PORT USER`.
 */
#include "connector/windows/settings.h"

#include <stdio.h>

enum { FILE_MOST = DESK_CALENDARS_MAX * (FOLDER_ID_MAX + 64) + 1024 };

static const char file_name[] = "settings";
static const wchar_t proxy_secret[] = L"proxy-password";

/* ---- reading ---- */

/* Cut the next word off a line. */
static struct text word(struct text *line)
{
    struct text first;
    if (!text_cut(*line, ' ', &first, line)) {
        first = *line;
        *line = (struct text){0};
    }
    return first;
}

static bool read_calendar(struct settings *s, struct text line)
{
    if (s->n_known == DESK_CALENDARS_MAX)
        return false;
    struct known_calendar *known = &s->known[s->n_known++];
    known->is_read = text_equal(word(&line), TEXT("read"));
    known->is_booked = text_equal(word(&line), TEXT("booked"));
    snprintf(known->id, sizeof known->id, TEXT_FMT, TEXT_ARG(line));
    return line.n && line.n < sizeof known->id;
}

static bool read_proxy(struct settings *s, struct text line)
{
    struct text where = word(&line);
    struct proxy_choice choice = {0};
    if (text_equal(where, TEXT("none")))
        s->proxy.is_direct = true;
    else if (!text_equal(where, TEXT("auto")) && !proxy_parse(where, &choice))
        return false;
    memcpy(s->proxy.host, choice.host, sizeof s->proxy.host);
    s->proxy.port = choice.port;
    snprintf(s->proxy.user, sizeof s->proxy.user, TEXT_FMT, TEXT_ARG(line));
    return line.n < sizeof s->proxy.user;
}

static bool read_line(struct settings *s, struct text line)
{
    struct text what = word(&line);
    if (text_equal(what, TEXT("calendar")))
        return read_calendar(s, line);
    if (text_equal(what, TEXT("proxy")))
        return read_proxy(s, line);
    return !what.n;
}

enum status settings_load(struct settings *settings, struct keep *keep, struct error *err)
{
    struct buf file CLEANUP(buf_done) = BUF(FILE_MOST);
    struct storage_adapter storage = storage_adapter_of(keep);
    *settings = (struct settings){.keep = keep};
    enum status status = storage.load(storage.self, file_name, &file, err);
    if (status == ERR_NOT_FOUND)
        return OK;
    TRY(status);
    struct text rest = buf_text(&file), line;
    while (text_cut(rest, '\n', &line, &rest))
        if (!read_line(settings, text_trim(line)))
            return error_set(err, ERR_INVALID, "settings",
                             "a line of the file \"settings\" cannot be read: remove the file "
                             "and choose again");
    status = keep_load_secret(keep, proxy_secret, &settings->proxy.password, err);
    return status == ERR_NOT_FOUND ? OK : status;
}

void settings_done(struct settings *settings)
{
    secret_free(&settings->proxy.password);
}

/* ---- writing ---- */

enum status settings_store(const struct settings *settings, struct error *err)
{
    struct buf file CLEANUP(buf_done) = BUF(FILE_MOST);
    for (size_t i = 0; i < settings->n_known; i++) {
        const struct known_calendar *known = &settings->known[i];
        buf_printf(&file, "calendar %s %s %s\n", known->is_read ? "read" : "-",
                   known->is_booked ? "booked" : "-", known->id);
    }
    const struct proxy_settings *proxy = &settings->proxy;
    if (*proxy->host)
        buf_printf(&file, "proxy %s:%d", proxy->host, (int)proxy->port);
    else
        buf_printf(&file, "proxy %s", proxy->is_direct ? "none" : "auto");
    buf_printf(&file, "%s%s\n", *proxy->user ? " " : "", proxy->user);
    struct storage_adapter storage = storage_adapter_of(settings->keep);
    TRY(storage.store(storage.self, file_name, buf_text(&file), err));
    return keep_secret(settings->keep, proxy_secret, &proxy->password, err);
}

/* ---- calendars ---- */

static size_t place_of(const struct settings *s, struct text id)
{
    size_t at = 0;
    while (at < s->n_known && !text_equal(text_from(s->known[at].id), id))
        at++;
    return at;
}

enum status settings_number(struct settings *settings, struct desk_calendar *calendars,
                            const struct text *ids, size_t n, struct error *err)
{
    bool has_grown = false;
    for (size_t i = 0; i < n; i++) {
        size_t at = place_of(settings, ids[i]);
        if (at == DESK_CALENDARS_MAX || ids[i].n >= FOLDER_ID_MAX)
            return error_set(err, ERR_FULL, "settings",
                             "this program has seen too many calendars: remove its file "
                             "\"settings\" and choose again");
        if (at == settings->n_known) {
            struct known_calendar *known = &settings->known[settings->n_known++];
            *known = (struct known_calendar){0};
            snprintf(known->id, sizeof known->id, TEXT_FMT, TEXT_ARG(ids[i]));
            has_grown = true;
        }
        calendars[i].number = (int64_t)at + 1;
    }
    return has_grown ? settings_store(settings, err) : OK;
}

struct chosen settings_chosen(const struct settings *settings)
{
    struct chosen chosen = {0};
    for (size_t i = 0; i < settings->n_known; i++) {
        const struct known_calendar *known = &settings->known[i];
        if (known->is_read)
            chosen.read[chosen.n_read++] = text_from(known->id);
        if (known->is_booked)
            chosen.booked = text_from(known->id);
    }
    return chosen;
}

enum status settings_choose(struct settings *settings, const int64_t *read, size_t n_read,
                            int64_t booked, struct error *err)
{
    for (size_t i = 0; i <= n_read; i++) {
        int64_t number = i < n_read ? read[i] : booked;
        if (number < 0 || number > (int64_t)settings->n_known || (i < n_read && !number))
            return error_set(err, ERR_NOT_FOUND, "settings", "there is no calendar %lld",
                             (long long)number);
    }
    for (size_t i = 0; i < settings->n_known; i++) {
        settings->known[i].is_read = false;
        settings->known[i].is_booked = booked == (int64_t)i + 1;
    }
    for (size_t i = 0; i < n_read; i++)
        settings->known[read[i] - 1].is_read = true;
    return settings_store(settings, err);
}
