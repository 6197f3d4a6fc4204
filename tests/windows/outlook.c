/* SPDX-License-Identifier: ISC
 *
 * A double of classic Outlook's Object Model, as an out-of-process COM server, written from Microsoft's reference of the
 * Outlook object model: as strict as it says, so that what works here has a chance to work there.
 *
 *     outlook.exe register          enter it into the registry, as Outlook's installer does
 *     outlook.exe serve FOLDER      run, until FOLDER/stop is there
 *
 * FOLDER/world.txt holds the calendar, a line an event, and is written anew after each change:
 *
 *     ID|START|END|BUSY|MEETING|EVERY|SENSITIVITY|BILLING|SUBJECT|LOCATION
 *
 * times in seconds since 1970, EVERY: a series without an end, every so many days. FOLDER/journal.txt holds every member
 * that was touched; one that raises the security prompt as "PROMPT name", what the reference forbids as "WRONG what".
 * FOLDER/reject.txt, where it is there, has every call rejected as if a dialogue were open.
 */
#define COBJMACROS
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>

#include <oleauto.h>

enum { EVENTS_MAX = 4096, LINE_MAX = 4096, DAY_S = 86400, WALK_MAX = 5000 };

struct event {
    char id[64];
    long long start, end;
    long busy, meeting, every, sensitivity;
    wchar_t billing[128], subject[256], location[256];
};

static struct {
    wchar_t folder[512];
    struct event events[EVENTS_MAX];
    int n;
    int n_made;
} world;

static const CLSID outlook_class = {0x0006F03A, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};

/* ---- the folder ---- */

static FILE *open_in(const wchar_t *name, const wchar_t *how)
{
    wchar_t path[600];
    _snwprintf(path, 600, L"%ls\\%ls", world.folder, name);
    return _wfopen(path, how);
}

static BOOL is_there(const wchar_t *name)
{
    wchar_t path[600];
    _snwprintf(path, 600, L"%ls\\%ls", world.folder, name);
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

static void journal(const char *what, const wchar_t *name)
{
    static FILE *file;
    if (!file)
        file = open_in(L"journal.txt", L"ab");
    if (!file)
        return;
    fprintf(file, "%s%s%ls\n", what, *what ? " " : "", name);
    fflush(file);
}

static void load_world(void)
{
    char line[LINE_MAX];
    FILE *file = open_in(L"world.txt", L"rb");
    world.n = 0;
    while (file && world.n < EVENTS_MAX && fgets(line, sizeof line, file)) {
        struct event *e = &world.events[world.n];
        memset(e, 0, sizeof *e);
        char *at = line, *field[10] = {0};
        line[strcspn(line, "\r\n")] = 0;
        for (int i = 0; i < 10 && at; i++) {
            field[i] = at;
            at = strchr(at, '|');
            if (at)
                *at++ = 0;
        }
        if (!field[9])
            continue;
        snprintf(e->id, sizeof e->id, "%s", field[0]);
        e->start = atoll(field[1]);
        e->end = atoll(field[2]);
        e->busy = atol(field[3]);
        e->meeting = atol(field[4]);
        e->every = atol(field[5]);
        e->sensitivity = atol(field[6]);
        MultiByteToWideChar(CP_UTF8, 0, field[7], -1, e->billing, 128);
        MultiByteToWideChar(CP_UTF8, 0, field[8], -1, e->subject, 256);
        MultiByteToWideChar(CP_UTF8, 0, field[9], -1, e->location, 256);
        world.n++;
    }
    if (file)
        fclose(file);
}

static void put_wide(FILE *file, const wchar_t *wide)
{
    char utf8[1024];
    WideCharToMultiByte(CP_UTF8, 0, wide, -1, utf8, sizeof utf8, NULL, NULL);
    fprintf(file, "|%s", utf8);
}

static void store_world(void)
{
    wchar_t from[600], to[600];
    FILE *file = open_in(L"world.new", L"wb");
    if (!file)
        return;
    for (int i = 0; i < world.n; i++) {
        const struct event *e = &world.events[i];
        fprintf(file, "%s|%lld|%lld|%ld|%ld|%ld|%ld", e->id, e->start, e->end, e->busy,
                e->meeting, e->every, e->sensitivity);
        put_wide(file, e->billing);
        put_wide(file, e->subject);
        put_wide(file, e->location);
        fputc('\n', file);
    }
    fclose(file);
    _snwprintf(from, 600, L"%ls\\world.new", world.folder);
    _snwprintf(to, 600, L"%ls\\world.txt", world.folder);
    MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING);
}

