/* SPDX-License-Identifier: ISC */
#include "hourgate/kinds.h"

#include "base/buf.h"

enum { WORDS_MAX = 200 };

static const char *const mail_kinds[MAIL_KIND_COUNT] = {
    [MAIL_HOST_FAILING] = "host-failing",
    [MAIL_HOST_WORKS] = "host-works",
    [MAIL_CONFIRMED] = "confirmed",
    [MAIL_MOVED] = "moved",
    [MAIL_CANCELLED] = "cancelled",
    [MAIL_REMINDER] = "reminder",
    [MAIL_HOST_BOOKED] = "host-booked",
    [MAIL_HOST_MOVED] = "host-moved",
    [MAIL_HOST_CANCELLED] = "host-cancelled",
    [MAIL_HOST_ATTENTION] = "host-attention",
    [MAIL_HOST_PAUSED] = "host-paused",
    [MAIL_TEST] = "test",
    [MAIL_NOT_MADE] = "not-made",
    [MAIL_HOST_NOT_MADE] = "host-not-made",
    [MAIL_NOT_MOVED] = "not-moved",
    [MAIL_HOST_NOT_MOVED] = "host-not-moved",
    [MAIL_CONFIRM] = "confirm",
    [MAIL_REQUESTED] = "requested",
    [MAIL_DECLINED] = "declined",
    [MAIL_LAPSED] = "lapsed",
    [MAIL_WITHDRAWN] = "withdrawn",
    [MAIL_HOST_REQUESTED] = "host-requested",
    [MAIL_HOST_LAPSED] = "host-lapsed",
    [MAIL_HOST_WITHDRAWN] = "host-withdrawn",
};
static const char *const languages[LANGUAGE_COUNT] = {"en", "de", "fr", "it", "ar"};
static const char *const invites[INVITE_COUNT] = {
    [INVITE_MAIL] = "mail", [INVITE_EXCHANGE] = "exchange", [INVITE_NONE] = "none"};
static const char *const follows[FOLLOW_COUNT] = {
    [FOLLOW_FOLLOW] = "follow", [FOLLOW_ASK] = "ask", [FOLLOW_IGNORE] = "ignore"};
static const char *const cancelleds[CANCELLED_COUNT] = {
    [CANCELLED_REMOVE] = "remove", [CANCELLED_KEEP] = "keep"};
static const char *const ask_reasons[ASK_REASON_COUNT] = {[ASK_REASON_NO] = "no",
                                                          [ASK_REASON_OPTIONAL] = "optional",
                                                          [ASK_REASON_REQUIRED] = "required"};
static const char *const outages[OUTAGE_COUNT] = {
    [OUTAGE_NONE] = "",
    [OUTAGE_SIGN_IN] = "sign-in",
    [OUTAGE_UNREACHABLE] = "unreachable",
    [OUTAGE_CERTIFICATE] = "certificate",
    [OUTAGE_SILENT] = "no answer",
    [OUTAGE_THROTTLED] = "throttled",
    [OUTAGE_MAILBOX] = "mailbox",
    [OUTAGE_BROKEN] = "server error",
    [OUTAGE_MOVED] = "moved to Microsoft 365",
    [OUTAGE_GRANT] = "permission ended",
};
static const char *const shows[SHOW_AS_COUNT] = {[SHOW_BUSY] = "busy",
                                                 [SHOW_TENTATIVE] = "tentative",
                                                 [SHOW_OOF] = "oof",
                                                 [SHOW_FREE] = "free"};

static enum status parse(struct text t, const char *const *words, unsigned n, const char *what,
                         unsigned *ret, struct error *err)
{
    CLEANUP(buf_done) struct buf all = BUF(WORDS_MAX);
    for (unsigned i = 0; i < n; i++) {
        if (text_equal(t, text_from(words[i]))) {
            *ret = i;
            return OK;
        }
        buf_printf(&all, "%s%s", i ? ", " : "", words[i]);
    }
    return error_set(err, ERR_INVALID, what, "\"" TEXT_FMT "\" is none of %s", TEXT_ARG(t),
                     buf_cstr(&all));
}

/* A pair of functions for an enum, of its words. */
#define WORDS(name, type, words, count, what)                                                  \
    const char *name##_name(enum type value)                                                   \
    {                                                                                          \
        return words[value];                                                                   \
    }                                                                                          \
    enum status name##_parse(struct text t, enum type *ret, struct error *err)                 \
    {                                                                                          \
        unsigned value = 0;                                                                    \
        TRY(parse(t, words, count, what, &value, err));                                        \
        *ret = (enum type)value;                                                               \
        return OK;                                                                             \
    }

WORDS(mail_kind, mail_kind, mail_kinds, MAIL_KIND_COUNT, "mail")
WORDS(language, language, languages, LANGUAGE_COUNT, "language")
WORDS(invite, invite, invites, INVITE_COUNT, "invite")
WORDS(follow, follow, follows, FOLLOW_COUNT, "follow")
WORDS(cancelled, cancelled, cancelleds, CANCELLED_COUNT, "cancelled")
WORDS(ask_reason, ask_reason, ask_reasons, ASK_REASON_COUNT, "ask-reason")
WORDS(show_as, show_as, shows, SHOW_AS_COUNT, "show-as")

const char *outage_name(enum outage outage)
{
    return outages[outage];
}
