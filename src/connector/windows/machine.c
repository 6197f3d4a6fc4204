/* SPDX-License-Identifier: ISC */
#include "connector/windows/machine.h"

#include "connector/windows/wide.h"
#include "os/clock.h"
#include "os/random.h"

#ifndef HOURGATE_VERSION
#define HOURGATE_VERSION "0"
#endif

enum { LOOK_MS = 60 * 1000 }; /* Outlook is looked at so often for changes */

/* ---- the platform ---- */

static struct instant now(void *self)
{
    (void)self;
    return clock_now();
}

static int64_t ms(void *self)
{
    (void)self;
    return clock_ms();
}

static void draw(void *self, void *at, size_t n)
{
    (void)self;
    random_bytes(at, n);
}

static void say(void *self, struct text line)
{
    keep_say(self, line);
}

enum status machine_open(struct machine *m, struct error *err)
{
    wchar_t folder[900];
    DWORD n = GetEnvironmentVariableW(L"HOURGATE_CONNECTOR_HOME", folder, 900);
    WSADATA sockets;
    if (WSAStartup(MAKEWORD(2, 2), &sockets) != 0)
        return error_set(err, ERR_NETWORK, "network", "Windows gives no sockets");
    TRY(keep_init(&m->keep, n && n < 900 ? folder : NULL, err));
    TRY(settings_load(&m->settings, &m->keep, err));
    m->desk.settings = &m->settings;
    m->http = (struct http){.proxies = &m->settings.proxy, .line = LINE_CLOSED};
    m->wake = (struct wake_line){.proxies = &m->settings.proxy, .arrived = WSACreateEvent()};
    m->stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    m->changed = CreateEventW(NULL, FALSE, FALSE, NULL);
    m->platform = (struct platform){
        .program = "hourgate-connector",
        .version = HOURGATE_VERSION,
        .system = "Windows, Outlook",
        .calendar = calendar_adapter_of(&m->desk),
        .http = http_adapter_of(&m->http),
        .stream = stream_adapter_of(&m->wake),
        .clock = {NULL, now, ms},
        .storage = storage_adapter_of(&m->keep),
        .secret = secret_adapter_of(&m->keep),
        .random = draw,
        .say = say,
        .self = &m->keep,
    };
    return OK;
}

void machine_done(struct machine *m)
{
    if (m->platform.stream.close)
        m->platform.stream.close(m->platform.stream.self);
    http_done(&m->http);
    desk_done(&m->desk);
    settings_done(&m->settings);
    keep_done(&m->keep);
}

HANDLE machine_hold_alone(void)
{
    HANDLE mutex = CreateMutexW(NULL, TRUE, L"Local\\hourgate-connector");
    if (mutex && GetLastError() == ERROR_ALREADY_EXISTS) {
        CloseHandle(mutex);
        return NULL;
    }
    return mutex;
}

static unsigned wait_for(struct machine *m, int64_t wait_ms, bool *ret_stopped)
{
    HANDLE events[] = {m->stop, m->wake.arrived, m->changed};
    DWORD most = wait_ms < LOOK_MS ? (DWORD)(wait_ms > 0 ? wait_ms : 0) : LOOK_MS;
    DWORD got = WaitForMultipleObjects(3, events, FALSE, most);
    *ret_stopped = got == WAIT_OBJECT_0;
    if (got == WAIT_OBJECT_0 + 1) {
        WSAResetEvent(m->wake.arrived);
        return SIGNAL_STREAM;
    }
    if (got == WAIT_OBJECT_0 + 2)
        return SIGNAL_SETTINGS;
    /* Outlook tells other threads of changes only by what an open dialogue of its holds up: look instead. */
    return got == WAIT_TIMEOUT && most == LOOK_MS ? SIGNAL_CALENDAR : 0;
}

enum status machine_serve(struct machine *m, bool once, bool *ret_works, struct error *err)
{
    struct connector connector CLEANUP(connector_done) = {0};
    TRY(connector_init(&connector, &m->platform, err));
    keep_say(&m->keep, TEXT("started"));
    unsigned signals = 0;
    bool stopped = false;
    for (int step = 0; !stopped && (!once || step < MACHINE_ONCE_STEPS); step++) {
        int64_t wait_ms = connector_step(&connector, signals);
        if (once && wait_ms > MACHINE_ONCE_WAIT_MS)
            break;
        signals = wait_for(m, wait_ms, &stopped);
    }
    keep_say(&m->keep, TEXT("ended"));
    *ret_works = connector.report.state == REPORT_WORKS && !*connector.report.calendar.what;
    return OK;
}
