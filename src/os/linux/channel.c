/* SPDX-License-Identifier: ISC
 *
 * A descriptor sent with SCM_RIGHTS arrives with the first byte of the send it rode on, or before it is
 * needed; both sides keep them in order, so the n-th descriptor belongs to the n-th frame that says it
 * carries one.
 */
#include "os/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/secret.h"
#include "os/clock.h"

enum { READ_STEP = 64 * 1024 };

void channel_init(struct channel *ch, int fd, size_t max_in, size_t max_out)
{
    *ch = (struct channel){.fd = fd, .in = BUF(max_in), .out = BUF(max_out)};
    int flags = fcntl(fd, F_GETFL);
    ENSURE(flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0);
}

void channel_done(struct channel *ch)
{
    for (unsigned i = 0; i < ch->n_fds_in; i++)
        close(ch->fds_in[i]);
    for (unsigned i = 0; i < ch->n_fds_out; i++)
        close(ch->fds_out[i]);
    if (ch->fd >= 0)
        close(ch->fd);
    buf_wipe(&ch->in);
    buf_wipe(&ch->out);
    *ch = (struct channel){.fd = -1};
}

enum status channel_pair(int *ret_one, int *ret_two)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return ERR_IO;
    *ret_one = pair[0];
    *ret_two = pair[1];
    return OK;
}

/* Keep the descriptors of a received message; false where there are more than fit. */
static bool keep_fds(struct channel *ch, struct msghdr *message)
{
    bool fit = (message->msg_flags & MSG_CTRUNC) == 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof fd);
            if (ch->n_fds_in < CHANNEL_FDS) {
                ch->fds_in[ch->n_fds_in++] = fd;
            } else {
                close(fd);
                fit = false;
            }
        }
    }
    return fit;
}

enum status channel_fill(struct channel *ch)
{
    size_t left = ch->in.max - ch->in.n;
    size_t step = left < READ_STEP ? left : READ_STEP;
    unsigned char *to = step ? buf_room(&ch->in, step) : NULL;
    if (!to)
        return ERR_FULL;
    union {
        char bytes[CMSG_SPACE(CHANNEL_FDS * sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec part = {to, step};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t got;
    do
        got = recvmsg(ch->fd, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK ? ERR_NOT_FOUND : ERR_CLOSED;
    if (!keep_fds(ch, &message))
        return ERR_FULL;
    if (got == 0)
        return ERR_CLOSED;
    buf_grown(&ch->in, (size_t)got);
    return OK;
}

void channel_drop(struct channel *ch, size_t n)
{
    size_t rest = ch->in.n - n;
    buf_drop(&ch->in, n);
    if (ch->in.at)
        wipe_bytes(ch->in.at + rest, n);
}

static ssize_t send_once(struct channel *ch)
{
    union {
        char bytes[CMSG_SPACE(CHANNEL_FDS * sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct iovec part = {ch->out.at, ch->out.n};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (ch->n_fds_out) {
        size_t size = ch->n_fds_out * sizeof(int);
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(size);
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        *c = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(size), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(c), ch->fds_out, size);
    }
    return sendmsg(ch->fd, &message, MSG_NOSIGNAL);
}

enum status channel_flush(struct channel *ch)
{
    while (ch->out.n > 0) {
        ssize_t sent = send_once(ch);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK ? ERR_NOT_FOUND : ERR_CLOSED;
        for (unsigned i = 0; i < ch->n_fds_out; i++)
            close(ch->fds_out[i]);
        ch->n_fds_out = 0;
        size_t rest = ch->out.n - (size_t)sent;
        buf_drop(&ch->out, (size_t)sent);
        wipe_bytes(ch->out.at + rest, (size_t)sent);
    }
    return OK;
}

enum status channel_put_fd(struct channel *ch, int fd)
{
    if (ch->n_fds_out == CHANNEL_FDS) {
        close(fd);
        return ERR_FULL;
    }
    ch->fds_out[ch->n_fds_out++] = fd;
    return OK;
}

int channel_take_fd(struct channel *ch)
{
    if (ch->n_fds_in == 0)
        return -1;
    int fd = ch->fds_in[0];
    ch->n_fds_in--;
    memmove(ch->fds_in, ch->fds_in + 1, ch->n_fds_in * sizeof(int));
    return fd;
}

enum status channel_wait(struct channel *ch, bool to_write, int64_t deadline_ms)
{
    for (;;) {
        int64_t left = deadline_ms - clock_ms();
        if (left < 0)
            left = 0;
        struct pollfd p = {.fd = ch->fd, .events = to_write ? POLLOUT : POLLIN};
        int ready = poll(&p, 1, left > INT32_MAX ? INT32_MAX : (int)left);
        if (ready > 0)
            return OK;
        if (ready == 0 && left <= INT32_MAX)
            return ERR_TIMEOUT;
        if (ready < 0 && errno != EINTR)
            return ERR_IO;
    }
}
