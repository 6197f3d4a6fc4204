/* SPDX-License-Identifier: ISC
 *
 * A folder that is gone is never an empty calendar: a disk that is not mounted must not make anybody free.
 */
#include "connector/linux/vdir.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calendar/ical/ical.h"
#include "connector/linux/ics.h"
#include "os/clock.h"
#include "os/file.h"

static const char where[] = "calendar folder";

/* ---- folders ---- */

static bool is_ics(const char *name)
{
    return *name != '.' && text_ends(text_from(name), TEXT(".ics"));
}

static bool is_named(const struct settings *s, const char *name)
{
    for (size_t i = 0; i < s->n_read; i++)
        if (strcmp(s->read[i], name) == 0)
            return true;
    return s->n_read == 0;
}

static void close_dir(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

static enum status open_dir(const char *path, DIR **ret_dir, struct error *err)
{
    *ret_dir = opendir(path);
    return *ret_dir ? OK
                    : error_set(err, ERR_NO_DATA, where, "%s cannot be read: %s", path,
                                strerror(errno));
}

static bool is_folder(const char *path)
{
    struct stat is;
    return stat(path, &is) == 0 && S_ISDIR(is.st_mode);
}

static void add_folder(struct vdir_folder *folders, size_t *n, const char *path,
                       const char *name)
{
    struct vdir_folder *f = &folders[*n];
    *f = (struct vdir_folder){0};
    bool fits = snprintf(f->name, sizeof f->name, "%s", name) < (int)sizeof f->name &&
                snprintf(f->path, sizeof f->path, "%s", path) < (int)sizeof f->path;
    if (fits && text_is_clean(text_from(name)))
        (*n)++;
}

static int by_name(const void *one, const void *other)
{
    return strcmp(((const struct vdir_folder *)one)->name,
                  ((const struct vdir_folder *)other)->name);
}

/* The calendars below the root; where files lie in the root itself, it is the one calendar. */
static enum status find_folders(const char *root, struct vdir_folder *folders, size_t *ret_n,
                                struct error *err)
{
    CLEANUP(close_dir) DIR *dir = NULL;
    size_t n = 0;
    bool has_files = false;
    TRY(open_dir(root, &dir, err));
    for (struct dirent *entry; (entry = readdir(dir));) {
        char path[MAX_FILE_PATH + 256];
        snprintf(path, sizeof path, "%s/%s", root, entry->d_name);
        has_files |= is_ics(entry->d_name);
        if (*entry->d_name == '.' || !is_folder(path))
            continue;
        if (n == DESK_CALENDARS_MAX)
            return error_set(err, ERR_LIMIT, where, "%s holds more than %d calendars", root,
                             DESK_CALENDARS_MAX);
        add_folder(folders, &n, path, entry->d_name);
    }
    if (has_files || n == 0) {
        const char *slash = strrchr(root, '/');
        n = 0;
        add_folder(folders, &n, root, slash && slash[1] ? slash + 1 : "calendar");
    }
    qsort(folders, n, sizeof *folders, by_name);
    *ret_n = n;
    return OK;
}

static enum status choose(const struct settings *s, struct vdir_folder *folders, size_t n,
                          struct error *err)
{
    size_t n_read = 0, n_booked = 0;
    for (size_t i = 0; i < n; i++) {
        struct vdir_folder *f = &folders[i];
        f->is_read = is_named(s, f->name) || (s->book && strcmp(f->name, s->book) == 0);
        f->is_booked = s->book ? strcmp(f->name, s->book) == 0 : n == 1;
        n_read += is_named(s, f->name);
        n_booked += f->is_booked;
    }
    if (s->n_read && n_read < s->n_read)
        return error_set(err, ERR_NO_DATA, where,
                         "a calendar that is to be read is not in %s: is it mounted, is it "
                         "named rightly in %s?",
                         s->directory, s->path);
    if (n_booked != 1)
        return error_set(err, ERR_INVALID, where,
                         "which calendar do bookings go into? Say \"book = NAME\" in %s",
                         s->path);
    return OK;
}

enum status vdir_folders(const struct vdir *vdir, struct arena *a,
                         struct vdir_folder **ret_folders, size_t *ret_n, struct error *err)
{
    struct vdir_folder *folders = ARENA_ARRAY(a, DESK_CALENDARS_MAX + 1, struct vdir_folder);
    TRY(find_folders(vdir->settings->directory, folders, ret_n, err));
    TRY(choose(vdir->settings, folders, *ret_n, err));
    *ret_folders = folders;
    return OK;
}

/* A number that stays the same as long as the folder's name does (FNV-1a). */
static int64_t number_of(const char *name)
{
    uint64_t hash = 14695981039346656037u;
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 1099511628211u;
    return (int64_t)(hash >> 1 | 1);
}

/* The name that its owner sees: vdirs say it in a file. */
static struct text shown_name(const struct vdir_folder *f, struct arena *a)
{
    char path[MAX_FILE_PATH + 16];
    struct buf name CLEANUP(buf_done) = BUF(MAX_NAME);
    snprintf(path, sizeof path, "%s/displayname", f->path);
    struct text shown = text_from(f->name);
    if (file_read(path, &name, NULL) == OK && text_is_line(text_trim(buf_text(&name))))
        shown = text_trim(buf_text(&name));
    return arena_text(a, text_first(shown, MAX_NAME));
}

static enum status list_calendars(void *self, struct arena *a, struct desk_calendar **ret_list,
                                  size_t *ret_n, struct error *err)
{
    struct vdir_folder *folders;
    size_t n;
    TRY(vdir_folders(self, a, &folders, &n, err));
    struct desk_calendar *list = ARENA_ARRAY(a, n, struct desk_calendar);
    for (size_t i = 0; i < n; i++)
        list[i] = (struct desk_calendar){.number = number_of(folders[i].name),
                                         .name = shown_name(&folders[i], a),
                                         .is_read = folders[i].is_read,
                                         .is_booked = folders[i].is_booked};
    *ret_list = list;
    *ret_n = n;
    return OK;
}

/* ---- reading ---- */

struct gathering {
    const struct vdir *vdir;
    struct arena *a;
    struct instant from, to;
    struct stretch *list; /* heap */
    size_t n, size;
};

static enum status gather_one(struct gathering *g, const struct ical_occurrence *o,
                              struct text id, struct error *err)
{
    if (g->n == MAX_BUSY)
        return error_set(err, ERR_LIMIT, where, "more than %d events in the time asked for",
                         MAX_BUSY);
    if (g->n == g->size) {
        g->size = g->size ? 2 * g->size : 256;
        g->list = realloc(g->list, g->size * sizeof *g->list);
        ENSURE(g->list);
    }
    g->list[g->n++] =
        (struct stretch){.busy = {.start = o->start, .end = o->end, .status = o->status}, id};
    return OK;
}

static enum status gather_object(struct gathering *g, struct text object, const char *path,
                                 struct error *err)
{
    struct ical *ical = NULL;
    struct error why = {0};
    enum status status = ical_read(object, g->vdir->home, &ical, &why);
    if (status != OK)
        return error_set(err, ERR_NO_DATA, where, "%s cannot be understood: %s", path,
                         why.what);
    struct ical_occurrence occurrence;
    struct text id = {0};
    ical_begin(ical, g->from, g->to);
    while (status == OK && ical_next(ical, &occurrence)) {
        if (!id.n)
            id = arena_text(g->a, text_from(path));
        status = gather_one(g, &occurrence, id, err);
    }
    ical_free(ical);
    return status;
}

static enum status gather_folder(struct gathering *g, const struct vdir_folder *f,
                                 struct error *err)
{
    CLEANUP(close_dir) DIR *dir = NULL;
    struct buf object CLEANUP(buf_wipe) = BUF(ICAL_TEXT_MAX);
    size_t n_files = 0;
    TRY(open_dir(f->path, &dir, err));
    for (struct dirent *entry; (entry = readdir(dir));) {
        char path[MAX_FILE_PATH + 260];
        if (!is_ics(entry->d_name))
            continue;
        if (++n_files > VDIR_FILES_MAX)
            return error_set(err, ERR_LIMIT, where, "%s holds more than %d files", f->path,
                             VDIR_FILES_MAX);
        snprintf(path, sizeof path, "%s/%s", f->path, entry->d_name);
        buf_clear(&object);
        enum status status = file_read(path, &object, err);
        if (status == ERR_NOT_FOUND) /* removed since */
            continue;
        if (status != OK)
            return ERR_NO_DATA;
        TRY(gather_object(g, buf_text(&object), path, err));
    }
    return OK;
}

static enum status read_window(void *self, struct instant from, struct instant to,
                               struct arena *a, struct stretch **ret_list, size_t *ret_n,
                               struct error *err)
{
    struct gathering g = {.vdir = self, .a = a, .from = from, .to = to};
    struct vdir_folder *folders;
    size_t n;
    enum status status = vdir_folders(self, a, &folders, &n, err);
    for (size_t i = 0; status == OK && i < n; i++)
        if (folders[i].is_read)
            status = gather_folder(&g, &folders[i], err);
    if (status == OK) {
        *ret_list = ARENA_ARRAY(a, g.n, struct stretch);
        if (g.n)
            memcpy(*ret_list, g.list, g.n * sizeof *g.list);
        *ret_n = g.n;
    }
    free(g.list);
    return status;
}

/* ---- events of ours ---- */

struct found {
    char path[MAX_FILE_PATH + 260];
    struct buf object;
    struct busy busy;
};

static void found_done(struct found *found)
{
    buf_wipe(&found->object);
}

/* Is it the event of this uid, written by us? */
static bool is_wanted(const struct vdir *vdir, struct found *found, struct text uid)
{
    struct text object = buf_text(&found->object);
    struct ical *ical = NULL;
    if (!ics_is_ours(object) || ical_read(object, vdir->home, &ical, NULL) != OK)
        return false;
    const struct ical_item *item = ical_find(ical, uid, &found->busy.start, &found->busy.end);
    if (item)
        found->busy.status = item->status;
    ical_free(ical);
    return item;
}

static enum status try_file(const struct vdir *vdir, struct found *found, struct text uid,
                            struct error *err)
{
    buf_clear(&found->object);
    TRY(file_read(found->path, &found->object, err));
    return is_wanted(vdir, found, uid) ? OK : ERR_NOT_FOUND;
}

/* Somebody may have moved it to another calendar, or a program renamed it. */
static enum status search_folder(const struct vdir *vdir, const struct vdir_folder *f,
                                 struct found *found, struct text uid, struct error *err)
{
    CLEANUP(close_dir) DIR *dir = NULL;
    TRY(open_dir(f->path, &dir, err));
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (!is_ics(entry->d_name))
            continue;
        snprintf(found->path, sizeof found->path, "%s/%s", f->path, entry->d_name);
        enum status status = try_file(vdir, found, uid, err);
        if (status != ERR_NOT_FOUND)
            return status;
    }
    return ERR_NOT_FOUND;
}

