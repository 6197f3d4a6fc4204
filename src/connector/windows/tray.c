/* SPDX-License-Identifier: ISC
 *
 * hourgate-connector-tray: the connector as most people see it, an icon beside the clock. It serves in a thread; the
 * window pairs, shows how it goes, and sets what can be set. What it does is what the command does (main.c).
 */
#include "connector/windows/system.h"

#include <commctrl.h>
#include <shellapi.h>
#include <stdio.h>

#include "connector/windows/machine.h"
#include "connector/windows/wide.h"

enum {
    MESSAGE_TRAY = WM_APP,
    TIMER_STATUS = 1,
    STATUS_MS = 2000,
    MARGIN = 16,
    ROW = 30,
    LABEL = 130,
    WIDTH = 520,
};

/* What stands in the window; also what a command of it is called by. */
enum control {
    FIELD_SERVER = 100,
    FIELD_ID,
    FIELD_TOKEN,
    BUTTON_PAIR,
    BUTTON_UNPAIR,
    CHOICE_AUTO,
    CHOICE_REALTIME,
    FIELD_PROXY,
    FIELD_PROXY_USER,
    FIELD_PROXY_PASSWORD,
    BUTTON_PROXY,
    LIST_CALENDARS,
    BUTTON_CALENDARS,
    TEXT_STATUS,
    MENU_OPEN,
    MENU_LOG,
    MENU_QUIT,
    CONTROL_END,
};

static struct {
    struct machine machine;
    HANDLE alone, server;
    HWND window;
    HFONT font;
    NOTIFYICONDATAW icon;
    int y;     /* where the next row goes, while the window is made */
    int scale; /* of the screen, in dots an inch */
} app;

/* ---- saying ---- */

static HWND control(enum control which)
{
    return GetDlgItem(app.window, which);
}

static void say(const struct error *err)
{
    CLEANUP(arena_done) struct arena a = {0};
    MessageBoxW(app.window, wide_from(&a, text_from(err->what)), L"hourgate connector",
                MB_OK | MB_ICONWARNING);
}

static struct text field(struct arena *a, enum control which)
{
    wchar_t typed[1024];
    GetWindowTextW(control(which), typed, 1024);
    struct text text = text_trim(wide_to(a, typed));
    SecureZeroMemory(typed, sizeof typed);
    return text;
}

static void show_status(void)
{
    struct buf text CLEANUP(buf_done) = BUF(REPORT_MAX);
    CLEANUP(arena_done) struct arena a = {0};
    struct storage_adapter storage = app.machine.platform.storage;
    if (storage.load(storage.self, "status", &text, NULL) != OK)
        buf_add_cstr(&text, "Not paired yet. Server, id and token stand on hourgate's page "
                            "\"Connect Outlook on this PC\".");
    struct buf rows CLEANUP(buf_done) = BUF(2 * REPORT_MAX);
    for (size_t i = 0; i < text.n; i++) {
        if (text.at[i] == '\n')
            buf_add_byte(&rows, '\r');
        buf_add_byte(&rows, text.at[i]);
    }
    wchar_t *wide = wide_from(&a, buf_text(&rows));
    wchar_t *shown = ARENA_ARRAY(&a, 4096, wchar_t);
    GetWindowTextW(control(TEXT_STATUS), shown, 4096);
    if (wcsncmp(shown, wide, 4095) != 0)
        SetWindowTextW(control(TEXT_STATUS), wide);
    struct text first = buf_text(&text), line;
    if (text_cut(first, '\n', &line, &first))
        _snwprintf(app.icon.szTip, 64, L"hourgate: %ls", wide_from(&a, line));
    app.icon.szTip[63] = 0;
    Shell_NotifyIconW(NIM_MODIFY, &app.icon);
}

/* ---- serving ---- */

static DWORD WINAPI serve(void *unused)
{
    (void)unused;
    struct error err = {0};
    bool works;
    if (machine_serve(&app.machine, false, &works, &err) != OK)
        keep_say(&app.machine.keep, text_from(err.what));
    return 0;
}

