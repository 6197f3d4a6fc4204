/* SPDX-License-Identifier: ISC
 *
 * The real `hourgate`, with stubs for the three other programs: started, watched, commanded, stopped. Arguments:
 * the program and the stub.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "os/clock.h"
#include "os/file.h"

enum { OUTPUT_MAX = 1 << 20, PATIENCE_MS = 10000, WORDS = 24 };

static char folder[] = "/tmp/hourgate-unit-XXXXXX";
static char hourgate[64], config[64];
static const char *const programs[] = {"vault", "courier", "edge"};

static const char *in_folder(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int open_new(const char *name)
{
    int fd = open(in_folder(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    return fd;
}

/* Start hourgate with words, its output in the files out and err, its input from `input`. */
static pid_t start(const char *words, const char *input)
{
    char line[1000], *rest = line, *argv[WORDS] = {hourgate};
    snprintf(line, sizeof line, "%s", words);
    for (int n = 1; n < WORDS - 1 && (argv[n] = strtok_r(NULL, " ", &rest)); n++)
        if (strcmp(argv[n], "CONFIG") == 0)
            argv[n] = config;
    int out = open_new("out"), err = open_new("err"), in[2];
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(write(in[1], input, strlen(input)), (ssize_t)strlen(input));
    close(in[1]);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(in[0], 0);
        dup2(out, 1);
        dup2(err, 2);
        execv(hourgate, argv);
        _exit(99);
    }
    close(in[0]);
    close(out);
    close(err);
    return pid;
}

static int end_of(pid_t pid)
{
    int how = 0;
    int64_t deadline = clock_ms() + PATIENCE_MS;
    while (waitpid(pid, &how, WNOHANG) == 0) {
        if (clock_ms() > deadline) {
            kill(pid, SIGKILL);
            waitpid(pid, &how, 0);
            fail_msg("hourgate did not end");
        }
        usleep(2000);
    }
    return WIFEXITED(how) ? WEXITSTATUS(how) : 1000 + WTERMSIG(how);
}

static const char *content(const char *name)
{
    static struct buf held = BUF(OUTPUT_MAX);
    buf_clear(&held);
    assert_int_equal(file_read(in_folder(name), &held, NULL), OK);
    return buf_cstr(&held);
}

static int run(const char *words, const char *input)
{
    return end_of(start(words, input));
}

static void need(const char *name, const char *what)
{
    if (!strstr(content(name), what))
        fail_msg("\"%s\" does not stand in %s: %s", what, name, content(name));
}

static int count(const char *name, const char *what)
{
    int n = 0;
    for (const char *at = content(name); (at = strstr(at, what)); at += strlen(what))
        n++;
    return n;
}

static void wait_for(const char *name, const char *what, int times)
{
    for (int64_t deadline = clock_ms() + PATIENCE_MS; count(name, what) < times; usleep(2000))
        if (clock_ms() > deadline)
            fail_msg("%s does not say \"%s\" %d times: %s", name, what, times, content(name));
}

/* The pid in the last line about a program's start. */
static pid_t pid_of(const char *program)
{
    char line[64];
    snprintf(line, sizeof line, "hourgate-%s started, pid ", program);
    const char *found = NULL;
    for (const char *at = content("err"); (at = strstr(at, line)); at += strlen(line))
        found = at + strlen(line);
    assert_non_null(found);
    return (pid_t)atol(found);
}

static bool is_running(pid_t pid)
{
    char path[64], state = 'X';
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    if (fscanf(file, "%*d %*s %c", &state) != 1)
        state = 'X';
    fclose(file);
    return state != 'Z' && state != 'X';
}

static void wait_for_end(pid_t pid)
{
    for (int64_t deadline = clock_ms() + PATIENCE_MS; is_running(pid); usleep(2000))
        if (clock_ms() > deadline)
            fail_msg("process %ld still runs", (long)pid);
}

