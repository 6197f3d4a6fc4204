/* SPDX-License-Identifier: ISC */
#include "hourgate/report.h"

#include <ctype.h>
#include <stdio.h>
#include <sys/utsname.h>

#include "os/clock.h"
#include "os/file.h"
#include "time/instant.h"

enum { REPORT_MAX = 128 * 1024 };

static const char head[] =
    "hourgate: the doctor's findings\n"
    "\n"
    "In this file: the server's name and addresses, its certificates and version, what was\n"
    "tried and found, and the version of this program. Not in it: passwords, events, "
    "bookings.\n"
    "Names of users and mailboxes are hidden: HIDDEN-1 is the same one everywhere.\n"
    "\n";

/* Which hidden name starts here, in any case of letters? -1: none. */
static int hidden_at(const struct report *report, struct text rest)
{
    for (int i = 0; i < REPORT_HIDDEN; i++) {
        struct text name = report->hidden[i];
        if (name.n && rest.n >= name.n &&
            text_equal_nocase((struct text){rest.at, name.n}, name))
            return i;
    }
    return -1;
}

static void add_hiding(struct buf *out, const struct report *report, struct text t)
{
    while (t.n) {
        int i = hidden_at(report, t);
        size_t n = i < 0 ? 1 : report->hidden[i].n;
        if (i >= 0)
            buf_printf(out, "HIDDEN-%d", i + 1);
        else
            buf_add_byte(out, iscntrl((unsigned char)*t.at) ? '?' : (unsigned char)*t.at);
        t = (struct text){t.at + n, t.n - n};
    }
}

static void add_layer(struct buf *out, const struct report *report, const struct layer *layer)
{
    static const char *const states[LAYER_STATE_COUNT] = {[LAYER_OK] = "ok",
                                                          [LAYER_WARN] = "warn",
                                                          [LAYER_REFUSED] = "refused",
                                                          [LAYER_SKIPPED] = "skipped"};
    buf_printf(out, "%-16.*s %-8s ", TEXT_ARG(layer->name), states[layer->state]);
    add_hiding(out, report, layer->detail);
    buf_add_cstr(out, "\n");
    if (!layer->fix.n)
        return;
    buf_printf(out, "%-16s fix      ", "");
    add_hiding(out, report, layer->fix);
    buf_add_cstr(out, "\n");
}

enum status report_write(const struct call *call, const struct report *report,
                         struct error *err)
{
    const char *file = call_cstr(call, "report", NULL);
    CLEANUP(buf_done) struct buf out = BUF(REPORT_MAX);
    char now[INSTANT_SIZE];
    struct utsname system = {0};
    if (!file)
        return OK;
    instant_format(clock_now(), now);
    (void)uname(&system);
    buf_add_cstr(&out, head);
    buf_printf(&out, "program          hourgate " HOURGATE_VERSION ", %s\n",
               call->command->words);
    buf_printf(&out, "system           %s %s %s\ntime             %s\n", system.sysname,
               system.release, system.machine, now);
    if (report->method)
        buf_printf(&out, "sign-in          %s\n", report->method);
    buf_add_cstr(&out, "\n");
    for (size_t i = 0; i < report->n_layers; i++)
        add_layer(&out, report, &report->layers[i]);
    TRY(file_create(file, out.at, out.n, 0600, err));
    fprintf(stderr,
            "%s: written. It names the server, not its users; read it before you send it\n",
            file);
    return OK;
}