/* Pairing and settings are changed while nothing serves: the loop ends, and begins anew with them. */
static void stop_serving(void)
{
    if (!app.server)
        return;
    SetEvent(app.machine.stop);
    WaitForSingleObject(app.server, INFINITE);
    CloseHandle(app.server);
    ResetEvent(app.machine.stop);
    app.server = NULL;
}

static void start_serving(void)
{
    app.server = CreateThread(NULL, 0, serve, NULL, 0, NULL);
}

/* ---- what is clicked ---- */

static void pair(void)
{
    CLEANUP(arena_wipe) struct arena a = {0};
    struct error err = {0};
    struct text typed = field(&a, FIELD_TOKEN);
    struct secret token CLEANUP(secret_free) = secret_new(typed.at ? typed.at : "", typed.n);
    int64_t id = 0;
    if (!text_to_i64(field(&a, FIELD_ID), &id) || !token.n) {
        error_set(&err, ERR_INVALID, "pair",
                  "Enter the id and the token as the page shows them.");
        say(&err);
        return;
    }
    stop_serving();
    if (connector_pair(&app.machine.platform, field(&a, FIELD_SERVER), id, &token, &err) != OK)
        say(&err);
    else
        SetWindowTextW(control(FIELD_TOKEN), L"");
    start_serving();
}

static void unpair(void)
{
    struct error err = {0};
    bool told;
    if (MessageBoxW(app.window,
                    L"Forget the pairing? The server erases what it was told of your calendar; "
                    L"bookings stay in it as your own events.",
                    L"hourgate connector", MB_OKCANCEL | MB_ICONQUESTION) != IDOK)
        return;
    stop_serving();
    if (connector_unpair(&app.machine.platform, &told, &err) != OK)
        say(&err);
    start_serving();
}

static void choose_mode(enum desk_mode mode)
{
    struct error err = {0};
    if (connector_mode(&app.machine.platform, mode, &err) != OK)
        say(&err);
    SetEvent(app.machine.changed);
}

static void set_proxy(void)
{
    CLEANUP(arena_wipe) struct arena a = {0};
    struct error err = {0};
    struct text where = field(&a, FIELD_PROXY), user = field(&a, FIELD_PROXY_USER);
    struct text password = field(&a, FIELD_PROXY_PASSWORD);
    struct proxy_choice choice = {0};
    bool is_auto = !where.n || text_equal(where, TEXT("auto"));
    bool is_none = text_equal(where, TEXT("none"));
    if (!is_auto && !is_none && !proxy_parse(where, &choice)) {
        error_set(&err, ERR_INVALID, "proxy",
                  "Enter the proxy as host:port, \"auto\" for Windows' own, or \"none\".");
        say(&err);
        return;
    }
    stop_serving();
    struct proxy_settings *proxy = &app.machine.settings.proxy;
    secret_free(&proxy->password);
    *proxy = (struct proxy_settings){.is_direct = is_none, .port = choice.port};
    snprintf(proxy->host, sizeof proxy->host, "%s", choice.host);
    snprintf(proxy->user, sizeof proxy->user, TEXT_FMT, TEXT_ARG(user));
    if (password.n)
        proxy->password = secret_new(password.at, password.n);
    if (settings_store(&app.machine.settings, &err) != OK)
        say(&err);
    SetWindowTextW(control(FIELD_PROXY_PASSWORD), L"");
    start_serving();
}

/* ---- calendars ---- */

static void fill_calendars(void)
{
    CLEANUP(arena_done) struct arena a = {0};
    struct error err = {0};
    struct desk_calendar *list = NULL;
    size_t n = 0;
    const struct calendar_adapter *calendar = &app.machine.platform.calendar;
    SendMessageW(control(LIST_CALENDARS), LB_RESETCONTENT, 0, 0);
    stop_serving();
    if (calendar->list(calendar->self, &a, &list, &n, &err) != OK)
        say(&err);
    start_serving();
    for (size_t i = 0; i < n; i++) {
        wchar_t *name = wide_from(
            &a, text_from(arena_printf(&a, TEXT_FMT "%s", TEXT_ARG(list[i].name),
                                       list[i].is_booked ? " (bookings go here)" : "")));
        LRESULT at = SendMessageW(control(LIST_CALENDARS), LB_ADDSTRING, 0, (LPARAM)name);
        SendMessageW(control(LIST_CALENDARS), LB_SETITEMDATA, (WPARAM)at,
                     (LPARAM)list[i].number);
        SendMessageW(control(LIST_CALENDARS), LB_SETSEL, list[i].is_read, at);
    }
}

