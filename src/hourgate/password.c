/* SPDX-License-Identifier: ISC
 *
 * Every copy that passes through here is wiped. stdio is avoided: its buffers are not ours to wipe.
 */
#include "hourgate/password.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/limits.h"
#include "os/file.h"

enum { LINE_MAX_BYTES = MAX_PASSWORD + 2 }; /* CR and LF */

/* Read up to and with the first line feed. */
static enum status read_line(int fd, struct buf *line)
{
    for (;;) {
        unsigned char *to = buf_room(line, 1);
        ssize_t got = to ? read(fd, to, 1) : 0;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ERR_IO;
        if (got == 0)
            return OK; /* the end, or a full buffer */
        buf_grown(line, 1);
        if (*to == '\n')
            return OK;
    }
}

/* Ask at the terminal. Echo comes back also where reading fails; signals are left as they are, so that
 * Ctrl-C ends the program: the shell puts the terminal right. */
static enum status ask(const char *question, struct buf *line, struct error *err)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    struct termios before, quiet;
    if (fd < 0 || tcgetattr(fd, &before) != 0) {
        if (fd >= 0)
            close(fd);
        return error_set(err, ERR_INVALID, "password",
                         "no terminal to ask at; give --password-file or --password-stdin");
    }
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(fd, TCSAFLUSH, &quiet);
    dprintf(fd, "%s: ", question);
    enum status status = read_line(fd, line);
    tcsetattr(fd, TCSAFLUSH, &before);
    dprintf(fd, "\n");
    close(fd);
    return status;
}

enum status password_check_file(const char *file, struct error *err)
{
    struct stat is;
    if (stat(file, &is) == 0 && S_ISREG(is.st_mode) && (is.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return error_set(err, ERR_DENIED, "password",
                         "%s can be read by others: run chmod 600 %s, and replace the password "
                         "if somebody may have seen it",
                         file, file);
    return OK;
}

static enum status fill(const struct call *call, const char *question, struct buf *line,
                        struct error *err)
{
    const char *file = call_cstr(call, "password-file", NULL);
    bool from_input = call_has(call, "password-stdin");
    if (file && from_input)
        return error_set(err, ERR_INVALID, "password",
                         "give one of --password-file and --password-stdin");
    if (file) {
        TRY(password_check_file(file, err));
        return file_read(file, line, err);
    }
    if (from_input)
        return read_line(STDIN_FILENO, line);
    return ask(question, line, err);
}

static enum status take_line(const struct buf *line, struct secret *ret_password,
                             struct error *err)
{
    struct text password = buf_text(line), rest;
    text_cut(password, '\n', &password, &rest);
    if (text_ends(password, TEXT("\r")))
        password.n--;
    if (!password.n || password.n > MAX_PASSWORD || memchr(password.at, 0, password.n))
        return error_set(err, ERR_INVALID, "password",
                         "a password has 1 to %d bytes on one line, none of them NUL",
                         MAX_PASSWORD);
    *ret_password = secret_new(password.at, password.n);
    return OK;
}

enum status password_read(const struct call *call, const char *question,
                          struct secret *ret_password, struct error *err)
{
    CLEANUP(buf_wipe) struct buf line = BUF(LINE_MAX_BYTES);
    TRY(fill(call, question, &line, err));
    return take_line(&line, ret_password, err);
}

enum status password_read_file(const char *file, struct secret *ret_password, struct error *err)
{
    CLEANUP(buf_wipe) struct buf line = BUF(LINE_MAX_BYTES);
    TRY(password_check_file(file, err));
    TRY(file_read(file, &line, err));
    return take_line(&line, ret_password, err);
}
