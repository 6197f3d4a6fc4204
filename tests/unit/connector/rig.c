/* SPDX-License-Identifier: ISC */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>

#include "connector/delta.h"
#include "wire/codec.h"

uint64_t rig_chance(struct rig *rig)
{
    rig->seed ^= rig->seed << 13;
    rig->seed ^= rig->seed >> 7;
    rig->seed ^= rig->seed << 17;
    return rig->seed;
}

/* One more call that has an effect; false once the machine is dead. */
static bool lives(struct rig *rig)
{
    if (rig->lives_for == 0)
        rig->is_dead = true;
    if (rig->lives_for > 0)
        rig->lives_for--;
    return !rig->is_dead;
}

static enum status dead(struct error *err)
{
    return error_set(err, ERR_IO, "rig", "the machine is off");
}

/* ---- calendar ---- */

static enum status list_calendars(void *self, struct arena *a, struct desk_calendar **ret_list,
                                  size_t *ret_n, struct error *err)
{
    struct rig *rig = self;
    if (!lives(rig))
        return dead(err);
    *ret_list = ARENA_NEW(a, struct desk_calendar);
    **ret_list = (struct desk_calendar){
        .number = 1, .name = TEXT("Calendar"), .is_read = true, .is_booked = true};
    *ret_n = 1;
    return OK;
}

static enum status read_calendar(void *self, struct instant from, struct instant to,
                                 struct arena *a, struct stretch **ret_list, size_t *ret_n,
                                 struct error *err)
{
    struct rig *rig = self;
    if (!lives(rig))
        return dead(err);
    if (rig->calendar_fails != OK)
        return error_set(err, rig->calendar_fails, "calendar", "Outlook does not answer");
    struct stretch *list = ARENA_ARRAY(a, RIG_EVENTS, struct stretch);
    size_t n = 0;
    for (int i = 0; i < RIG_EVENTS; i++) {
        const struct rig_event *e = &rig->events[i];
        if (e->is_there && e->busy.start.s < to.s && from.s < e->busy.end.s)
            list[n++] =
                (struct stretch){.busy = e->busy, .id = arena_text(a, text_from(e->id))};
    }
    *ret_list = list;
    *ret_n = n;
    return OK;
}

struct rig_event *rig_find(struct rig *rig, const char *uid)
{
    for (int i = 0; i < RIG_EVENTS; i++)
        if (rig->events[i].is_there && strcmp(rig->events[i].uid, uid) == 0)
            return &rig->events[i];
    return NULL;
}

static struct rig_event *find_mark(struct rig *rig, struct text mark)
{
    char uid[MAX_UID + 1];
    snprintf(uid, sizeof uid, TEXT_FMT, TEXT_ARG(mark));
    return mark.n ? rig_find(rig, uid) : NULL;
}

static enum status find_event(void *self, struct text mark, struct arena *a,
                              struct stretch *ret_event, struct error *err)
{
    struct rig *rig = self;
    if (!lives(rig))
        return dead(err);
    if (rig->calendar_fails != OK)
        return rig->calendar_fails;
    const struct rig_event *e = find_mark(rig, mark);
    if (!e)
        return ERR_NOT_FOUND;
    *ret_event = (struct stretch){.busy = e->busy, .id = arena_text(a, text_from(e->id))};
    return OK;
}

static bool overlaps_another(const struct rig *rig, const struct rig_event *mine)
{
    for (int i = 0; i < RIG_EVENTS; i++) {
        const struct rig_event *e = &rig->events[i];
        if (e != mine && e->is_there && e->busy.status >= BUSY_TENTATIVE &&
            e->busy.start.s < mine->busy.end.s && mine->busy.start.s < e->busy.end.s)
            return true;
    }
    return false;
}

static void set_event(struct rig *rig, struct rig_event *e, const struct event *event)
{
    bool stands = e->busy.start.s == event->start.s && e->busy.end.s == event->end.s;
    e->busy = (struct busy){event->start, event->end, BUSY_BUSY};
    snprintf(e->title, sizeof e->title, TEXT_FMT, TEXT_ARG(event->title));
    if (!stands && overlaps_another(rig, e)) /* it may be written again where it stands */
        rig->n_wrong++;
}

