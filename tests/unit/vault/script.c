/* SPDX-License-Identifier: ISC */
#include "script.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "os/clock.h"
#include "wire/codec.h"

enum { FOREVER_MS = 600000, WAIT_MS = 20 /* for a hint */ };

struct player {
    struct script *s;
    int fd;
};

static void copy(char *to, size_t size, struct text from)
{
    snprintf(to, size, TEXT_FMT, TEXT_ARG(from));
}

static struct script_event *find_event(struct script *s, struct text uid)
{
    for (size_t i = 0; i < s->n_events; i++)
        if (text_equal(text_from(s->events[i].uid), uid))
            return &s->events[i];
    return NULL;
}

static struct event_ref ref_of(struct arena *a, const struct script_event *event)
{
    return (struct event_ref){.id = arena_text(a, text_from(event->uid)),
                              .change_key = TEXT("1"),
                              .start = event->start,
                              .end = event->end};
}

static void list_busy(struct script *s, struct arena *a, const struct busy_ask *ask,
                      struct busy_answer *answer)
{
    s->busy_from = ask->from;
    s->busy_to = ask->to;
    copy(s->busy_calendar, sizeof s->busy_calendar, ask->calendar);
    s->n_sources = ask->n_sources;
    answer->busy = ARENA_ARRAY(a, s->n_busy + s->n_events + 1, struct busy);
    for (size_t i = 0; i < s->n_busy; i++)
        answer->busy[answer->n_busy++] = s->busy[i];
    for (size_t i = 0; i < s->n_events; i++) {
        const struct script_event *event = &s->events[i];
        if (!text_equal(text_from(event->uid), ask->own_uid))
            answer->busy[answer->n_busy++] = (struct busy){event->start, event->end, BUSY_BUSY};
    }
}

/* Two calendars: the default one of whoever is asked for, and "extra". */
static void list_calendars(struct arena *a, struct calendars_answer *answer)
{
    answer->calendars = ARENA_ARRAY(a, 3, struct calendar_row);
    answer->calendars[answer->n_calendars++] =
        (struct calendar_row){.id = TEXT("main"),
                              .name = TEXT("Calendar"),
                              .mailbox = TEXT("Ann@acme.test"),
                              .is_default = true,
                              .can_read = true,
                              .can_write = true};
    answer->calendars[answer->n_calendars++] = (struct calendar_row){
        .id = TEXT("extra"), .name = TEXT("Extra"), .can_read = true, .can_write = true};
    answer->calendars[answer->n_calendars++] =
        (struct calendar_row){.id = TEXT("theirs"), .name = TEXT("Theirs"), .can_read = true};
}

/* Everybody is busy at the begin of the window; "secret@" shows nothing. */
static void show_views(struct arena *a, const struct view_ask *ask, struct view_answer *answer)
{
    answer->views = ARENA_ARRAY(a, ask->n_mailboxes, struct mailbox_view);
    answer->n_views = ask->n_mailboxes;
    for (size_t i = 0; i < ask->n_mailboxes; i++) {
        struct mailbox_view *view = &answer->views[i];
        if (text_starts(ask->mailboxes[i].address, TEXT("secret@"))) {
            view->status = ERR_DENIED;
            continue;
        }
        view->busy = ARENA_NEW(a, struct busy);
        view->n_busy = 1;
        *view->busy = (struct busy){ask->from, instant_add_s(ask->from, 3600), BUSY_BUSY};
    }
}

/* Name a server once consent was given where it is wanted. */
static void find_server(struct script *s, const struct discover_ask *ask,
                        struct discover_answer *answer)
{
    bool may = !*s->asks;
    for (size_t i = 0; i < ask->n_consents; i++)
        may = may || text_equal(ask->consents[i].domain, text_from(s->asks));
    if (may)
        answer->host = TEXT("found.acme.test");
    else
        answer->asks = text_from(s->asks);
    answer->online = s->online;
}

static void remove_event(struct script *s, struct script_event *event)
{
    ENSURE(s->n_gone < SCRIPT_GONE);
    event->changed = ++s->n_changes;
    s->gone[s->n_gone++] = *event;
    *event = s->events[--s->n_events];
}

/* The first change after a number, among those that stand and those that are gone; NULL: none. */
static const struct script_event *next_change(const struct script *s, int64_t since)
{
    const struct script_event *next = NULL;
    for (size_t i = 0; i < s->n_events + s->n_gone; i++) {
        const struct script_event *event =
            i < s->n_events ? &s->events[i] : &s->gone[i - s->n_events];
        if (event->changed > since && (!next || event->changed < next->changed))
            next = event;
    }
    return next;
}

