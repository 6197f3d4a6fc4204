/* SPDX-License-Identifier: ISC
 *
 * hourgate-connector: the calendars of a folder of .ics files, for the hourgate that this PC was paired with.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <termios.h>
#include <unistd.h>

#include "connector/connector.h"
#include "connector/linux/files.h"
#include "connector/linux/https.h"
#include "connector/linux/stream.h"
#include "connector/linux/vdir.h"
#include "connector/linux/watch.h"
#include "os/clock.h"
#include "os/log.h"
#include "os/process.h"
#include "os/random.h"

#ifndef HOURGATE_VERSION
#define HOURGATE_VERSION "0"
#endif

static const char usage[] =
    "usage: hourgate-connector [--config FILE] COMMAND\n"
    "\n"
    "  pair ADDRESS [--calendars DIR] [--book NAME] [--id NUMBER] [--token-file FILE]\n"
    "                       connect this PC; id and token stand on the page\n"
    "                       \"Connect Outlook on this PC\", and are asked for unless given\n"
    "  run [--once]         serve; with --once: sync, do what waits, and end\n"
    "  status               say how it goes\n"
    "  mode auto|realtime   ask the server for the other way to sync\n"
    "  unpair               forget the pairing; the server erases what it was told\n"
    "\n"
    "hourgate-connector(1) says more.\n";

enum { ONCE_STEPS = 200, ONCE_WAIT_MS = 1000, EXIT_USAGE = 2 };

struct options {
    const char *config, *calendars, *book, *id, *token_file;
    bool once;
};

static volatile sig_atomic_t is_stopped;
static int stop_fd = -1;

struct machine {
    struct settings settings;
    struct vdir vdir;
    struct https https;
    struct stream stream;
    struct platform platform;
    int lock;
};

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
    (void)self;
    log_line(LOG_NOTE, TEXT_FMT, TEXT_ARG(line));
}

static void machine_done(struct machine *m)
{
    stream_done(&m->stream);
    https_close(&m->https);
    vdir_close(&m->vdir);
    settings_done(&m->settings);
    if (m->lock >= 0)
        close(m->lock);
}

static enum status machine_open(struct machine *m, bool to_run, struct error *err)
{
    TRY(files_open(&m->settings, to_run, &m->lock, err));
    TRY(vdir_open(&m->vdir, &m->settings, err));
    TRY(https_open(&m->https, &m->settings, &is_stopped, err));
    stream_init(&m->stream, &m->https);
    m->platform = (struct platform){
        .program = "hourgate-connector",
        .version = HOURGATE_VERSION,
        .system = "Linux, a folder of .ics files",
        .calendar = vdir_adapter(&m->vdir),
        .http = https_adapter(&m->https),
        .stream = stream_adapter(&m->stream),
        .clock = {NULL, now, ms},
        .storage = files_storage(&m->settings),
        .secret = files_secret(&m->settings),
        .random = draw,
        .say = say,
    };
    return OK;
}

static int failed(const char *what, const struct error *err)
{
    fprintf(stderr, "hourgate-connector: %s: %s%s%s\n", what, err->where,
            *err->where ? ": " : "", err->what);
    return EXIT_FAILURE;
}

/* ---- commands ---- */

static void hide_typing(bool hide)
{
    struct termios shown;
    if (tcgetattr(STDIN_FILENO, &shown) != 0)
        return;
    shown.c_lflag = hide ? shown.c_lflag & ~(tcflag_t)ECHO : shown.c_lflag | ECHO;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
}

/* Read a line of standard input, asking for it where somebody sits there. */
static bool ask(const char *question, bool is_secret, struct secret *ret_answer)
{
    char line[256];
    bool somebody = isatty(STDIN_FILENO);
    if (somebody)
        fprintf(stderr, "%s: ", question);
    if (somebody && is_secret)
        hide_typing(true);
    bool got = fgets(line, sizeof line, stdin);
    if (somebody && is_secret) {
        hide_typing(false);
        fputc('\n', stderr);
    }
    struct text text = got ? text_trim(text_from(line)) : (struct text){0};
    if (text.n)
        *ret_answer = secret_new(text.at, text.n);
    wipe_bytes(line, sizeof line);
    return text.n > 0;
}

