/* SPDX-License-Identifier: ISC
 *
 * Two passes. The scan walks each byte once and only counts tags, to find where a stanza ends; the parse then reads
 * what is whole. So a stanza that comes byte by byte costs no more than one that comes at once.
 */
#include "xmpp/stanza.h"

void stanza_reader_init(struct stanza_reader *r)
{
    *r = (struct stanza_reader){.waiting = BUF(STANZA_MAX)};
}

void stanza_reader_done(struct stanza_reader *r)
{
    buf_wipe(&r->waiting);
    arena_wipe(&r->opened);
}

enum status stanza_feed(struct stanza_reader *r, const void *bytes, size_t n)
{
    buf_add(&r->waiting, bytes, n);
    return buf_failed(&r->waiting) ? ERR_LIMIT : OK;
}

static bool is_space(unsigned char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* ---- the scan ---- */

/* A tag ends at `end`: how deep is it behind it? */
static void close_tag(struct stanza_reader *r, size_t start, size_t end)
{
    const unsigned char *at = r->waiting.at;
    if (at[start + 1] == '/')
        r->depth--;
    else if (at[start + 1] != '?' && at[end - 1] != '/')
        r->depth++;
}

static size_t tag_start(const struct stanza_reader *r, size_t end)
{
    while (r->waiting.at[end] != '<')
        end--;
    return end;
}

/* Does a comment, CDATA, a DTD or a processing instruction begin? A declaration may, before the stream. */
static bool is_unwanted(const struct stanza_reader *r, unsigned char c)
{
    bool is_first = r->waiting.at[r->scanned - 1] == '<' && !r->quote;
    return is_first && (c == '!' || (c == '?' && r->is_open));
}

/* Go on to the end of what is waited for: one tag while the stream is not open, else one element or the stream's
 * end. *ret_n: its bytes; 0: it is not whole. */
static void scan(struct stanza_reader *r, size_t *ret_n)
{
    *ret_n = 0;
    for (; r->scanned < r->waiting.n; r->scanned++) {
        unsigned char c = r->waiting.at[r->scanned];
        if (!r->in_tag) {
            r->in_tag = c == '<';
        } else if (is_unwanted(r, c)) {
            r->has_failed = true;
            return;
        } else if (r->quote) {
            if (c == r->quote)
                r->quote = 0;
        } else if (c == '"' || c == '\'') {
            r->quote = c;
        } else if (c == '>') {
            r->in_tag = false;
            close_tag(r, tag_start(r, r->scanned), r->scanned);
            if (r->depth <= 0 || !r->is_open) {
                *ret_n = ++r->scanned;
                return;
            }
        }
    }
}

/* ---- the parse ---- */

struct parse {
    struct arena *a;
    const char *at, *end;
    int depth;
    struct prefix prefixes[STANZA_PREFIXES_MAX];
    size_t n_prefixes;
};

static bool is_name(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '-' || c == '.' || c == ':' || c >= 0x80;
}

static void skip_space(struct parse *p)
{
    while (p->at < p->end && is_space((unsigned char)*p->at))
        p->at++;
}

static enum status take(struct parse *p, char c)
{
    if (p->at == p->end || *p->at != c)
        return ERR_INVALID;
    p->at++;
    return OK;
}

static enum status take_name(struct parse *p, struct text *ret_name)
{
    const char *from = p->at;
    while (p->at < p->end && is_name((unsigned char)*p->at))
        p->at++;
    *ret_name = (struct text){from, (size_t)(p->at - from)};
    return ret_name->n && *from != ':' && *from != '-' && *from != '.' ? OK : ERR_INVALID;
}

static void add_utf8(struct buf *out, uint32_t c)
{
    if (c < 0x80) {
        buf_add_byte(out, (unsigned char)c);
    } else if (c < 0x800) {
        buf_add_byte(out, (unsigned char)(0xC0 | c >> 6));
        buf_add_byte(out, (unsigned char)(0x80 | (c & 0x3F)));
    } else if (c < 0x10000) {
        buf_add_byte(out, (unsigned char)(0xE0 | c >> 12));
        buf_add_byte(out, (unsigned char)(0x80 | (c >> 6 & 0x3F)));
        buf_add_byte(out, (unsigned char)(0x80 | (c & 0x3F)));
    } else {
        buf_add_byte(out, (unsigned char)(0xF0 | c >> 18));
        buf_add_byte(out, (unsigned char)(0x80 | (c >> 12 & 0x3F)));
        buf_add_byte(out, (unsigned char)(0x80 | (c >> 6 & 0x3F)));
        buf_add_byte(out, (unsigned char)(0x80 | (c & 0x3F)));
    }
}

/* #60 or #x3C, without & and ; */
static enum status decode_number(struct text t, struct buf *out)
{
    unsigned base = t.n > 1 && t.at[1] == 'x' ? 16 : 10;
    size_t i = base == 16 ? 2 : 1;
    uint32_t c = 0;
    if (i == t.n)
        return ERR_INVALID;
    for (; i < t.n; i++) {
        unsigned char d = (unsigned char)t.at[i];
        unsigned value = d >= '0' && d <= '9'   ? d - 48u
                         : d >= 'a' && d <= 'f' ? d - 'a' + 10u
                         : d >= 'A' && d <= 'F' ? d - 'A' + 10u
                                                : 16;
        if (value >= base || c > 0x10FFFF)
            return ERR_INVALID;
        c = c * base + value;
    }
    bool is_char = c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c < 0xD800) ||
                   (c >= 0xE000 && c < 0xFFFE) || (c >= 0x10000 && c <= 0x10FFFF);
    if (!is_char)
        return ERR_INVALID;
    add_utf8(out, c);
    return OK;
}

