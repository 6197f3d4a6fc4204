/* SPDX-License-Identifier: ISC */
#include "connector/windows/outlook.h"

#include <math.h>
#include <stdio.h>

#include "base/limits.h"
#include "connector/windows/wide.h"

/* Of Outlook's enumerations (OlDefaultFolders, OlItemType, OlObjectClass, OlMeetingStatus, OlSensitivity). */
enum {
    FOLDER_CALENDAR = 9,
    ITEM_APPOINTMENT = 1,
    CLASS_APPOINTMENT = 26,
    MEETING_CANCELLED = 5,
    MEETING_RECEIVED_CANCELLED = 7,
    SENSITIVITY_NORMAL = 0,
    SENSITIVITY_PRIVATE = 2,
};
enum { DAY_S = 86400, MARGIN_S = 3 * 3600 };

#define MARK "hourgate:"

/* ---- dates ---- */

static const double days_to_1970 = 25569; /* from 1899-12-30, where OLE's days begin */

static struct instant instant_of(double days)
{
    return (struct instant){llround((days - days_to_1970) * DAY_S)};
}

static double days_of(struct instant t)
{
    return (double)t.s / DAY_S + days_to_1970;
}

/* Write a time as Restrict reads it: this PC's clock, this user's way to write dates, no seconds. */
static void format_local(struct instant t, wchar_t *out, int size)
{
    ULARGE_INTEGER ticks = {.QuadPart = (ULONGLONG)(t.s + 11644473600LL) * 10000000};
    FILETIME file = {ticks.LowPart, ticks.HighPart};
    SYSTEMTIME utc, local;
    wchar_t date[80] = L"", time[80] = L"";
    FileTimeToSystemTime(&file, &utc);
    SystemTimeToTzSpecificLocalTime(NULL, &utc, &local);
    GetDateFormatW(LOCALE_USER_DEFAULT, DATE_SHORTDATE, &local, NULL, date, 80);
    GetTimeFormatW(LOCALE_USER_DEFAULT, TIME_NOSECONDS, &local, NULL, time, 80);
    _snwprintf(out, (size_t)size, L"%ls %ls", date, time);
    out[size - 1] = 0;
}

/* ---- Outlook itself ---- */

enum status outlook_open(struct outlook *outlook, struct error *err)
{
    CLSID class;
    IUnknown *running = NULL;
    if (outlook->session)
        return OK;
    if (FAILED(CLSIDFromProgID(L"Outlook.Application", &class)))
        return error_set(
            err, ERR_UNSUPPORTED, "outlook",
            "classic Outlook is not installed; the new Outlook lets no program in: "
            "connect Microsoft 365 or Exchange in hourgate instead");
    if (FAILED(GetActiveObject(&class, NULL, &running)))
        return error_set(err, ERR_NETWORK, "outlook", "Outlook is not running: start it");
    CLEANUP(dispatch_release) IDispatch *application = NULL;
    HRESULT result = IUnknown_QueryInterface(running, &IID_IDispatch, (void **)&application);
    IUnknown_Release(running);
    if (FAILED(result))
        return error_set(err, ERR_NETWORK, "outlook", "Outlook is just closing");
    return dispatch_get_object(application, L"Session", &outlook->session, err);
}

void outlook_close(struct outlook *outlook)
{
    dispatch_release(&outlook->session);
}

static enum status default_folder(struct outlook *outlook, IDispatch **ret_folder,
                                  struct error *err)
{
    TRY(dispatch_call_long(outlook->session, L"GetDefaultFolder", FOLDER_CALENDAR, ret_folder,
                           err));
    return *ret_folder
               ? OK
               : error_set(err, ERR_NOT_FOUND, "outlook", "Outlook has no calendar yet");
}

/* id: empty for the default one. */
static enum status find_folder(struct outlook *outlook, struct text id, IDispatch **ret_folder,
                               struct error *err)
{
    CLEANUP(arena_done) struct arena a = {0};
    if (!id.n)
        return default_folder(outlook, ret_folder, err);
    enum status status = dispatch_call_text(outlook->session, L"GetFolderFromID",
                                            wide_from(&a, id), ret_folder, err);
    if (status == ERR_UPSTREAM || (status == OK && !*ret_folder))
        return error_set(err, ERR_NO_DATA, "outlook",
                         "a calendar that was chosen is gone: choose again");
    return status;
}

