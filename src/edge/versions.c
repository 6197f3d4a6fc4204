/* SPDX-License-Identifier: ISC */
#include "base/versions.h"

#include <jansson.h>
#include <microhttpd.h>
#include <stdio.h>

int versions_print(void)
{
    printf("libmicrohttpd\t%s\njansson\t%s\n", MHD_get_version(), jansson_version_str());
    return 0;
}
