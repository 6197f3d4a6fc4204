/* SPDX-License-Identifier: ISC */
#include "rig.h"

#include <dirent.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "os/clock.h"
#include "wire/codec.h"

enum {
    START_S = 1803888000 /* 2027-03-01T08:00:00Z, a Monday */,
    WORKERS = 8,
    UPSTREAM_MS = 1500,
    ASK_MS = 30000
};

static atomic_llong clock_offset_s;

struct instant rig_now(void)
{
    return (struct instant){START_S + atomic_load(&clock_offset_s)};
}

void rig_clock_set(int64_t seconds_later)
{
    atomic_store(&clock_offset_s, seconds_later);
}

struct instant rig_tomorrow(int hour)
{
    return (struct instant){START_S - 8 * 3600 + 86400 + hour * 3600};
}

static void *read_on(void *reader)
{
    reader_run(reader);
    return NULL;
}

static void attach(struct rig *rig, enum attach_role role, int fd)
{
    struct attach_ask ask = {.role = role};
    struct attach_answer answer;
    struct reply reply;
    ENSURE(link_ask(&rig->control, WIRE_attach, &ask, fd, clock_ms() + ASK_MS, &rig->a, &reply,
                    &answer, NULL) == OK);
}

static void attach_link(struct rig *rig, enum attach_role role, struct link *ret_link)
{
    int mine, theirs;
    ENSURE(channel_pair(&mine, &theirs) == OK);
    link_init(ret_link, mine);
    attach(rig, role, theirs);
}

void rig_attach_edge(struct rig *rig, struct link *ret_link)
{
    attach_link(rig, ATTACH_EDGE, ret_link);
}

static void start_vault(struct rig *rig)
{
    struct error err = {0};
    struct link theirs;
    struct secret key = secret_new("0123456789abcdef0123456789abcdef", 32);
    int mine, other;
    script_start(&rig->script);
    if (store_open(rig->database, NULL, &key, WORKERS, &rig->store, &err) != OK) {
        fprintf(stderr, "store: %s\n", err.what);
        abort();
    }
    store_use_mail(rig->store, rig->options.mail.server.host.n > 0);
    store_start(rig->store);
    secret_free(&key);
    vault_init(&rig->v, WORKERS, UPSTREAM_MS);
    vault_use(&rig->v, rig->store, rig->zones, rig_now);
    rig->v.mail = rig->options.mail;
    if (rig->options.bookings_per_hour)
        rig->v.quotas.per_hour = rig->options.bookings_per_hour;
    ENSURE(workers_start(&rig->workers, &rig->v, WORKERS, &err) == OK);
    ENSURE(channel_pair(&mine, &other) == OK);
    link_init(&rig->control, mine);
    link_init(&theirs, other);
    ENSURE(reader_init(&rig->reader, &rig->v, &theirs, &err) == OK);
    ENSURE(pthread_create(&rig->reading, NULL, read_on, &rig->reader) == 0);
    attach(rig, ATTACH_COURIER, rig->script.fd);
    attach_link(rig, ATTACH_EDGE, &rig->edge);
    attach_link(rig, ATTACH_COMMAND, &rig->command);
}

static void stop_vault(struct rig *rig)
{
    link_done(&rig->control);
    pthread_join(rig->reading, NULL);
    ENSURE(workers_stop(&rig->workers, clock_ms() + ASK_MS) == OK);
    link_done(&rig->edge);
    link_done(&rig->command);
    reader_done(&rig->reader);
    vault_done(&rig->v);
    store_close(rig->store);
    script_stop(&rig->script);
}

static void furnish(struct rig *rig)
{
    struct account_add_ask account = {.slug = TEXT("acme"), .name = TEXT("Acme")};
    struct account_add_answer account_answer;
    ENSURE(rig_command(rig, WIRE_account_add, &account, &account_answer) == OK);
    struct user_add_ask user = {.account = TEXT("acme"),
                                .email = TEXT("ann@acme.test"),
                                .name = TEXT("Ann"),
                                .zone = TEXT("UTC")};
    struct user_add_answer user_answer;
    ENSURE(rig_command(rig, WIRE_user_add, &user, &user_answer) == OK);
    struct connection_add_ask connection = {.account = TEXT("acme"),
                                            .email = TEXT("ann@acme.test"),
                                            .server = {.host = TEXT("mail.acme.test"),
                                                       .port = 443,
                                                       .path = TEXT("/EWS/Exchange.asmx"),
                                                       .user = TEXT("ann"),
                                                       .password = secret_new("first", 5)}};
    struct connection_add_answer connection_answer;
    ENSURE(rig_command(rig, WIRE_connection_add, &connection, &connection_answer) == OK);
    secret_free(&connection.server.password);
    struct hours hours[7];
    for (int day = 0; day < 7; day++)
        hours[day] = (struct hours){day, 9 * 60, 17 * 60};
    struct page_put_ask page = {
        .account = TEXT("acme"),
        .email = TEXT("ann@acme.test"),
        .page = TEXT("intro"),
        .title = TEXT("Intro"),
        .synchronise = true,
        .rule = {.zone = TEXT("UTC"),
                 .duration_min = 30,
                 .increment_min = 30,
                 .horizon_days = 60,
                 .blocking = 1 << BUSY_TENTATIVE | 1 << BUSY_BUSY | 1 << BUSY_OOF,
                 .hours = hours,
                 .n_hours = 7}};
    struct page_put_answer page_answer;
    ENSURE(rig_command(rig, WIRE_page_put, &page, &page_answer) == OK);
}