/* Those that are selected are read; bookings go where they went. */
static void choose_calendars(void)
{
    struct error err = {0};
    int at[DESK_CALENDARS_MAX];
    int64_t read[DESK_CALENDARS_MAX], booked = 0;
    LRESULT n =
        SendMessageW(control(LIST_CALENDARS), LB_GETSELITEMS, DESK_CALENDARS_MAX, (LPARAM)at);
    for (LRESULT i = 0; i < n; i++)
        read[i] = SendMessageW(control(LIST_CALENDARS), LB_GETITEMDATA, (WPARAM)at[i], 0);
    const struct settings *settings = &app.machine.settings;
    for (size_t i = 0; i < settings->n_known; i++)
        if (settings->known[i].is_booked)
            booked = (int64_t)i + 1;
    stop_serving();
    if (settings_choose(&app.machine.settings, read, n > 0 ? (size_t)n : 0, booked, &err) != OK)
        say(&err);
    start_serving();
}

/* ---- the window ---- */

static int dots(int n)
{
    return MulDiv(n, app.scale, 96);
}

static HWND put(const wchar_t *class, const wchar_t *text, DWORD style, int x, int y, int width,
                int height, int which)
{
    HWND made = CreateWindowExW(
        wcscmp(class, L"EDIT") == 0 || wcscmp(class, L"LISTBOX") == 0 ? WS_EX_CLIENTEDGE : 0,
        class, text, WS_CHILD | WS_VISIBLE | style, dots(x), dots(y), dots(width), dots(height),
        app.window, (HMENU)(intptr_t)which, NULL, NULL);
    SendMessageW(made, WM_SETFONT, (WPARAM)app.font, TRUE);
    return made;
}

static void put_label(const wchar_t *text)
{
    put(L"STATIC", text, 0, MARGIN, app.y + 4, LABEL, 20, 0);
}

static void put_field(const wchar_t *label, DWORD style, int which)
{
    put_label(label);
    put(L"EDIT", L"", WS_TABSTOP | ES_AUTOHSCROLL | style, MARGIN + LABEL, app.y,
        WIDTH - 2 * MARGIN - LABEL, 24, which);
    app.y += ROW;
}

static void put_button(const wchar_t *text, int x, int which)
{
    put(L"BUTTON", text, WS_TABSTOP | BS_PUSHBUTTON, x, app.y, 120, 26, which);
}

static void put_pairing(void)
{
    put_field(L"&Server address", 0, FIELD_SERVER);
    put_field(L"&Id", ES_NUMBER, FIELD_ID);
    put_field(L"&Token", ES_PASSWORD, FIELD_TOKEN);
    put_button(L"&Pair this PC", MARGIN + LABEL, BUTTON_PAIR);
    put_button(L"&Unpair", MARGIN + LABEL + 130, BUTTON_UNPAIR);
    app.y += ROW + 10;
}

static void put_settings(void)
{
    put_label(L"Sync");
    put(L"BUTTON", L"&Auto-sync", WS_TABSTOP | WS_GROUP | BS_AUTORADIOBUTTON, MARGIN + LABEL,
        app.y, 110, 24, CHOICE_AUTO);
    put(L"BUTTON", L"&Real-time", BS_AUTORADIOBUTTON, MARGIN + LABEL + 120, app.y, 110, 24,
        CHOICE_REALTIME);
    app.y += ROW;
    put_label(L"&Calendars that count");
    put(L"LISTBOX", L"", WS_TABSTOP | WS_VSCROLL | LBS_MULTIPLESEL | LBS_NOTIFY, MARGIN + LABEL,
        app.y, WIDTH - 2 * MARGIN - LABEL, 70, LIST_CALENDARS);
    app.y += 76;
    put_button(L"Use the&se", MARGIN + LABEL, BUTTON_CALENDARS);
    app.y += ROW + 10;
    put_field(L"Pro&xy (auto, none)", WS_GROUP, FIELD_PROXY);
    put_field(L"Proxy user", 0, FIELD_PROXY_USER);
    put_field(L"Proxy password", ES_PASSWORD, FIELD_PROXY_PASSWORD);
    put_button(L"Set pr&oxy", MARGIN + LABEL, BUTTON_PROXY);
    app.y += ROW + 10;
}