static enum status read_id(const struct options *o, int64_t *ret_id, struct error *err)
{
    struct secret typed CLEANUP(secret_free) = {0};
    struct text text = text_from(o->id);
    if (!o->id && ask("Id", false, &typed))
        text = (struct text){(const char *)typed.at, typed.n};
    if (!text_to_i64(text, ret_id))
        return error_set(err, ERR_INVALID, "pair", "the id is a number, as the page shows it");
    return OK;
}

static enum status read_token(const struct options *o, struct secret *ret_token,
                              struct error *err)
{
    if (o->token_file)
        return settings_secret(o->token_file, ret_token, err);
    if (!ask("Token", true, ret_token))
        return error_set(err, ERR_INVALID, "pair", "the token is missing");
    return OK;
}

/* What was said on the command line goes into a new configuration; an old one is not written over. */
static enum status take_calendars(struct machine *m, const struct options *o, struct error *err)
{
    struct settings *s = &m->settings;
    if (!o->calendars && !o->book)
        return OK;
    if (s->is_there)
        return error_set(err, ERR_CONFLICT, "pair",
                         "%s is there already: say in it which calendars to read", s->path);
    char *path = o->calendars ? realpath(o->calendars, NULL) : NULL;
    if (!path)
        return error_set(err, ERR_NOT_FOUND, "pair", "--calendars: there is no such folder");
    s->directory = arena_cstr(&s->a, text_from(path));
    s->book = o->book;
    free(path);
    return OK;
}

static int pair(struct machine *m, const struct options *o, const char *address)
{
    struct error err = {0};
    struct secret token CLEANUP(secret_free) = {0};
    int64_t id;
    bool is_new = !m->settings.is_there && o->calendars;
    if (take_calendars(m, o, &err) != OK || machine_open(m, false, &err) != OK ||
        read_id(o, &id, &err) != OK || read_token(o, &token, &err) != OK ||
        connector_pair(&m->platform, text_from(address), id, &token, &err) != OK ||
        (is_new && settings_write(&m->settings, &err) != OK))
        return failed("not paired", &err);
    printf("Paired with %s. Now let `hourgate-connector run` run, best by\n"
           "systemctl --user enable --now hourgate-connector\n",
           address);
    return EXIT_SUCCESS;
}

static void on_signal(int number)
{
    (void)number;
    is_stopped = 1;
    uint64_t one = 1;
    ssize_t written = write(stop_fd, &one, sizeof one);
    (void)written; /* is_stopped says it too */
}

static enum status catch_signals(struct error *err)
{
    struct sigaction action = {.sa_handler = on_signal};
    stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (stop_fd < 0 || sigaction(SIGTERM, &action, NULL) != 0 ||
        sigaction(SIGINT, &action, NULL) != 0)
        return error_set(err, ERR_IO, "run", "signals cannot be caught");
    return OK;
}