/* ---- the calendars ---- */

struct listing {
    struct arena *a;
    struct desk_calendar *rows;
    struct text *ids;
    size_t n;
    const struct chosen *chosen;
};

static bool is_chosen(const struct chosen *chosen, struct text id)
{
    for (size_t i = 0; i < chosen->n_read; i++)
        if (text_equal(chosen->read[i], id))
            return true;
    return false;
}

static enum status add_folder(struct listing *list, IDispatch *folder, bool is_default,
                              struct error *err)
{
    struct text id, name;
    TRY(dispatch_get_text(folder, L"EntryID", list->a, &id, err));
    TRY(dispatch_get_text(folder, L"Name", list->a, &name, err));
    for (size_t i = 0; i < list->n; i++)
        if (text_equal(list->ids[i], id))
            return OK;
    if (list->n == DESK_CALENDARS_MAX)
        return OK;
    const struct chosen *chosen = list->chosen;
    list->ids[list->n] = id;
    list->rows[list->n++] = (struct desk_calendar){
        .name = text_first(name, MAX_NAME),
        .is_read = chosen->n_read ? is_chosen(chosen, id) : is_default,
        .is_booked = chosen->booked.n ? text_equal(chosen->booked, id) : is_default,
    };
    return OK;
}

/* The calendars below one, such as those that a person has made. */
static enum status add_children(struct listing *list, IDispatch *folder, struct error *err)
{
    CLEANUP(dispatch_release) IDispatch *folders = NULL;
    TRY(dispatch_get_object(folder, L"Folders", &folders, err));
    CLEANUP(dispatch_release) IDispatch *child = NULL;
    TRY(dispatch_call(folders, L"GetFirst", &child, err));
    while (child && list->n < DESK_CALENDARS_MAX) {
        long type = 0;
        TRY(dispatch_get_long(child, L"DefaultItemType", &type, err));
        if (type == ITEM_APPOINTMENT)
            TRY(add_folder(list, child, false, err));
        dispatch_release(&child);
        TRY(dispatch_call(folders, L"GetNext", &child, err));
    }
    return OK;
}

enum status outlook_list(struct outlook *outlook, struct arena *a,
                         struct desk_calendar **ret_list, struct text **ret_ids, size_t *ret_n,
                         struct error *err)
{
    struct listing list = {.a = a,
                           .rows = ARENA_ARRAY(a, DESK_CALENDARS_MAX, struct desk_calendar),
                           .ids = ARENA_ARRAY(a, DESK_CALENDARS_MAX, struct text),
                           .chosen = outlook->chosen};
    CLEANUP(dispatch_release) IDispatch *folder = NULL;
    TRY(default_folder(outlook, &folder, err));
    TRY(add_folder(&list, folder, true, err));
    TRY(add_children(&list, folder, err));
    *ret_list = list.rows;
    *ret_ids = list.ids;
    *ret_n = list.n;
    return OK;
}

/* ---- reading ---- */

static enum busy_status status_of(long outlooks, long meeting)
{
    static const enum busy_status by[] = {BUSY_FREE, BUSY_TENTATIVE, BUSY_BUSY, BUSY_OOF,
                                          BUSY_ELSEWHERE};
    if (meeting == MEETING_CANCELLED || meeting == MEETING_RECEIVED_CANCELLED)
        return BUSY_FREE;
    return outlooks >= 0 && outlooks < 5 ? by[outlooks] : BUSY_NO_DATA;
}

static enum status read_item(IDispatch *item, struct arena *a, struct stretch *ret_event,
                             struct error *err)
{
    double start, end;
    long busy, meeting;
    TRY(dispatch_get_date(item, L"StartUTC", &start, err));
    TRY(dispatch_get_date(item, L"EndUTC", &end, err));
    TRY(dispatch_get_long(item, L"BusyStatus", &busy, err));
    TRY(dispatch_get_long(item, L"MeetingStatus", &meeting, err));
    TRY(dispatch_get_text(item, L"EntryID", a, &ret_event->id, err));
    ret_event->busy =
        (struct busy){instant_of(start), instant_of(end), status_of(busy, meeting)};
    return OK;
}

/* Begin to walk what overlaps [from, to): sorted, then with recurrences, then restricted, in this order and no
 * other, and never counted, since an open-ended series has no number. */