/* ---- objects: all of one shape ---- */

enum kind { APPLICATION, SESSION, FOLDER, FOLDERS, ITEMS, ITEM };

struct object {
    IDispatchVtbl *vtable;
    LONG holders;
    enum kind kind;
    /* ITEMS */
    BOOL is_sorted, has_recurrences, is_restricted;
    long long from, to;   /* of a restriction, as Outlook understood it */
    wchar_t billing[128]; /* of a restriction by it; empty: none */
    int at;               /* the event that is next, and */
    long long occurrence; /* which of its occurrences */
    int n_walked;
    /* ITEM */
    struct event event;
    BOOL is_new;
};

static struct object *object_new(enum kind kind);

static VARIANT of_object(struct object *object)
{
    VARIANT value = {.vt = VT_DISPATCH, .pdispVal = (IDispatch *)object};
    return value;
}

static VARIANT of_long(long n)
{
    VARIANT value = {.vt = VT_I4, .lVal = n};
    return value;
}

static VARIANT of_text(const wchar_t *text)
{
    VARIANT value = {.vt = VT_BSTR, .bstrVal = SysAllocString(text)};
    return value;
}

static VARIANT of_date(long long s)
{
    VARIANT value = {.vt = VT_DATE, .date = (double)s / DAY_S + 25569};
    return value;
}

/* ---- walking items ---- */

/* A time that a filter names: on this PC's clock, written as its user writes dates; nothing else is understood. */
static BOOL read_local(wchar_t *written, long long *ret_s)
{
    double days;
    SYSTEMTIME local, utc;
    FILETIME file;
    if (wcschr(written, L'T') ||
        FAILED(VarDateFromStr(written, LOCALE_USER_DEFAULT, 0, &days)) ||
        !VariantTimeToSystemTime(days, &local) ||
        !TzSpecificLocalTimeToSystemTime(NULL, &local, &utc) ||
        !SystemTimeToFileTime(&utc, &file))
        return FALSE;
    ULARGE_INTEGER ticks = {.LowPart = file.dwLowDateTime, .HighPart = file.dwHighDateTime};
    *ret_s = (long long)(ticks.QuadPart / 10000000) - 11644473600LL;
    return utc.wSecond == 0; /* "seconds are not evaluated" */
}

static BOOL read_filter(struct object *items, const wchar_t *filter)
{
    wchar_t early[128], late[128];
    if (swscanf(filter, L"[BillingInformation] = '%127l[^']'", items->billing) == 1)
        return TRUE;
    if (swscanf(filter, L"[Start] < '%127l[^']' AND [End] > '%127l[^']'", late, early) != 2)
        return FALSE;
    items->is_restricted = TRUE;
    return read_local(early, &items->from) && read_local(late, &items->to);
}

static BOOL fits(const struct object *items, const struct event *e)
{
    if (*items->billing && wcscmp(items->billing, e->billing) != 0)
        return FALSE;
    return !items->is_restricted || (e->start < items->to && e->end > items->from);
}

