/* SPDX-License-Identifier: ISC
 *
 * The directory of zones. The one part of time/ that reads files; it does so once, before the
 * jail.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "time/zone.h"
#include "time/zone_data.h"

enum {
    MAX_ZONES = 4096,
    MAX_DEPTH = 4,         /* "America/Argentina/Buenos_Aires" is 3 */
    MAX_FILE = 256 * 1024, /* the largest real one has 4 KiB */
    MAX_DIR = MAX_FILE_PATH,
};

struct zones {
    struct zone **zones; /* heap, sorted by name */
    size_t n;
};

/* The walk: where it is, as a path that starts with the directory of zones. */
struct walk {
    struct zones *zones;
    char path[MAX_DIR + MAX_ZONE + 2];
    size_t root_n; /* bytes of path before the zone's name */
    struct error *err;
};

static int by_name(const void *one, const void *other)
{
    const struct zone *const *a = one, *const *b = other;
    return strcmp((*a)->name, (*b)->name);
}

static bool is_left_out(const char *name)
{
    static const char *const names[] = {"posix", "right", "localtime", "posixrules", "Factory"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return name[0] == '.';
}

static enum status walk_failed(const struct walk *walk, const char *what)
{
    return error_set(walk->err, ERR_IO, "time zones", "%s: %s", walk->path, what);
}

static enum status read_zone(struct walk *walk)
{
    FILE *file = fopen(walk->path, "re");
    if (!file)
        return walk_failed(walk, strerror(errno));
    struct buf bytes = BUF(MAX_FILE);
    size_t got = 1;
    while (got > 0 && bytes.n < MAX_FILE) {
        size_t room = bytes.n + 4096 <= MAX_FILE ? 4096 : MAX_FILE - bytes.n;
        got = fread(buf_room(&bytes, room), 1, room, file);
        buf_grown(&bytes, got);
    }
    bool is_broken = ferror(file) != 0;
    fclose(file);
    enum status status = is_broken ? walk_failed(walk, "cannot be read") : OK;
    if (status == OK && text_starts(buf_text(&bytes), TEXT("TZif"))) {
        struct error why = {0};
        struct zones *zones = walk->zones;
        if (zones->n == MAX_ZONES)
            status = walk_failed(walk, "too many zones");
        else if (zone_parse(text_from(walk->path + walk->root_n), buf_text(&bytes),
                            &zones->zones[zones->n], &why) == OK)
            zones->n++;
        else
            status = walk_failed(walk, why.what);
    }
    buf_done(&bytes);
    return status;
}

static enum status read_folder(struct walk *walk, int depth);

static enum status read_entry(struct walk *walk, const char *name, int depth)
{
    size_t before_n = strlen(walk->path);
    int n = snprintf(walk->path + before_n, sizeof walk->path - before_n, "/%s", name);
    enum status status = OK;
    struct stat info;
    if (n < 0 || (size_t)n >= sizeof walk->path - before_n)
        status = walk_failed(walk, "a name too long for a zone");
    else if (stat(walk->path, &info) != 0)
        status = walk_failed(walk, strerror(errno));
    else if (S_ISDIR(info.st_mode))
        status = depth < MAX_DEPTH ? read_folder(walk, depth + 1) : OK;
    else if (S_ISREG(info.st_mode))
        status = read_zone(walk);
    walk->path[before_n] = 0;
    return status;
}

static enum status read_folder(struct walk *walk, int depth)
{
    DIR *folder = opendir(walk->path);
    if (!folder)
        return walk_failed(walk, strerror(errno));
    enum status status = OK;
    const struct dirent *entry;
    while (status == OK && (entry = readdir(folder)))
        if (!is_left_out(entry->d_name))
            status = read_entry(walk, entry->d_name, depth);
    closedir(folder);
    return status;
}

struct zones *zones_load(const char *dir, struct error *err)
{
    struct walk walk = {.root_n = strlen(dir) + 1, .err = err};
    if (walk.root_n > MAX_DIR) {
        error_set(err, ERR_INVALID, "time zones", "the path of their directory is too long");
        return NULL;
    }
    memcpy(walk.path, dir, walk.root_n);
    struct zones *zones = walk.zones = calloc(1, sizeof *zones);
    ENSURE(zones);
    zones->zones = calloc(MAX_ZONES, sizeof(struct zone *));
    ENSURE(zones->zones);
    enum status status = read_folder(&walk, 1);
    qsort(zones->zones, zones->n, sizeof(struct zone *), by_name);
    if (status == OK && !zone_find(zones, TEXT("UTC")))
        status =
            error_set(err, ERR_NOT_FOUND, "time zones", "no UTC in %s: install tzdata", dir);
    if (status != OK) {
        zones_free(zones);
        return NULL;
    }
    return zones;
}

void zones_free(struct zones *zones)
{
    if (!zones)
        return;
    for (size_t i = 0; i < zones->n; i++)
        zone_free(zones->zones[i]);
    free(zones->zones);
    free(zones);
}

const struct zone *zone_find(const struct zones *zones, struct text name)
{
    char key[MAX_ZONE + 1] = {0};
    if (name.n == 0 || name.n > MAX_ZONE || memchr(name.at, 0, name.n))
        return NULL;
    memcpy(key, name.at, name.n);
    size_t least = 0, most = zones->n;
    while (least < most) {
        size_t middle = least + (most - least) / 2;
        int order = strcmp(zones->zones[middle]->name, key);
        if (order == 0)
            return zones->zones[middle];
        if (order < 0)
            least = middle + 1;
        else
            most = middle;
    }
    return NULL;
}

const struct zone *zones_next(const struct zones *zones, size_t *pos)
{
    return *pos < zones->n ? zones->zones[(*pos)++] : NULL;
}
