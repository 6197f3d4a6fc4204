/* SPDX-License-Identifier: ISC
 *
 * Matching: libxml2 keeps every name once in the parser's dictionary, so the names of the table are put
 * into it at the start and compared by address. A stack holds the rules of the open elements; nothing inside
 * one that no rule names can match, as no rule has such a parent.
 *
 * Servers do send references to characters that XML forbids (&#x1F; in a body). libxml2 rightly gives up
 * on them, so such a reference is replaced by '?' before the parser sees it. One that is cut in two by the
 * end of a chunk waits in `tail`.
 */
#include "format/xml.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/secret.h"

enum {
    FEED_MAX = 16 * 1024,    /* bytes per call of the parser */
    SILENT_MAX = 128 * 1024, /* bytes without an event: one huge tag or comment */
    REFERENCE_MAX = 16,      /* "&#x0010FFFF;" and a few zeros */
    DEPTH_MAX = 128,
    NO_ID = XML_ID_MAX, /* an element that no rule names */
};

static const struct xml_rule document = {.id = XML_ROOT}, unnamed = {.id = NO_ID};

struct xml_reader {
    const struct xml_handler *handler;
    void *owner;
    struct xml_limits limits;
    xmlParserCtxtPtr parser;
    const xmlChar **names; /* of the rules, in the parser's dictionary */
    const xmlChar *namespaces[XML_NAMESPACES];
    size_t first_rule[XML_ID_MAX + 1];           /* of each parent; n_rules where it has none */
    const struct xml_rule *stack[DEPTH_MAX + 1]; /* of each open element */
    unsigned depth;
    size_t bytes, elements, silent;
    char *text; /* of the innermost element that wants it */
    size_t n_text, most_text;
    unsigned text_depth; /* where it stands; 0: none */
    char tail[REFERENCE_MAX];
    size_t n_tail;
    bool is_ending;
    enum status status;
    char why[160];
};

/* libxml2 prints what has no context to standard error: a stranger's words in our log. */
static void print_nothing(void *context, const char *format, ...)
{
    (void)context, (void)format;
}

void xml_init(void)
{
    xmlInitParser();
    xmlSetGenericErrorFunc(NULL, print_nothing);
}

void xml_stop(struct xml_reader *reader, enum status status, const char *what)
{
    if (reader->status != OK)
        return;
    reader->status = status;
    snprintf(reader->why, sizeof reader->why, "%s", what);
    xmlStopParser(reader->parser);
}

struct text xml_attribute(const struct xml_tag *tag, const char *name)
{
    /* libxml2 gives five pointers an attribute: name, prefix, namespace, begin and end of the value. */
    const xmlChar *const *at = tag->attributes;
    for (int i = 0; i < tag->n_attributes; i++, at += 5)
        if (strcmp((const char *)at[0], name) == 0)
            return (struct text){(const char *)at[3], (size_t)(at[4] - at[3])};
    return (struct text){0};
}

/* ---- events ---- */

static bool is_namespace_known(const struct xml_reader *reader, const xmlChar *uri)
{
    for (size_t i = 0; i < XML_NAMESPACES; i++)
        if (reader->namespaces[i] == uri)
            return true;
    return uri == NULL;
}

