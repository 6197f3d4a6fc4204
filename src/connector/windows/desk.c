/* SPDX-License-Identifier: ISC */
#include "connector/windows/desk.h"

enum job_kind { TO_LIST, TO_READ, TO_FIND, TO_CREATE, TO_UPDATE, TO_REMOVE, TO_END };

/* A question and its answer. Both ends hold it, so that whoever is late finds it whole: everything in it is its own. */
struct job {
    LONG holders;
    enum job_kind kind;
    HANDLE done;
    struct arena a;
    struct chosen chosen;
    struct instant from, to;
    struct text mark;
    struct event event;
    enum status status;
    struct error why;
    volatile LONG steps;
    struct desk_calendar *calendars;
    struct text *ids;
    struct stretch *stretches;
    struct stretch found;
    size_t n;
};

struct desk_thread {
    HANDLE thread, asked; /* asked: `job` is set */
    struct job *volatile job;
    volatile LONG is_lost;
};

/* ---- jobs ---- */

static struct text keep(struct job *job, struct text t)
{
    return arena_text(&job->a, t);
}

static struct job *job_new(enum job_kind kind, const struct chosen *chosen)
{
    struct job *job = calloc(1, sizeof *job);
    ENSURE(job);
    job->holders = 2;
    job->kind = kind;
    job->done = CreateEventW(NULL, TRUE, FALSE, NULL);
    job->chosen = *chosen;
    job->chosen.booked = keep(job, chosen->booked);
    for (size_t i = 0; i < chosen->n_read; i++)
        job->chosen.read[i] = keep(job, chosen->read[i]);
    return job;
}

static void job_release(struct job *job)
{
    if (InterlockedDecrement(&job->holders) > 0)
        return;
    CloseHandle(job->done);
    arena_wipe(&job->a);
    free(job);
}

static void keep_event(struct job *job, const struct event *event)
{
    job->event = *event;
    job->event.title = keep(job, event->title);
    job->event.location = keep(job, event->location);
    job->event.uid = keep(job, event->uid);
    job->event.body = job->event.zone = job->event.room = (struct text){0};
    job->event.invitee_name = job->event.invitee_email = (struct text){0};
}

static enum status work(struct outlook *outlook, struct job *job, struct error *err)
{
    outlook->chosen = &job->chosen;
    outlook->steps = &job->steps;
    TRY(outlook_open(outlook, err));
    switch (job->kind) {
    case TO_LIST:
        return outlook_list(outlook, &job->a, &job->calendars, &job->ids, &job->n, err);
    case TO_READ:
        return outlook_read(outlook, job->from, job->to, &job->a, &job->stretches, &job->n,
                            err);
    case TO_FIND:
        return outlook_find(outlook, job->mark, &job->a, &job->found, err);
    case TO_CREATE:
        return outlook_create(outlook, job->mark, &job->event, err);
    case TO_UPDATE:
        return outlook_update(outlook, job->mark, &job->event, err);
    case TO_REMOVE:
        return outlook_remove(outlook, job->mark, err);
    case TO_END:
        break;
    }
    return ERR_CLOSED;
}

/* ---- the thread ---- */

/* An apartment has to take messages while it waits. */
static void wait_with_messages(HANDLE asked)
{
    while (MsgWaitForMultipleObjects(1, &asked, FALSE, INFINITE, QS_ALLINPUT) !=
           WAIT_OBJECT_0) {
        MSG message;
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE)) {
            TranslateMessage(&message);
            DispatchMessageW(&message);
        }
    }
}

static DWORD WINAPI serve(void *self)
{
    struct desk_thread *thread = self;
    struct outlook outlook = {0};
    bool goes_on = SUCCEEDED(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED));
    while (goes_on) {
        wait_with_messages(thread->asked);
        struct job *job = thread->job;
        goes_on = job->kind != TO_END;
        job->status = work(&outlook, job, &job->why);
        /* Whatever went wrong, Outlook may be another one next time. */
        if (job->status != OK)
            outlook_close(&outlook);
        SetEvent(job->done);
        job_release(job);
        goes_on = goes_on && !thread->is_lost;
    }
    outlook_close(&outlook);
    CoUninitialize();
    return 0;
}

static enum status get_thread(struct desk *desk, struct error *err)
{
    if (desk->thread)
        return OK;
    if (desk->n_lost >= DESK_LOST_MOST)
        return error_set(
            err, ERR_TIMEOUT, "outlook",
            "Outlook has not answered several times: close its dialogues, or start "
            "it anew");
    struct desk_thread *thread = calloc(1, sizeof *thread);
    ENSURE(thread);
    thread->asked = CreateEventW(NULL, FALSE, FALSE, NULL);
    thread->thread = CreateThread(NULL, 0, serve, thread, 0, NULL);
    ENSURE(thread->asked && thread->thread);
    desk->thread = thread;
    return OK;
}

