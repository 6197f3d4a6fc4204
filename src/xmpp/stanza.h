/* SPDX-License-Identifier: ISC
 *
 * The XML of XMPP streams (RFC 6120, 11), read as it comes: the stream's own tag, then one stanza after another,
 * then the end. Elements, attributes, namespaces, character data, the five entities and character references; a
 * declaration in front. Comments, processing instructions, DTDs and CDATA are refused, as the RFC forbids or nobody
 * needs them. Both ends use it: hourgate's component and the connector.
 */
#ifndef XMPP_STANZA_H
#define XMPP_STANZA_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"

enum {
    STANZA_MAX =
        32 * 1024, /* bytes of one; the least that RFC 6120, 13.12 lets us take is 10000 */
    STANZA_DEPTH_MAX = 16,      /* elements within each other */
    STANZA_ATTRIBUTES_MAX = 16, /* of one element */
    STANZA_PREFIXES_MAX = 32,   /* namespaces in force at one place */
};

struct attribute {
    struct text name; /* as written, with its prefix */
    struct text value;
};

struct element {
    struct text space; /* its namespace, never its prefix; empty: none */
    struct text name;
    struct attribute *attributes; /* without xmlns ones */
    size_t n_attributes;
    struct element *first; /* child */
    struct element *next;  /* sibling */
    struct text text;      /* all character data directly in it, decoded */
};

enum stanza_event {
    STANZA_NONE,   /* more bytes are needed */
    STANZA_OPENED, /* the stream's tag: an element without children */
    STANZA_WHOLE,  /* a stanza: a child of the stream, with all that is in it */
    STANZA_CLOSED, /* the stream's end tag: nothing follows */
};

struct prefix {
    struct text name, space;
};

struct stanza_reader {
    struct buf waiting; /* bytes of what is not whole yet */
    size_t scanned;     /* of them, looked at already */
    int depth;          /* where the scan stands, below what is waited for */
    bool in_tag;
    unsigned char quote; /* within a tag: in a value that it began; 0: in none */
    bool is_open, is_closed, has_failed;
    struct arena opened; /* the stream's namespaces */
    struct prefix prefixes[STANZA_PREFIXES_MAX];
    size_t n_prefixes; /* of the stream's tag */
};

/* A stream begins, or begins anew (RFC 6120, 4.3.3: after TLS and SASL). */
void stanza_reader_init(struct stanza_reader *r);
void stanza_reader_done(struct stanza_reader *r); /* accepts a zeroed one */

/* Take bytes that came. ERR_LIMIT: a stanza is longer than STANZA_MAX. */
enum status stanza_feed(struct stanza_reader *r, const void *bytes, size_t n) MUST_CHECK;

/* Read the next event; the element lives in a.
 *
 * Fails   ERR_INVALID: this is no stream; end the connection, nothing more comes
 */
enum status stanza_next(struct stanza_reader *r, struct arena *a, enum stanza_event *ret_event,
                        struct element *ret_element) MUST_CHECK;

/* Return an attribute's value; the empty text where it is not there. */
struct text element_attribute(const struct element *e, const char *name);

/* Return the first child of that name and namespace, NULL: there is none. */
const struct element *element_child(const struct element *e, const char *space,
                                    const char *name);

bool element_is(const struct element *e, const char *space, const char *name);

/* Append a text as character data or, in single or double quotes, as an attribute's value. */
void stanza_escape(struct buf *out, struct text t);

#endif