/* The next item, occurrences one by one where they are included. A series without an end ends only by the filter. */
static struct object *next_item(struct object *items)
{
    while (items->at < world.n) {
        struct event e = world.events[items->at];
        BOOL repeats = e.every && items->has_recurrences;
        long long by = repeats ? items->occurrence * e.every * DAY_S : 0;
        e.start += by;
        e.end += by;
        BOOL is_past = !repeats || (items->is_restricted && e.start >= items->to);
        items->occurrence++;
        if (is_past) {
            items->at++;
            items->occurrence = 0;
        }
        if (++items->n_walked > WALK_MAX) {
            journal("WRONG", L"a series without an end was walked");
            return NULL;
        }
        if (repeats && is_past)
            continue;
        if (fits(items, &e)) {
            struct object *item = object_new(ITEM);
            item->event = e;
            return item;
        }
    }
    return NULL;
}

static int by_start(const void *a, const void *b)
{
    const struct event *one = a, *other = b;
    return (one->start > other->start) - (one->start < other->start);
}

/* ---- members ---- */

struct call {
    const wchar_t *name;
    WORD how;
    VARIANT *argument; /* NULL: none */
};

static BOOL is_named(const struct call *call, const wchar_t *name)
{
    return _wcsicmp(call->name, name) == 0;
}

static HRESULT on_application(struct object *o, const struct call *call, VARIANT *ret)
{
    (void)o;
    if (!is_named(call, L"Session"))
        return DISP_E_MEMBERNOTFOUND;
    *ret = of_object(object_new(SESSION));
    return S_OK;
}

static HRESULT on_session(struct object *o, const struct call *call, VARIANT *ret)
{
    (void)o;
    BOOL is_default = is_named(call, L"GetDefaultFolder");
    if (!is_default && !is_named(call, L"GetFolderFromID"))
        return DISP_E_MEMBERNOTFOUND;
    if (!call->argument)
        return DISP_E_BADPARAMCOUNT;
    if (is_default ? V_I4(call->argument) != 9
                   : wcscmp(V_BSTR(call->argument), L"CALENDAR") != 0)
        return E_INVALIDARG;
    *ret = of_object(object_new(FOLDER));
    return S_OK;
}

static HRESULT on_folder(struct object *o, const struct call *call, VARIANT *ret)
{
    (void)o;
    if (is_named(call, L"EntryID"))
        *ret = of_text(L"CALENDAR");
    else if (is_named(call, L"Name"))
        *ret = of_text(L"Kalender");
    else if (is_named(call, L"DefaultItemType"))
        *ret = of_long(1);
    else if (is_named(call, L"Folders"))
        *ret = of_object(object_new(FOLDERS));
    else if (is_named(call, L"Items"))
        *ret = of_object(object_new(ITEMS));
    else
        return DISP_E_MEMBERNOTFOUND;
    return S_OK;
}

static HRESULT on_folders(struct object *o, const struct call *call, VARIANT *ret)
{
    (void)o;
    if (!is_named(call, L"GetFirst") && !is_named(call, L"GetNext"))
        return DISP_E_MEMBERNOTFOUND;
    *ret = of_object(NULL);
    return S_OK;
}

static HRESULT sort_or_restrict(struct object *o, const struct call *call, VARIANT *ret)
{
    if (is_named(call, L"Sort")) {
        o->is_sorted = wcscmp(V_BSTR(call->argument), L"[Start]") == 0;
        qsort(world.events, (size_t)world.n, sizeof *world.events, by_start);
        return S_OK;
    }
    struct object *found = object_new(ITEMS);
    found->is_sorted = o->is_sorted;
    found->has_recurrences = o->has_recurrences;
    if (!read_filter(found, V_BSTR(call->argument))) {
        journal("WRONG", V_BSTR(call->argument));
        IDispatch_Release((IDispatch *)found);
        return E_INVALIDARG;
    }
    if (is_named(call, L"Restrict")) {
        if (!o->has_recurrences)
            journal("WRONG", L"Restrict before IncludeRecurrences");
        *ret = of_object(found);
        return S_OK;
    }
    *ret = of_object(next_item(found));
    IDispatch_Release((IDispatch *)found);
    return S_OK;
}

