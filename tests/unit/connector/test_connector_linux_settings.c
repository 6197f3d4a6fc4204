/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "connector/linux/settings.h"
#include "folder.h"

static struct settings settings;
static struct error err;

static int begin(void **state)
{
    (void)state;
    folder_make();
    setenv("HOME", folder, 1);
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("XDG_STATE_HOME");
    unsetenv("STATE_DIRECTORY");
    return 0;
}

static int end(void **state)
{
    (void)state;
    settings_done(&settings);
    folder_remove();
    return 0;
}

static enum status reads(const char *content)
{
    settings_done(&settings);
    folder_write("c.conf", content, 0600);
    return settings_read(&settings, in_folder("c.conf"), &err);
}

static void without_a_file_the_usual_places_count(void **state)
{
    (void)state;
    assert_int_equal(settings_read(&settings, NULL, &err), OK);
    assert_false(settings.is_there);
    assert_string_equal(settings.state, in_folder(".local/state/hourgate-connector"));
    assert_string_equal(settings.path, in_folder(".config/hourgate-connector/connector.conf"));
    settings.directory = "/calendars";
    settings.book = "work";
    assert_int_equal(settings_write(&settings, &err), OK);
    assert_int_equal(settings_write(&settings, &err), ERR_CONFLICT);
    settings_done(&settings);
    assert_int_equal(settings_read(&settings, NULL, &err), OK);
    assert_string_equal(settings.directory, "/calendars");
    assert_string_equal(settings.book, "work");
}

static void a_file_that_was_named_must_be_there(void **state)
{
    (void)state;
    assert_int_equal(settings_read(&settings, in_folder("no"), &err), ERR_NOT_FOUND);
}

static void every_line_is_understood_or_refused(void **state)
{
    (void)state;
    assert_int_equal(reads("[calendars]\ndirectory = ~/cal\nread = a b\nbook = a\nzone = UTC\n"
                           "[network]\nproxy = http://proxy:3128\nproxy_user = u\n"
                           "[connector]\nstate = /s\n"),
                     OK);
    assert_string_equal(settings.directory, in_folder("cal"));
    assert_int_equal(settings.n_read, 2);
    assert_int_equal(settings.proxy, PROXY_NAMED);
    assert_string_equal(settings.state, "/s");
    static const char *const wrong[] = {
        "[calendars]\ndirctory = x\n",
        "[network]\nproxy = proxy:3128\n",
        "[network]\nproxy = http://user:password@proxy:3128\n",
        "[network]\nproxy = http://\n",
        "nonsense\n",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(reads(wrong[i]), ERR_INVALID);
}

static void a_password_that_others_can_read_is_refused(void **state)
{
    (void)state;
    char content[512];
    folder_write("password", "through\nmore\n", 0644);
    snprintf(content, sizeof content, "[network]\nproxy_password_file = %s\n",
             in_folder("password"));
    assert_int_equal(reads(content), ERR_DENIED);
    assert_null(strstr(err.what, "through"));
    folder_write("password", "through\nmore\n", 0600);
    assert_int_equal(reads(content), OK);
    assert_string_equal((const char *)settings.proxy_password.at, "through");
    folder_write("password", "\n", 0600);
    assert_int_equal(reads(content), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_a_file_the_usual_places_count, begin, end),
        cmocka_unit_test_setup_teardown(a_file_that_was_named_must_be_there, begin, end),
        cmocka_unit_test_setup_teardown(every_line_is_understood_or_refused, begin, end),
        cmocka_unit_test_setup_teardown(a_password_that_others_can_read_is_refused, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
