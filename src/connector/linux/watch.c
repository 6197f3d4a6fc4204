/* SPDX-License-Identifier: ISC */
#include "connector/linux/watch.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

enum { FOLDER_EVENTS = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE };

static enum status add(struct watch *watch, const char *path, int *ret_wd, struct error *err)
{
    int wd = inotify_add_watch(watch->fd, path, FOLDER_EVENTS | IN_ONLYDIR);
    if (wd < 0 && errno == ENOSPC)
        return error_set(
            err, ERR_IO, "watch",
            "the kernel watches no more folders: raise fs.inotify.max_user_watches");
    if (wd < 0 && errno != ENOENT)
        return error_set(err, ERR_IO, "watch", "%s: %s", path, strerror(errno));
    if (ret_wd)
        *ret_wd = wd;
    return OK;
}

/* Watching a folder that is watched already changes nothing. */
static enum status add_all(struct watch *watch, struct error *err)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct vdir_folder *folders = NULL;
    size_t n = 0;
    TRY(add(watch, watch->settings->state, &watch->state_wd, err));
    TRY(add(watch, watch->settings->directory, NULL, err));
    if (vdir_folders(watch->vdir, &a, &folders, &n, NULL) != OK)
        n = 0; /* reading them will say why */
    for (size_t i = 0; i < n; i++)
        if (folders[i].is_read)
            TRY(add(watch, folders[i].path, NULL, err));
    watch->is_stale = false;
    return OK;
}

enum status watch_open(struct watch *watch, const struct vdir *vdir,
                       const struct settings *settings, struct error *err)
{
    *watch = (struct watch){.vdir = vdir, .settings = settings, .state_wd = -1};
    watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (watch->fd < 0)
        return error_set(err, ERR_IO, "watch", "inotify: %s", strerror(errno));
    return add_all(watch, err);
}

void watch_close(struct watch *watch)
{
    if (watch->fd > 0)
        close(watch->fd);
    *watch = (struct watch){0};
}

static unsigned meaning(struct watch *watch, const struct inotify_event *event)
{
    struct text name = text_from(event->len ? event->name : "");
    if (event->mask & (IN_Q_OVERFLOW | IN_IGNORED))
        watch->is_stale = true;
    if (event->wd == watch->state_wd) /* the pairing is what is stored last */
        return text_equal(name, TEXT("pairing")) ? SIGNAL_SETTINGS : 0;
    if (event->mask & IN_ISDIR)
        watch->is_stale = true;
    bool counts = event->mask & (IN_ISDIR | IN_Q_OVERFLOW) || text_ends(name, TEXT(".ics"));
    return counts ? SIGNAL_CALENDAR : 0;
}

static unsigned read_events(struct watch *watch)
{
    _Alignas(struct inotify_event) char bytes[16 * 1024];
    unsigned signals = 0;
    for (ssize_t n; (n = read(watch->fd, bytes, sizeof bytes)) > 0;)
        for (char *at = bytes; at < bytes + n;) {
            const struct inotify_event *event = (const struct inotify_event *)(void *)at;
            signals |= meaning(watch, event);
            at += sizeof *event + event->len;
        }
    if (watch->is_stale)
        (void)add_all(watch, NULL); /* what fails is tried again with the next change */
    return signals;
}

unsigned watch_wait(struct watch *watch, const struct stream *stream, int stop_fd, int64_t ms)
{
    bool waiting;
    int fd = stream_fd(stream, &waiting);
    struct pollfd polled[] = {{.fd = watch->fd, .events = POLLIN},
                              {.fd = fd, .events = POLLIN},
                              {.fd = stop_fd, .events = POLLIN}};
    int n = poll(polled, 3, waiting ? 0 : (int)ms);
    unsigned signals = waiting ? SIGNAL_STREAM : 0;
    if (n > 0 && polled[0].revents)
        signals |= read_events(watch);
    if (n > 0 && polled[1].revents)
        signals |= SIGNAL_STREAM;
    return signals;
}