static HRESULT on_items(struct object *o, const struct call *call, VARIANT *ret)
{
    if (is_named(call, L"IncludeRecurrences")) {
        if (!o->is_sorted)
            journal("WRONG", L"IncludeRecurrences without Sort by [Start]");
        o->has_recurrences = V_BOOL(call->argument) != VARIANT_FALSE;
        return S_OK;
    }
    if (is_named(call, L"Sort") || is_named(call, L"Restrict") || is_named(call, L"Find"))
        return call->argument ? sort_or_restrict(o, call, ret) : DISP_E_BADPARAMCOUNT;
    if (is_named(call, L"Count")) {
        journal("WRONG", L"Count");
        *ret = of_long(o->has_recurrences ? 0x7fffffff : world.n);
        return S_OK;
    }
    if (is_named(call, L"Add")) {
        struct object *item = object_new(ITEM);
        item->is_new = TRUE;
        item->event.busy = 2;
        *ret = of_object(item);
        return S_OK;
    }
    if (!is_named(call, L"GetFirst") && !is_named(call, L"GetNext"))
        return DISP_E_MEMBERNOTFOUND;
    if (is_named(call, L"GetFirst")) {
        o->at = 0;
        o->occurrence = 0;
    }
    *ret = of_object(next_item(o));
    return S_OK;
}

/* Members that raise the prompt in another program ("Protected Properties and Methods"). */
static BOOL is_guarded(const wchar_t *name)
{
    static const wchar_t *const guarded[] = {L"Body",
                                             L"HTMLBody",
                                             L"RTFBody",
                                             L"Organizer",
                                             L"Recipients",
                                             L"RequiredAttendees",
                                             L"OptionalAttendees",
                                             L"Resources",
                                             L"PropertyAccessor",
                                             L"ItemProperties",
                                             L"UserProperties",
                                             L"Send",
                                             L"SaveAs",
                                             L"Respond",
                                             L"NetMeetingOrganizerAlias"};
    for (size_t i = 0; i < sizeof guarded / sizeof *guarded; i++)
        if (_wcsicmp(name, guarded[i]) == 0)
            return TRUE;
    return FALSE;
}

static int place_of(const char *id)
{
    int at = 0;
    while (at < world.n && strcmp(world.events[at].id, id) != 0)
        at++;
    return at;
}

static HRESULT save(struct object *o)
{
    if (o->event.start >= o->event.end)
        return E_INVALIDARG;
    if (o->is_new) {
        if (world.n == EVENTS_MAX)
            return E_OUTOFMEMORY;
        snprintf(o->event.id, sizeof o->event.id, "MADE%08X%04X", (unsigned)GetTickCount(),
                 (unsigned)++world.n_made);
        world.events[world.n++] = o->event;
        o->is_new = FALSE;
    } else {
        int at = place_of(o->event.id);
        if (at == world.n)
            return HRESULT_FROM_WIN32(ERROR_NOT_FOUND);
        world.events[at] = o->event;
    }
    store_world();
    return S_OK;
}

static HRESULT delete_item(struct object *o)
{
    int at = place_of(o->event.id);
    if (at == world.n)
        return HRESULT_FROM_WIN32(ERROR_NOT_FOUND);
    world.events[at] = world.events[--world.n];
    store_world();
    return S_OK;
}

static HRESULT text_member(wchar_t *at, int size, const struct call *call, VARIANT *ret)
{
    if (call->how & DISPATCH_PROPERTYPUT) {
        if (V_VT(call->argument) != VT_BSTR)
            return DISP_E_TYPEMISMATCH;
        _snwprintf(at, (size_t)size, L"%ls",
                   V_BSTR(call->argument) ? V_BSTR(call->argument) : L"");
        at[size - 1] = 0;
        for (wchar_t *c = at; *c; c++)
            if (*c == L'|' || *c == L'\n' || *c == L'\r')
                *c = L' ';
    } else {
        *ret = of_text(at);
    }
    return S_OK;
}

static HRESULT long_member(long *at, const struct call *call, VARIANT *ret)
{
    if (call->how & DISPATCH_PROPERTYPUT)
        *at = V_I4(call->argument);
    else
        *ret = of_long(*at);
    return S_OK;
}

