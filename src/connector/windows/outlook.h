/* SPDX-License-Identifier: ISC
 *
 * Classic Outlook by its Object Model, while it runs. Only members that raise no security prompt are touched:
 * never Body, Organizer, attendees, PropertyAccessor, UserProperties or Send ("Protected Properties and Methods",
 * Outlook's developer reference). So an event's own text is not written; its title and location are.
 *
 * Our mark stands in BillingInformation, a text that Outlook neither uses nor shows on an event's page.
 *
 * All of it belongs to one thread, an apartment of its own (calendar.h).
 */
#ifndef CONNECTOR_WINDOWS_OUTLOOK_H
#define CONNECTOR_WINDOWS_OUTLOOK_H

#include "connector/windows/dispatch.h"

#include "connector/platform.h"

struct outlook {
    IDispatch *session; /* NULL until outlook_open */
    struct chosen *chosen;
    volatile LONG *steps; /* counted up at each item: it takes long, but goes on */
};

/* Which calendars count. By the folders' own ids, which never leave the PC. */
struct chosen {
    struct text read[DESK_CALENDARS_MAX]; /* none: the default one */
    size_t n_read;
    struct text booked; /* empty: the default one */
};

/* Find the Outlook that runs.
 *
 * Fails   ERR_NETWORK      it does not run
 *         ERR_UNSUPPORTED  it is not installed: the new Outlook lets no program in, and the line says what to use
 */
enum status outlook_open(struct outlook *outlook, struct error *err) MUST_CHECK;
void outlook_close(struct outlook *outlook);

/* As the functions of struct calendar_adapter. */
enum status outlook_list(struct outlook *outlook, struct arena *a,
                         struct desk_calendar **ret_list, struct text **ret_ids, size_t *ret_n,
                         struct error *err) MUST_CHECK;
enum status outlook_read(struct outlook *outlook, struct instant from, struct instant to,
                         struct arena *a, struct stretch **ret_list, size_t *ret_n,
                         struct error *err) MUST_CHECK;
enum status outlook_find(struct outlook *outlook, struct text mark, struct arena *a,
                         struct stretch *ret_event, struct error *err) MUST_CHECK;
enum status outlook_create(struct outlook *outlook, struct text mark, const struct event *event,
                           struct error *err) MUST_CHECK;
enum status outlook_update(struct outlook *outlook, struct text mark, const struct event *event,
                           struct error *err) MUST_CHECK;
enum status outlook_remove(struct outlook *outlook, struct text mark,
                           struct error *err) MUST_CHECK;

#endif
