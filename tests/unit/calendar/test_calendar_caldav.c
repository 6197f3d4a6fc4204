/* SPDX-License-Identifier: ISC
 *
 * What CalDAV servers answer, as published captures have it: the reference's folder is the argument, and the answers' tests
 * are skipped without it. Addresses, and whose they are.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "calendar/caldav/dav.h"
#include "format/xml.h"

static const char *reference;

/* ---- addresses ---- */

static void owners_are_told_by_the_public_suffix_list(void **state)
{
    (void)state;
    assert_true(dav_is_same_owner(TEXT("caldav.icloud.com"), TEXT("p42-caldav.icloud.com")));
    assert_true(dav_is_same_owner(TEXT("Cloud.Example.CH"), TEXT("dav.example.ch")));
    assert_true(dav_is_same_owner(TEXT("127.0.0.1"), TEXT("127.0.0.1")));
    assert_false(dav_is_same_owner(TEXT("example.co.uk"), TEXT("evil.co.uk")));
    assert_false(dav_is_same_owner(TEXT("localhost"), TEXT("127.0.0.1")));
    assert_false(dav_is_same_owner(TEXT("10.0.0.1"), TEXT("10.0.0.2")));
    assert_false(dav_is_same_owner(TEXT("icloud.com.evil.example"), TEXT("icloud.com")));
}

static void addresses_are_resolved_and_others_refused(void **state)
{
    (void)state;
    struct arena a = {0};
    struct server server = {.host = TEXT("caldav.icloud.com"), .port = 443, .path = TEXT("/")};
    struct dav dav = {.server = &server};
    struct dav_place base = {TEXT("caldav.icloud.com"), 443, TEXT("/a/b/c.ics")}, place;
    static const struct {
        const char *href, *id;
    } good[] = {
        {"/x/y", "/x/y"},
        {" d e.ics\n", "/a/b/d%20e.ics"},
        {"https://p42-caldav.icloud.com:443/1/calendars/",
         "https://p42-caldav.icloud.com:443/1/calendars/"},
        {"https://caldav.icloud.com/x@y:z/", "/x@y:z/"},
        {"http://caldav.icloud.com:8080/plain/", "/plain/"},
        {"//caldav.icloud.com/two", "/two"},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(dav_resolve(&dav, &a, &base, text_from(good[i].href), &place, NULL),
                         OK);
        struct text id = dav_id(&dav, &a, &place);
        if (!text_equal(id, text_from(good[i].id)))
            fail_msg("%s is " TEXT_FMT, good[i].href, TEXT_ARG(id));
        struct dav_place again;
        assert_int_equal(dav_of_id(&dav, &a, id, &again, NULL), OK);
        assert_true(dav_is_same(&place, &again));
    }
    static const char *const bad[] = {"",
                                      "https://evil.example/",
                                      "http://evil.example/",
                                      "https://user@caldav.icloud.com/",
                                      "https://:443/",
                                      "https://caldav.icloud.com:99999/"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (dav_resolve(&dav, &a, &base, text_from(bad[i]), &place, NULL) == OK)
            fail_msg("%s is taken", bad[i]);
    base.target = TEXT("/a%40b/%7Ec");
    struct dav_place same = {TEXT("CALDAV.icloud.com"), 443, TEXT("/a@b/~c")};
    assert_true(dav_is_same(&base, &same));
    arena_done(&a);
}

/* ---- answers ---- */

static enum status count_data(void *owner, const struct dav_response *response,
                              struct error *err)
{
    (void)err;
    size_t *n = owner;
    *n += response->href.n > 0;
    return OK;
}

static void read_file(const char *path, const char *name)
{
    static char bytes[1 << 20];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t n = fread(bytes, 1, sizeof bytes, file), n_hrefs = 0;
    fclose(file);
    struct dav_answer answer = {0};
    struct dav_sink sink = {.owner = &n_hrefs, .response = count_data};
    struct error err = {0};
    struct dav_reader *reader = dav_reader_new(&sink, &answer);
    enum status status = dav_reader_read(reader, (struct text){bytes, n}, &err);
    if (status == OK)
        status = dav_reader_end(reader, &err);
    dav_reader_free(reader);
    if (strstr(name, "-response-") && status != OK)
        fail_msg("%s: %s", name, err.what);
    printf("%s: %s, %zu responses, %zu hrefs\n", name, status_name(status), answer.n_responses,
           n_hrefs);
    assert_true(n_hrefs <= answer.n_responses);
}

static void published_answers_are_read(void **state)
{
    (void)state;
    DIR *top = reference ? opendir(reference) : NULL;
    if (!top)
        skip();
    xml_init();
    for (struct dirent *kind; (kind = readdir(top));) {
        char path[8192];
        snprintf(path, sizeof path, "%s/%s", reference, kind->d_name);
        DIR *inner = kind->d_name[0] == '.' ? NULL : opendir(path);
        for (struct dirent *one; inner && (one = readdir(inner));) {
            size_t n = strlen(one->d_name);
            if (n < 4 || strcmp(one->d_name + n - 4, ".xml") != 0 ||
                strstr(one->d_name, "-request-"))
                continue;
            snprintf(path, sizeof path, "%s/%s/%s", reference, kind->d_name, one->d_name);
            read_file(path, one->d_name);
        }
        if (inner)
            closedir(inner);
    }
    closedir(top);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(owners_are_told_by_the_public_suffix_list),
        cmocka_unit_test(addresses_are_resolved_and_others_refused),
        cmocka_unit_test(published_answers_are_read),
    };
    reference = argc > 1 ? argv[1] : NULL;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