static enum status decode_entity(struct text name, struct buf *out)
{
    static const struct {
        const char *name;
        unsigned char c;
    } entities[] = {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
    if (name.n && name.at[0] == '#')
        return decode_number(name, out);
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
        if (text_equal(name, text_from(entities[i].name))) {
            buf_add_byte(out, entities[i].c);
            return OK;
        }
    return ERR_INVALID;
}

/* Append what a run of character data means. */
static enum status decode(struct text raw, struct buf *out)
{
    if (!text_is_utf8(raw))
        return ERR_INVALID;
    for (size_t i = 0; i < raw.n; i++) {
        unsigned char c = (unsigned char)raw.at[i];
        if (c == '<' || (c < 0x20 && !is_space(c)))
            return ERR_INVALID;
        if (c != '&') {
            buf_add_byte(out, c);
            continue;
        }
        struct text rest = {raw.at + i + 1, raw.n - i - 1}, name, after;
        if (!text_cut(rest, ';', &name, &after))
            return ERR_INVALID;
        TRY(decode_entity(name, out));
        i += name.n + 1;
    }
    return OK;
}

static enum status take_value(struct parse *p, struct text *ret_value)
{
    struct buf out CLEANUP(buf_wipe) = BUF(STANZA_MAX);
    if (p->at == p->end || (*p->at != '"' && *p->at != '\''))
        return ERR_INVALID;
    char quote = *p->at++;
    const char *from = p->at;
    while (p->at < p->end && *p->at != quote)
        p->at++;
    struct text raw = {from, (size_t)(p->at - from)};
    TRY(take(p, quote));
    TRY(decode(raw, &out));
    *ret_value = arena_text(p->a, buf_text(&out));
    return OK;
}

/* ---- namespaces ---- */

static enum status bind_prefix(struct parse *p, struct text name, struct text space)
{
    if (p->n_prefixes == STANZA_PREFIXES_MAX)
        return ERR_INVALID;
    p->prefixes[p->n_prefixes++] = (struct prefix){name, space};
    return OK;
}

/* Name an element by what its prefix stands for. */
static enum status resolve(struct parse *p, struct text qualified, struct element *e)
{
    struct text prefix = {0}, local = qualified;
    bool has_prefix = text_cut(qualified, ':', &prefix, &local);
    e->name = arena_text(p->a, local);
    e->space = (struct text){0};
    for (size_t i = p->n_prefixes; i > 0; i--)
        if (text_equal(p->prefixes[i - 1].name, prefix)) {
            e->space = p->prefixes[i - 1].space;
            return local.n ? OK : ERR_INVALID;
        }
    return has_prefix || !local.n ? ERR_INVALID : OK;
}

/* ---- elements ---- */

static enum status take_attribute(struct parse *p, struct element *e)
{
    struct attribute attribute;
    TRY(take_name(p, &attribute.name));
    skip_space(p);
    TRY(take(p, '='));
    skip_space(p);
    TRY(take_value(p, &attribute.value));
    if (text_equal(attribute.name, TEXT("xmlns")))
        return bind_prefix(p, (struct text){0}, attribute.value);
    if (text_starts(attribute.name, TEXT("xmlns:")))
        return bind_prefix(
            p, arena_text(p->a, (struct text){attribute.name.at + 6, attribute.name.n - 6}),
            attribute.value);
    if (e->n_attributes == STANZA_ATTRIBUTES_MAX ||
        element_attribute(e, arena_cstr(p->a, attribute.name)).at)
        return ERR_INVALID;
    attribute.name = arena_text(p->a, attribute.name);
    e->attributes[e->n_attributes++] = attribute;
    return OK;
}

/* Read a start tag up to its end; *ret_is_empty: it ended in '/>'. */
static enum status take_tag(struct parse *p, struct element *e, struct text *ret_qualified,
                            bool *ret_is_empty)
{
    TRY(take(p, '<'));
    TRY(take_name(p, ret_qualified));
    e->attributes = ARENA_ARRAY(p->a, STANZA_ATTRIBUTES_MAX, struct attribute);
    for (;;) {
        const char *before = p->at;
        skip_space(p);
        if (p->at < p->end && (*p->at == '>' || *p->at == '/'))
            break;
        if (p->at == before) /* attributes are kept apart */
            return ERR_INVALID;
        TRY(take_attribute(p, e));
    }
    *ret_is_empty = *p->at == '/';
    p->at += *ret_is_empty;
    TRY(take(p, '>'));
    return resolve(p, *ret_qualified, e);
}

static enum status take_end_tag(struct parse *p, struct text qualified)
{
    struct text name;
    TRY(take(p, '<'));
    TRY(take(p, '/'));
    TRY(take_name(p, &name));
    skip_space(p);
    TRY(take(p, '>'));
    return text_equal(name, qualified) ? OK : ERR_INVALID;
}

static enum status take_text(struct parse *p, struct buf *out)
{
    const char *from = p->at;
    while (p->at < p->end && *p->at != '<')
        p->at++;
    return decode((struct text){from, (size_t)(p->at - from)}, out);
}

static enum status take_element(struct parse *p, struct element *e)
{
    struct buf words CLEANUP(buf_wipe) = BUF(STANZA_MAX);
    struct element **last = &e->first;
    struct text qualified;
    bool is_empty;
    size_t n_prefixes = p->n_prefixes;
    if (++p->depth > STANZA_DEPTH_MAX)
        return ERR_INVALID;
    TRY(take_tag(p, e, &qualified, &is_empty));
    while (!is_empty) {
        TRY(take_text(p, &words));
        if (p->end - p->at < 2)
            return ERR_INVALID;
        if (p->at[1] == '/') {
            TRY(take_end_tag(p, qualified));
            break;
        }
        *last = ARENA_NEW(p->a, struct element);
        TRY(take_element(p, *last));
        last = &(*last)->next;
    }
    e->text = arena_text(p->a, buf_text(&words));
    p->n_prefixes = n_prefixes;
    p->depth--;
    return OK;
}

/* ---- events ---- */

static struct parse parse_of(struct stanza_reader *r, struct arena *a, size_t n)
{
    struct parse p = {.a = a, .at = (const char *)r->waiting.at, .n_prefixes = r->n_prefixes};
    p.end = p.at + n;
    memcpy(p.prefixes, r->prefixes, sizeof p.prefixes);
    return p;
}

/* The stream's tag, or the declaration before it, which says nothing that is of use. */
static enum status read_opening(struct stanza_reader *r, size_t n, enum stanza_event *ret_event,
                                struct element *ret_element)
{
    struct parse p = parse_of(r, &r->opened, n);
    struct text qualified;
    bool is_empty;
    skip_space(&p);
    if (text_starts((struct text){p.at, (size_t)(p.end - p.at)}, TEXT("<?xml "))) {
        *ret_event = STANZA_NONE;
        return r->depth == 0 ? OK : ERR_INVALID;
    }
    TRY(take_tag(&p, ret_element, &qualified, &is_empty));
    if (is_empty)
        return ERR_INVALID;
    memcpy(r->prefixes, p.prefixes, sizeof p.prefixes);
    r->n_prefixes = p.n_prefixes;
    r->is_open = true;
    r->depth = 0;
    *ret_event = STANZA_OPENED;
    return OK;
}

static enum status read_stanza(struct stanza_reader *r, size_t n, struct arena *a,
                               enum stanza_event *ret_event, struct element *ret_element)
{
    struct parse p = parse_of(r, a, n);
    skip_space(&p);
    if (r->depth < 0) {
        r->is_closed = true;
        *ret_event = STANZA_CLOSED;
        return text_starts((struct text){p.at, (size_t)(p.end - p.at)}, TEXT("</"))
                   ? OK
                   : ERR_INVALID;
    }
    TRY(take_element(&p, ret_element));
    *ret_event = STANZA_WHOLE;
    return p.at == p.end ? OK : ERR_INVALID;
}

/* Space between stanzas keeps a connection alive, and is nothing. */
static void drop_space(struct stanza_reader *r)
{
    size_t n = 0;
    while (n < r->waiting.n && is_space(r->waiting.at[n]))
        n++;
    if (n == r->waiting.n && n) {
        buf_clear(&r->waiting);
        r->scanned = 0;
    }
}

enum status stanza_next(struct stanza_reader *r, struct arena *a, enum stanza_event *ret_event,
                        struct element *ret_element)
{
    size_t n;
    *ret_event = STANZA_NONE;
    while (!r->has_failed && !r->is_closed) {
        *ret_element = (struct element){0};
        scan(r, &n);
        if (!n) {
            drop_space(r);
            return r->has_failed ? ERR_INVALID : OK;
        }
        enum status status = r->is_open ? read_stanza(r, n, a, ret_event, ret_element)
                                        : read_opening(r, n, ret_event, ret_element);
        buf_drop(&r->waiting, n);
        r->scanned = 0;
        r->has_failed = status != OK;
        if (status != OK || *ret_event != STANZA_NONE)
            return status;
    }
    return r->has_failed ? ERR_INVALID : OK;
}

/* ---- what was read ---- */

struct text element_attribute(const struct element *e, const char *name)
{
    for (size_t i = 0; i < e->n_attributes; i++)
        if (text_equal(e->attributes[i].name, text_from(name)))
            return e->attributes[i].value;
    return (struct text){0};
}

bool element_is(const struct element *e, const char *space, const char *name)
{
    return text_equal(e->space, text_from(space)) && text_equal(e->name, text_from(name));
}

const struct element *element_child(const struct element *e, const char *space,
                                    const char *name)
{
    for (const struct element *child = e->first; child; child = child->next)
        if (element_is(child, space, name))
            return child;
    return NULL;
}

void stanza_escape(struct buf *out, struct text t)
{
    for (size_t i = 0; i < t.n; i++)
        switch (t.at[i]) {
        case '<':
            buf_add_cstr(out, "&lt;");
            break;
        case '>':
            buf_add_cstr(out, "&gt;");
            break;
        case '&':
            buf_add_cstr(out, "&amp;");
            break;
        case '"':
            buf_add_cstr(out, "&quot;");
            break;
        case '\'':
            buf_add_cstr(out, "&apos;");
            break;
        default:
            buf_add_byte(out, (unsigned char)t.at[i]);
        }
}