static enum status walk(IDispatch *folder, struct instant from, struct instant to,
                        IDispatch **ret_items, struct error *err)
{
    wchar_t early[180], late[180], wanted[400];
    CLEANUP(dispatch_release) IDispatch *items = NULL;
    TRY(dispatch_get_object(folder, L"Items", &items, err));
    TRY(dispatch_call_text(items, L"Sort", L"[Start]", NULL, err));
    TRY(dispatch_put_bool(items, L"IncludeRecurrences", true, err));
    /* Where clocks change, a local time is two times or none: ask for more, and look again. */
    format_local(instant_add_s(from, -MARGIN_S), early, 180);
    format_local(instant_add_s(to, MARGIN_S), late, 180);
    _snwprintf(wanted, 400, L"[Start] < '%ls' AND [End] > '%ls'", late, early);
    wanted[399] = 0;
    return dispatch_call_text(items, L"Restrict", wanted, ret_items, err);
}

struct reading {
    struct arena *a;
    struct stretch *rows;
    size_t n, size;
    struct instant from, to;
    volatile LONG *steps;
};

static enum status add_row(struct reading *r, struct stretch row, struct error *err)
{
    if (row.busy.end.s <= r->from.s || row.busy.start.s >= r->to.s)
        return OK;
    if (r->n == MAX_BUSY)
        return error_set(err, ERR_LIMIT, "outlook", "the calendar holds more than %d events",
                         MAX_BUSY);
    if (r->n == r->size) {
        size_t size = r->size ? 2 * r->size : 256;
        struct stretch *rows = ARENA_ARRAY(r->a, size, struct stretch);
        if (r->n)
            memcpy(rows, r->rows, r->n * sizeof *rows);
        r->rows = rows;
        r->size = size;
    }
    r->rows[r->n++] = row;
    return OK;
}

static enum status read_folder(struct reading *r, IDispatch *folder, struct error *err)
{
    CLEANUP(dispatch_release) IDispatch *items = NULL;
    TRY(walk(folder, r->from, r->to, &items, err));
    if (!items)
        return error_set(err, ERR_UPSTREAM, "outlook", "Outlook restricts nothing");
    CLEANUP(dispatch_release) IDispatch *item = NULL;
    TRY(dispatch_call(items, L"GetFirst", &item, err));
    while (item) {
        struct stretch row = {0};
        long class = 0;
        InterlockedIncrement(r->steps);
        TRY(dispatch_get_long(item, L"Class", &class, err));
        if (class == CLASS_APPOINTMENT) {
            TRY(read_item(item, r->a, &row, err));
            TRY(add_row(r, row, err));
        }
        dispatch_release(&item);
        TRY(dispatch_call(items, L"GetNext", &item, err));
    }
    return OK;
}

enum status outlook_read(struct outlook *outlook, struct instant from, struct instant to,
                         struct arena *a, struct stretch **ret_list, size_t *ret_n,
                         struct error *err)
{
    const struct chosen *chosen = outlook->chosen;
    struct reading r = {.a = a, .from = from, .to = to, .steps = outlook->steps};
    size_t n = chosen->n_read ? chosen->n_read : 1;
    for (size_t i = 0; i < n; i++) {
        CLEANUP(dispatch_release) IDispatch *folder = NULL;
        TRY(find_folder(outlook, chosen->n_read ? chosen->read[i] : (struct text){0}, &folder,
                        err));
        TRY(read_folder(&r, folder, err));
    }
    *ret_list = r.rows;
    *ret_n = r.n;
    return OK;
}

/* ---- our events ---- */

static enum status booked_items(struct outlook *outlook, IDispatch **ret_items,
                                struct error *err)
{
    CLEANUP(dispatch_release) IDispatch *folder = NULL;
    TRY(find_folder(outlook, outlook->chosen->booked, &folder, err));
    return dispatch_get_object(folder, L"Items", ret_items, err);
}

/* A mark is a uid of hourgate's: letters, digits, and what stands in an address. */
static bool is_mark(struct text mark)
{
    for (size_t i = 0; i < mark.n; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@.-_",
                    mark.at[i]))
            return false;
    return mark.n > 0;
}