static struct rig_event *new_event(struct rig *rig)
{
    for (int i = 0; i < RIG_EVENTS; i++)
        if (!rig->events[i].is_there) {
            rig->events[i] = (struct rig_event){.is_there = true};
            snprintf(rig->events[i].id, sizeof rig->events[i].id, "own-%llu",
                     (unsigned long long)rig_chance(rig));
            return &rig->events[i];
        }
    return NULL;
}

static enum status create_event(void *self, struct text mark, const struct event *event,
                                struct error *err)
{
    struct rig *rig = self;
    if (!lives(rig))
        return dead(err);
    if (find_mark(rig, mark))
        rig->n_wrong++;
    struct rig_event *e = new_event(rig);
    if (!e)
        return error_set(err, ERR_FULL, "calendar", "no room");
    snprintf(e->uid, sizeof e->uid, TEXT_FMT, TEXT_ARG(mark));
    set_event(rig, e, event);
    return OK;
}

static enum status update_event(void *self, struct text mark, const struct event *event,
                                struct error *err)
{
    struct rig *rig = self;
    if (!lives(rig))
        return dead(err);
    struct rig_event *e = find_mark(rig, mark);
    if (!e)
        return ERR_NOT_FOUND;
    set_event(rig, e, event);
    return OK;
}

static enum status remove_event(void *self, struct text mark, struct error *err)
{
    struct rig *rig = self;
    if (!lives(rig))
        return dead(err);
    struct rig_event *e = find_mark(rig, mark);
    if (!e)
        return ERR_NOT_FOUND;
    e->is_there = false;
    return OK;
}

/* ---- the server ---- */

static bool apply(struct rig *rig, const struct desk_push *push)
{
    bool begins = push->is_full && push->base == 0;
    if (push->epoch != rig->epoch || (!begins && push->base != rig->sequence) ||
        push->sequence < push->base || (push->sequence == push->base && push->n_intervals))
        return false;
    if (begins) {
        rig->n_times = 0;
        rig->is_whole = false;
        rig->n_full++;
    }
    for (size_t i = 0; i < push->n_intervals; i++) {
        const struct desk_interval *one = &push->intervals[i];
        size_t at = 0;
        while (at < rig->n_times && rig->times[at].key != one->key)
            at++;
        if (one->is_removed && at == rig->n_times)
            return false; /* a key that nobody told us of: journals differ */
        if (one->is_removed)
            rig->times[at] = rig->times[--rig->n_times];
        else if (at < RIG_TIMES)
            rig->times[at] = *one;
        if (!one->is_removed && at == rig->n_times)
            rig->n_times++;
    }
    rig->sequence = push->sequence;
    rig->n_changes += (int)push->n_intervals;
    if (push->is_full && !push->more)
        rig->is_whole = true;
    return true;
}

static int on_hello(struct rig *rig, struct arena *a, struct text body, struct buf *out)
{
    struct desk_hello ask;
    if (wire_decode(a, desk_hello_shape, body, &ask) != OK)
        return 400;
    rig->n_hello++;
    if (ask.asks_mode && ask.mode != rig->mode) {
        rig->mode = ask.mode;
        rig->epoch++;
        rig->sequence = 0;
        rig->n_times = 0;
        rig->is_whole = false;
    }
    struct desk_hello_answer answer = {.mode = rig->mode,
                                       .may_fall_back = rig->may_fall_back,
                                       .interval_s = 60,
                                       .lease_s = 3600,
                                       .days_ahead = 60,
                                       .epoch = rig->epoch,
                                       .sequence = rig->sequence,
                                       .now = {rig->now_s}};
    if (rig->wants_xmpp)
        answer.xmpp = (struct desk_xmpp){.host = TEXT("xmpp.example"),
                                         .port = 5222,
                                         .port_tls = 5223,
                                         .jid = TEXT("pc7@xmpp.example"),
                                         .component = TEXT("desk.xmpp.example"),
                                         .ticket = secret_new("ticket-1", 8),
                                         .ends = {rig->now_s + 600}};
    ENSURE(wire_encode(out, desk_hello_answer_shape, &answer) == OK);
    wire_wipe(desk_hello_answer_shape, &answer);
    return 200;
}

