/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"

static void memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    struct arena a = {0};
    for (size_t size = 0; size < 5000; size += 37) {
        unsigned char *at = arena_alloc(&a, size);
        assert_non_null(at);
        assert_int_equal((uintptr_t)at % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(at[i], 0);
        memset(at, 0xff, size);
    }
    arena_done(&a);
}

static void allocations_do_not_overlap(void **state)
{
    (void)state;
    enum { N = 400 };
    struct arena a = {0};
    unsigned char *parts[N];
    for (unsigned i = 0; i < N; i++) {
        parts[i] = arena_alloc(&a, i);
        memset(parts[i], (int)(i % 251), i);
    }
    for (unsigned i = 0; i < N; i++)
        for (unsigned k = 0; k < i; k++)
            assert_int_equal(parts[i][k], i % 251);
    arena_done(&a);
}

static void one_larger_than_any_chunk_fits(void **state)
{
    (void)state;
    struct arena a = {0};
    char *before = arena_cstr(&a, TEXT("before"));
    unsigned char *large = arena_alloc(&a, 10 << 20);
    large[(10 << 20) - 1] = 1;
    assert_string_equal(before, "before");
    assert_true(a.used >= 10 << 20);
    arena_wipe(&a);
    assert_null(a.newest);
    assert_int_equal(a.used, 0);
}

static void it_can_be_used_again_and_emptied_twice(void **state)
{
    (void)state;
    struct arena a = {0};
    arena_done(&a);
    assert_string_equal(arena_printf(&a, "%d-%s", 7, "x"), "7-x");
    arena_done(&a);
    arena_done(&a);
    assert_string_equal(arena_printf(&a, "again"), "again");
    arena_done(&a);
}

static void texts_are_copied_with_a_nul(void **state)
{
    (void)state;
    struct arena a = {0};
    char source[] = "abc";
    struct text copy = arena_text(&a, text_from(source));
    source[0] = 'x';
    assert_int_equal(copy.n, 3);
    assert_string_equal(copy.at, "abc");
    assert_string_equal(arena_cstr(&a, (struct text){0}), "");
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(allocations_do_not_overlap),
        cmocka_unit_test(one_larger_than_any_chunk_fits),
        cmocka_unit_test(it_can_be_used_again_and_emptied_twice),
        cmocka_unit_test(texts_are_copied_with_a_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
