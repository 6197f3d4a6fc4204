/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/file.h"
#include "os/socket.h"

static char folder[] = "/tmp/hourgate-unit-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static unsigned mode_of(const char *path)
{
    struct stat is;
    assert_int_equal(stat(path, &is), 0);
    return is.st_mode & 07777;
}

static void what_was_written_is_read(void **state)
{
    (void)state;
    struct buf content = BUF(5);
    assert_int_equal(file_write(in_folder("a"), "12345", 5, 0600, NULL), OK);
    assert_int_equal(mode_of(in_folder("a")), 0600);
    assert_int_equal(file_read(in_folder("a"), &content, NULL), OK);
    assert_string_equal(buf_cstr(&content), "12345");
    buf_clear(&content);
    assert_int_equal(file_write(in_folder("a"), "", 0, 0400, NULL), OK);
    assert_int_equal(file_read(in_folder("a"), &content, NULL), OK);
    assert_int_equal(content.n, 0);
    assert_int_equal(mode_of(in_folder("a")), 0400);
    buf_done(&content);
}

static void a_file_above_the_maximum_is_refused(void **state)
{
    (void)state;
    struct buf content = BUF(5);
    struct error err = {0};
    assert_int_equal(file_write(in_folder("b"), "123456", 6, 0644, NULL), OK);
    assert_int_equal(file_read(in_folder("b"), &content, &err), ERR_LIMIT);
    assert_non_null(strstr(err.what, "larger than 5"));
    buf_done(&content);
}

static void only_regular_files_are_read(void **state)
{
    (void)state;
    struct buf content = BUF(5);
    assert_int_equal(file_read(folder, &content, NULL), ERR_INVALID);
    assert_int_equal(file_read("/dev/zero", &content, NULL), ERR_INVALID);
    assert_int_equal(file_read(in_folder("none"), &content, NULL), ERR_NOT_FOUND);
    assert_int_equal(file_read(in_folder("a/none"), &content, NULL), ERR_NOT_FOUND);
    buf_done(&content);
}

static void creating_never_replaces(void **state)
{
    (void)state;
    struct buf content = BUF(50);
    assert_int_equal(file_create(in_folder("c"), "one", 3, 0400, NULL), OK);
    assert_int_equal(file_create(in_folder("c"), "two", 3, 0400, NULL), ERR_CONFLICT);
    assert_int_equal(file_read(in_folder("c"), &content, NULL), OK);
    assert_string_equal(buf_cstr(&content), "one");
    assert_int_equal(file_create(in_folder("no/c"), "x", 1, 0400, NULL), ERR_NOT_FOUND);
    buf_done(&content);
}

static void directories_are_made_with_those_above(void **state)
{
    (void)state;
    assert_int_equal(file_make_directory(in_folder("x/y/z"), NULL), OK);
    assert_int_equal(file_make_directory(in_folder("x/y/z"), NULL), OK);
    assert_int_equal(mode_of(in_folder("x/y")), 0700);
    assert_int_not_equal(file_make_directory(in_folder("c"), NULL), OK);
    assert_int_not_equal(file_make_directory(in_folder("c/d"), NULL), OK);
}

static void addresses_are_read_as_they_are_written(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool loopback;
        unsigned port;
    } good[] = {{"127.0.0.1:8080", true, 8080},
                {"127.9.9.9:0", true, 0},
                {"[::1]:80", true, 80},
                {"0.0.0.0:80", false, 80},
                {"[2001:db8::1]:443", false, 443},
                {"unix:/run/hourgate/http.sock", false, 0}};
    static const char *const wrong[] = {"",
                                        "8080",
                                        ":8080",
                                        "localhost:80",
                                        "127.0.0.1",
                                        "127.0.0.1:",
                                        "127.0.0.1:65536",
                                        "127.0.0.1:-1",
                                        "127.0.0.1:+8",
                                        "1.2.3:80",
                                        "::1:80",
                                        "[::1]",
                                        "[::1]80",
                                        "[::1]:",
                                        "unix:",
                                        "unix:relative",
                                        "127.0.0.1:80 ",
                                        "[127.0.0.1]:80"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct address address;
        char text[ADDRESS_TEXT_MAX];
        assert_int_equal(address_parse(text_from(good[i].text), &address, NULL), OK);
        address_format(&address, text);
        assert_string_equal(text, good[i].text);
        assert_int_equal(address_is_loopback(&address), good[i].loopback);
        assert_int_equal(address_port(&address), good[i].port);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct address address;
        assert_int_equal(address_parse(text_from(wrong[i]), &address, NULL), ERR_INVALID);
    }
    char longer[200];
    struct address address;
    memset(longer, 'x', sizeof longer);
    memcpy(longer, "unix:/", 6);
    assert_int_equal(address_parse((struct text){longer, sizeof longer}, &address, NULL),
                     ERR_INVALID);
}

static void a_port_of_0_becomes_a_real_one(void **state)
{
    (void)state;
    struct address address, again;
    int fd, other;
    assert_int_equal(address_parse(TEXT("127.0.0.1:0"), &address, NULL), OK);
    assert_int_equal(socket_listen(&address, 0, &fd, NULL), OK);
    assert_true(address_port(&address) > 0);
    again = address;
    assert_int_equal(socket_listen(&again, 0, &other, NULL), ERR_CONFLICT);
    close(fd);
}

static void a_unix_socket_replaces_a_stale_one_only(void **state)
{
    (void)state;
    struct address address, again;
    int fd, other, client;
    char text[160];
    const char *path = in_folder("s");
    snprintf(text, sizeof text, "unix:%s", path);
    assert_int_equal(address_parse(text_from(text), &address, NULL), OK);
    again = address;
    assert_int_equal(socket_connect_unix(path, &client, NULL), ERR_NOT_FOUND);
    assert_int_equal(socket_listen(&address, 0600, &fd, NULL), OK);
    assert_int_equal(mode_of(path), 0600);
    assert_int_equal(socket_listen(&again, 0600, &other, NULL), ERR_CONFLICT);
    assert_int_equal(socket_connect_unix(path, &client, NULL), OK);
    close(client);
    close(fd);
    assert_int_equal(socket_connect_unix(path, &client, NULL), ERR_NOT_FOUND);
    assert_int_equal(socket_listen(&again, 0666, &other, NULL), OK);
    assert_int_equal(mode_of(path), 0666);
    close(other);
    assert_int_equal(file_write(path, "", 0, 0600, NULL), OK); /* a file, not a socket */
    assert_int_equal(address_parse(text_from(text), &again, NULL), OK);
    assert_int_equal(socket_listen(&again, 0600, &other, NULL), ERR_CONFLICT);
}

static int make_folder(void **state)
{
    (void)state;
    umask(077);
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const left[] = {"a", "b", "c", "s", "x/y/z", "x/y", "x", "."};
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        remove(in_folder(left[i]));
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(a_file_above_the_maximum_is_refused),
        cmocka_unit_test(only_regular_files_are_read),
        cmocka_unit_test(creating_never_replaces),
        cmocka_unit_test(directories_are_made_with_those_above),
        cmocka_unit_test(addresses_are_read_as_they_are_written),
        cmocka_unit_test(a_port_of_0_becomes_a_real_one),
        cmocka_unit_test(a_unix_socket_replaces_a_stale_one_only),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
