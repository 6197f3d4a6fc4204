/* SPDX-License-Identifier: ISC
 *
 * A whole vault inside the test: real store in a directory of its own, real reader, workers and flights, a
 * courier that follows a script, a clock that the test turns. It is asked as the edge and the commands ask.
 */
#ifndef TEST_VAULT_RIG_H
#define TEST_VAULT_RIG_H

#include "script.h"
#include "vault/reader.h"
#include "vault/settle.h"
#include "vault/worker.h"

/* What must be known before anything runs. */
struct rig_options {
    struct vault_mail mail;    /* no host: nothing is mailed */
    int64_t bookings_per_hour; /* 0: as usual */
};

struct rig {
    struct rig_options options;
    char directory[64];
    char database[96];
    struct script script;
    struct vault v;
    struct zones *zones;
    struct store *store;
    struct reader reader;
    struct workers workers;
    struct link control; /* the parent's end */
    struct link edge;    /* the edge's end */
    struct link command;
    pthread_t reading;
    struct arena a; /* of answers */
};

/* Start with one account "acme", host "ann@acme.test" in UTC, connected, and the page "intro": 30 minutes
 * every 30, 09:00 to 17:00 UTC each day, notice 0, horizon 60 days. */
void rig_start(struct rig *rig);
void rig_start_with(struct rig *rig, struct rig_options options);
void rig_stop(struct rig *rig);

/* Stop the vault as a crash would leave its database, and start another upon it. */
void rig_restart(struct rig *rig);

/* Ask as the edge (or as a command) and wait. Answers live until rig_stop. */
enum status rig_ask(struct rig *rig, enum wire_type type, const void *ask, void *ret_answer);
enum status rig_command(struct rig *rig, enum wire_type type, const void *ask,
                        void *ret_answer);

/* Attach one more edge, for a thread of its own. */
void rig_attach_edge(struct rig *rig, struct link *ret_link);

/* Book the page at an instant as a customer with that name; key may be "". */
enum status rig_book(struct rig *rig, struct link *link, struct arena *a, struct instant start,
                     const char *name, const char *key, struct book_answer *ret_answer);

/* List the slots of the 7 days from an instant. */
size_t rig_slots(struct rig *rig, struct instant from, struct slots_answer *ret_answer);

/* The clock of the vault: a fixed Monday, 2027-03-01T08:00:00Z, moved on by a test. */
struct instant rig_now(void);
void rig_clock_set(int64_t seconds_later);

/* Tomorrow at an hour, in the vault's time. */
struct instant rig_tomorrow(int hour);

bool rig_has_slot(const struct slot *slots, size_t n, struct instant start);

#endif
