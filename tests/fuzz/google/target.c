/* SPDX-License-Identifier: ISC
 *
 * Any answer of the Calendar API through everything that reads it. The first byte chooses the HTTP status. What is
 * accepted has times in order, a status that there is and an id that goes into a path; what is refused has a reason;
 * a description never grows.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/status.h"
#include "calendar/google/call.h"
#include "calendar/google/value.h"
#include "calendar/ical/ical.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const struct zone *a_zone(void)
{
    static struct zones *zones;
    struct error err;
    if (!zones) {
        zones = zones_load("/usr/share/zoneinfo", &err);
        ENSURE(zones);
        ical_init(zones);
    }
    return ical_zone_named(TEXT("Europe/Zurich"));
}

static void read_event(const struct json *item)
{
    struct google_event event;
    struct error why = {0};
    enum status status = google_event_read(item, a_zone(), &event, &why);
    if (status != OK) {
        ENSURE(why.what[0] && (status == ERR_UPSTREAM || status == ERR_NO_DATA));
        return;
    }
    ENSURE(event.id.n > 0 && event.id.n <= GOOGLE_ID_MAX);
    ENSURE(event.is_cancelled || !instant_before(event.end, event.start));
    ENSURE(event.status < BUSY_STATUS_COUNT && google_room(item) < ROOM_ANSWER_COUNT);
}

static void read_description(const struct json *item)
{
    struct text html = {0};
    CLEANUP(buf_done)
    struct buf plain = BUF(1 << 20), again = BUF(8 << 20), back = BUF(1 << 20);
    json_get_text(json_member(item, "description"), &html);
    google_html_read(&plain, html);
    ENSURE(plain.n <= html.n);
    google_html_write(&again, buf_text(&plain));
    google_html_read(&back, buf_text(&again));
    ENSURE(text_equal(buf_text(&plain), buf_text(&back)));
}

static void read_list(const struct json *json)
{
    const struct json *items = json_member(json, "items");
    const struct json *calendars = json_member(json, "calendars");
    for (size_t i = 0; i < json_count(items); i++) {
        read_event(json_item(items, i));
        read_description(json_item(items, i));
    }
    for (const char *name = NULL;
         json_is_an_object(calendars) && (name = json_next_name(calendars, name));) {
        struct busylist list = {0};
        (void)!google_free_busy_read(json_member(calendars, name), &list);
        busylist_done(&list);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const int statuses[] = {200, 200, 200, 400, 401, 403, 404, 409,
                                   410, 412, 429, 500, 503, 302, 408, 204};
    struct calendar google = {0};
    struct google_call call = {0};
    struct error why = {0};
    if (n == 0)
        return 0;
    struct fetch_facts facts = {.http_status = statuses[bytes[0] % 16], .retry_after_s = -1};
    if (json_parse((struct text){(const char *)bytes + 1, n - 1}, &call.json, NULL) != OK)
        call.json = NULL;
    enum status status = google_judge(&google, &facts, &call, &why);
    if (status == OK && call.json) {
        read_event(call.json);
        read_list(call.json);
    } else if (status != OK) {
        ENSURE(why.what[0] && why.where[0]);
        ENSURE(status != ERR_LIMIT || (why.retry_s >= 1 && why.retry_s <= 3600));
    }
    google_call_done(&call);
    return 0;
}
