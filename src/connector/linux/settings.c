/* SPDX-License-Identifier: ISC */
#include "connector/linux/settings.h"

#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "os/file.h"

enum { FILE_MAX = 64 * 1024, SECRET_MAX = 1024 };

struct reading {
    struct settings *settings;
    struct error *err;
    enum status status;
    int line;
};

static const char *home(void)
{
    const char *at = getenv("HOME");
    return at && *at == '/' ? at : "/";
}

/* $name/hourgate-connector, else ~/usual/hourgate-connector. */
static const char *below(struct arena *a, const char *name, const char *usual)
{
    const char *at = getenv(name);
    if (at && *at == '/')
        return arena_printf(a, "%s/hourgate-connector", at);
    return arena_printf(a, "%s/%s/hourgate-connector", home(), usual);
}

static const char *path_of(struct arena *a, const char *value)
{
    return *value == '~' && value[1] == '/' ? arena_printf(a, "%s%s", home(), value + 1)
                                            : arena_cstr(a, text_from(value));
}

static bool take_names(struct settings *s, const char *value)
{
    char *rest = arena_cstr(&s->a, text_from(value));
    for (char *word; (word = strtok_r(NULL, " \t", &rest));) {
        if (s->n_read == DESK_CALENDARS_MAX)
            return false;
        s->read[s->n_read++] = word;
    }
    return true;
}

static bool take_proxy(struct settings *s, const char *value)
{
    if (strcmp(value, "environment") == 0)
        s->proxy = PROXY_OF_ENVIRONMENT;
    else if (strcmp(value, "none") == 0)
        s->proxy = PROXY_NONE;
    else if (strncmp(value, "http://", 7) == 0 && value[7] && !strchr(value, '@'))
        s->proxy = PROXY_NAMED;
    else
        return false;
    s->proxy_url = arena_cstr(&s->a, text_from(value));
    return true;
}

static int take_line(void *owner, const char *section, const char *name, const char *value)
{
    struct reading *r = owner;
    struct settings *s = r->settings;
    char *key = arena_printf(&s->a, "%s.%s", section, name);
    const char *text = arena_cstr(&s->a, text_from(value));
    bool fits = true;
    if (strcmp(key, "connector.state") == 0)
        s->state = path_of(&s->a, value);
    else if (strcmp(key, "calendars.directory") == 0)
        s->directory = path_of(&s->a, value);
    else if (strcmp(key, "calendars.read") == 0)
        fits = take_names(s, value);
    else if (strcmp(key, "calendars.book") == 0)
        s->book = text;
    else if (strcmp(key, "calendars.zone") == 0)
        s->zone = text;
    else if (strcmp(key, "network.proxy") == 0)
        fits = take_proxy(s, value);
    else if (strcmp(key, "network.proxy_user") == 0)
        s->proxy_user = text;
    else if (strcmp(key, "network.proxy_password_file") == 0)
        r->status = settings_secret(path_of(&s->a, value), &s->proxy_password, r->err);
    else if (strcmp(key, "network.roots") == 0)
        s->roots = path_of(&s->a, value);
    else
        fits = false;
    if (!fits)
        r->status = error_set(r->err, ERR_INVALID, "configuration",
                              "%s: \"%s\" of [%s] is not known, or its value is none of those "
                              "that it may have: see hourgate-connector(1)",
                              s->path, name, section);
    return r->status == OK;
}

enum status settings_read(struct settings *settings, const char *path, struct error *err)
{
    *settings = (struct settings){0};
    struct arena *a = &settings->a;
    const char *state = getenv("STATE_DIRECTORY");
    settings->path =
        path ? arena_cstr(a, text_from(path))
             : arena_printf(a, "%s/connector.conf", below(a, "XDG_CONFIG_HOME", ".config"));
    settings->state = state && *state == '/' ? arena_cstr(a, text_from(state))
                                             : below(a, "XDG_STATE_HOME", ".local/state");
    struct buf content CLEANUP(buf_done) = BUF(FILE_MAX);
    enum status status = file_read(settings->path, &content, err);
    if (status == ERR_NOT_FOUND && !path)
        return OK;
    TRY(status);
    settings->is_there = true;
    struct reading r = {.settings = settings, .err = err};
    int line = ini_parse_string(buf_cstr(&content), take_line, &r);
    if (line != 0 && r.status == OK)
        return error_set(err, ERR_INVALID, "configuration", "%s: line %d makes no sense",
                         settings->path, line);
    return r.status;
}

void settings_done(struct settings *settings)
{
    secret_free(&settings->proxy_password);
    arena_done(&settings->a);
    *settings = (struct settings){0};
}

enum status settings_write(const struct settings *settings, struct error *err)
{
    struct buf out CLEANUP(buf_done) = BUF(FILE_MAX);
    char *folder = strndup(settings->path, strlen(settings->path));
    ENSURE(folder);
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = 0;
    enum status status = slash ? file_make_directory(folder, err) : OK;
    free(folder);
    TRY(status);
    buf_printf(&out, "# hourgate-connector(1) says what may stand here.\n[calendars]\n");
    buf_printf(&out, "directory = %s\n", settings->directory);
    if (settings->book)
        buf_printf(&out, "book = %s\n", settings->book);
    return file_create(settings->path, out.at, out.n, 0600, err);
}

enum status settings_secret(const char *path, struct secret *ret_secret, struct error *err)
{
    struct stat is;
    struct buf content CLEANUP(buf_wipe) = BUF(SECRET_MAX);
    TRY(file_read(path, &content, err));
    if (stat(path, &is) == 0 && (is.st_mode & 077))
        return error_set(err, ERR_DENIED, "configuration",
                         "%s: others can read it; run `chmod 600` on it", path);
    const unsigned char *end = content.n ? memchr(content.at, '\n', content.n) : NULL;
    size_t n = end ? (size_t)(end - content.at) : content.n;
    if (n == 0)
        return error_set(err, ERR_INVALID, "configuration", "%s: its first line is empty",
                         path);
    secret_free(ret_secret);
    *ret_secret = secret_new(content.at, n);
    return OK;
}