static void list_changes(struct script *s, struct arena *a, const struct changes_ask *ask,
                         struct changes_answer *answer)
{
    int64_t since = 0;
    const struct script_event *event;
    if (ask->state.n && (s->forgets || !text_to_i64(ask->state, &since))) {
        answer->lost = true;
        return;
    }
    answer->changes = ARENA_ARRAY(a, MAX_CHANGES, struct event_change);
    while ((event = next_change(s, since)) && answer->n_changes < MAX_CHANGES) {
        if (s->changes_at_once && answer->n_changes == s->changes_at_once)
            break;
        bool is_gone = event >= s->gone && event < s->gone + SCRIPT_GONE;
        if (!is_gone || ask->state.n)
            answer->changes[answer->n_changes++] = (struct event_change){
                .removed = is_gone,
                .uid = is_gone ? (struct text){0} : arena_text(a, text_from(event->uid)),
                .ref = ref_of(a, event)};
        since = event->changed;
    }
    answer->more = event != NULL;
    answer->state = text_from(arena_printf(a, "%lld", (long long)since));
}

/* Do one job. Lock held. */
static enum status play(struct script *s, struct arena *a, enum wire_type type, const void *ask,
                        void *answer)
{
    if (s->result[type] != OK)
        return s->result[type];
    if (type == WIRE_busy) {
        list_busy(s, a, ask, answer);
    } else if (type == WIRE_create) {
        const struct create_ask *create = ask;
        struct script_event *event = &s->events[s->n_events++ % SCRIPT_EVENTS];
        copy(event->uid, sizeof event->uid, create->event.uid);
        copy(s->written_to, sizeof s->written_to, create->calendar);
        event->changed = ++s->n_changes;
        event->start = create->event.start;
        event->end = create->event.end;
        ((struct create_answer *)answer)->ref = ref_of(a, event);
    } else if (type == WIRE_find) {
        const struct find_ask *find = ask;
        size_t n = strlen(s->searched_in);
        snprintf(s->searched_in + n, sizeof s->searched_in - n, TEXT_FMT ";",
                 TEXT_ARG(find->calendar));
        struct script_event *event = find_event(s, find->uid);
        if (!event)
            return ERR_NOT_FOUND;
        ((struct find_answer *)answer)->ref = ref_of(a, event);
        ((struct find_answer *)answer)->ref.room = s->room;
    } else if (type == WIRE_update) {
        const struct update_ask *update = ask;
        struct script_event *event = find_event(s, update->event.uid);
        if (!event)
            return ERR_NOT_FOUND;
        event->changed = ++s->n_changes;
        copy(event->title, sizeof event->title, update->event.title);
        event->show_as = update->event.show_as;
        event->start = update->event.start;
        event->end = update->event.end;
        ((struct update_answer *)answer)->ref = ref_of(a, event);
    } else if (type == WIRE_remove) {
        const struct remove_ask *removal = ask;
        struct script_event *event = find_event(s, removal->uid);
        s->told_removal = removal->has_invitee;
        if (event)
            remove_event(s, event);
    } else if (type == WIRE_changes) {
        list_changes(s, a, ask, answer);
    } else if (type == WIRE_watch) {
        const struct watch_ask *watch = ask;
        struct watch_answer *states = answer;
        states->states = ARENA_ARRAY(a, watch->n_mailboxes, struct watch_state);
        states->n_states = watch->n_mailboxes;
        s->n_watched = watch->n_mailboxes;
    } else if (type == WIRE_watch_wait) {
        struct watch_wait_answer *hints = answer;
        hints->hints = ARENA_ARRAY(a, s->n_watched, struct watch_hint);
        hints->n_hints = s->n_watched;
        for (size_t i = 0; i < s->n_watched; i++)
            hints->hints[i].has_changed = s->hints > 0;
        s->hints -= s->hints > 0;
    } else if (type == WIRE_check) {
        struct check_answer *check = answer;
        check->layers = ARENA_NEW(a, struct layer);
        check->layers[0] = (struct layer){.name = TEXT("sign-in"),
                                          .state = s->unsound ? LAYER_REFUSED : LAYER_OK};
        check->n_layers = 1;
    } else if (type == WIRE_calendars) {
        list_calendars(a, answer);
    } else if (type == WIRE_view) {
        show_views(a, ask, answer);
    } else if (type == WIRE_discover) {
        find_server(s, ask, answer);
    }
    return OK;
}

