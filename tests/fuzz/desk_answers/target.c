/* SPDX-License-Identifier: ISC
 *
 * Any answers of a server, right or wrong, to a connector that lives on with them for a while: it never asks in a loop,
 * never touches an event of its owner's, and never says more than start, end and status.
 */
#include <string.h>

#include "connector/connector.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n);

enum { STEPS = 60, EVENTS = 8, POSTS_MOST = 4000 };

struct world {
    const unsigned char *at;
    size_t n;
    int64_t ms;
    int n_posts;
    struct buf pairing;
    char uids[EVENTS][MAX_UID + 1]; /* of events that were written */
};

/* An answer is a code, two bytes of length, the bytes; behind the last one nobody answers. */
static enum status post(void *self, const char *url, const struct secret *authorization,
                        struct text body, int64_t deadline_ms, struct buf *answer,
                        struct http_answer *ret_answer, struct error *err)
{
    struct world *w = self;
    static const int codes[] = {200, 200, 200, 200, 401, 403, 409, 429, 503, 500};
    ENSURE(++w->n_posts < POSTS_MOST && deadline_ms > w->ms);
    ENSURE(authorization->n && strstr(url, "/desk/v1/"));
    ENSURE(!body.n || !memmem(body.at, body.n, "Canary", 6));
    if (w->n < 3)
        return error_set(err, ERR_NETWORK, "https", "nobody");
    size_t length = (size_t)w->at[1] << 8 | w->at[2];
    length = length < w->n - 3 ? length : w->n - 3;
    *ret_answer = (struct http_answer){.code = codes[w->at[0] % 10], .retry_s = w->at[0]};
    buf_add(answer, w->at + 3, length);
    w->at += 3 + length;
    w->n -= 3 + length;
    return OK;
}

static enum status list(void *self, struct arena *a, struct desk_calendar **ret_list,
                        size_t *ret_n, struct error *err)
{
    (void)self, (void)err;
    *ret_list = ARENA_NEW(a, struct desk_calendar);
    *ret_n = 1;
    return OK;
}

static enum status read_calendar(void *self, struct instant from, struct instant to,
                                 struct arena *a, struct stretch **ret_list, size_t *ret_n,
                                 struct error *err)
{
    (void)self, (void)to, (void)err;
    *ret_list = ARENA_NEW(a, struct stretch);
    **ret_list = (struct stretch){{from, {from.s + 60}, BUSY_BUSY}, TEXT("Canary")};
    *ret_n = from.s < INT64_MAX - 60;
    return OK;
}

static char *slot_of(struct world *w, struct text mark)
{
    for (int i = 0; i < EVENTS; i++)
        if (*w->uids[i] && text_equal(text_from(w->uids[i]), mark))
            return w->uids[i];
    return NULL;
}

static enum status find(void *self, struct text mark, struct arena *a,
                        struct stretch *ret_event, struct error *err)
{
    (void)a, (void)err;
    ENSURE(mark.n);
    *ret_event = (struct stretch){{{1}, {2}, BUSY_BUSY}, TEXT("id")};
    return slot_of(self, mark) ? OK : ERR_NOT_FOUND;
}

static enum status create(void *self, struct text mark, const struct event *event,
                          struct error *err)
{
    struct world *w = self;
    (void)err;
    ENSURE(!slot_of(w, mark) && event->start.s < event->end.s);
    for (int i = 0; i < EVENTS; i++)
        if (!*w->uids[i]) {
            memcpy(w->uids[i], mark.at, mark.n);
            return OK;
        }
    return ERR_FULL;
}

static enum status update(void *self, struct text mark, const struct event *event,
                          struct error *err)
{
    (void)event, (void)err;
    ENSURE(slot_of(self, mark));
    return OK;
}

static enum status remove_event(void *self, struct text mark, struct error *err)
{
    (void)err;
    char *slot = slot_of(self, mark);
    if (!slot)
        return ERR_NOT_FOUND;
    memset(slot, 0, MAX_UID + 1);
    return OK;
}

static enum status no_stream(void *self, const char *host, int64_t port, bool tls,
                             int64_t deadline_ms, struct error *err)
{
    (void)self, (void)host, (void)port, (void)tls, (void)deadline_ms;
    return error_set(err, ERR_NETWORK, "xmpp", "nobody");
}

static struct instant now(void *self)
{
    return (struct instant){1800000000 + ((struct world *)self)->ms / 1000};
}

static int64_t ms(void *self)
{
    return ((struct world *)self)->ms;
}

static enum status load(void *self, const char *name, struct buf *out, struct error *err)
{
    struct world *w = self;
    (void)err;
    if (strcmp(name, "pairing") != 0 || !w->pairing.n)
        return ERR_NOT_FOUND;
    buf_add(out, w->pairing.at, w->pairing.n);
    return OK;
}

static enum status store(void *self, const char *name, struct text bytes, struct error *err)
{
    struct world *w = self;
    (void)err;
    if (strcmp(name, "pairing") == 0) {
        buf_clear(&w->pairing);
        buf_add_text(&w->pairing, bytes);
    }
    return OK;
}

static enum status erase(void *self, const char *name, struct error *err)
{
    (void)self, (void)name, (void)err;
    return OK;
}

static enum status load_token(void *self, struct secret *ret_token, struct error *err)
{
    (void)self, (void)err;
    *ret_token = secret_new("token", 5);
    return OK;
}

static enum status keep_token(void *self, const struct secret *token, struct error *err)
{
    (void)self, (void)token, (void)err;
    return OK;
}

static enum status forget_token(void *self, struct error *err)
{
    (void)self, (void)err;
    return OK;
}

static void draw(void *self, void *at, size_t n)
{
    (void)self;
    memset(at, 0x5a, n);
}

static void say(void *self, struct text line)
{
    (void)self;
    ENSURE(text_is_utf8(line) && !memmem(line.at, line.n, "Canary", 6));
}

static void pair(const struct platform *platform)
{
    struct kept kept;
    ENSURE(kept_load(&kept, platform, NULL) == OK);
    kept.pairing.url = TEXT("https://h.example");
    kept.pairing.connection = 1;
    ENSURE(kept_store_pairing(&kept, NULL) == OK);
    kept_done(&kept);
}

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    struct world w = {.at = at, .n = n, .pairing = BUF(4096)};
    struct platform platform = {
        .program = "fuzz",
        .version = "1",
        .system = "fuzz",
        .calendar = {&w, list, read_calendar, find, create, update, remove_event},
        .http = {&w, post},
        .stream = {.self = &w, .open = no_stream},
        .clock = {&w, now, ms},
        .storage = {&w, load, store, erase},
        .secret = {&w, load_token, keep_token, forget_token},
        .random = draw,
        .say = say,
        .self = &w,
    };
    struct connector connector = {0};
    pair(&platform);
    ENSURE(connector_init(&connector, &platform, NULL) == OK);
    for (int i = 0; i < STEPS; i++) {
        int64_t wait_ms = connector_step(&connector, i % 7 == 0 ? SIGNAL_CALENDAR : 0);
        ENSURE(wait_ms >= 0 && wait_ms <= CONNECTOR_IDLE_MS);
        w.ms += wait_ms + 10;
    }
    connector_done(&connector);
    buf_done(&w.pairing);
    return 0;
}