static const struct xml_rule *match(const struct xml_reader *reader, const xmlChar *name,
                                    const xmlChar *uri)
{
    const struct xml_handler *handler = reader->handler;
    if (!is_namespace_known(reader, uri))
        return NULL;
    unsigned parent = reader->stack[reader->depth]->id;
    for (size_t i = reader->first_rule[parent];
         i < handler->n_rules && handler->rules[i].parent == parent; i++)
        if (reader->names[i] == name || handler->rules[i].name[0] == '*')
            return &handler->rules[i];
    return NULL;
}

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix,
                     const xmlChar *uri, int n_namespaces, const xmlChar **namespaces,
                     int n_attributes, int n_defaulted, const xmlChar **attributes)
{
    (void)prefix, (void)n_namespaces, (void)namespaces, (void)n_defaulted;
    struct xml_reader *reader = context;
    reader->silent = 0;
    if (reader->status != OK)
        return;
    if (reader->depth >= reader->limits.depth)
        return xml_stop(reader, ERR_UPSTREAM, "elements are nested too deeply");
    if (++reader->elements > reader->limits.elements)
        return xml_stop(reader, ERR_UPSTREAM, "too many elements");
    const struct xml_rule *rule = match(reader, name, uri);
    reader->stack[++reader->depth] = rule ? rule : &unnamed;
    if (!rule)
        return;
    if (rule->wants & XML_TEXT) {
        reader->n_text = 0;
        reader->text_depth = reader->depth;
    }
    if (!(rule->wants & XML_START))
        return;
    struct xml_tag tag = {(const char *)name, n_attributes, attributes};
    reader->handler->start(reader->owner, rule->id, &tag);
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix,
                   const xmlChar *uri)
{
    (void)name, (void)prefix, (void)uri;
    struct xml_reader *reader = context;
    reader->silent = 0;
    if (reader->status != OK)
        return;
    unsigned depth = reader->depth--;
    const struct xml_rule *rule = reader->stack[depth];
    if (!(rule->wants & (XML_END | XML_TEXT)))
        return;
    struct text text = {0};
    if (reader->text_depth == depth) {
        text = (struct text){reader->text, reader->n_text};
        reader->text_depth = 0;
    }
    reader->handler->end(reader->owner, rule->id, text);
}

static void on_text(void *context, const xmlChar *at, int n)
{
    struct xml_reader *reader = context;
    reader->silent = 0;
    /* Only the text that stands in the element itself: not that of elements inside it. */
    if (reader->status != OK || reader->text_depth == 0 || reader->text_depth != reader->depth)
        return;
    if ((size_t)n > reader->limits.text - reader->n_text)
        return xml_stop(reader, ERR_UPSTREAM, "a text is too long");
    memcpy(reader->text + reader->n_text, at, (size_t)n);
    reader->n_text += (size_t)n;
    if (reader->most_text < reader->n_text)
        reader->most_text = reader->n_text;
}

static void on_document_type(void *context, const xmlChar *name, const xmlChar *external,
                             const xmlChar *system)
{
    (void)name, (void)external, (void)system;
    xml_stop(context, ERR_UPSTREAM, "it has a document type, which no calendar server sends");
}

static void on_error(void *context, xmlErrorPtr problem)
{
    struct xml_reader *reader = context;
    if (problem->level != XML_ERR_FATAL || reader->status != OK)
        return;
    if (reader->is_ending)
        return xml_stop(reader, ERR_UPSTREAM, "the answer is cut short");
    char what[128];
    snprintf(what, sizeof what, "not well-formed XML (libxml2 error %d in line %d)",
             problem->code, problem->line);
    xml_stop(reader, ERR_UPSTREAM, what);
}

/* ---- life ---- */

static void learn_rules(struct xml_reader *reader)
{
    const struct xml_handler *handler = reader->handler;
    reader->names = calloc(handler->n_rules, sizeof *reader->names);
    ENSURE(reader->names);
    for (size_t i = 0; i < XML_NAMESPACES && handler->namespaces[i]; i++)
        reader->namespaces[i] =
            xmlDictLookup(reader->parser->dict, (const xmlChar *)handler->namespaces[i], -1);
    for (size_t i = 0; i <= XML_ID_MAX; i++)
        reader->first_rule[i] = handler->n_rules;
    for (size_t i = handler->n_rules; i-- > 0;) {
        const struct xml_rule *rule = &handler->rules[i];
        ENSURE(rule->parent < XML_ID_MAX && rule->id > 0 && rule->id < XML_ID_MAX);
        reader->names[i] = xmlDictLookup(reader->parser->dict, (const xmlChar *)rule->name, -1);
        ENSURE(reader->names[i]);
        reader->first_rule[rule->parent] = i;
    }
}

