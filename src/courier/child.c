/* SPDX-License-Identifier: ISC
 *
 * One sign-in for life: `open` once, then one blocking job at a time. A job that does not keep its
 * deadline by itself is ended by the kernel, and the child with it: whatever held it (a name server, a
 * parser in a loop) was a server's doing. The asker sees its channel close and asks for a new child.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "courier/courier.h"
#include "fetch/oauth.h"
#include "fetch/sso.h"
#include "notify/mail/mail.h"
#include "notify/xmpp/component.h"
#include "os/clock.h"
#include "os/jail.h"
#include "os/log.h"
#include "wire/codec.h"

enum {
    TIMEOUT_DEFAULT_MS = 30 * 1000, /* where the asker says nothing */
    TIMEOUT_MAX_MS = 120 * 1000,
    MARGIN_MS = 250,     /* before the asker's patience ends, so that it hears the reason */
    GRACE_MS = 2 * 1000, /* beyond the deadline, before the kernel ends us */
    ANSWER_MS = 10 * 1000,
    PART_MS = 1000,
    XMPP_OPEN_MS = 2500, /* less than the vault waits (vault/messenger.h) */
};
static const int64_t forever_ms = (int64_t)1 << 40;

struct child {
    struct link link;
    struct fetch_options options;
    const struct calendar_ops *ops;
    struct calendar *calendar; /* NULL until open */
    struct open_ask open;
    bool watches; /* for good: it holds a stream */
    const struct zones *zones;
    struct mail *mail; /* NULL until mail_open: a child serves a calendar or mail, never both */
    struct mail_open_ask mail_open;
    struct component *component; /* likewise, by xmpp_open */
    struct xmpp_open_ask xmpp_open;
    struct oauth_open_ask
        oauth_open;      /* a name: it speaks to that provider, and does nothing else */
    struct arena life;   /* of open's texts */
    struct arena acting; /* of those that the last `act` replaced */
};

/* ---- parts of an answer ---- */

/* What tells of a finding gets no argument of its own either: where it goes. */
static struct {
    struct link *link;
    const struct frame *check; /* the question at hand; NULL: none that has parts */
} parts;

/* As struct fetch_options says. A part that cannot be sent is no harm: the answer says it again. */
static void tell_finding(const struct layer *layer)
{
    struct layer one = *layer;
    const struct check_answer part = {.layers = &one, .n_layers = 1};
    if (parts.check)
        (void)!link_part(parts.link, parts.check, &part, clock_ms() + PART_MS);
}

/* ---- last words ---- */

/* For a signal's handler, which gets no argument of its own: the job at hand, and what is said if it lasts. */
static struct {
    int fd;
    const struct frame *job;
    int64_t end_ms; /* when the kernel ends us otherwise */
    unsigned char answer[1024];
    size_t n;
} late = {.fd = -1};