static int on_push(struct rig *rig, struct arena *a, struct text body, struct buf *out)
{
    struct desk_push ask;
    if (wire_decode(a, desk_push_shape, body, &ask) != OK)
        return 400;
    if (!apply(rig, &ask))
        return 409;
    rig->n_push++;
    bool has_orders = false;
    for (size_t i = 0; i < rig->n_orders; i++)
        has_orders |= !rig->orders[i].is_done;
    struct desk_push_answer answer = {.sequence = rig->sequence,
                                      .lease_until = {rig->now_s + 3600},
                                      .has_orders = has_orders};
    ENSURE(wire_encode(out, desk_push_answer_shape, &answer) == OK);
    return 200;
}

static int on_pull(struct rig *rig, struct arena *a, struct buf *out)
{
    struct desk_order *list = ARENA_ARRAY(a, DESK_ORDERS_MAX, struct desk_order);
    struct desk_pull_answer answer = {.orders = list};
    rig->n_pull++;
    for (size_t i = 0; i < rig->n_orders && answer.n_orders < DESK_ORDERS_MAX; i++) {
        const struct rig_order *o = &rig->orders[i];
        if (o->is_done)
            continue;
        list[answer.n_orders++] = (struct desk_order){
            .number = o->number,
            .kind = o->kind,
            .event = {.uid = text_from(o->uid),
                      .start = o->slot.start,
                      .end = o->slot.end,
                      .zone = TEXT("Europe/Zurich"),
                      .title = TEXT("Canary with Ms Secret")},
            .id = text_from(o->id),
            .from = o->slot.start,
            .to = o->slot.end,
            .blocking = 1 << BUSY_TENTATIVE | 1 << BUSY_BUSY | 1 << BUSY_OOF,
            .until = {rig->now_s + 3600}};
    }
    ENSURE(wire_encode(out, desk_pull_answer_shape, &answer) == OK);
    return 200;
}

static int on_done(struct rig *rig, struct arena *a, struct text body, struct buf *out)
{
    struct desk_done ask;
    if (wire_decode(a, desk_done_shape, body, &ask) != OK)
        return 400;
    for (size_t i = 0; i < rig->n_orders; i++) {
        struct rig_order *o = &rig->orders[i];
        if (o->number != ask.number)
            continue;
        o->n_done++;
        if (!o->is_done || o->outcome != ask.outcome)
            o->n_outcomes++;
        o->is_done = true;
        o->outcome = ask.outcome;
        snprintf(o->id, sizeof o->id, TEXT_FMT, TEXT_ARG(ask.id));
    }
    struct desk_done_answer answer = {0};
    ENSURE(wire_encode(out, desk_done_answer_shape, &answer) == OK);
    return 200;
}

static int on_question(struct rig *rig, struct arena *a, struct text body, struct buf *out)
{
    struct desk_question ask;
    if (wire_decode(a, desk_question_shape, body, &ask) != OK)
        return 400;
    struct desk_question_answer answer = {0};
    if (rig->question && (ask.number == 0 || ask.number == rig->question))
        answer = (struct desk_question_answer){.number = rig->question,
                                               .from = rig->asked.from,
                                               .to = rig->asked.to,
                                               .within_ms = 5000};
    else
        rig->ms += ask.wait_s * 1000, rig->now_s += ask.wait_s;
    ENSURE(wire_encode(out, desk_question_answer_shape, &answer) == OK);
    return 200;
}

static int on_answer(struct rig *rig, struct arena *a, struct text body, struct buf *out)
{
    struct desk_answer ask;
    if (wire_decode(a, desk_answer_shape, body, &ask) != OK)
        return 400;
    rig->answered = ask;
    rig->answer_first = ask.n_busy ? ask.busy[0] : (struct busy){0};
    rig->answered.busy = NULL;
    rig->question = 0;
    struct desk_answer_answer answer = {0};
    ENSURE(wire_encode(out, desk_answer_answer_shape, &answer) == OK);
    return 200;
}