void rig_start(struct rig *rig)
{
    rig_start_with(rig, (struct rig_options){0});
}

void rig_start_with(struct rig *rig, struct rig_options options)
{
    *rig = (struct rig){.options = options};
    rig_clock_set(0);
    snprintf(rig->directory, sizeof rig->directory, "%s", "vault-test-XXXXXX");
    ENSURE(mkdtemp(rig->directory));
    snprintf(rig->database, sizeof rig->database, "%s/hourgate.db", rig->directory);
    struct error err = {0};
    rig->zones = zones_load("/usr/share/zoneinfo", &err);
    ENSURE(rig->zones);
    start_vault(rig);
    furnish(rig);
}

void rig_restart(struct rig *rig)
{
    stop_vault(rig);
    static struct script kept;
    kept = rig->script;
    start_vault(rig);
    pthread_mutex_lock(&rig->script.lock); /* the calendar outlives us */
    memcpy(rig->script.events, kept.events, sizeof kept.events);
    rig->script.n_events = kept.n_events;
    memcpy(rig->script.gone, kept.gone, sizeof kept.gone);
    rig->script.n_gone = kept.n_gone;
    rig->script.n_changes = kept.n_changes;
    memcpy(rig->script.busy, kept.busy, sizeof kept.busy);
    rig->script.n_busy = kept.n_busy;
    pthread_mutex_unlock(&rig->script.lock);
}

static void remove_directory(const char *path)
{
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        char file[400];
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        unlink(file);
    }
    if (dir)
        closedir(dir);
    rmdir(path);
}

void rig_stop(struct rig *rig)
{
    stop_vault(rig);
    zones_free(rig->zones);
    arena_done(&rig->a);
    remove_directory(rig->directory);
}

enum status rig_ask(struct rig *rig, enum wire_type type, const void *ask, void *ret_answer)
{
    struct reply reply;
    return link_ask(&rig->edge, type, ask, -1, clock_ms() + ASK_MS, &rig->a, &reply, ret_answer,
                    NULL);
}

enum status rig_command(struct rig *rig, enum wire_type type, const void *ask, void *ret_answer)
{
    struct reply reply;
    enum status status = link_ask(&rig->command, type, ask, -1, clock_ms() + ASK_MS, &rig->a,
                                  &reply, ret_answer, NULL);
    if (status != OK && getenv("VERBOSE"))
        fprintf(stderr, "%s: %s: " TEXT_FMT ": " TEXT_FMT "\n", wire_message_of(type)->name,
                status_name(status), TEXT_ARG(reply.where), TEXT_ARG(reply.what));
    return status;
}

enum status rig_book(struct rig *rig, struct link *link, struct arena *a, struct instant start,
                     const char *name, const char *key, struct book_answer *ret_answer)
{
    (void)rig;
    struct reply reply;
    struct book_ask ask = {.account = TEXT("acme"),
                           .page = TEXT("intro"),
                           .start = start,
                           .key = text_from(key),
                           .customer = {.name = text_from(name),
                                        .email = TEXT("c@example.org"),
                                        .zone = TEXT("UTC")}};
    return link_ask(link, WIRE_book, &ask, -1, clock_ms() + ASK_MS, a, &reply, ret_answer,
                    NULL);
}

size_t rig_slots(struct rig *rig, struct instant from, struct slots_answer *ret_answer)
{
    struct slots_ask ask = {.account = TEXT("acme"),
                            .page = TEXT("intro"),
                            .from = from,
                            .to = instant_add_s(from, 7 * 86400)};
    ENSURE(rig_ask(rig, WIRE_slots, &ask, ret_answer) == OK);
    return ret_answer->n_slots;
}

bool rig_has_slot(const struct slot *slots, size_t n, struct instant start)
{
    for (size_t i = 0; i < n; i++)
        if (slots[i].start.s == start.s)
            return true;
    return false;
}