static int serve(struct machine *m, const struct options *o)
{
    struct error err = {0};
    struct connector connector CLEANUP(connector_done) = {0};
    struct watch watch CLEANUP(watch_close) = {0};
    if (catch_signals(&err) != OK || machine_open(m, true, &err) != OK ||
        watch_open(&watch, &m->vdir, &m->settings, &err) != OK ||
        connector_init(&connector, &m->platform, &err) != OK)
        return failed("does not run", &err);
    log_line(LOG_NOTE, "started");
    unsigned signals = 0;
    for (int step = 0; !is_stopped && (!o->once || step < ONCE_STEPS); step++) {
        int64_t wait_ms = connector_step(&connector, signals);
        if (o->once && wait_ms > ONCE_WAIT_MS)
            break;
        signals = watch_wait(&watch, &m->stream, stop_fd, wait_ms);
    }
    log_line(LOG_NOTE, "ended");
    return o->once && connector.report.state != REPORT_WORKS ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int status(const struct machine *m)
{
    struct error err = {0};
    struct buf text CLEANUP(buf_done) = BUF(REPORT_MAX);
    struct storage_adapter storage = files_storage(&m->settings);
    enum status status = storage.load(storage.self, "status", &text, &err);
    if (status != OK && status != ERR_NOT_FOUND)
        return failed("status", &err);
    bool is_running = files_is_locked(&m->settings);
    printf("Program: %s\n", is_running ? "runs" : "does not run; what follows is how it was");
    fputs(status == OK ? buf_cstr(&text) : "State: never ran\n", stdout);
    return is_running ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int mode(struct machine *m, const char *word)
{
    struct error err = {0};
    bool is_auto = strcmp(word, "auto") == 0;
    if (!is_auto && strcmp(word, "realtime") != 0) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (machine_open(m, false, &err) != OK ||
        connector_mode(&m->platform, is_auto ? DESK_AUTO : DESK_REALTIME, &err) != OK)
        return failed("mode", &err);
    printf("%s is asked for with the next contact.\n",
           report_mode(is_auto ? DESK_AUTO : DESK_REALTIME));
    return EXIT_SUCCESS;
}

static int unpair(struct machine *m)
{
    struct error err = {0};
    bool told;
    if (machine_open(m, false, &err) != OK || connector_unpair(&m->platform, &told, &err) != OK)
        return failed("unpair", &err);
    puts(told ? "Forgotten here, and erased at the server."
              : "Forgotten here. The server could not be told: what it holds ends with its "
                "lease; "
                "remove the connection on the server's page to erase it now.");
    return EXIT_SUCCESS;
}

/* ---- the command line ---- */

static bool read_options(int argc, char **argv, struct options *o)
{
    static const struct option known[] = {
        {"config", required_argument, NULL, 'c'},
        {"calendars", required_argument, NULL, 'd'},
        {"book", required_argument, NULL, 'b'},
        {"id", required_argument, NULL, 'i'},
        {"token-file", required_argument, NULL, 't'},
        {"once", no_argument, NULL, 'o'},
        {"version", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;)
        switch (c) {
        case 'c':
            o->config = optarg;
            break;
        case 'd':
            o->calendars = optarg;
            break;
        case 'b':
            o->book = optarg;
            break;
        case 'i':
            o->id = optarg;
            break;
        case 't':
            o->token_file = optarg;
            break;
        case 'o':
            o->once = true;
            break;
        case 'v':
            puts("hourgate-connector " HOURGATE_VERSION);
            exit(EXIT_SUCCESS);
        case 'h':
            fputs(usage, stdout);
            exit(EXIT_SUCCESS);
        default:
            return false;
        }
    return optind < argc;
}

static int command(struct machine *m, const struct options *o, int n, char **words)
{
    if (n == 2 && strcmp(words[0], "pair") == 0)
        return pair(m, o, words[1]);
    if (n == 1 && strcmp(words[0], "run") == 0)
        return serve(m, o);
    if (n == 1 && strcmp(words[0], "status") == 0)
        return status(m);
    if (n == 2 && strcmp(words[0], "mode") == 0)
        return mode(m, words[1]);
    if (n == 1 && strcmp(words[0], "unpair") == 0)
        return unpair(m);
    fputs(usage, stderr);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    struct options options = {0};
    struct error err = {0};
    CLEANUP(machine_done) struct machine machine = {.lock = -1};
    log_init("hourgate-connector", LOG_NOTE);
    process_prepare();
    if (!read_options(argc, argv, &options)) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
        return failed("does not start", &(struct error){.what = "libcurl does not start"});
    if (settings_read(&machine.settings, options.config, &err) != OK)
        return failed("does not start", &err);
    return command(&machine, &options, argc - optind, argv + optind);
}
