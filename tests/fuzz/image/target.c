/* SPDX-License-Identifier: ISC
 *
 * A picture that somebody sends. What is accepted has a size that pages can show, and is whole: a byte less is none.
 */
#include "wire/image.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n);

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    struct image image;
    struct text bytes = {(const char *)at, n};
    if (image_read(bytes, &image, NULL) != OK)
        return 0;
    ENSURE(image.kind < IMAGE_KIND_COUNT && n <= MAX_LOGO);
    ENSURE(image.width > 0 && image.width <= MAX_LOGO_PIXELS);
    ENSURE(image.height > 0 && image.height <= MAX_LOGO_PIXELS);
    ENSURE(image_read((struct text){bytes.at, n - 1}, &image, NULL) != OK);
    return 0;
}
