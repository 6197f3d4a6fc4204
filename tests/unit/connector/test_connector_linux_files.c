/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "connector/linux/files.h"
#include "folder.h"

static struct settings settings;
static char state_folder[128];

static int begin(void **state)
{
    (void)state;
    folder_make();
    snprintf(state_folder, sizeof state_folder, "%s", in_folder("deep/state"));
    settings.state = state_folder;
    unsetenv("CREDENTIALS_DIRECTORY");
    return 0;
}

static int end(void **state)
{
    (void)state;
    folder_remove();
    return 0;
}

static void one_program_runs_at_a_time(void **state)
{
    (void)state;
    int lock, other;
    struct error err;
    assert_false(files_is_locked(&settings));
    assert_int_equal(files_open(&settings, true, &lock, &err), OK);
    assert_true(files_is_locked(&settings));
    assert_int_equal(files_open(&settings, true, &other, &err), ERR_CONFLICT);
    assert_int_equal(files_open(&settings, false, &other, &err), OK);
    close(lock);
    assert_int_equal(files_open(&settings, true, &lock, &err), OK);
    close(lock);
}

static void the_token_is_for_its_owner_alone(void **state)
{
    (void)state;
    int lock;
    struct error err;
    struct stat is;
    struct secret token CLEANUP(secret_free) = secret_new("abc", 3), again = {0};
    assert_int_equal(files_open(&settings, false, &lock, &err), OK);
    struct secret_adapter secrets = files_secret(&settings);
    assert_int_equal(secrets.load(secrets.self, &again, &err), ERR_NOT_FOUND);
    assert_int_equal(secrets.keep(secrets.self, &token, &err), OK);
    assert_int_equal(stat(in_folder("deep/state/token"), &is), 0);
    assert_int_equal(is.st_mode & 0777, 0600);
    assert_int_equal(secrets.load(secrets.self, &again, &err), OK);
    assert_true(secret_equal(&token, &again));
    assert_int_equal(chmod(in_folder("deep/state/token"), 0640), 0);
    assert_int_equal(secrets.load(secrets.self, &again, &err), ERR_DENIED);
    assert_int_equal(secrets.forget(secrets.self, &err), OK);
    assert_int_equal(secrets.forget(secrets.self, &err), OK);
    secret_free(&again);
}

static void systemd_hands_in_the_token(void **state)
{
    (void)state;
    struct error err;
    struct secret token = {0};
    folder_write("token", "from-systemd\n", 0400);
    setenv("CREDENTIALS_DIRECTORY", folder, 1);
    struct secret_adapter secrets = files_secret(&settings);
    assert_int_equal(secrets.load(secrets.self, &token, &err), OK);
    assert_string_equal((const char *)token.at, "from-systemd");
    secret_free(&token);
}

static void what_is_stored_is_loaded(void **state)
{
    (void)state;
    int lock;
    struct error err;
    struct buf out CLEANUP(buf_done) = BUF(100);
    assert_int_equal(files_open(&settings, false, &lock, &err), OK);
    struct storage_adapter storage = files_storage(&settings);
    assert_int_equal(storage.load(storage.self, "status", &out, &err), ERR_NOT_FOUND);
    assert_int_equal(storage.store(storage.self, "status", TEXT("one"), &err), OK);
    assert_int_equal(storage.store(storage.self, "status", TEXT("two"), &err), OK);
    assert_int_equal(storage.load(storage.self, "status", &out, &err), OK);
    assert_string_equal(buf_cstr(&out), "two");
    assert_int_equal(storage.erase(storage.self, "status", &err), OK);
    assert_int_equal(storage.erase(storage.self, "status", &err), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_program_runs_at_a_time, begin, end),
        cmocka_unit_test_setup_teardown(the_token_is_for_its_owner_alone, begin, end),
        cmocka_unit_test_setup_teardown(systemd_hands_in_the_token, begin, end),
        cmocka_unit_test_setup_teardown(what_is_stored_is_loaded, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
