/* SPDX-License-Identifier: ISC */
#include "calendar/ews/srv.h"

#include <arpa/nameser.h>
#include <resolv.h>
#include <string.h>

bool srv_read(const unsigned char *at, size_t n, char ret_host[static MAX_HOST + 1],
              int64_t *ret_port)
{
    ns_msg message;
    ns_rr record;
    int64_t best = -1;
    char host[MAX_HOST + 1];
    if (n > INT16_MAX * 2 || ns_initparse(at, (int)n, &message) != 0)
        return false;
    for (int i = 0; i < ns_msg_count(message, ns_s_an); i++) {
        if (ns_parserr(&message, ns_s_an, i, &record) != 0 || ns_rr_type(record) != ns_t_srv ||
            ns_rr_rdlen(record) <= 6 ||
            dn_expand(at, at + n, ns_rr_rdata(record) + 6, host, sizeof host) <= 0 || !*host)
            continue;
        const unsigned char *data = ns_rr_rdata(record);
        int64_t rank = ((int64_t)(0xffff - ns_get16(data)) << 16) + ns_get16(data + 2);
        if (rank <= best)
            continue;
        best = rank;
        *ret_port = ns_get16(data + 4);
        memcpy(ret_host, host, sizeof host);
    }
    return best >= 0;
}