static int serve(struct rig *rig, const char *name, struct text body, struct buf *out)
{
    struct arena a CLEANUP(arena_done) = {0};
    if (rig->code)
        return rig->code;
    if (strcmp(name, "hello") == 0)
        return on_hello(rig, &a, body, out);
    if (strcmp(name, "push") == 0)
        return on_push(rig, &a, body, out);
    if (strcmp(name, "pull") == 0)
        return on_pull(rig, &a, out);
    if (strcmp(name, "done") == 0)
        return on_done(rig, &a, body, out);
    if (strcmp(name, "question") == 0)
        return on_question(rig, &a, body, out);
    if (strcmp(name, "answer") == 0)
        return on_answer(rig, &a, body, out);
    if (strcmp(name, "leave") == 0) {
        struct desk_leave_answer answer = {0};
        rig->n_left++;
        rig->n_times = 0;
        ENSURE(wire_encode(out, desk_leave_answer_shape, &answer) == OK);
        return 200;
    }
    return 404;
}

static enum status post(void *self, const char *url, const struct secret *authorization,
                        struct text body, int64_t deadline_ms, struct buf *out,
                        struct http_answer *ret_answer, struct error *err)
{
    struct rig *rig = self;
    const char *prefix = RIG_URL "/desk/v1/";
    ENSURE(deadline_ms > rig->ms);
    if (!lives(rig))
        return dead(err);
    ENSURE(strncmp(url, prefix, strlen(prefix)) == 0);
    ENSURE(strcmp((const char *)authorization->at, "Hourgate 7." RIG_TOKEN) == 0);
    rig->sent_bytes += body.n;
    snprintf(rig->last_sent, sizeof rig->last_sent, TEXT_FMT, TEXT_ARG(body));
    if (rig->broken != OK)
        return error_set(err, rig->broken, "https", "no answer");
    *ret_answer = (struct http_answer){.code = serve(rig, url + strlen(prefix), body, out),
                                       .retry_s = rig->retry_s};
    if (!lives(rig)) /* killed after the server had done it */
        return dead(err);
    if (rig->lose_one_in && rig_chance(rig) % (unsigned)rig->lose_one_in == 0)
        return error_set(err, ERR_TIMEOUT, "https", "the answer was lost");
    return OK;
}

/* ---- the machine ---- */

static struct rig_file *file(struct rig *rig, const char *name)
{
    struct rig_file *free_one = NULL;
    for (int i = 0; i < RIG_FILES; i++) {
        if (rig->files[i].is_there && strcmp(rig->files[i].name, name) == 0)
            return &rig->files[i];
        if (!rig->files[i].is_there)
            free_one = &rig->files[i];
    }
    if (free_one)
        snprintf(free_one->name, sizeof free_one->name, "%s", name);
    return free_one;
}

static enum status load(void *self, const char *name, struct buf *out, struct error *err)
{
    struct rig *rig = self;
    if (!lives(rig))
        return dead(err);
    const struct rig_file *f = file(rig, name);
    if (!f || !f->is_there)
        return ERR_NOT_FOUND;
    buf_add(out, f->bytes.at, f->bytes.n);
    return OK;
}

static enum status store(void *self, const char *name, struct text bytes, struct error *err)
{
    struct rig *rig = self;
    if (!lives(rig))
        return dead(err);
    struct rig_file *f = file(rig, name);
    ENSURE(f);
    f->is_there = true;
    f->bytes.max = KEPT_FILE_MAX;
    buf_clear(&f->bytes);
    buf_add_text(&f->bytes, bytes);
    return OK;
}

static enum status erase(void *self, const char *name, struct error *err)
{
    struct rig *rig = self;
    if (!lives(rig))
        return dead(err);
    struct rig_file *f = file(rig, name);
    if (f && f->is_there) {
        f->is_there = false;
        buf_done(&f->bytes);
    }
    return OK;
}

static enum status load_token(void *self, struct secret *ret_token, struct error *err)
{
    struct rig *rig = self;
    if (!lives(rig))
        return dead(err);
    if (!rig->has_token)
        return error_set(err, ERR_NOT_FOUND, "secret", "there is no token");
    *ret_token = secret_new(RIG_TOKEN, strlen(RIG_TOKEN));
    return OK;
}