/* Wait until it is done, or has gone no step forward for long. */
static bool wait_for(struct job *job)
{
    LONG steps = -1;
    for (int waited = 0; waited < DESK_WAIT_MOST_MS && steps != job->steps;
         waited += DESK_WAIT_MS) {
        steps = job->steps;
        if (WaitForSingleObject(job->done, DESK_WAIT_MS) == WAIT_OBJECT_0)
            return true;
    }
    return false;
}

/* Ask and wait; the job is the caller's to release afterwards, whatever came of it. */
static enum status ask(struct desk *desk, struct job *job, struct error *err)
{
    enum status status = get_thread(desk, err);
    if (status != OK) {
        job_release(job);
        return status;
    }
    struct desk_thread *thread = desk->thread;
    thread->job = job;
    SetEvent(thread->asked);
    if (wait_for(job)) {
        desk->n_lost = 0;
        if (job->status != OK && err)
            *err = job->why;
        return job->status;
    }
    thread->is_lost =
        TRUE; /* it frees nothing of its own: that is one small struct, at most four times */
    CloseHandle(thread->thread);
    desk->thread = NULL;
    desk->n_lost++;
    return error_set(err, ERR_TIMEOUT, "outlook",
                     "Outlook does not answer: is one of its dialogues open?");
}

void desk_done(struct desk *desk)
{
    struct desk_thread *thread = desk->thread;
    if (!thread)
        return;
    struct job *job = job_new(TO_END, &(struct chosen){0});
    (void)!ask(desk, job, NULL);
    job_release(job);
    if (desk->thread) {
        WaitForSingleObject(thread->thread, DESK_WAIT_MS);
        CloseHandle(thread->thread);
        CloseHandle(thread->asked);
        free(thread);
    }
    desk->thread = NULL;
}

/* ---- the adapter ---- */

static struct job *begin(const struct desk *desk, enum job_kind kind)
{
    struct chosen chosen = settings_chosen(desk->settings);
    return job_new(kind, &chosen);
}

static enum status list(void *self, struct arena *a, struct desk_calendar **ret_list,
                        size_t *ret_n, struct error *err)
{
    struct desk *desk = self;
    struct job *job = begin(desk, TO_LIST);
    enum status status = ask(desk, job, err);
    if (status == OK)
        status = settings_number(desk->settings, job->calendars, job->ids, job->n, err);
    if (status == OK) {
        *ret_list = ARENA_ARRAY(a, job->n + 1, struct desk_calendar);
        *ret_n = job->n;
        for (size_t i = 0; i < job->n; i++) {
            (*ret_list)[i] = job->calendars[i];
            (*ret_list)[i].name = arena_text(a, job->calendars[i].name);
        }
    }
    job_release(job);
    return status;
}

static enum status read(void *self, struct instant from, struct instant to, struct arena *a,
                        struct stretch **ret_list, size_t *ret_n, struct error *err)
{
    struct desk *desk = self;
    struct job *job = begin(desk, TO_READ);
    job->from = from;
    job->to = to;
    enum status status = ask(desk, job, err);
    if (status == OK) {
        *ret_list = ARENA_ARRAY(a, job->n + 1, struct stretch);
        *ret_n = job->n;
        for (size_t i = 0; i < job->n; i++) {
            (*ret_list)[i] = job->stretches[i];
            (*ret_list)[i].id = arena_text(a, job->stretches[i].id);
        }
    }
    job_release(job);
    return status;
}

static enum status find(void *self, struct text mark, struct arena *a,
                        struct stretch *ret_event, struct error *err)
{
    struct desk *desk = self;
    struct job *job = begin(desk, TO_FIND);
    job->mark = keep(job, mark);
    enum status status = ask(desk, job, err);
    if (status == OK) {
        *ret_event = job->found;
        ret_event->id = arena_text(a, job->found.id);
    }
    job_release(job);
    return status;
}

static enum status write_job(struct desk *desk, enum job_kind kind, struct text mark,
                             const struct event *event, struct error *err)
{
    struct job *job = begin(desk, kind);
    job->mark = keep(job, mark);
    if (event)
        keep_event(job, event);
    enum status status = ask(desk, job, err);
    job_release(job);
    return status;
}

static enum status create(void *self, struct text mark, const struct event *event,
                          struct error *err)
{
    return write_job(self, TO_CREATE, mark, event, err);
}

static enum status update(void *self, struct text mark, const struct event *event,
                          struct error *err)
{
    return write_job(self, TO_UPDATE, mark, event, err);
}

static enum status remove_event(void *self, struct text mark, struct error *err)
{
    return write_job(self, TO_REMOVE, mark, NULL, err);
}

struct calendar_adapter calendar_adapter_of(struct desk *desk)
{
    return (struct calendar_adapter){desk, list, read, find, create, update, remove_event};
}