static enum status find_marked(struct outlook *outlook, struct text mark, IDispatch **ret_item,
                               struct error *err)
{
    CLEANUP(arena_done) struct arena a = {0};
    CLEANUP(dispatch_release) IDispatch *items = NULL;
    struct text found = {0};
    if (!is_mark(mark))
        return error_set(err, ERR_INVALID, "outlook", "this booking's mark is none");
    TRY(booked_items(outlook, &items, err));
    TRY(dispatch_call_text(
        items, L"Find",
        wide_from(&a, text_from(arena_printf(&a, "[BillingInformation] = '" MARK TEXT_FMT "'",
                                             TEXT_ARG(mark)))),
        ret_item, err));
    if (!*ret_item)
        return error_set(err, ERR_NOT_FOUND, "outlook", "the booking's event is not there");
    enum status status = dispatch_get_text(*ret_item, L"BillingInformation", &a, &found, err);
    if (status == OK &&
        !text_equal(found, text_from(arena_printf(&a, MARK TEXT_FMT, TEXT_ARG(mark)))))
        status = error_set(err, ERR_UPSTREAM, "outlook", "Outlook found another event");
    if (status != OK)
        dispatch_release(ret_item);
    return status;
}

enum status outlook_find(struct outlook *outlook, struct text mark, struct arena *a,
                         struct stretch *ret_event, struct error *err)
{
    CLEANUP(dispatch_release) IDispatch *item = NULL;
    struct stretch found = {0};
    TRY(find_marked(outlook, mark, &item, err));
    TRY(read_item(item, a, &found, err));
    *ret_event = found;
    return OK;
}

static enum status fill(IDispatch *item, const struct event *event, struct error *err)
{
    static const long outlooks[SHOW_AS_COUNT] = {
        [SHOW_BUSY] = 2, [SHOW_TENTATIVE] = 1, [SHOW_OOF] = 3, [SHOW_FREE] = 0};
    if (event->title.n)
        TRY(dispatch_put_text(item, L"Subject", event->title, err));
    if (event->location.n)
        TRY(dispatch_put_text(item, L"Location", event->location, err));
    TRY(dispatch_put_date(item, L"StartUTC", days_of(event->start), err));
    TRY(dispatch_put_date(item, L"EndUTC", days_of(event->end), err));
    TRY(dispatch_put_long(item, L"BusyStatus", outlooks[event->show_as], err));
    TRY(dispatch_put_long(item, L"Sensitivity",
                          event->is_private ? SENSITIVITY_PRIVATE : SENSITIVITY_NORMAL, err));
    if (event->reminder_min)
        TRY(dispatch_put_bool(item, L"ReminderSet", event->reminder_min > 0, err));
    if (event->reminder_min > 0)
        TRY(dispatch_put_long(item, L"ReminderMinutesBeforeStart", (long)event->reminder_min,
                              err));
    return dispatch_call(item, L"Save", NULL, err);
}

enum status outlook_create(struct outlook *outlook, struct text mark, const struct event *event,
                           struct error *err)
{
    CLEANUP(arena_wipe) struct arena a = {0};
    CLEANUP(dispatch_release) IDispatch *items = NULL, *item = NULL, *written = NULL;
    if (!is_mark(mark))
        return error_set(err, ERR_INVALID, "outlook", "this booking's mark is none");
    TRY(booked_items(outlook, &items, err));
    TRY(dispatch_call_long(items, L"Add", ITEM_APPOINTMENT, &item, err));
    if (!item)
        return error_set(err, ERR_DENIED, "outlook", "Outlook takes no event in this calendar");
    TRY(dispatch_put_text(item, L"BillingInformation",
                          text_from(arena_printf(&a, MARK TEXT_FMT, TEXT_ARG(mark))), err));
    TRY(fill(item, event, err));
    return find_marked(outlook, mark, &written, err); /* it stands there */
}

enum status outlook_update(struct outlook *outlook, struct text mark, const struct event *event,
                           struct error *err)
{
    CLEANUP(dispatch_release) IDispatch *item = NULL;
    TRY(find_marked(outlook, mark, &item, err));
    return fill(item, event, err);
}

enum status outlook_remove(struct outlook *outlook, struct text mark, struct error *err)
{
    CLEANUP(dispatch_release) IDispatch *item = NULL;
    TRY(find_marked(outlook, mark, &item, err));
    return dispatch_call(item, L"Delete", NULL, err);
}