static enum status keep_token(void *self, const struct secret *token, struct error *err)
{
    struct rig *rig = self;
    if (!lives(rig))
        return dead(err);
    ENSURE(strcmp((const char *)token->at, RIG_TOKEN) == 0);
    rig->has_token = true;
    return OK;
}

static enum status forget_token(void *self, struct error *err)
{
    struct rig *rig = self;
    if (!lives(rig))
        return dead(err);
    rig->has_token = false;
    return OK;
}

static struct instant clock_now_fake(void *self)
{
    return (struct instant){((struct rig *)self)->now_s};
}

static int64_t clock_ms_fake(void *self)
{
    return ((struct rig *)self)->ms;
}

static void draw(void *self, void *at, size_t n)
{
    unsigned char *bytes = at;
    for (size_t i = 0; i < n; i++)
        bytes[i] = (unsigned char)(rig_chance(self) >> 24);
}

static void say(void *self, struct text line)
{
    struct rig *rig = self;
    buf_add_text(&rig->said, line);
    buf_add_byte(&rig->said, '\n');
}

/* ---- the stream ---- */

static enum status stream_open(void *self, const char *host, int64_t port, bool tls,
                               int64_t deadline_ms, struct error *err)
{
    struct rig *rig = self;
    ENSURE(strcmp(host, "xmpp.example") == 0 && port == (tls ? 5223 : 5222));
    ENSURE(deadline_ms > rig->ms && !rig->is_stream_open);
    if (!lives(rig))
        return dead(err);
    if (rig->blocked)
        return error_set(err, ERR_NETWORK, "xmpp", "nobody answers");
    rig->is_secure = tls;
    rig->is_stream_open = true;
    return OK;
}

static enum status stream_secure(void *self, const char *host, int64_t deadline_ms,
                                 struct error *err)
{
    struct rig *rig = self;
    ENSURE(strcmp(host, "xmpp.example") == 0 && deadline_ms > rig->ms && !rig->is_secure);
    rig->is_secure = true;
    return lives(rig) ? OK : dead(err);
}

static enum status stream_send(void *self, struct text bytes, int64_t deadline_ms,
                               struct error *err)
{
    struct rig *rig = self;
    ENSURE(deadline_ms > rig->ms && rig->is_stream_open);
    buf_add_text(&rig->streamed, bytes);
    return lives(rig) ? OK : dead(err);
}

static enum status stream_receive(void *self, struct buf *in, int64_t deadline_ms,
                                  struct error *err)
{
    struct rig *rig = self;
    ENSURE(rig->is_stream_open);
    if (!lives(rig))
        return dead(err);
    if (!rig->script || !*rig->script)
        return error_set(err, ERR_CLOSED, "xmpp", "the server hung up");
    if (!**rig->script) { /* an empty text: nothing for now */
        if (deadline_ms <= rig->ms)
            return ERR_TIMEOUT;
        rig->ms = deadline_ms;
        return error_set(err, ERR_TIMEOUT, "xmpp", "nothing came");
    }
    buf_add_cstr(in, *rig->script++);
    return OK;
}

static void stream_close(void *self)
{
    ((struct rig *)self)->is_stream_open = false;
}

/* ---- the rig ---- */

void rig_init(struct rig *rig)
{
    memset(rig, 0, sizeof *rig);
    rig->now_s = RIG_NOW;
    rig->ms = 1000000;
    rig->seed = 88172645463325252u;
    rig->lives_for = -1;
    rig->epoch = 1;
    rig->said = BUF(1 << 20);
    rig->streamed = BUF(1 << 20);
    rig->platform = (struct platform){
        .program = "rig",
        .version = "1",
        .system = "test",
        .calendar = {rig, list_calendars, read_calendar, find_event, create_event, update_event,
                     remove_event},
        .http = {rig, post},
        .stream = {rig, stream_open, stream_secure, stream_send, stream_receive, stream_close},
        .clock = {rig, clock_now_fake, clock_ms_fake},
        .storage = {rig, load, store, erase},
        .secret = {rig, load_token, keep_token, forget_token},
        .random = draw,
        .say = say,
        .self = rig,
    };
}

