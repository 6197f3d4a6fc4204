/* SPDX-License-Identifier: ISC
 *
 * Any answer of Microsoft Graph through everything that reads it. The first byte chooses the HTTP status and which members
 * are kept, the second in which steps it arrives. What is accepted has times in order, a status that there is and an id
 * that fits; what is refused has a reason; in which steps it came makes no difference.
 */
#include <stdint.h>

#include "base/status.h"
#include "calendar/graph/answer.h"
#include "calendar/graph/call.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const int statuses[] = {200, 200, 200, 400, 401, 403, 404, 409,
                               410, 412, 429, 500, 503, 302, 408, 204};

static const char *const *names_of(uint8_t byte)
{
    const char *const *const lists[] = {graph_event_names, graph_schedule_names,
                                        graph_sight_names, graph_calendar_names};
    return lists[byte / 16 % 4];
}

static void read_event(const struct json *item)
{
    struct graph_event event;
    struct error why = {0};
    enum status status = graph_event_read(item, &event, &why);
    if (status != OK) {
        ENSURE(status == ERR_UPSTREAM && why.what[0]);
        return;
    }
    ENSURE(event.id.n > 0 && event.id.n <= MAX_EXTERNAL_ID);
    ENSURE(!instant_before(event.end, event.start));
    ENSURE(event.status < BUSY_STATUS_COUNT && event.room < ROOM_ANSWER_COUNT);
}

static void read_schedule(const struct json *item)
{
    CLEANUP(busylist_done) struct busylist busy = {0};
    struct error why = {0};
    enum status status = graph_schedule_read(item, &busy, &why);
    ENSURE(status == OK || status == ERR_FULL || why.what[0]);
    for (size_t i = 0; i < busy.n; i++)
        ENSURE(!instant_before(busy.at[i].end, busy.at[i].start));
}

static void read_list(const struct json *json)
{
    const struct calendar graph = {
        .server = &(struct server){.host = TEXT("graph.example"), .port = 443}};
    const struct json *items = json_member(json, "value");
    struct text link, target;
    read_event(json);
    for (size_t i = 0; i < json_count(items); i++) {
        read_event(json_item(items, i));
        read_schedule(json_item(items, i));
    }
    if (json_get_text(json_member(json, "@odata.nextLink"), &link) &&
        graph_link(&graph, link, &target, NULL) == OK)
        ENSURE(target.n && target.at[0] == '/' && target.n < link.n);
}

/* Read it in steps; return how it was judged, and how much was kept. */
static enum status read_by(struct text t, uint8_t how, size_t step, size_t *ret_kept)
{
    struct graph_reading reading;
    struct graph_answer answer;
    struct error why = {0};
    struct fetch_facts facts = {.http_status = statuses[how % 16],
                                .content_type = "application/json",
                                .retry_after_s = -1};
    graph_reading_begin(&reading, names_of(how));
    for (size_t at = 0; at < t.n; at += step)
        graph_reading_add(&reading, &facts,
                          (struct text){t.at + at, t.n - at < step ? t.n - at : step});
    *ret_kept = reading.kept.n;
    ENSURE(*ret_kept <= t.n + 1); /* of a name cut short the colon */
    enum status status = graph_reading_end(&reading, &facts, "graph", &answer, &why);
    if (status == OK && answer.json)
        read_list(answer.json);
    ENSURE(status == OK || (why.what[0] && why.where[0]));
    ENSURE(status != ERR_LIMIT || (why.retry_s >= 1 && why.retry_s <= 3600));
    graph_answer_done(&answer);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    size_t at_once = 0, in_steps = 0;
    if (n < 2)
        return 0;
    struct text t = {(const char *)bytes + 2, n - 2};
    enum status one = read_by(t, bytes[0], t.n ? t.n : 1, &at_once);
    enum status other = read_by(t, bytes[0], bytes[1] % 32u + 1, &in_steps);
    ENSURE(one == other);
    ENSURE(one != OK || at_once == in_steps);
    return 0;
}
