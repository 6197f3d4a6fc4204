/* SPDX-License-Identifier: ISC
 *
 * A name server's answer to a question for SRV records: nothing is read beyond its end, a target is a text.
 */
#include <string.h>

#include "base/status.h"
#include "calendar/ews/srv.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n);

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    char host[MAX_HOST + 1] = "";
    int64_t port = -1;
    if (srv_read(at, n, host, &port))
        ENSURE(*host && strnlen(host, sizeof host) < sizeof host && port >= 0 &&
               port <= 0xffff);
    return 0;
}
