/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "hourgate/config.h"
#include "os/file.h"

#define DATA "[data]\ndirectory = data\nkey = /etc/hourgate/key\n"

static char folder[] = "/tmp/hourgate-unit-XXXXXX";
static char file[64];

static enum status read_text(struct config *config, const char *text, struct error *err)
{
    config_init(config);
    assert_int_equal(file_write(file, text, strlen(text), 0600, NULL), OK);
    return config_read(config, file, err);
}

static void a_short_file_is_enough(void **state)
{
    (void)state;
    struct config config;
    char data[100];
    struct error err = {0};
    assert_int_equal(read_text(&config, DATA, &err), OK);
    snprintf(data, sizeof data, "%s/data", folder);
    assert_string_equal(config.directory, data); /* relative to the file */
    assert_string_equal(config.key, "/etc/hourgate/key");
    snprintf(data, sizeof data, "%s/data/commands", folder);
    assert_string_equal(config.commands, data);
    assert_string_equal(config.listen, "127.0.0.1:8080");
    assert_true(config.jail);
    assert_int_equal(config.timeout_s, 20);
    config_done(&config);
}

static void everything_can_be_set(void **state)
{
    (void)state;
    struct config config;
    assert_int_equal(
        read_text(
            &config,
            "; a comment\n[server]\nlisten = unix:/run/hourgate/http.sock\nmetrics = [::1]:9\n"
            "base_url = https://book.example.ch//\nproxies = unix\njail = off\nmax_waiting = "
            "7\n"
            "max_per_minute = 9\n[data]\ndirectory = /d\nkey = /k\ncommands = /c\n[upstream]\n"
            "roots = r.pem\nnetworks = 10.0.0.0/8 fd00::/8\n    192.168.0.0/16\ntimeout = 5\n"
            "[users]\nedge = e\nvault = v\ncourier = c\n",
            NULL),
        OK);
    assert_string_equal(config.base_url, "https://book.example.ch");
    assert_false(config.jail);
    assert_int_equal(config.max_waiting, 7);
    assert_int_equal(config.max_per_minute, 9);
    assert_string_equal(config.commands, "/c");
    assert_string_equal(config.networks, "10.0.0.0/8 fd00::/8 192.168.0.0/16");
    assert_string_equal(config.vault_user, "v");
    struct arena a = {0};
    struct courier_start_ask ask = {0};
    assert_int_equal(config_networks(config.networks, &a, &ask, NULL), OK);
    assert_int_equal(ask.n_networks, 3);
    assert_true(text_equal(ask.networks[2].cidr, TEXT("192.168.0.0/16")));
    arena_done(&a);
    config_done(&config);
}