static enum status find_file(const struct vdir *vdir, struct text uid, struct found *found,
                             struct error *err)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct vdir_folder *folders;
    size_t n;
    char name[ICS_NAME_MAX];
    *found = (struct found){.object = BUF(ICAL_TEXT_MAX)};
    TRY(vdir_folders(vdir, &a, &folders, &n, err));
    ics_name(uid, name);
    for (size_t i = 0; i < n; i++) {
        snprintf(found->path, sizeof found->path, "%s/%s", folders[i].path, name);
        enum status status = try_file(vdir, found, uid, NULL);
        if (status != ERR_NOT_FOUND)
            return status == OK ? OK : error_set(err, ERR_NO_DATA, where, "%s", found->path);
    }
    for (size_t i = 0; i < n; i++) {
        enum status status = search_folder(vdir, &folders[i], found, uid, err);
        if (status != ERR_NOT_FOUND)
            return status;
    }
    return ERR_NOT_FOUND;
}

static enum status find_event(void *self, struct text mark, struct arena *a,
                              struct stretch *ret_event, struct error *err)
{
    struct found found CLEANUP(found_done) = {0};
    TRY(find_file(self, mark, &found, err));
    *ret_event =
        (struct stretch){.busy = found.busy, .id = arena_text(a, text_from(found.path))};
    return OK;
}