static void show_settings(void)
{
    CLEANUP(arena_done) struct arena a = {0};
    const struct proxy_settings *proxy = &app.machine.settings.proxy;
    const char *where = *proxy->host ? arena_printf(&a, "%s:%d", proxy->host, (int)proxy->port)
                        : proxy->is_direct ? "none"
                                           : "auto";
    SetWindowTextW(control(FIELD_PROXY), wide_from(&a, text_from(where)));
    SetWindowTextW(control(FIELD_PROXY_USER), wide_from(&a, text_from(proxy->user)));
}

static void fill_window(void)
{
    app.y = MARGIN;
    put_pairing();
    put_settings();
    put(L"EDIT", L"", ES_MULTILINE | ES_READONLY | WS_VSCROLL | WS_TABSTOP, MARGIN, app.y,
        WIDTH - 2 * MARGIN, 130, TEXT_STATUS);
    app.y += 130 + MARGIN;
    show_settings();
    show_status();
}

static void show_window(void)
{
    ShowWindow(app.window, SW_SHOW);
    SetForegroundWindow(app.window);
    fill_calendars();
}

static void open_log(void)
{
    wchar_t path[1100];
    _snwprintf(path, 1100, L"%ls\\log.txt", app.machine.keep.folder);
    ShellExecuteW(app.window, L"open", path, NULL, NULL, SW_SHOWNORMAL);
}

static void on_command(int which)
{
    switch (which) {
    case BUTTON_PAIR:
        pair();
        break;
    case BUTTON_UNPAIR:
        unpair();
        break;
    case CHOICE_AUTO:
        choose_mode(DESK_AUTO);
        break;
    case CHOICE_REALTIME:
        choose_mode(DESK_REALTIME);
        break;
    case BUTTON_CALENDARS:
        choose_calendars();
        break;
    case BUTTON_PROXY:
        set_proxy();
        break;
    case MENU_OPEN:
        show_window();
        break;
    case MENU_LOG:
        open_log();
        break;
    case MENU_QUIT:
        DestroyWindow(app.window);
        break;
    default:
        return;
    }
    show_status();
}

static void open_menu(void)
{
    POINT at;
    HMENU menu = CreatePopupMenu();
    AppendMenuW(menu, MF_STRING, MENU_OPEN, L"&Settings and status");
    AppendMenuW(menu, MF_STRING, MENU_LOG, L"&Log");
    AppendMenuW(menu, MF_SEPARATOR, 0, NULL);
    AppendMenuW(menu, MF_STRING, MENU_QUIT, L"&Quit");
    SetMenuDefaultItem(menu, MENU_OPEN, FALSE);
    GetCursorPos(&at);
    SetForegroundWindow(
        app.window); /* or the menu would stay open (TrackPopupMenu's remarks) */
    TrackPopupMenu(menu, TPM_RIGHTBUTTON, at.x, at.y, 0, app.window, NULL);
    DestroyMenu(menu);
}

static LRESULT CALLBACK on_message(HWND window, UINT message, WPARAM w, LPARAM l)
{
    switch (message) {
    case WM_COMMAND:
        if (HIWORD(w) == BN_CLICKED || HIWORD(w) == 1)
            on_command(LOWORD(w));
        return 0;
    case MESSAGE_TRAY:
        if (l == WM_LBUTTONUP)
            show_window();
        else if (l == WM_RBUTTONUP)
            open_menu();
        return 0;
    case MACHINE_QUIT:
        DestroyWindow(window);
        return 0;
    case WM_TIMER:
        show_status();
        return 0;
    case WM_CLOSE: /* it goes on beside the clock */
        ShowWindow(window, SW_HIDE);
        return 0;
    case WM_QUERYENDSESSION:
        return TRUE;
    case WM_ENDSESSION:
        if (w)
            stop_serving();
        return 0;
    case WM_DESTROY:
        PostQuitMessage(0);
        return 0;
    default:
        return DefWindowProcW(window, message, w, l);
    }
}