/* StartUTC moves the end along, as Start does: "the duration stays". */
static HRESULT date_member(struct object *o, BOOL is_start, const struct call *call,
                           VARIANT *ret)
{
    long long *at = is_start ? &o->event.start : &o->event.end;
    if (call->how & DISPATCH_PROPERTYPUT) {
        long long before = *at;
        if (V_VT(call->argument) != VT_DATE)
            return DISP_E_TYPEMISMATCH;
        *at = llround((V_DATE(call->argument) - 25569) * DAY_S);
        if (is_start)
            o->event.end += *at - before;
    } else {
        *ret = of_date(*at);
    }
    return S_OK;
}

static HRESULT on_item(struct object *o, const struct call *call, VARIANT *ret)
{
    struct event *e = &o->event;
    long ignored = 0;
    if (is_guarded(call->name)) {
        journal("PROMPT", call->name);
        return E_ABORT;
    }
    if (is_named(call, L"Subject"))
        return text_member(e->subject, 256, call, ret);
    if (is_named(call, L"Location"))
        return text_member(e->location, 256, call, ret);
    if (is_named(call, L"BillingInformation"))
        return text_member(e->billing, 128, call, ret);
    if (is_named(call, L"BusyStatus"))
        return long_member(&e->busy, call, ret);
    if (is_named(call, L"MeetingStatus"))
        return long_member(&e->meeting, call, ret);
    if (is_named(call, L"Sensitivity"))
        return long_member(&e->sensitivity, call, ret);
    if (is_named(call, L"ReminderSet") || is_named(call, L"ReminderMinutesBeforeStart"))
        return long_member(&ignored, call, ret);
    if (is_named(call, L"StartUTC") || is_named(call, L"EndUTC"))
        return date_member(o, is_named(call, L"StartUTC"), call, ret);
    if (is_named(call, L"Save"))
        return save(o);
    if (is_named(call, L"Delete"))
        return delete_item(o);
    if (is_named(call, L"Class"))
        *ret = of_long(26);
    else if (is_named(call, L"EntryID")) {
        wchar_t id[64];
        MultiByteToWideChar(CP_UTF8, 0, e->id, -1, id, 64);
        *ret = of_text(id);
    } else {
        return DISP_E_MEMBERNOTFOUND;
    }
    return S_OK;
}

/* ---- IDispatch ---- */

/* Names become numbers in the order in which they are met. */
static wchar_t *names[256];
static int n_names;

static HRESULT WINAPI query(IDispatch *self, REFIID iid, void **ret)
{
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IDispatch)) {
        *ret = NULL;
        return E_NOINTERFACE;
    }
    *ret = self;
    IDispatch_AddRef(self);
    return S_OK;
}

static ULONG WINAPI hold(IDispatch *self)
{
    return (ULONG)InterlockedIncrement(&((struct object *)self)->holders);
}

static ULONG WINAPI let_go(IDispatch *self)
{
    LONG left = InterlockedDecrement(&((struct object *)self)->holders);
    if (!left)
        free(self);
    return (ULONG)left;
}

static HRESULT WINAPI count_types(IDispatch *self, UINT *ret)
{
    (void)self;
    *ret = 0;
    return S_OK;
}

static HRESULT WINAPI get_type(IDispatch *self, UINT which, LCID locale, ITypeInfo **ret)
{
    (void)self, (void)which, (void)locale;
    *ret = NULL;
    return E_NOTIMPL;
}

static HRESULT WINAPI name_ids(IDispatch *self, REFIID iid, LPOLESTR *asked, UINT n,
                               LCID locale, DISPID *ret)
{
    (void)self, (void)iid, (void)locale;
    if (n != 1)
        return DISP_E_UNKNOWNNAME;
    for (int i = 0; i < n_names; i++)
        if (_wcsicmp(names[i], asked[0]) == 0) {
            *ret = i + 1;
            return S_OK;
        }
    if (n_names == 256)
        return DISP_E_UNKNOWNNAME;
    names[n_names] = _wcsdup(asked[0]);
    *ret = ++n_names;
    return S_OK;
}

