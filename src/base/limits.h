/* SPDX-License-Identifier: ISC
 *
 * The maxima that more than one program must agree on: bytes for texts, items for lists. A maximum that
 * only one module needs stands in that module.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

enum {
    MAX_SLUG = 48,          /* an account's or a page's name in an address */
    MAX_NAME = 200,         /* a person's, account's or page's name */
    MAX_EMAIL = 254,        /* RFC 5321 path less its brackets */
    MAX_TITLE = 250,        /* an event's subject; Exchange takes 255 characters */
    MAX_DESCRIPTION = 4000, /* an event's body, a page's text */
    MAX_LOCATION = 250,
    MAX_QUESTION = 200,
    MAX_ANSWER = 1000,
    MAX_ANSWERS = 20,
    MAX_REASON = 1000,      /* why somebody cancels */
    MAX_QUESTIONS = 12,     /* that a page asks */
    MAX_CHOICES = 600,      /* all choices of one of them */
    MAX_SERIES = 26,        /* sessions of a series: half a year of weeks */
    MAX_COLOUR = 6,         /* six hexadecimal figures */
    MAX_LOGO = 12 * 1024,   /* a picture, whole: the first view of a page is 50 KB at most */
    MAX_LOGO_PIXELS = 1024, /* its width and its height */
    MAX_LOGO_MARK = 16,     /* a name of its content */
    MAX_ZONE = 64,          /* an IANA name */
    MAX_HOST = 253,         /* a DNS name */
    MAX_PATH = 512,         /* the path of a server's address */
    MAX_USER = 256,         /* a sign-in name at a calendar server */
    MAX_PASSWORD = 1024,
    MAX_CREDENTIAL = 8192,  /* a password, or a token that a provider gave */
    MAX_TOKEN = 64,         /* our own tokens, base64url */
    MAX_KEY = 100,          /* an idempotency key */
    MAX_UID = 128,          /* a booking's uid */
    MAX_EXTERNAL_ID = 1024, /* a server's id of an event, change key or calendar */
    MAX_WHERE = 64,         /* struct error */
    MAX_WHAT = 384,
    MAX_FIX = 600,
    MAX_FILE_PATH = 1024, /* a path on this machine */

    MAX_SLOTS =
        18000, /* in one answer: 62 days of 5-minute steps; an hour or two may come twice */
    MAX_SLOT_DAYS = 62,  /* one question for slots */
    MAX_BUSY = 20000,    /* intervals in one answer; more is ERR_LIMIT, never a part */
    MAX_HOURS = 56,      /* weekly spans of a page */
    MAX_OVERRIDES = 400, /* dated spans of a page */
    MAX_LAYERS = 24,     /* findings of the doctor */
    MAX_ROWS =
        120, /* rows of a list that a command shows; it asks again behind the last. So many
                                of the longest rows fit into one frame */
    MAX_PAGE_ROWS = 32,          /* the same for pages, whose rules are long */
    MAX_NETWORKS = 64,           /* private networks that the operator lists */
    MAX_KEYTAB = 8192,           /* a Kerberos keytab, whole */
    MAX_PINS = 8,                /* public keys that a connection accepts */
    MAX_MAILBOXES = 100,         /* in one question for availability; Exchange takes no more */
    MAX_VIEW_BUSY = 1500,        /* intervals of each of them; more is ERR_LIMIT for that one */
    MAX_CONSENTS = 8,            /* foreign domains that a person let Autodiscover follow */
    MAX_NODE = 64,               /* a node's name: drawn by chance, in its data directory */
    MAX_CALENDARS = 200,         /* of one connection */
    MAX_REMINDERS = 5,           /* of one page */
    MAX_NOTE = 1000,             /* an account's own paragraph in a mail */
    MAX_MESSAGE_ID = 120,        /* what stands between < and > */
    MAX_LINK = 1024,             /* an address of ours, whole */
    MAX_CHANGES = 512,           /* of a calendar, in one answer; Exchange takes no more */
    MAX_SYNC_STATE = 128 * 1024, /* a server's word for how far we know a calendar */
    MAX_EVENTS = 400,            /* that their owner looks at, in one answer */
    MAX_EVENT_LINE = 400,        /* their titles and places; longer ones are cut */
    MAX_EVENT_TEXT = 2000,       /* their descriptions likewise */
    MAX_WATCHED = 32,            /* mailboxes whose changes one stream tells */
    MAX_WATCHED_CALENDARS = 8,   /* of each of them */
    MAX_REASONS = 16,            /* why one start is not offered */
    MAX_SPELLS = 640,            /* runs of starts with equal reasons, in one answer */
};

/* A certificate of erasure. */
enum {
    MAX_ERASED = 64,        /* tables that it counts */
    MAX_ERASED_KEYS = 2000, /* its list of keys, in bytes */
    MAX_CERTIFICATE = 12000,
    MAX_CUSTOMER_ROWS = 32, /* bookings in one answer of what is kept of a customer */
};

#endif