/* Take one job and answer it; false: this child is over. */
static bool serve_job(struct script *s, struct link *link)
{
    struct frame frame;
    if (link_next(link, clock_ms() + FOREVER_MS, &frame) != OK)
        return false;
    const struct wire_message *message = wire_message_of(frame.type);
    struct arena a CLEANUP(arena_done) = {0};
    void *ask = arena_alloc(&a, message->ask()->size);
    void *answer = arena_alloc(&a, message->answer()->size);
    if (frame_read_ask(&a, &frame, ask) != OK)
        return false;

    pthread_mutex_lock(&s->lock);
    s->calls[frame.type]++;
    s->most_at_once = ++s->at_once > s->most_at_once ? s->at_once : s->most_at_once;
    int64_t delay_ms = frame.type == WIRE_open || frame.type == WIRE_act ? 0 : s->delay_ms;
    bool loses = s->loses[frame.type], swallows = s->swallows[frame.type];
    pthread_mutex_unlock(&s->lock);
    if (frame.type == WIRE_watch_wait)
        delay_ms = WAIT_MS;
    if (delay_ms)
        poll(NULL, 0, (int)delay_ms);

    pthread_mutex_lock(&s->lock);
    enum status status = swallows ? OK : play(s, &a, frame.type, ask, answer);
    struct error err = {0};
    if (status != OK) {
        error_set(&err, status, "script", "as the test wanted");
        err.retry_s = s->retry_s;
    }
    if (frame.type == WIRE_open) {
        const struct open_ask *open = ask;
        copy(s->password, sizeof s->password,
             (struct text){(char *)open->server.password.at, open->server.password.n});
        copy(s->user, sizeof s->user, open->server.user);
        copy(s->impersonate, sizeof s->impersonate, open->server.impersonate);
    }
    if (frame.type == WIRE_act)
        copy(s->impersonate, sizeof s->impersonate, ((const struct act_ask *)ask)->impersonate);
    s->at_once--;
    pthread_mutex_unlock(&s->lock);
    wire_wipe(message->ask, ask);
    if (loses || swallows)
        return false;
    struct reply reply = reply_from(status, &err);
    return link_answer(link, &frame, &reply, status == OK ? answer : NULL, -1,
                       clock_ms() + FOREVER_MS) == OK;
}

static void *child(void *at)
{
    struct player p = *(struct player *)at;
    free(at);
    struct link link;
    link_init(&link, p.fd);
    while (serve_job(p.s, &link))
        continue;
    link_done(&link);
    return NULL;
}

static void start_thread(struct script *s, void *run(void *), int fd)
{
    struct player *p = malloc(sizeof *p);
    ENSURE(p);
    *p = (struct player){s, fd};
    pthread_mutex_lock(&s->lock);
    ENSURE(s->n_threads < SCRIPT_THREADS);
    ENSURE(pthread_create(&s->threads[s->n_threads++], NULL, run, p) == 0);
    pthread_mutex_unlock(&s->lock);
}

static void *zygote(void *at)
{
    struct player p = *(struct player *)at;
    free(at);
    struct link link;
    struct frame frame;
    link_init(&link, p.fd);
    while (link_next(&link, clock_ms() + FOREVER_MS, &frame) == OK) {
        int mine, theirs;
        ENSURE(channel_pair(&mine, &theirs) == OK);
        SCRIPT_SET(p.s, p.s->spawned++);
        start_thread(p.s, child, mine);
        struct reply reply = {.status = OK};
        struct spawn_answer answer = {0};
        if (link_answer(&link, &frame, &reply, &answer, theirs, clock_ms() + FOREVER_MS) != OK)
            break;
    }
    link_done(&link);
    return NULL;
}

void script_start(struct script *s)
{
    int mine;
    *s = (struct script){0};
    pthread_mutex_init(&s->lock, NULL);
    ENSURE(channel_pair(&mine, &s->fd) == OK);
    start_thread(s, zygote, mine);
}

void script_stop(struct script *s)
{
    for (size_t i = 0;; i++) {
        pthread_mutex_lock(&s->lock);
        bool more = i < s->n_threads;
        pthread_t thread = more ? s->threads[i] : 0;
        pthread_mutex_unlock(&s->lock);
        if (!more)
            break;
        pthread_join(thread, NULL);
    }
    pthread_mutex_destroy(&s->lock);
}

int script_calls(struct script *s, enum wire_type type)
{
    pthread_mutex_lock(&s->lock);
    int n = s->calls[type];
    pthread_mutex_unlock(&s->lock);
    return n;
}

size_t script_events(struct script *s)
{
    pthread_mutex_lock(&s->lock);
    size_t n = s->n_events;
    pthread_mutex_unlock(&s->lock);
    return n;
}

struct script_event script_event(struct script *s, size_t at)
{
    pthread_mutex_lock(&s->lock);
    struct script_event event = s->events[at];
    pthread_mutex_unlock(&s->lock);
    return event;
}

void script_move(struct script *s, size_t at, struct instant start, struct instant end)
{
    pthread_mutex_lock(&s->lock);
    s->events[at].start = start;
    s->events[at].end = end;
    s->events[at].changed = ++s->n_changes;
    pthread_mutex_unlock(&s->lock);
}

void script_delete(struct script *s, size_t at)
{
    pthread_mutex_lock(&s->lock);
    remove_event(s, &s->events[at]);
    pthread_mutex_unlock(&s->lock);
}
