/* SPDX-License-Identifier: ISC
 *
 * hourgate-connector for Windows: classic Outlook's calendars, for the hourgate that this PC was paired with. As a
 * command it pairs, serves and tells; the window (tray.c) does the same for those who prefer to click.
 */
#include "connector/windows/system.h"

#include <fcntl.h>
#include <io.h>
#include <stdio.h>

#include "connector/windows/machine.h"

static const char usage[] =
    "usage: hourgate-connector COMMAND\n"
    "\n"
    "  pair ADDRESS [--id NUMBER] [--token-file FILE]\n"
    "                       connect this PC; id and token stand on the page\n"
    "                       \"Connect Outlook on this PC\", and are asked for unless given\n"
    "  run [--once]         serve; with --once: sync, do what waits, and end\n"
    "  status               say how it goes\n"
    "  calendars [--read NUMBERS] [--book NUMBER]\n"
    "                       list Outlook's calendars, or choose: --read 1,2 --book 1\n"
    "  proxy auto|none|HOST:PORT [--user NAME --password-file FILE]\n"
    "  mode auto|realtime   ask the server for the other way to sync\n"
    "  unpair               forget the pairing; the server erases what it was told\n"
    "  stop                 end the one that runs, and wait for its end\n";

enum {
    EXIT_USAGE = 2,
    STOP_MS = 20 * 1000,
    STOP_STEP_MS = 200,
    SECRET_FILE_MAX = 4096,
};

struct options {
    const char *id, *token_file, *read, *book, *user, *password_file;
    bool once;
};

static HANDLE stop_event; /* what the console's handler signals */

static int failed(const char *what, const struct error *err)
{
    fprintf(stderr, "hourgate-connector: %s: %s%s%s\n", what, err->where,
            *err->where ? ": " : "", err->what);
    return EXIT_FAILURE;
}

/* ---- pairing ---- */

static bool read_secret_file(const char *path, struct secret *ret_secret)
{
    char bytes[SECRET_FILE_MAX];
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    size_t n = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    struct text text = text_trim((struct text){bytes, n});
    if (text.n)
        *ret_secret = secret_new(text.at, text.n);
    wipe_bytes(bytes, sizeof bytes);
    return text.n > 0;
}

static void hide_typing(bool hide)
{
    HANDLE console = GetStdHandle(STD_INPUT_HANDLE);
    DWORD flags;
    if (GetConsoleMode(console, &flags))
        SetConsoleMode(console,
                       hide ? flags & ~(DWORD)ENABLE_ECHO_INPUT : flags | ENABLE_ECHO_INPUT);
}

static bool ask(const char *question, bool is_secret, struct secret *ret_answer)
{
    char line[256] = "";
    bool somebody = _isatty(_fileno(stdin));
    if (somebody)
        fprintf(stderr, "%s: ", question);
    hide_typing(is_secret);
    bool got = fgets(line, sizeof line, stdin);
    hide_typing(false);
    if (somebody && is_secret)
        fputc('\n', stderr);
    struct text text = got ? text_trim(text_from(line)) : (struct text){0};
    if (text.n)
        *ret_answer = secret_new(text.at, text.n);
    wipe_bytes(line, sizeof line);
    return text.n > 0;
}

static int pair(struct machine *m, const struct options *o, const char *address)
{
    struct error err = {0};
    struct secret token CLEANUP(secret_free) = {0}, typed CLEANUP(secret_free) = {0};
    struct text id = text_from(o->id ? o->id : "");
    int64_t number;
    if (!o->id && ask("Id", false, &typed))
        id = (struct text){(const char *)typed.at, typed.n};
    if (!text_to_i64(id, &number))
        return failed("not paired", &(struct error){.what = "the id is a number"});
    if (o->token_file ? !read_secret_file(o->token_file, &token) : !ask("Token", true, &token))
        return failed("not paired", &(struct error){.what = "the token is missing"});
    if (connector_pair(&m->platform, text_from(address), number, &token, &err) != OK)
        return failed("not paired", &err);
    printf("Paired with %s.\n", address);
    return EXIT_SUCCESS;
}

