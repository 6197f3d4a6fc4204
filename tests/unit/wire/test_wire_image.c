/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/image.h"

#define PNG "\x89PNG\r\n\x1a\n"
#define IHDR(size) "\0\0\0\x0dIHDR" size "\x08\x06\0\0\0CRC."
#define IDAT "\0\0\0\x02IDATxyCRC."
#define IEND "\0\0\0\0IENDCRC."
#define SIZE "\0\0\1\x2c\0\0\0\x50" /* 300 by 80 */

static enum status read(struct text bytes, struct image *image)
{
    return image_read(bytes, image, NULL);
}

static void a_png_says_its_size(void **state)
{
    (void)state;
    struct image image;
    assert_int_equal(read(TEXT(PNG IHDR(SIZE) IDAT IEND), &image), OK);
    assert_int_equal(image.kind, IMAGE_PNG);
    assert_int_equal(image.width, 300);
    assert_int_equal(image.height, 80);
}

static void each_kind_of_webp_says_its_size(void **state)
{
    (void)state;
    static const struct text kinds[] = {
        TEXT("RIFF\x16\0\0\0WEBPVP8 \x0a\0\0\0\x10\x02\0\x9d\x01\x2a\x2c\x01\x50\0"),
        /* 299 | 79 << 14 */
        TEXT("RIFF\x12\0\0\0WEBPVP8L\x05\0\0\0\x2f\x2b\xc1\x13\0\0"),
        TEXT("RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0\x2b\x01\0\x4f\0\0"),
    };
    struct image image;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        assert_int_equal(read(kinds[i], &image), OK);
        assert_int_equal(image.kind, IMAGE_WEBP);
        assert_int_equal(image.width, 300);
        assert_int_equal(image.height, 80);
    }
}

static void what_is_no_whole_still_picture_is_refused(void **state)
{
    (void)state;
    static const struct text broken[] = {
        TEXT(PNG),
        TEXT(PNG IHDR(SIZE)),
        TEXT(PNG IHDR(SIZE) IDAT),
        TEXT(PNG IDAT IEND),
        TEXT(PNG IHDR(SIZE) IHDR(SIZE) IEND),
        TEXT(PNG IHDR(SIZE) IDAT IEND "<script>"),
        TEXT(PNG IHDR("\0\0\0\0\0\0\0\x50") IEND),
        TEXT(PNG IHDR(SIZE) "\0\0\0\0acTLCRC." IEND),
        TEXT(PNG IHDR(SIZE) "\xff\xff\xff\xffIDATCRC." IEND),
        TEXT("RIFF\x17\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0\x2b\x01\0\x4f\0\0"),
        TEXT("RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\x2b\x01\0\x4f\0\0"),
        TEXT("RIFF\x16\0\0\0WEBPVP8X\xff\xff\xff\xff\x10\0\0\0\x2b\x01\0\x4f\0\0"),
        TEXT("RIFF\x04\0\0\0WEBP"),
    };
    static const struct text others[] = {{"", 0},
                                         TEXT("<svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
                                         TEXT("GIF89a\1\0\1\0"),
                                         TEXT("\xff\xd8\xff\xe0"),
                                         TEXT("\x89PNG")};
    struct image image;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        if (read(broken[i], &image) != ERR_INVALID)
            fail_msg("accepted: number %zu", i);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(read(others[i], &image), ERR_UNSUPPORTED);
}

static void sizes_have_a_most(void **state)
{
    (void)state;
    static char many[MAX_LOGO + 1];
    struct image image;
    assert_int_equal(read((struct text){many, sizeof many}, &image), ERR_LIMIT);
    assert_int_equal(read(TEXT(PNG IHDR("\0\0\4\1\0\0\0\x50") IEND), &image), ERR_LIMIT);
    assert_int_equal(read(TEXT(PNG IHDR("\0\0\4\0\0\0\4\0") IEND), &image), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_png_says_its_size),
        cmocka_unit_test(each_kind_of_webp_says_its_size),
        cmocka_unit_test(what_is_no_whole_still_picture_is_refused),
        cmocka_unit_test(sizes_have_a_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
