/* SPDX-License-Identifier: ISC
 *
 * A posted form with a file. Its fields are as clean as those of any other form, and the file is a piece of what came.
 */
#include "format/multipart.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n);

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct text body = {(const char *)at, n}, file;
    struct form form;
    if (multipart_parse(&a, TEXT("multipart/form-data; boundary=cut"), body, &form, &file) !=
        OK)
        return 0;
    for (size_t i = 0; i < form.n_fields; i++)
        ENSURE(form.fields[i].name.n && text_is_clean(form.fields[i].name) &&
               text_is_clean(form.fields[i].value));
    ENSURE(file.n == 0 || (file.at >= body.at && file.at + file.n <= body.at + body.n));
    ENSURE(!file.n || !memmem(file.at, file.n, "\r\n--cut", 7));
    return 0;
}