struct xml_reader *xml_reader_new(const struct xml_handler *handler, void *owner,
                                  const struct xml_limits *limits)
{
    ENSURE(limits->depth <= DEPTH_MAX);
    xmlSAXHandler sax = {
        .initialized = XML_SAX2_MAGIC,
        .startElementNs = on_start,
        .endElementNs = on_end,
        .characters = on_text,
        .ignorableWhitespace = on_text,
        .cdataBlock = on_text,
        .internalSubset = on_document_type,
        .externalSubset = on_document_type,
        .serror = on_error,
    };
    struct xml_reader *reader = calloc(1, sizeof *reader);
    ENSURE(reader);
    *reader = (struct xml_reader){
        .handler = handler, .owner = owner, .limits = *limits, .stack = {&document}};
    reader->text = malloc(limits->text + 1);
    ENSURE(reader->text);
    reader->parser = xmlCreatePushParserCtxt(&sax, reader, NULL, 0, NULL);
    ENSURE(reader->parser);
    /* NOENT: else an attribute's &amp; would come out as &#38;. No entity of a document's own gets here.
     * IGNORE_ENC: it is UTF-8, whatever the declaration says; no converter is let at a stranger's bytes. */
    xmlCtxtUseOptions(reader->parser, XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_IGNORE_ENC);
    learn_rules(reader);
    return reader;
}

void xml_reader_free(struct xml_reader *reader)
{
    if (!reader)
        return;
    xmlFreeParserCtxt(reader->parser);
    free(reader->names);
    wipe_bytes(reader->text, reader->most_text);
    free(reader->text);
    free(reader);
}

/* ---- bytes ---- */

static void feed(struct xml_reader *reader, const char *at, size_t n)
{
    while (n > 0 && reader->status == OK) {
        size_t step = n < FEED_MAX ? n : FEED_MAX;
        reader->silent += step;
        int failed = xmlParseChunk(reader->parser, at, (int)step, 0);
        if (failed && reader->status == OK && !reader->parser->wellFormed)
            xml_stop(reader, ERR_UPSTREAM, "not well-formed XML");
        if (reader->silent > SILENT_MAX)
            xml_stop(reader, ERR_UPSTREAM, "a tag or comment is too long");
        at += step;
        n -= step;
    }
}

static bool is_xml_character(unsigned long c)
{
    return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c < 0xd800) ||
           (c >= 0xe000 && c <= 0xfffd) || (c >= 0x10000 && c <= 0x10ffff);
}

/* How far is a character reference at the front of t? */
enum reference { REFERENCE_FINE, REFERENCE_FORBIDDEN, REFERENCE_CUT };

static enum reference judge_reference(struct text t, size_t *ret_size)
{
    if (t.n > 1 && t.at[1] != '#')
        return REFERENCE_FINE; /* a named one: the parser's business */
    bool is_hex = t.n > 2 && t.at[2] == 'x';
    unsigned long value = 0;
    for (size_t i = is_hex ? 3 : 2; i < t.n && i < REFERENCE_MAX; i++) {
        char c = t.at[i];
        if (c == ';') {
            *ret_size = i + 1;
            return is_xml_character(value) ? REFERENCE_FINE : REFERENCE_FORBIDDEN;
        }
        int digit = c >= '0' && c <= '9'             ? c - '0'
                    : is_hex && c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : is_hex && c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                     : -1;
        if (digit < 0)
            return REFERENCE_FINE; /* not a reference: the parser will say so */
        value = value * (is_hex ? 16 : 10) + (unsigned long)digit;
    }
    return t.n >= REFERENCE_MAX ? REFERENCE_FINE : REFERENCE_CUT;
}

/* Feed t without its forbidden references; return how much of its end must wait for more bytes. */
static size_t feed_filtered(struct xml_reader *reader, struct text t)
{
    const char *end = t.at + t.n, *from = t.at, *look = t.at;
    while (look < end && (look = memchr(look, '&', (size_t)(end - look)))) {
        size_t size = 1;
        enum reference kind = judge_reference((struct text){look, (size_t)(end - look)}, &size);
        if (kind == REFERENCE_CUT) {
            feed(reader, from, (size_t)(look - from));
            return (size_t)(end - look);
        }
        if (kind == REFERENCE_FORBIDDEN) {
            feed(reader, from, (size_t)(look - from));
            feed(reader, "?", 1);
            from = look + size;
        }
        look += size;
    }
    feed(reader, from, (size_t)(end - from));
    return 0;
}