static pid_t serve(void)
{
    pid_t pid = start("--config CONFIG serve", "");
    wait_for("out", "ready http://127.0.0.1:", 1);
    return pid;
}

static void init_makes_everything_once(void **state)
{
    (void)state;
    struct stat is;
    assert_int_equal(stat(in_folder("data/hourgate.key"), &is), 0);
    assert_int_equal(is.st_mode & 07777, 0400);
    char before[200];
    snprintf(before, sizeof before, "%s", content("data/hourgate.key"));
    assert_int_equal(run("init --data data --config CONFIG", ""), 1);
    need("err", "hourgate.conf");
    assert_string_equal(content("data/hourgate.key"), before);
}

static void it_serves_until_told_to_stop(void **state)
{
    (void)state;
    pid_t pid = serve();
    need("out", "metrics http://127.0.0.1:");
    assert_null(strstr(content("out"), ":0\n"));
    assert_int_equal(kill(pid, SIGHUP), 0);
    wait_for("err", "SIGHUP renews a certificate", 1);
    int64_t before = clock_ms();
    assert_int_equal(kill(pid, SIGTERM), 0);
    assert_int_equal(end_of(pid), 0);
    assert_true(clock_ms() - before < 5000);
    for (size_t i = 0; i < 3; i++)
        assert_false(is_running(pid_of(programs[i])));
    assert_int_equal(access(in_folder("data/commands"), F_OK), -1);
}

static void what_ends_is_started_again_and_joined(void **state)
{
    (void)state;
    pid_t pid = serve();
    pid_t vault = pid_of("vault"), courier = pid_of("courier"), edge = pid_of("edge");
    kill(edge, SIGKILL);
    wait_for("err", "hourgate-edge started", 2);
    wait_for("err", "hourgate-vault: attached 0", 2); /* ATTACH_EDGE */
    kill(courier, SIGKILL);
    wait_for("err", "hourgate-courier started", 2);
    wait_for("err", "hourgate-vault: attached 2", 2); /* ATTACH_COURIER */
    assert_int_equal(pid_of("vault"), vault);
    courier = pid_of("courier");
    edge = pid_of("edge");
    kill(vault, SIGKILL);
    wait_for("err", "hourgate-edge started", 3);
    assert_false(is_running(courier) || is_running(edge));
    assert_int_not_equal(pid_of("vault"), vault);
    need("err", "hourgate-vault killed by signal 9");
    assert_int_equal(kill(pid, SIGTERM), 0);
    assert_int_equal(end_of(pid), 0);
}

static void all_die_with_the_parent(void **state)
{
    (void)state;
    pid_t pid = serve();
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(end_of(pid), 1000 + SIGKILL);
    for (size_t i = 0; i < 3; i++)
        wait_for_end(pid_of(programs[i]));
    pid = serve(); /* the sockets that it left behind are in nobody's way */
    assert_int_equal(run("--config CONFIG serve", ""), 1);
    need("err", "somebody listens");
    assert_int_equal(kill(pid, SIGTERM), 0);
    assert_int_equal(end_of(pid), 0);
}

static void a_refused_start_is_one_clear_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        setenv("HOURGATE_STUB_REFUSE", programs[i], 1);
        assert_int_equal(run("--config CONFIG serve", ""), 1);
        need("err", "not started: denied: stub: refused as asked");
        assert_string_equal(content("out"), "");
    }
    unsetenv("HOURGATE_STUB_REFUSE");
}