/* What was written is read again: a disk may be full in ways that nobody hears of. */
static enum status check_written(const struct vdir *vdir, const char *path,
                                 const struct event *event, struct error *err)
{
    struct found found CLEANUP(found_done) = {.object = BUF(ICAL_TEXT_MAX)};
    snprintf(found.path, sizeof found.path, "%s", path);
    if (try_file(vdir, &found, event->uid, err) != OK || found.busy.start.s != event->start.s ||
        found.busy.end.s != event->end.s)
        return error_set(err, ERR_IO, where, "%s does not hold what was written into it", path);
    return OK;
}

static enum status create_event(void *self, struct text mark, const struct event *event,
                                struct error *err)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct buf out CLEANUP(buf_wipe) = BUF(ICS_MAX);
    struct vdir_folder *folders;
    size_t n;
    char name[ICS_NAME_MAX], path[MAX_FILE_PATH + 260] = "";
    TRY(vdir_folders(self, &a, &folders, &n, err));
    ics_name(mark, name);
    for (size_t i = 0; i < n; i++)
        if (folders[i].is_booked)
            snprintf(path, sizeof path, "%s/%s", folders[i].path, name);
    ics_write(&out, event, 0, clock_now());
    enum status status = file_create(path, out.at, out.n, 0600, err);
    if (status == ERR_CONFLICT) /* there is such a file, and it is not ours */
        return ERR_DENIED;
    TRY(status);
    return check_written(self, path, event, err);
}

