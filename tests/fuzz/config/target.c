/* SPDX-License-Identifier: ISC
 *
 * A configuration file of any bytes: read or refused with a reason. It is read from memory, as a file without a name.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hourgate/config.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n);

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    char path[64];
    struct config config;
    struct error err = {0};
    int fd = memfd_create("config", MFD_CLOEXEC);
    ENSURE(fd >= 0 && write(fd, at, n) == (ssize_t)n);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    config_init(&config);
    enum status status = config_read(&config, path, &err);
    ENSURE(status == OK || err.what[0]);
    if (status == OK)
        ENSURE(config.listen && config.directory && config.networks && config.timeout_s > 0);
    config_done(&config);
    close(fd);
    return 0;
}