static bool make_window(void)
{
    static const wchar_t class[] = MACHINE_WINDOW;
    HDC screen = GetDC(NULL);
    app.scale = GetDeviceCaps(screen, LOGPIXELSX);
    ReleaseDC(NULL, screen);
    NONCLIENTMETRICSW metrics = {.cbSize = sizeof metrics};
    SystemParametersInfoW(SPI_GETNONCLIENTMETRICS, sizeof metrics, &metrics, 0);
    app.font = CreateFontIndirectW(&metrics.lfMessageFont);
    WNDCLASSW window = {.lpfnWndProc = on_message,
                        .hInstance = GetModuleHandleW(NULL),
                        .hCursor = LoadCursorW(NULL, (LPCWSTR)IDC_ARROW),
                        .hIcon = LoadIconW(GetModuleHandleW(NULL), MAKEINTRESOURCEW(1)),
                        .hbrBackground = (HBRUSH)(COLOR_BTNFACE + 1),
                        .lpszClassName = class};
    if (!window.hIcon)
        window.hIcon = LoadIconW(NULL, (LPCWSTR)IDI_APPLICATION);
    if (!RegisterClassW(&window))
        return false;
    RECT size = {0, 0, dots(WIDTH), dots(560)};
    DWORD style = WS_OVERLAPPED | WS_CAPTION | WS_SYSMENU | WS_MINIMIZEBOX;
    AdjustWindowRect(&size, style, FALSE);
    app.window = CreateWindowExW(WS_EX_CONTROLPARENT, class, L"hourgate connector", style,
                                 CW_USEDEFAULT, CW_USEDEFAULT, size.right - size.left,
                                 size.bottom - size.top, NULL, NULL, window.hInstance, NULL);
    if (!app.window)
        return false;
    fill_window();
    app.icon = (NOTIFYICONDATAW){.cbSize = sizeof app.icon,
                                 .hWnd = app.window,
                                 .uID = 1,
                                 .uFlags = NIF_MESSAGE | NIF_ICON | NIF_TIP,
                                 .uCallbackMessage = MESSAGE_TRAY,
                                 .hIcon = window.hIcon,
                                 .szTip = L"hourgate connector"};
    Shell_NotifyIconW(NIM_ADD, &app.icon);
    SetTimer(app.window, TIMER_STATUS, STATUS_MS, NULL);
    return true;
}

static int run(bool shows)
{
    struct error err = {0};
    MSG message;
    if (machine_open(&app.machine, &err) != OK) {
        say(&err);
        return EXIT_FAILURE;
    }
    if (!make_window())
        return EXIT_FAILURE;
    start_serving();
    if (shows)
        show_window();
    while (GetMessageW(&message, NULL, 0, 0) > 0)
        if (!IsDialogMessageW(app.window, &message)) {
            TranslateMessage(&message);
            DispatchMessageW(&message);
        }
    stop_serving();
    Shell_NotifyIconW(NIM_DELETE, &app.icon);
    return EXIT_SUCCESS;
}

int WINAPI wWinMain(HINSTANCE here, HINSTANCE before, wchar_t *line, int how)
{
    (void)here, (void)before, (void)how;
    app.machine = MACHINE_CLOSED;
    app.alone = machine_hold_alone();
    if (!app.alone) { /* it serves already: show that one's window */
        HWND other = FindWindowW(MACHINE_WINDOW, NULL);
        if (other)
            PostMessageW(other, WM_COMMAND, MENU_OPEN, 0);
        return EXIT_SUCCESS;
    }
    int code = run(!wcsstr(line, L"--quiet"));
    machine_done(&app.machine);
    CloseHandle(app.alone);
    return code;
}