void rig_done(struct rig *rig)
{
    rig_stop(rig);
    for (int i = 0; i < RIG_FILES; i++)
        buf_done(&rig->files[i].bytes);
    buf_done(&rig->said);
    buf_done(&rig->streamed);
}

void rig_pair(struct rig *rig)
{
    struct error err = {0};
    struct secret token CLEANUP(secret_free) = secret_new(RIG_TOKEN, strlen(RIG_TOKEN));
    enum status status =
        connector_pair(&rig->platform, TEXT(RIG_URL "/"), RIG_CONNECTION, &token, &err);
    if (status != OK)
        fprintf(stderr, "%s: %s\n", err.where, err.what);
    ENSURE(status == OK);
}

void rig_start(struct rig *rig)
{
    struct error err = {0};
    rig->is_dead = false;
    enum status status = connector_init(&rig->connector, &rig->platform, &err);
    ENSURE(status == OK || rig->is_dead);
}

void rig_stop(struct rig *rig)
{
    connector_done(&rig->connector);
    rig->is_stream_open = false;
}

int64_t rig_step(struct rig *rig, unsigned signals, int64_t most_ms)
{
    int64_t wanted_ms = connector_step(&rig->connector, signals);
    ENSURE(wanted_ms >= 0 && wanted_ms <= CONNECTOR_IDLE_MS);
    int64_t ms = wanted_ms < most_ms ? wanted_ms : most_ms;
    int64_t before_s = rig->ms / 1000;
    rig->ms += ms;
    rig->now_s += rig->ms / 1000 - before_s;
    return wanted_ms;
}

void rig_run(struct rig *rig, int64_t seconds)
{
    int64_t until_s = rig->now_s + seconds;
    for (int i = 0; rig->now_s < until_s && i < 20000; i++)
        rig_step(rig, 0, (until_s - rig->now_s) * 1000);
}

int rig_event(struct rig *rig, int64_t start_s, int64_t end_s, enum busy_status status)
{
    struct rig_event *e = new_event(rig);
    if (!e)
        return -1;
    snprintf(e->title, sizeof e->title, "Canary of the owner");
    e->busy = (struct busy){{start_s}, {end_s}, status};
    return (int)(e - rig->events);
}

struct rig_order *rig_order(struct rig *rig, enum desk_order_kind kind, const char *uid,
                            int64_t start_s, int64_t end_s)
{
    ENSURE(rig->n_orders < RIG_ORDERS);
    struct rig_order *o = &rig->orders[rig->n_orders++];
    *o = (struct rig_order){.number = (int64_t)rig->n_orders + 100, .kind = kind};
    o->slot = (struct slot){{start_s}, {end_s}};
    snprintf(o->uid, sizeof o->uid, "%s", uid);
    return o;
}

bool rig_is_equal(struct rig *rig)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct sync_window window = sync_window_at((struct instant){rig->now_s}, 60);
    struct stretch *own = NULL;
    size_t n = 0;
    int lives_for = rig->lives_for;
    bool is_dead = rig->is_dead;
    rig->lives_for = -1;
    rig->is_dead = false;
    ENSURE(read_calendar(rig, window.from, window.to, &a, &own, &n, NULL) == OK);
    rig->lives_for = lives_for;
    rig->is_dead = is_dead;
    n = delta_normalise(own, n);
    struct stretch *theirs = ARENA_ARRAY(&a, rig->n_times, struct stretch);
    for (size_t i = 0; i < rig->n_times; i++)
        theirs[i].busy =
            (struct busy){rig->times[i].start, rig->times[i].end, rig->times[i].status};
    size_t n_theirs = delta_normalise(theirs, rig->n_times);
    if (!rig->is_whole || n_theirs != rig->n_times || n != n_theirs)
        return false;
    for (size_t i = 0; i < n; i++)
        if (delta_compare(&own[i].busy, &theirs[i].busy) != 0)
            return false;
    return true;
}

const char *rig_status(struct rig *rig)
{
    struct rig_file *f = file(rig, "status");
    return f && f->is_there ? buf_cstr(&f->bytes) : "";
}