/* Complete the reference that the last chunk cut, one byte at a time. */
static struct text feed_tail(struct xml_reader *reader, struct text bytes)
{
    while (reader->n_tail > 0 && bytes.n > 0) {
        reader->tail[reader->n_tail++] = *bytes.at++;
        bytes.n--;
        reader->n_tail = feed_filtered(reader, (struct text){reader->tail, reader->n_tail});
    }
    return bytes;
}

static enum status how_it_went(const struct xml_reader *reader, struct error *err)
{
    if (reader->status == OK)
        return OK;
    return error_set(err, reader->status, "xml", "%s", reader->why);
}

/* The first two bytes tell UTF-8 from encodings that libxml2 would recognise and convert. */
static bool begins_as_utf8(const struct xml_reader *reader, struct text bytes)
{
    for (size_t i = reader->bytes; i < 2 && i - reader->bytes < bytes.n; i++) {
        char c = bytes.at[i - reader->bytes];
        if (c == 0 || (i == 0 && !strchr("<\xef \t\r\n", c)))
            return false;
    }
    return true;
}

enum status xml_read(struct xml_reader *reader, struct text bytes, struct error *err)
{
    if (reader->status != OK)
        return how_it_went(reader, err);
    if (!begins_as_utf8(reader, bytes))
        xml_stop(reader, ERR_UPSTREAM, "it does not begin as XML in UTF-8");
    reader->bytes += bytes.n;
    if (reader->bytes > reader->limits.bytes)
        xml_stop(reader, ERR_UPSTREAM, "the answer is too long");
    bytes = feed_tail(reader, bytes);
    size_t left = bytes.n ? feed_filtered(reader, bytes) : 0;
    if (left) {
        memcpy(reader->tail, bytes.at + bytes.n - left, left);
        reader->n_tail = left;
    }
    return how_it_went(reader, err);
}

bool xml_is_whole(const struct xml_reader *reader)
{
    return reader->status == OK && reader->elements > 0 && reader->depth == 0 &&
           reader->n_tail == 0;
}

enum status xml_read_end(struct xml_reader *reader, struct error *err)
{
    if (reader->status != OK)
        return how_it_went(reader, err);
    if (reader->bytes == 0)
        xml_stop(reader, ERR_UPSTREAM, "the answer is empty");
    reader->is_ending = true;
    feed(reader, reader->tail, reader->n_tail);
    reader->n_tail = 0;
    if (reader->status == OK)
        xmlParseChunk(reader->parser, NULL, 0, 1);
    if (reader->status == OK && (!reader->parser->wellFormed || reader->elements == 0))
        xml_stop(reader, ERR_UPSTREAM, "the answer is cut short");
    return how_it_went(reader, err);
}

/* ---- writing ---- */

static const char *escape_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\r':
        return "&#13;"; /* else the reader's line-end handling eats it */
    default:
        return NULL;
    }
}

/* Return the size of the valid character at the front of t, 0 where there is none. */
static size_t character_size(struct text t)
{
    unsigned char c = (unsigned char)t.at[0];
    if (c < 0x80)
        return is_xml_character(c) ? 1 : 0;
    size_t size = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
    struct text one = {t.at, size};
    bool is_whole = t.n >= size && text_is_utf8(one);
    bool is_forbidden = is_whole && size == 3 && memcmp(t.at, "\xef\xbf", 2) == 0 &&
                        (unsigned char)t.at[2] >= 0xbe; /* U+FFFE, U+FFFF */
    return is_whole && !is_forbidden ? size : 0;
}

void xml_add_text(struct buf *out, struct text t)
{
    while (t.n > 0) {
        size_t size = character_size(t);
        const char *escape = size == 1 ? escape_of(t.at[0]) : NULL;
        if (escape)
            buf_add_cstr(out, escape);
        else if (size)
            buf_add(out, t.at, size);
        else
            buf_add_cstr(out, "\xef\xbf\xbd");
        size_t step = size ? size : 1;
        t.at += step;
        t.n -= step;
    }
}

void xml_add_element(struct buf *out, const char *name, struct text t)
{
    buf_printf(out, "<%s>", name);
    xml_add_text(out, t);
    buf_printf(out, "</%s>", name);
}
