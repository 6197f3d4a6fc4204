/* SPDX-License-Identifier: ISC
 *
 * Calendars as folders of .ics files, one event (or series) a file. They are read whole each time they are asked for;
 * a folder or a file that cannot be read fails the question, since what is in it is not known.
 */
#ifndef CONNECTOR_LINUX_VDIR_H
#define CONNECTOR_LINUX_VDIR_H

#include "connector/linux/settings.h"
#include "connector/platform.h"
#include "time/zone.h"

enum { VDIR_FILES_MAX = 50000 };

struct vdir {
    const struct settings *settings;
    struct zones *zones;
    const struct zone *home; /* of times that say none */
};

/* Load the zones, and look whether the settings make sense: a folder to read, one calendar to book into.
 * Fails   ERR_INVALID with what to put into the file */
enum status vdir_open(struct vdir *vdir, const struct settings *settings,
                      struct error *err) MUST_CHECK;
void vdir_close(struct vdir *vdir); /* accepts a zeroed one */

struct calendar_adapter vdir_adapter(struct vdir *vdir);

/* A calendar that was found. */
struct vdir_folder {
    char name[256];
    char path[MAX_FILE_PATH];
    bool is_read, is_booked;
};

/* List the calendars that there are, those that are not chosen too. */
enum status vdir_folders(const struct vdir *vdir, struct arena *a,
                         struct vdir_folder **ret_folders, size_t *ret_n,
                         struct error *err) MUST_CHECK;

#endif