static void what_makes_no_sense_is_refused_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"[server]\nlisten = 0.0.0.0:80\n" DATA, "loopback"},
        {"[server]\nlisten = example.ch:80\n" DATA, "127.0.0.1:8080"},
        {"[server]\nlisten = 8080\n" DATA, "127.0.0.1:8080"},
        {"[server]\nmetrics = unix:/x\n" DATA, "loopback"},
        {"[server]\nlisten = unix:/x\n" DATA, "base_url is needed"},
        {"[server]\nbase_url = http://book.example.ch\n" DATA, "https://"},
        {"[server]\nbase_url = http://127.0.0.1.example.ch\n" DATA, "https://"},
        {"[server]\nbase_url = https://a.ch/?x\n" DATA, "https://"},
        {"[server]\nbase_url = https://a.ch/\"x\n" DATA, "https://"},
        {"[server]\nlsten = 127.0.0.1:80\n" DATA, ":2: [server] lsten is not a setting"},
        {"[srver]\nlisten = 127.0.0.1:80\n" DATA, ":2: [srver] listen is not a setting"},
        {"[server]\njail = yes\n" DATA, ":2: jail is on or off"},
        {"[server]\n\nmax_waiting = 0\n" DATA, ":3: max_waiting must be a number from 1"},
        {"[server]\nmax_waiting = many\n" DATA, "must be a number"},
        {"[server]\nlisten = 127.0.0.1:1\nlisten = 127.0.0.1:2\n" DATA,
         ":3: listen is given twice"},
        {"[server]\nlisten = \xff\n" DATA, "not clean UTF-8"},
        {"listen = 127.0.0.1:1\n" DATA, ":1: [] listen"},
        {"[server]\nlisten\n" DATA, ":2: not of the form"},
        {"[data]\nkey = /k\n", "directory is missing"},
        {"[data]\ndirectory = /d\n", "key is missing"},
        {DATA "[upstream]\nnetworks = 10.0.0.0/33\n", "10.0.0.0/33 is no network"},
        {DATA "[upstream]\nnetworks = 10.0.0.1\n", "is no network"},
        {DATA "[upstream]\nnetworks = ::/129\n", "is no network"},
        {DATA "[upstream]\ntimeout = 0\n", "timeout must be"},
        {DATA "[upstream]\nproxy = proxy.example.ch\n", "http://user@proxy.example.ch:3128"},
        {DATA "[upstream]\nproxy = https://proxy.example.ch:1\n", "an address looks like"},
        {DATA "[upstream]\nproxy = http://u:secret@p.ch:1\n", "a password does not stand here"},
        {DATA "[upstream]\nproxy = http://u@p.ch:1\n", "proxy_password_file is needed"},
        {DATA "[upstream]\nproxy = http://p.ch:1\nproxy_method = ntlm\n", "basic or digest"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct config config;
        struct error err = {0};
        assert_int_equal(read_text(&config, rows[i].text, &err), ERR_INVALID);
        if (!strstr(err.what, rows[i].says))
            fail_msg("\"%s\" does not say \"%s\"", err.what, rows[i].says);
        config_done(&config);
    }
}

static void a_proxy_is_split(void **state)
{
    (void)state;
    struct config config;
    struct proxy proxy;
    struct arena a = {0};
    assert_int_equal(read_text(&config,
                               DATA "[upstream]\nproxy = http://ann@proxy.example.ch:3128/\n"
                                    "proxy_method = digest\nproxy_password_file = /p\n",
                               NULL),
                     OK);
    assert_int_equal(config_proxy(&config, &a, &proxy, NULL), OK);
    assert_true(text_equal(proxy.host, TEXT("proxy.example.ch")) && proxy.port == 3128);
    assert_true(text_equal(proxy.user, TEXT("ann")) && proxy.method == PROXY_DIGEST);
    assert_string_equal(config.proxy_password, "/p");
    arena_done(&a);
    config_done(&config);
}

/* inih would cut it and read the rest as a line of its own. */
static void a_line_too_long_is_refused(void **state)
{
    (void)state;
    struct config config;
    struct error err = {0};
    char text[3000];
    int n = snprintf(text, sizeof text, DATA "[upstream]\nroots = /");
    memset(text + n, 'x', 2000);
    snprintf(text + n + 2000, 20, "\n");
    assert_int_equal(read_text(&config, text, &err), ERR_INVALID);
    assert_non_null(strstr(err.what, ":5: longer than"));
    config_done(&config);
}

static void a_missing_file_is_said(void **state)
{
    (void)state;
    struct config config;
    config_init(&config);
    assert_int_equal(config_read(&config, "/nowhere/hourgate.conf", NULL), ERR_NOT_FOUND);
    config_done(&config);
}

static int make_folder(void **state)
{
    (void)state;
    bool made = mkdtemp(folder);
    snprintf(file, sizeof file, "%s/hourgate.conf", folder);
    return made ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(file);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_file_is_enough),
        cmocka_unit_test(everything_can_be_set),
        cmocka_unit_test(what_makes_no_sense_is_refused_with_its_line),
        cmocka_unit_test(a_proxy_is_split),
        cmocka_unit_test(a_line_too_long_is_refused),
        cmocka_unit_test(a_missing_file_is_said),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
