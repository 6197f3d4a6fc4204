/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypt/keyfile.h"

static char directory[64];
static char path[96];

static int set_up(void **state)
{
    (void)state;
    snprintf(directory, sizeof directory, "keyfile-XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    snprintf(path, sizeof path, "%s/key", directory);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(directory);
}

static void write_file(const char *content, mode_t mode)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

static void a_created_key_is_read_back_and_is_for_its_owner(void **state)
{
    (void)state;
    struct secret one = {0}, two = {0};
    struct stat st;
    assert_int_equal(keyfile_create(path, NULL), OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0400);
    assert_int_equal(keyfile_read(path, &one, NULL), OK);
    assert_int_equal(one.n, MASTER_KEY_BYTES);
    unlink(path);
    assert_int_equal(keyfile_create(path, NULL), OK);
    assert_int_equal(keyfile_read(path, &two, NULL), OK);
    assert_false(secret_equal(&one, &two));
    secret_free(&one);
    secret_free(&two);
}

static void an_existing_file_is_never_touched(void **state)
{
    (void)state;
    struct secret before = {0}, after = {0};
    struct error err = {0};
    assert_int_equal(keyfile_create(path, NULL), OK);
    assert_int_equal(keyfile_read(path, &before, NULL), OK);
    assert_int_equal(keyfile_create(path, &err), ERR_CONFLICT);
    assert_non_null(strstr(err.what, "exists"));
    assert_int_equal(keyfile_read(path, &after, NULL), OK);
    assert_true(secret_equal(&before, &after));
    secret_free(&before);
    secret_free(&after);
}

static void a_key_open_to_others_is_refused(void **state)
{
    (void)state;
    struct secret key = {0};
    struct error err = {0};
    assert_int_equal(keyfile_create(path, NULL), OK);
    static const mode_t bad[] = {0404, 0402, 0420, 0410, 0444, 0644};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        chmod(path, bad[i]);
        assert_int_equal(keyfile_read(path, &key, &err), ERR_DENIED);
        assert_non_null(strstr(err.what, "chmod 0400"));
    }
    chmod(path, 0440);
    assert_int_equal(keyfile_read(path, &key, NULL), OK);
    secret_free(&key);
}

static void what_is_no_key_is_refused_without_showing_it(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "hourgate-master-key-1:\n",
        "hourgate-master-key-1:c2hvcnQ\n",
        "hourgate-master-key-2:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
        "hourgate-master-key-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA!\n",
        "hourgate-master-key-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
        "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U\n",
    };
    struct secret key = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct error err = {0};
        write_file(bad[i], 0600);
        assert_int_equal(keyfile_read(path, &key, &err), ERR_INVALID);
        assert_null(strstr(err.what, "c2"));
        unlink(path);
    }
    assert_int_equal(keyfile_read(path, &key, NULL), ERR_NOT_FOUND);
    assert_int_equal(keyfile_read(directory, &key, NULL), ERR_INVALID);
    assert_null(key.at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_created_key_is_read_back_and_is_for_its_owner, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_existing_file_is_never_touched, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_key_open_to_others_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_key_is_refused_without_showing_it, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