static void check_commands(void)
{
    assert_int_equal(run("account list --config CONFIG", ""), 0);
    need("out", "ACCOUNT  NAME");
    need("out", "acme     Acme \"AG\"?  corporate      3");
    assert_int_equal(run("account list --json --config CONFIG", ""), 0);
    need("out", "[{\"account\":\"acme\",\"name\":\"Acme "
                "\\\"AG\\\"\\u000a\",\"kind\":\"corporate\",\"users\":3,");
    assert_int_equal(run("--config CONFIG account add acme --name=Acme", ""), 0);
    assert_int_equal(run("--config CONFIG page put acme intro --host ann@acme.example --title "
                         "T --duration 30",
                         ""),
                     0);
    need("out", "its hours in Europe/Zurich"); /* the host's */
    assert_int_equal(run("--config CONFIG page put acme intro --host bob@acme.example --title "
                         "T --duration 30",
                         ""),
                     1);
    need("err", "bob@acme.example is no user of acme");
    assert_int_equal(run("--config CONFIG booking cancel acme x --yes", ""), 1);
    need("err", "refused as asked");
    assert_int_equal(run("--config CONFIG connection add acme ann@acme.example --server "
                         "mail.example.ch --user a "
                         "--password-stdin",
                         "hush-hush\n"),
                     1);
    need("out", "tls       refused certificate expired\n          fix     renew it\n");
    assert_null(strstr(content("out"), "hush"));
    assert_null(strstr(content("err"), "hush"));
}

static void commands_work_with_a_server_and_without(void **state)
{
    (void)state;
    check_commands();
    pid_t pid = serve();
    char err[128];
    snprintf(err, sizeof err, "%s", in_folder("err"));
    assert_int_equal(rename(err, in_folder("log")), 0); /* commands write an err of their own */
    check_commands();
    assert_int_equal(kill(pid, SIGTERM), 0);
    assert_int_equal(end_of(pid), 0);
    assert_int_equal(count("log", "hourgate-vault started"),
                     1); /* no command started another */
    unlink(in_folder("log"));
}

static void checks_need_no_configuration(void **state)
{
    (void)state;
    assert_int_equal(
        run("check exchange --server mail.example.ch --user a@b.ch --password-stdin", "pw\n"),
        0);
    need("out", "dns       ok      mail.example.ch -> 192.0.2.10\n");
    assert_int_equal(
        run("check exchange --server=mail.example.ch --user=a@b.ch --password-stdin --json",
            "pw\n"),
        0);
    need("out", "{\"ok\":true,\"layers\":[{\"layer\":\"dns\",\"state\":\"ok\"");
    assert_int_equal(run("check jail", ""), 0);
    need("out", "courier  open a file  refused  ends the process\n");
}

static void a_call_that_makes_no_sense_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        int code;
        const char *says;
    } rows[] = {
        {"", 2, "say what to do"},
        {"acount list", 2, "there is no command acount list"},
        {"account list --colour", 2, "there is no option --colour here"},
        {"account list --json=yes", 2, "--json takes no value"},
        {"account list extra", 2, "account list takes no operands"},
        {"account add", 2, "account add needs SLUG"},
        {"account add acme", 2, "account add needs --name"},
        {"account add acme --name", 2, "--name needs NAME"},
        {"account add acme --name a --name b", 2, "--name is given twice"},
        {"account add Acme --name a", 2, "a slug has 1 to 48"},
        {"account add acme --name a --kind big", 2, "big is neither"},
        {"account list -j", 2, "options start with two dashes"},
        {"connection add a b --server s --user u --password x", 2,
         "every user of this machine"},
        {"connection add a b --server s --user u --password=x", 2,
         "every user of this machine"},
        {"connection add a b --server http://s --user u", 2, "in the clear"},
        {"connection add a b --server s --user u --method digest", 2,
         "none of ntlm, basic, negotiate, bearer"},
        {"connection add a b --server s --user u --keytab f", 2, "goes with negotiate"},
        {"connection add a b --server s --method bearer", 2, "needs --token-server"},
        {"connection add a b --server s --user u --pin AAAA", 2, "no SHA-256 in base64"},
        {"connection add a b --service --server s --user u", 2, "leave EMAIL out"},
        {"connection add a --server s --user u", 2, "EMAIL is missing"},
        {"connection add a b --through 1 --server s", 2, "the service account has the server"},
        {"check exchange --server s --email a@b.c", 2, "one of --server and --email"},
        {"team a", 2, "team needs --viewer"},
        {"connection add a b --server s --user u --password-stdin", 1, "1 to 1024 bytes"},
        {"connection check a x", 2, "no connection's number"},
        {"page remove a p", 1, "give --yes"},
        {"page put a b --host h --title t", 2, "page put needs --duration"},
        {"page put a b --host h --title t --duration 0", 2, "from 1 to 1440"},
        {"page put a b --host h --title t --duration 30 --hours mon", 2,
         "has days and no times"},
        {"page put a b --host h --title t --duration 30 --blocks free", 2, "is none of"},
        {"booking list a --from tomorrow", 1, "is no date"},
        {"check exchange --server s --user u@s --networks 1.2.3.4 --password-stdin", 3,
         "is no network"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char words[400];
        snprintf(words, sizeof words, "%s%s", *rows[i].words ? "--config CONFIG " : "",
                 rows[i].words);
        int code = run(words, "");
        if (code != rows[i].code)
            fail_msg("\"%s\" ended with %d: %s", rows[i].words, code, content("err"));
        need("err", rows[i].says);
    }
    assert_int_equal(run("--config /nowhere/x account list", ""), 3);
    assert_int_equal(run("--help", ""), 0);
    need("out", "connection add ACCOUNT [EMAIL]");
    assert_int_equal(run("help page put", ""), 0);
    need("out", "--buffer-before MIN");
    assert_int_equal(run("page put --help", ""), 0);
    need("out", "--buffer-before MIN");
}