static void watch_until(int64_t end_ms)
{
    int64_t ms = end_ms ? end_ms - clock_ms() : 0;
    if (end_ms && ms < 1)
        ms = 1;
    struct itimerval timer = {.it_value = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

static void say_last_words(int number)
{
    (void)number;
    (void)!send(late.fd, late.answer, late.n, MSG_NOSIGNAL);
    _exit(EXIT_SUCCESS);
}

/* As struct fetch_options says. */
static void prepare_last_words(const char *where, const char *words, int64_t deadline_ms)
{
    struct sigaction action = {.sa_handler = words ? say_last_words : SIG_DFL};
    if (!late.job)
        return;
    if (words) {
        CLEANUP(buf_done) struct buf out = BUF(sizeof late.answer);
        struct error why;
        error_set(&why, ERR_NETWORK, where, "%s", words);
        struct reply reply = reply_from(ERR_NETWORK, &why);
        if (frame_answer(&out, late.job->type, late.job->number, 0, &reply, NULL) != OK)
            return;
        late.n = out.n;
        memcpy(late.answer, out.at, out.n);
    }
    sigaction(SIGALRM, &action, NULL);
    watch_until(words ? deadline_ms : late.end_ms);
}

/* ---- jobs: decode, do, answer ---- */

union any_ask {
    struct busy_ask busy;
    struct create_ask create;
    struct find_ask find;
    struct update_ask update;
    struct remove_ask remove;
    struct check_ask check;
    struct view_ask view;
    struct calendars_ask calendars;
    struct discover_ask discover;
    struct changes_ask changes;
    struct events_ask events;
    struct watch_ask watch;
    struct watch_wait_ask watch_wait;
    struct unwatch_ask unwatch;
    struct mail_ask mail;
    struct mail_check_ask mail_check;
    struct xmpp_tell_ask xmpp_tell;
    struct xmpp_account_ask xmpp_account;
    struct xmpp_forget_ask xmpp_forget;
    struct oauth_exchange_ask oauth_exchange;
    struct oauth_refresh_ask oauth_refresh;
    struct oauth_revoke_ask oauth_revoke;
    struct sso_discover_ask sso_discover;
    struct sso_exchange_ask sso_exchange;
};

union any_answer {
    struct busy_answer busy;
    struct create_answer create;
    struct find_answer find;
    struct update_answer update;
    struct remove_answer remove;
    struct check_answer check;
    struct view_answer view;
    struct calendars_answer calendars;
    struct discover_answer discover;
    struct changes_answer changes;
    struct events_answer events;
    struct watch_answer watch;
    struct watch_wait_answer watch_wait;
    struct unwatch_answer unwatch;
    struct mail_answer mail;
    struct mail_check_answer mail_check;
    struct xmpp_tell_answer xmpp;
    struct oauth_exchange_answer oauth_exchange;
    struct oauth_refresh_answer oauth_refresh;
    struct oauth_revoke_answer oauth_revoke;
    struct sso_discover_answer sso_discover;
    struct sso_exchange_answer sso_exchange;
};

static enum status work_mail(struct child *child, enum wire_type type, const union any_ask *ask,
                             int64_t deadline_ms, struct arena *a, union any_answer *ret_answer,
                             struct error *err)
{
    switch (type) {
    case WIRE_mail:
        return mail_send(child->mail, &ask->mail, deadline_ms, err);
    case WIRE_mail_check:
        return mail_check(child->mail, &ask->mail_check, deadline_ms, a,
                          &ret_answer->mail_check, err);
    default:
        return error_set(err, ERR_INVALID, "courier", "this is not a message for mail");
    }
}

static enum status work_xmpp(struct child *child, enum wire_type type, const union any_ask *ask,
                             int64_t deadline_ms, struct error *err)
{
    switch (type) {
    case WIRE_xmpp_tell:
        return component_tell(child->component, &ask->xmpp_tell, deadline_ms, err);
    case WIRE_xmpp_account:
        return component_account(child->component, &ask->xmpp_account, deadline_ms, err);
    case WIRE_xmpp_forget:
        return component_forget(child->component, &ask->xmpp_forget, deadline_ms, err);
    default:
        return error_set(err, ERR_INVALID, "courier", "this is not a message for XMPP");
    }
}

static enum status work_oauth(struct child *child, enum wire_type type,
                              const union any_ask *ask, int64_t deadline_ms, struct arena *a,
                              union any_answer *ret_answer, struct error *err)
{
    const struct registration *at = &child->oauth_open.registration;
    switch (type) {
    case WIRE_oauth_exchange:
        return oauth_exchange(at, &child->options, &ask->oauth_exchange, deadline_ms, a,
                              &ret_answer->oauth_exchange, err);
    case WIRE_oauth_refresh:
        return oauth_refresh(at, &child->options, &ask->oauth_refresh, deadline_ms,
                             &ret_answer->oauth_refresh, err);
    case WIRE_oauth_revoke:
        return oauth_revoke(at, &child->options, &ask->oauth_revoke, deadline_ms, err);
    case WIRE_sso_discover:
        return sso_discover(&ask->sso_discover, &child->options, deadline_ms, a,
                            &ret_answer->sso_discover, err);
    case WIRE_sso_exchange:
        return sso_exchange(at, &ask->sso_exchange, &child->options, deadline_ms, a,
                            &ret_answer->sso_exchange, err);
    default:
        return error_set(err, ERR_INVALID, "courier", "this is not a message for a provider");
    }
}

static bool is_watching(enum wire_type type)
{
    return type == WIRE_watch || type == WIRE_watch_wait || type == WIRE_unwatch;
}

static enum status cannot(struct error *err)
{
    return error_set(err, ERR_UNSUPPORTED, "courier", "such calendars cannot do this");
}

/* Have a kind do what it can. */
#define DO(function, ...) (ops->function ? ops->function(__VA_ARGS__) : cannot(err))

/* A stream, and what belongs to it. Its child is for nothing else: a job would wait behind it. */
static enum status work_watch(struct child *child, enum wire_type type,
                              const union any_ask *ask, int64_t deadline_ms, struct arena *a,
                              union any_answer *ret_answer, struct error *err)
{
    const struct calendar_ops *ops = child->ops;
    struct calendar *calendar = child->calendar;
    if (!is_watching(type) || (type != WIRE_watch && !child->watches))
        return error_set(err, ERR_INVALID, "courier", "this child watches: it does no jobs");
    child->watches = true;
    if (type == WIRE_watch)
        return DO(watch, calendar, &ask->watch, deadline_ms, a, &ret_answer->watch, err);
    if (type == WIRE_unwatch)
        return DO(unwatch, calendar, deadline_ms, err);
    return DO(watch_wait, calendar, deadline_ms, a, &ret_answer->watch_wait, err);
}

static enum status work(struct child *child, enum wire_type type, const union any_ask *ask,
                        int64_t deadline_ms, struct arena *a, union any_answer *ret_answer,
                        struct error *err)
{
    const struct calendar_ops *ops = child->ops;
    struct calendar *calendar = child->calendar;
    if (child->mail)
        return work_mail(child, type, ask, deadline_ms, a, ret_answer, err);
    if (child->component)
        return work_xmpp(child, type, ask, deadline_ms, err);
    if (child->oauth_open.registration.name.n)
        return work_oauth(child, type, ask, deadline_ms, a, ret_answer, err);
    if (type != WIRE_discover && !child->open.server.host.n)
        return error_set(err, ERR_INVALID, "courier",
                         "the connection was opened without a host");
    if (child->watches || is_watching(type))
        return work_watch(child, type, ask, deadline_ms, a, ret_answer, err);
    switch (type) {
    case WIRE_busy:
        return DO(busy, calendar, &ask->busy, deadline_ms, a, &ret_answer->busy, err);
    case WIRE_create:
        return DO(create, calendar, &ask->create, deadline_ms, a, &ret_answer->create.ref, err);
    case WIRE_find:
        return DO(find, calendar, &ask->find, deadline_ms, a, &ret_answer->find.ref, err);
    case WIRE_update:
        return DO(update, calendar, &ask->update, deadline_ms, a, &ret_answer->update.ref, err);
    case WIRE_remove:
        return DO(remove, calendar, &ask->remove, deadline_ms, err);
    case WIRE_check:
        return DO(check, calendar, &ask->check, deadline_ms, a, &ret_answer->check, err);
    case WIRE_view:
        return DO(view, calendar, &ask->view, deadline_ms, a, &ret_answer->view, err);
    case WIRE_discover:
        return DO(discover, calendar, &ask->discover, deadline_ms, a, &ret_answer->discover,
                  err);
    case WIRE_calendars:
        return DO(calendars, calendar, deadline_ms, a, &ret_answer->calendars, err);
    case WIRE_changes:
        return DO(changes, calendar, &ask->changes, deadline_ms, a, &ret_answer->changes, err);
    case WIRE_events:
        return DO(events, calendar, &ask->events, deadline_ms, a, &ret_answer->events, err);
    default:
        return error_set(err, ERR_INVALID, "courier", "this is not a child's message");
    }
}

static enum status answer(struct child *child, const struct frame *frame, enum status status,
                          const struct error *err, const void *body)
{
    struct reply reply = reply_from(status, err);
    enum status sent = link_answer(&child->link, frame, &reply, status == OK ? body : NULL, -1,
                                   clock_ms() + ANSWER_MS);
    if (sent != ERR_INVALID)
        return sent;
    /* What the server sent fits no message of ours: an id with control characters, for one. */
    struct error why;
    error_set(&why, ERR_UPSTREAM, "courier",
              "the server's answer holds a value that cannot be passed on");
    reply = reply_from(ERR_UPSTREAM, &why);
    return link_answer(&child->link, frame, &reply, NULL, -1, clock_ms() + ANSWER_MS);
}

static enum status do_job(struct child *child, const struct frame *frame)
{
    int64_t timeout_ms = frame->timeout_ms ? frame->timeout_ms : TIMEOUT_DEFAULT_MS;
    if (timeout_ms > TIMEOUT_MAX_MS)
        timeout_ms = TIMEOUT_MAX_MS;
    int64_t margin_ms = timeout_ms / 8 < MARGIN_MS ? timeout_ms / 8 : MARGIN_MS;
    CLEANUP(arena_wipe) struct arena a = {0};
    union any_ask ask;
    union any_answer result;
    memset(&result, 0, sizeof result);
    TRY(frame_read_ask(&a, frame, &ask));
    struct error err = {0};
    late.job = frame;
    late.end_ms = clock_ms() + timeout_ms + GRACE_MS;
    watch_until(late.end_ms);
    parts.link = &child->link;
    parts.check = frame->type == WIRE_check ? frame : NULL;
    enum status status =
        work(child, frame->type, &ask, clock_ms() + timeout_ms - margin_ms, &a, &result, &err);
    watch_until(0);
    late.job = NULL;
    parts.check = NULL;
    wire_wipe(wire_message_of(frame->type)->ask, &ask);
    enum status sent = answer(child, frame, status, &err, &result);
    wire_wipe(wire_message_of(frame->type)->answer, &result);
    return sent;
}

static enum status do_open(struct child *child, const struct frame *frame)
{
    TRY(frame_read_ask(&child->life, frame, &child->open));
    const struct server *server = &child->open.server;
    struct error err = {0};
    struct open_answer body = {0};
    child->ops = calendar_ops_of(server->kind);
    enum status status = child->ops
                             ? child->ops->open(server, &child->options, &child->calendar, &err)
                             : error_set(&err, ERR_UNSUPPORTED, "courier",
                                         "this courier does not speak to such calendars");
    TRY(answer(child, frame, status, &err, &body));
    return status;
}

/* Serve another mailbox of the same sign-in. Nothing of the last one is left: a job leaves nothing. */
static enum status do_act(struct child *child, const struct frame *frame)
{
    struct act_ask ask;
    struct act_answer body = {0};
    struct error err = {0};
    struct server *server = &child->open.server;
    server->impersonate = server->mailbox = (struct text){0};
    arena_wipe(&child->acting);
    TRY(frame_read_ask(&child->acting, frame, &ask));
    server->impersonate = ask.impersonate;
    server->mailbox = ask.mailbox;
    enum status status = child->ops->act(child->calendar, &err);
    TRY(answer(child, frame, status, &err, &body));
    return status;
}

static enum status do_mail_open(struct child *child, const struct frame *frame)
{
    TRY(frame_read_ask(&child->life, frame, &child->mail_open));
    const struct smtp_options options = {child->options.roots, child->options.stop_fd};
    struct error err = {0};
    struct mail_open_answer body = {0};
    enum status status =
        mail_open(&child->mail_open.server, &options, child->zones, &child->mail, &err);
    TRY(answer(child, frame, status, &err, &body));
    return status;
}

static enum status do_xmpp_open(struct child *child, const struct frame *frame)
{
    TRY(frame_read_ask(&child->life, frame, &child->xmpp_open));
    struct error err = {0};
    struct xmpp_open_answer body = {0};
    enum status status = component_open(&child->xmpp_open.server, clock_ms() + XMPP_OPEN_MS,
                                        &child->component, &err);
    TRY(answer(child, frame, status, &err, &body));
    return status;
}

static enum status do_oauth_open(struct child *child, const struct frame *frame)
{
    struct oauth_open_answer body = {0};
    TRY(frame_read_ask(&child->life, frame, &child->oauth_open));
    return child->oauth_open.registration.name.n ? answer(child, frame, OK, NULL, &body)
                                                 : ERR_INVALID;
}

/* ERR_INVALID: a message that may not come now, or from this asker. */
static enum status handle(struct child *child, const struct frame *frame, enum wire_role asker)
{
    bool opens = frame->type == WIRE_open || frame->type == WIRE_mail_open ||
                 frame->type == WIRE_oauth_open || frame->type == WIRE_xmpp_open;
    bool is_open = child->calendar || child->mail || child->component ||
                   child->oauth_open.registration.name.n;
    if (!wire_may_ask(frame->type, asker) || opens == is_open || frame->n_fds ||
        frame->type == WIRE_spawn)
        return ERR_INVALID;
    if (frame->type == WIRE_mail_open)
        return do_mail_open(child, frame);
    if (frame->type == WIRE_xmpp_open)
        return do_xmpp_open(child, frame);
    if (frame->type == WIRE_oauth_open)
        return do_oauth_open(child, frame);
    if (opens)
        return do_open(child, frame);
    if (frame->type == WIRE_act)
        return child->calendar ? do_act(child, frame) : ERR_INVALID;
    return do_job(child, frame);
}

int child_serve(const struct courier *courier, int fd, enum wire_role asker)
{
    struct child child = {.options = {.roots = courier->roots,
                                      .networks = &courier->networks,
                                      .proxy = &courier->proxy,
                                      .last_words = prepare_last_words,
                                      .found = tell_finding,
                                      .stop_fd = fd},
                          .zones = courier->zones};
    struct error err = {0};
    if (courier->jail && jail_enter(JAIL_COURIER_CHILD, NULL, &err) != OK) {
        log_error(LOG_ERROR, "a child cannot be jailed", ERR_UNSUPPORTED, &err);
        return EXIT_FAILURE;
    }
    link_init(&child.link, fd);
    late.fd = fd;
    struct frame frame;
    enum status status;
    do {
        status = link_next(&child.link, clock_ms() + forever_ms, &frame);
        if (status == OK)
            status = handle(&child, &frame, asker);
    } while (status == OK);
    if (status == ERR_INVALID)
        log_line(LOG_ERROR, "a child was asked what may not be asked of it");
    if (child.calendar)
        child.ops->close(child.calendar);
    mail_close(child.mail);
    component_close(child.component);
    wire_wipe(xmpp_open_ask_shape, &child.xmpp_open);
    wire_wipe(open_ask_shape, &child.open);
    wire_wipe(mail_open_ask_shape, &child.mail_open);
    wire_wipe(oauth_open_ask_shape, &child.oauth_open);
    arena_wipe(&child.acting);
    arena_wipe(&child.life);
    link_done(&child.link);
    return status == ERR_INVALID ? EXIT_FAILURE : EXIT_SUCCESS;
}