/* ---- serving ---- */

static BOOL WINAPI on_console(DWORD event)
{
    (void)event;
    SetEvent(stop_event);
    return TRUE;
}

static int serve(struct machine *m, const struct options *o)
{
    struct error err = {0};
    bool works = false;
    HANDLE alone = machine_hold_alone();
    if (!alone)
        return failed("does not run", &(struct error){.what = "it runs already"});
    stop_event = m->stop;
    SetConsoleCtrlHandler(on_console, TRUE);
    enum status status = machine_serve(m, o->once, &works, &err);
    CloseHandle(alone);
    if (status != OK)
        return failed("does not run", &err);
    return o->once && !works ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* ---- telling and setting ---- */

static int status(struct machine *m)
{
    struct error err = {0};
    struct buf text CLEANUP(buf_done) = BUF(REPORT_MAX);
    HANDLE alone = machine_hold_alone();
    struct storage_adapter storage = m->platform.storage;
    enum status status = storage.load(storage.self, "status", &text, &err);
    if (status != OK && status != ERR_NOT_FOUND)
        return failed("status", &err);
    printf("Program: %s\n", alone ? "does not run; what follows is how it was" : "runs");
    fputs(status == OK ? buf_cstr(&text) : "State: never ran\n", stdout);
    if (alone)
        CloseHandle(alone);
    return alone ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int mode(struct machine *m, const char *word)
{
    struct error err = {0};
    bool is_auto = strcmp(word, "auto") == 0;
    if (!is_auto && strcmp(word, "realtime") != 0) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (connector_mode(&m->platform, is_auto ? DESK_AUTO : DESK_REALTIME, &err) != OK)
        return failed("mode", &err);
    printf("%s is asked for with the next contact.\n",
           report_mode(is_auto ? DESK_AUTO : DESK_REALTIME));
    return EXIT_SUCCESS;
}

static int unpair(struct machine *m)
{
    struct error err = {0};
    bool told;
    if (connector_unpair(&m->platform, &told, &err) != OK)
        return failed("unpair", &err);
    puts(told ? "Forgotten here, and erased at the server."
              : "Forgotten here. The server could not be told: remove the connection on its "
                "page to erase what it holds now; it ends with its lease.");
    return EXIT_SUCCESS;
}

/* For installers: what runs cannot be replaced. */
static int stop(void)
{
    for (int waited = 0; waited < STOP_MS; waited += STOP_STEP_MS) {
        HANDLE alone = machine_hold_alone();
        if (alone) {
            CloseHandle(alone);
            return EXIT_SUCCESS;
        }
        HWND window = FindWindowW(MACHINE_WINDOW, NULL);
        if (window)
            PostMessageW(window, MACHINE_QUIT, 0, 0);
        Sleep(STOP_STEP_MS);
    }
    return failed("stop", &(struct error){.what = "the one that runs does not end"});
}

static bool read_numbers(const char *written, int64_t *ret_numbers, size_t *ret_n)
{
    struct text rest = text_from(written), one;
    size_t n = 0;
    for (bool more = true; more; n++) {
        struct text before = rest;
        more = text_cut(before, ',', &one, &rest);
        if (n == DESK_CALENDARS_MAX ||
            !text_to_i64(text_trim(more ? one : before), &ret_numbers[n]))
            return false;
    }
    *ret_n = n;
    return true;
}

static int calendars(struct machine *m, const struct options *o)
{
    struct error err = {0};
    struct arena a CLEANUP(arena_wipe) = {0};
    const struct calendar_adapter *calendar = &m->platform.calendar;
    struct desk_calendar *list = NULL;
    size_t n = 0, n_read = 0;
    int64_t read[DESK_CALENDARS_MAX], booked = 0;
    if (calendar->list(calendar->self, &a, &list, &n, &err) != OK)
        return failed("calendars", &err);
    if (o->read || o->book) {
        if ((o->read && !read_numbers(o->read, read, &n_read)) ||
            (o->book && !text_to_i64(text_from(o->book), &booked)))
            return failed("calendars", &(struct error){.what = "numbers are wanted: 1,2"});
        if (settings_choose(&m->settings, read, n_read, booked, &err) != OK ||
            calendar->list(calendar->self, &a, &list, &n, &err) != OK)
            return failed("calendars", &err);
    }
    for (size_t i = 0; i < n; i++)
        printf("%3lld  %-5s %-7s " TEXT_FMT "\n", (long long)list[i].number,
               list[i].is_read ? "read" : "", list[i].is_booked ? "booked" : "",
               TEXT_ARG(list[i].name));
    return EXIT_SUCCESS;
}

static int proxy(struct machine *m, const struct options *o, const char *where)
{
    struct error err = {0};
    struct proxy_settings *proxy = &m->settings.proxy;
    struct proxy_choice choice = {0};
    bool is_auto = strcmp(where, "auto") == 0, is_none = strcmp(where, "none") == 0;
    if (!is_auto && !is_none && !proxy_parse(text_from(where), &choice))
        return failed("proxy", &(struct error){.what = "HOST:PORT is wanted"});
    secret_free(&proxy->password);
    *proxy = (struct proxy_settings){.is_direct = is_none, .port = choice.port};
    snprintf(proxy->host, sizeof proxy->host, "%s", choice.host);
    if (o->user)
        snprintf(proxy->user, sizeof proxy->user, "%s", o->user);
    if (o->user && (o->password_file ? !read_secret_file(o->password_file, &proxy->password)
                                     : !ask("Password", true, &proxy->password)))
        return failed("proxy", &(struct error){.what = "the password is missing"});
    if (settings_store(&m->settings, &err) != OK)
        return failed("proxy", &err);
    puts("The proxy is used from the next start.");
    return EXIT_SUCCESS;
}

/* ---- the command line ---- */

static bool read_option(struct options *o, const char *name, const char *value)
{
    const struct {
        const char *name;
        const char **at;
    } known[] = {{"--id", &o->id},     {"--token-file", &o->token_file},
                 {"--read", &o->read}, {"--book", &o->book},
                 {"--user", &o->user}, {"--password-file", &o->password_file}};
    for (size_t i = 0; value && i < sizeof known / sizeof *known; i++)
        if (strcmp(name, known[i].name) == 0) {
            *known[i].at = value;
            return true;
        }
    return false;
}

static int command(struct machine *m, const struct options *o, int n, char **words)
{
    const char *what = n ? words[0] : "";
    if (n == 2 && strcmp(what, "pair") == 0)
        return pair(m, o, words[1]);
    if (n == 1 && strcmp(what, "run") == 0)
        return serve(m, o);
    if (n == 1 && strcmp(what, "status") == 0)
        return status(m);
    if (n == 1 && strcmp(what, "calendars") == 0)
        return calendars(m, o);
    if (n == 2 && strcmp(what, "proxy") == 0)
        return proxy(m, o, words[1]);
    if (n == 2 && strcmp(what, "mode") == 0)
        return mode(m, words[1]);
    if (n == 1 && strcmp(what, "stop") == 0)
        return stop();
    if (n == 1 && strcmp(what, "unpair") == 0)
        return unpair(m);
    fputs(usage, stderr);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    struct options options = {0};
    struct error err = {0};
    CLEANUP(machine_done) struct machine machine = MACHINE_CLOSED;
    char *words[4];
    int n = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--once") == 0)
            options.once = true;
        else if (strncmp(argv[i], "--", 2) == 0 && read_option(&options, argv[i], argv[i + 1]))
            i++;
        else if (strncmp(argv[i], "--", 2) != 0 && n < 4)
            words[n++] = argv[i];
        else
            return fputs(usage, stderr), EXIT_USAGE;
    }
    if (machine_open(&machine, &err) != OK)
        return failed("does not start", &err);
    return command(&machine, &options, n, words);
}