static void an_open_key_file_is_refused(void **state)
{
    (void)state;
    assert_int_equal(chmod(in_folder("data/hourgate.key"), 0644), 0);
    assert_int_equal(run("--config CONFIG serve", ""), 1);
    need("err", "chmod 0400");
    assert_int_equal(chmod(in_folder("data/hourgate.key"), 0400), 0);
}

static int copy(const char *from, const char *to)
{
    struct buf program = BUF(64 << 20);
    struct error err = {0};
    enum status status = file_read(from, &program, &err);
    if (status == OK)
        status = file_write(to, program.at, program.n, 0700, &err);
    buf_done(&program);
    return status == OK ? 0 : -1;
}

static char **arguments;

static int make_folder(void **state)
{
    (void)state;
    char stub[4096], init[200];
    if (!mkdtemp(folder) || !realpath(arguments[2], stub))
        return -1;
    snprintf(hourgate, sizeof hourgate, "%s/hourgate", folder);
    snprintf(config, sizeof config, "%s/data/hourgate.conf", folder);
    for (size_t i = 0; i < 3; i++) {
        char name[32];
        snprintf(name, sizeof name, "hourgate-%s", programs[i]);
        if (symlink(stub, in_folder(name)) != 0)
            return -1;
    }
    snprintf(init, sizeof init,
             "init --data %s/data --listen 127.0.0.1:0 --metrics 127.0.0.1:0", folder);
    if (copy(arguments[1], hourgate) != 0 || run(init, "") != 0)
        return -1;
    return copy(arguments[1],
                in_folder("data/hourgate.db")); /* the stub makes none; any bytes do */
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const left[] = {
        "hourgate-vault",    "hourgate-courier",   "hourgate-edge",    "hourgate", "out", "err",
        "data/hourgate.key", "data/hourgate.conf", "data/hourgate.db", "data"};
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        remove(in_folder(left[i]));
    return rmdir(folder);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(init_makes_everything_once),
        cmocka_unit_test(it_serves_until_told_to_stop),
        cmocka_unit_test(what_ends_is_started_again_and_joined),
        cmocka_unit_test(all_die_with_the_parent),
        cmocka_unit_test(a_refused_start_is_one_clear_line),
        cmocka_unit_test(commands_work_with_a_server_and_without),
        cmocka_unit_test(checks_need_no_configuration),
        cmocka_unit_test(a_call_that_makes_no_sense_is_said),
        cmocka_unit_test(an_open_key_file_is_refused),
    };
    if (argc != 3)
        return 1;
    arguments = argv;
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