static HRESULT WINAPI invoke(IDispatch *self, DISPID id, REFIID iid, LCID locale, WORD how,
                             DISPPARAMS *given, VARIANT *ret, EXCEPINFO *exception, UINT *wrong)
{
    static HRESULT (*const members[])(struct object *, const struct call *, VARIANT *) = {
        [APPLICATION] = on_application, [SESSION] = on_session, [FOLDER] = on_folder,
        [FOLDERS] = on_folders,         [ITEMS] = on_items,     [ITEM] = on_item};
    (void)iid, (void)locale, (void)exception, (void)wrong;
    struct object *o = (struct object *)self;
    if (id < 1 || id > n_names)
        return DISP_E_MEMBERNOTFOUND;
    if (is_there(L"reject.txt"))
        return RPC_E_CALL_REJECTED;
    struct call call = {names[id - 1], how, given && given->cArgs ? &given->rgvarg[0] : NULL};
    VARIANT nowhere;
    VariantInit(&nowhere);
    journal("", call.name);
    HRESULT result = members[o->kind](o, &call, ret ? ret : &nowhere);
    VariantClear(&nowhere);
    return result;
}

static IDispatchVtbl vtable = {query, hold, let_go, count_types, get_type, name_ids, invoke};

static struct object *object_new(enum kind kind)
{
    struct object *object = calloc(1, sizeof *object);
    if (!object)
        abort();
    object->vtable = &vtable;
    object->holders = 1;
    object->kind = kind;
    return object;
}

/* ---- the program ---- */

static BOOL put_key(const wchar_t *key, const wchar_t *value)
{
    HKEY at;
    if (RegCreateKeyW(HKEY_LOCAL_MACHINE, key, &at) != ERROR_SUCCESS)
        return FALSE;
    LSTATUS status = RegSetValueExW(at, NULL, 0, REG_SZ, (const BYTE *)value,
                                    (DWORD)((wcslen(value) + 1) * sizeof *value));
    RegCloseKey(at);
    return status == ERROR_SUCCESS;
}

static int enter(void)
{
    wchar_t program[512];
    GetModuleFileNameW(NULL, program, 512);
    static const wchar_t class[] = L"{0006F03A-0000-0000-C000-000000000046}";
    return put_key(L"Software\\Classes\\Outlook.Application\\CLSID", class) &&
                   put_key(L"Software\\Classes\\CLSID\\{0006F03A-0000-0000-C000-000000000046}"
                           L"\\LocalServer32",
                           program)
               ? 0
               : 1;
}

static int serve(void)
{
    DWORD entered;
    struct object *application = object_new(APPLICATION);
    if (FAILED(CoInitializeEx(NULL, COINIT_APARTMENTTHREADED)) ||
        FAILED(RegisterActiveObject((IUnknown *)application, &outlook_class,
                                    ACTIVEOBJECT_STRONG, &entered)))
        return 1;
    load_world();
    journal("", L"(started)");
    while (!is_there(L"stop")) {
        MSG message;
        MsgWaitForMultipleObjects(0, NULL, FALSE, 200, QS_ALLINPUT);
        while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE)) {
            TranslateMessage(&message);
            DispatchMessageW(&message);
        }
        if (is_there(L"reload")) { /* somebody changed world.txt in Outlook */
            wchar_t path[600];
            load_world();
            _snwprintf(path, 600, L"%ls\\reload", world.folder);
            DeleteFileW(path);
        }
    }
    RevokeActiveObject(entered, NULL);
    CoUninitialize();
    return 0;
}

int wmain(int argc, wchar_t **argv)
{
    if (argc == 2 && wcscmp(argv[1], L"register") == 0)
        return enter();
    if (argc != 3 || wcscmp(argv[1], L"serve") != 0)
        return 2;
    _snwprintf(world.folder, 512, L"%ls", argv[2]);
    return serve();
}
