/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "time/winzone.h"
#include "time/winzone_table.h"

static void expect(const char *iana, const char *windows)
{
    const char *found = winzone_find(text_from(iana));
    if (!found || strcmp(found, windows) != 0)
        fail_msg("%s: %s", iana, found ? found : "nothing");
}

static void zones_have_their_windows_names(void **state)
{
    (void)state;
    expect("Europe/Zurich", "W. Europe Standard Time");
    expect("Europe/Kyiv", "FLE Standard Time");
    expect("Europe/Kiev", "FLE Standard Time");
    expect("Asia/Kolkata", "India Standard Time");
    expect("Asia/Calcutta", "India Standard Time");
    expect("America/New_York", "Eastern Standard Time");
    expect("US/Eastern", "Eastern Standard Time");
    expect("Etc/UTC", "UTC");
    expect("UTC", "UTC");
    expect("Asia/Kathmandu", "Nepal Standard Time");
}

static void what_is_no_zone_has_none(void **state)
{
    (void)state;
    assert_null(winzone_find(TEXT("")));
    assert_null(winzone_find(TEXT("Europe/Zuric")));
    assert_null(winzone_find(TEXT("Europe/Zurichx")));
    assert_null(winzone_find(TEXT("europe/zurich")));
    assert_null(winzone_find((struct text){"Europe/Zurich", 14})); /* its NUL too */
}

static void windows_names_lead_back(void **state)
{
    (void)state;
    assert_string_equal(winzone_iana(TEXT("W. Europe Standard Time")), "Europe/Berlin");
    assert_string_equal(winzone_iana(TEXT("pacific standard time")), "America/Los_Angeles");
    assert_string_equal(winzone_iana(TEXT("UTC")), "Etc/UTC");
    assert_null(winzone_iana(TEXT("Customized Time Zone")));
    assert_null(winzone_iana(TEXT("")));
    assert_true(n_winzone_main > 100);
}

static void the_table_is_sorted(void **state)
{
    (void)state;
    assert_true(n_winzone_table > 400);
    for (size_t i = 1; i < n_winzone_table; i++)
        assert_true(strcmp(winzone_table[i - 1].iana, winzone_table[i].iana) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zones_have_their_windows_names),
        cmocka_unit_test(what_is_no_zone_has_none),
        cmocka_unit_test(windows_names_lead_back),
        cmocka_unit_test(the_table_is_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
