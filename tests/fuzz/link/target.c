/* SPDX-License-Identifier: ISC
 *
 * A channel whose other end sends what it likes, and descriptors with it: the input is steps of a length, a
 * number of descriptors and bytes. It is read as questions, as the programs read them, and as the answer to a
 * question. No descriptor is left over, whatever came.
 */
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/clock.h"
#include "wire/codec.h"
#include "wire/link.h"

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n);

enum { VALUE_MAX = 4096, SENT_FDS_MAX = 7, STEPS_MAX = 40 };

static int lowest_free(void)
{
    int fd = dup(STDERR_FILENO);
    ENSURE(fd >= 0);
    close(fd);
    return fd;
}

static void send_step(int fd, const unsigned char *at, size_t n, unsigned n_fds)
{
    union {
        char bytes[CMSG_SPACE(SENT_FDS_MAX * sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct iovec part = {(void *)(uintptr_t)at, n};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (n_fds) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
        for (unsigned i = 0; i < n_fds; i++) {
            int fd_sent = STDERR_FILENO;
            memcpy(CMSG_DATA(c) + i * sizeof(int), &fd_sent, sizeof fd_sent);
        }
    }
    (void)!sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void send_all(int fd, const unsigned char *at, size_t n)
{
    for (int i = 0; n > 2 && i < STEPS_MAX; i++) {
        size_t step = (size_t)at[0] + 1;
        unsigned n_fds = at[1] & 0x80 ? at[1] % (SENT_FDS_MAX + 1) : 0;
        at += 2;
        n -= 2;
        step = step < n ? step : n;
        send_step(fd, at, step, n_fds);
        at += step;
        n -= step;
    }
}

static void read_questions(struct link *link)
{
    struct frame frame;
    while (link_next(link, clock_ms(), &frame) == OK) {
        struct arena a CLEANUP(arena_done) = {0};
        shape_table *shape = wire_message_of(frame.type)->ask;
        _Alignas(max_align_t) char value[VALUE_MAX];
        ENSURE(frame.kind == FRAME_ASK);
        if (frame_read_ask(&a, &frame, value) == OK)
            wire_wipe(shape, value);
        int fd = frame.n_fds ? channel_take_fd(&link->ch) : -1;
        if (fd >= 0)
            close(fd);
    }
}

static void read_answer(struct link *link)
{
    struct arena a CLEANUP(arena_done) = {0};
    struct spawn_answer answer;
    struct reply reply;
    int fd = -1;
    if (link_receive(link, WIRE_spawn, clock_ms(), &a, &reply, &answer, &fd) == OK)
        wire_wipe(spawn_answer_shape, &answer);
    if (fd >= 0)
        close(fd);
}

int LLVMFuzzerTestOneInput(const unsigned char *at, size_t n)
{
    int before = lowest_free();
    if (n == 0)
        return 0;
    int mine, theirs;
    ENSURE(channel_pair(&mine, &theirs) == OK);
    struct link link;
    link_init(&link, mine);
    link.last_number = 7;
    send_all(theirs, at + 1, n - 1);
    close(theirs);
    if (at[0] & 1)
        read_answer(&link);
    else
        read_questions(&link);
    link_done(&link);
    ENSURE(lowest_free() == before);
    return 0;
}
