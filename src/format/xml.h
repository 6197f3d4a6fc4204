/* SPDX-License-Identifier: ISC
 *
 * XML from strangers and XML to them. The reader is libxml2's SAX2 push parser: bytes go in as they arrive,
 * only elements that stand in a table come out, and memory does not grow with the document. Whatever a
 * hostile server may try ends in ERR_UPSTREAM: a document type (and so every entity but the five of XML
 * itself), depth, size, count. Nothing is ever fetched.
 *
 * The table: an element is known by its local name and the known element that it stands in. Prefixes play
 * no part; its namespace must be one of the handler's, whichever, or none, as real servers mix them. Text is
 * gathered only where a rule wants it. Other elements are passed over with everything inside.
 */
#ifndef FORMAT_XML_H
#define FORMAT_XML_H

#include "base/buf.h"
#include "base/error.h"

enum {
    XML_ROOT = 0,
    XML_ID_MAX = 64
}; /* ids of a table lie between; XML_ROOT is the document */

/* When a handler is called for an element. */
enum xml_wants {
    XML_PLACE = 0, /* never: it is known for what stands in it */
    XML_START = 1, /* start, with its attributes */
    XML_END = 2,   /* end, with no text */
    XML_TEXT = 4,  /* end, with its text */
};

struct xml_rule {
    unsigned char parent; /* id of the element around it */
    unsigned char id;
    unsigned char wants; /* enum xml_wants */
    const char *name;    /* local name; "*" last among a parent's rules: any other */
};

/* The start tag of a known element, for the time of one call. */
struct xml_tag {
    const char *name; /* local */
    int n_attributes;
    const void *attributes;
};

/* Return an attribute's value by its local name; the empty text where there is none. */
struct text xml_attribute(const struct xml_tag *tag, const char *name);

enum { XML_NAMESPACES = 4 };

struct xml_handler {
    const char *namespaces[XML_NAMESPACES]; /* that elements may be in; NULL behind the last */
    const struct xml_rule *rules;           /* static; a parent's rules stand together */
    size_t n_rules;
    void (*start)(void *owner, unsigned id, const struct xml_tag *tag);
    void (*end)(void *owner, unsigned id, struct text text); /* text is not trimmed */
};

struct xml_limits {
    size_t bytes;    /* of the document */
    size_t text;     /* of one element's text */
    size_t elements; /* in the document */
    unsigned depth;
};

struct xml_reader;

/* Prepare libxml2 once per process, before the jail. */
void xml_init(void);

struct xml_reader *xml_reader_new(const struct xml_handler *handler, void *owner,
                                  const struct xml_limits *limits);
void xml_reader_free(struct xml_reader *reader); /* accepts NULL */

/* Read the next bytes, cut anywhere. After a failure every further call returns the same.
 *
 * Fails   ERR_UPSTREAM: not well-formed, forbidden, or beyond a limit; or what xml_stop was given
 */
enum status xml_read(struct xml_reader *reader, struct text bytes,
                     struct error *err) MUST_CHECK;

/* Has the outermost element ended? Where documents follow one another, the next begins here: its bytes are
 * another reader's. */
bool xml_is_whole(const struct xml_reader *reader);

/* There are no more bytes: was that a whole document? */
enum status xml_read_end(struct xml_reader *reader, struct error *err) MUST_CHECK;

/* From a handler: read no further; xml_read returns status with this line. The first call counts. */
void xml_stop(struct xml_reader *reader, enum status status, const char *what);

/* ---- writing ---- */

/* Append text as character data, fit for attribute values too: markup is escaped, and what XML 1.0
 * forbids (control characters, U+FFFE, bytes that are not UTF-8) becomes U+FFFD. */
void xml_add_text(struct buf *out, struct text t);

/* Append <name>text</name>. name is a literal of ours, prefix included. */
void xml_add_element(struct buf *out, const char *name, struct text t);

#endif