static enum status update_event(void *self, struct text mark, const struct event *event,
                                struct error *err)
{
    struct found found CLEANUP(found_done) = {0};
    struct buf out CLEANUP(buf_wipe) = BUF(ICAL_TEXT_MAX);
    TRY(find_file(self, mark, &found, err));
    struct text before = buf_text(&found.object);
    ics_change(&out, before, event, ics_sequence(before) + 1, clock_now());
    if (buf_failed(&out))
        return error_set(err, ERR_LIMIT, where, "%s is too large", found.path);
    TRY(file_write(found.path, out.at, out.n, 0600, err));
    return check_written(self, found.path, event, err);
}

static enum status remove_event(void *self, struct text mark, struct error *err)
{
    struct found found CLEANUP(found_done) = {0};
    TRY(find_file(self, mark, &found, err));
    if (unlink(found.path) == 0 || errno == ENOENT)
        return OK;
    enum status status =
        errno == EACCES || errno == EPERM || errno == EROFS ? ERR_DENIED : ERR_IO;
    return error_set(err, status, where, "%s cannot be removed: %s", found.path,
                     strerror(errno));
}

/* ---- opening ---- */

/* The name behind /etc/localtime, or in /etc/timezone. */
static const struct zone *machine_zone(const struct zones *zones)
{
    char link[PATH_MAX];
    static const char before[] = "/zoneinfo/";
    ssize_t n = readlink("/etc/localtime", link, sizeof link - 1);
    if (n > 0) {
        link[n] = 0;
        const char *name = strstr(link, before);
        if (name)
            return zone_find(zones, text_from(name + strlen(before)));
    }
    struct buf name CLEANUP(buf_done) = BUF(MAX_ZONE + 1);
    if (file_read("/etc/timezone", &name, NULL) == OK)
        return zone_find(zones, text_trim(buf_text(&name)));
    return NULL;
}

enum status vdir_open(struct vdir *vdir, const struct settings *settings, struct error *err)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct vdir_folder *folders;
    size_t n;
    *vdir = (struct vdir){.settings = settings};
    if (!settings->directory)
        return error_set(
            err, ERR_INVALID, where,
            "where are the calendars? Say \"directory = DIR\" below [calendars] in "
            "%s, or pair with --calendars DIR",
            settings->path);
    vdir->zones = zones_load("/usr/share/zoneinfo", err);
    if (!vdir->zones)
        return ERR_IO;
    ical_init(vdir->zones);
    vdir->home = settings->zone ? zone_find(vdir->zones, text_from(settings->zone))
                                : machine_zone(vdir->zones);
    if (settings->zone && !vdir->home)
        return error_set(err, ERR_INVALID, where, "%s: there is no zone %s", settings->path,
                         settings->zone);
    return vdir_folders(vdir, &a, &folders, &n, err);
}

void vdir_close(struct vdir *vdir)
{
    zones_free(vdir->zones);
    *vdir = (struct vdir){0};
}

struct calendar_adapter vdir_adapter(struct vdir *vdir)
{
    return (struct calendar_adapter){
        .self = vdir,
        .list = list_calendars,
        .read = read_window,
        .find = find_event,
        .create = create_event,
        .update = update_event,
        .remove = remove_event,
    };
}
