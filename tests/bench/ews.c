/* SPDX-License-Identifier: ISC
 *
 * Rows 5, 6 and 7 of the performance goals: an Exchange answer to a busy list. The anchor is libxml2's SAX2 push
 * parser over the same bytes, with events that do nothing; both are fed as libcurl feeds, 16 KiB at a time.
 *
 *     ews               print the rows
 *     ews workload N    print row N's answer, for a peer
 */
#include <libxml/parser.h>
#include <stdint.h>
#include <string.h>

#include "bench.h"

#include "base/buf.h"
#include "calendar/ews/answer.h"
#include "format/xml.h"
#include "time/instant.h"

enum { CHUNK = 16 * 1024, TIMES = 60, EVENTS = 1000, MANY = 10000, OUT_MAX = 32 << 20 };

static const int64_t first_s = 1795420800; /* 2026-11-23T08:00:00Z */

struct workload {
    enum ews_operation operation;
    struct buf bytes;
    size_t n_found;
};

/* ---- the answers ---- */

static void add_time(struct buf *out, int64_t s, size_t length)
{
    char time[INSTANT_SIZE];
    instant_format((struct instant){s}, time);
    buf_add(out, time, length);
}

static void open_envelope(struct buf *out)
{
    buf_add_cstr(
        out,
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope "
        "xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header><h:ServerVersionInfo "
        "MajorVersion=\"15\" MinorVersion=\"2\" MajorBuildNumber=\"1544\" "
        "MinorBuildNumber=\"11\" "
        "Version=\"V2017_07_11\" "
        "xmlns:h=\"http://schemas.microsoft.com/exchange/services/2006/types\"/>"
        "</s:Header><s:Body xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
        "xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\">");
}

static void add_item(struct buf *out, int i)
{
    static const char *const statuses[] = {"Busy", "Tentative", "OOF", "Free"};
    int64_t start = first_s + (int64_t)i * 3600;
    buf_printf(out,
               "<t:CalendarItem><t:ItemId "
               "Id=\"AAMkADk5Njk2ZjM0LTZmMWItNGIwZS05YTBjLTUzZWE4ZTExN2I5OQFRAAgI"
               "3bj7Y1AAEYAAAAA6E87lqulVSHjZWEbC6XlAcA8EqATurROkGWLPCMZuhlAAAMzZjIwAA8EqATurRO%"
               "08dAAA=\" "
               "ChangeKey=\"DwAAABYAAADwSoBO6tE6QZYs8Ixm76GUAAAz%06d\"/><t:Start>",
               i, i);
    add_time(out, start, INSTANT_SIZE - 1);
    buf_add_cstr(out, "</t:Start><t:End>");
    add_time(out, start + 1800, INSTANT_SIZE - 1);
    buf_printf(out,
               "</t:End><t:LegacyFreeBusyStatus>%s</t:LegacyFreeBusyStatus></t:CalendarItem>",
               statuses[i % 4]);
}

static void make_find_item(struct buf *out, int n)
{
    open_envelope(out);
    buf_printf(
        out,
        "<m:FindItemResponse "
        "xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\" "
        "xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/"
        "types\"><m:ResponseMessages>"
        "<m:FindItemResponseMessage "
        "ResponseClass=\"Success\"><m:ResponseCode>NoError</m:ResponseCode>"
        "<m:RootFolder TotalItemsInView=\"%d\" IncludesLastItemInRange=\"true\"><t:Items>",
        n);
    for (int i = 0; i < n; i++)
        add_item(out, i);
    buf_add_cstr(out,
                 "</t:Items></m:RootFolder></m:FindItemResponseMessage></m:ResponseMessages>"
                 "</m:FindItemResponse></s:Body></s:Envelope>");
}

static void make_availability(struct buf *out, int n)
{
    open_envelope(out);
    buf_add_cstr(
        out,
        "<GetUserAvailabilityResponse "
        "xmlns=\"http://schemas.microsoft.com/exchange/services/2006/messages\">"
        "<FreeBusyResponseArray><FreeBusyResponse><ResponseMessage ResponseClass=\"Success\">"
        "<ResponseCode>NoError</ResponseCode></ResponseMessage><FreeBusyView><FreeBusyViewType "
        "xmlns=\"http://schemas.microsoft.com/exchange/services/2006/types\">FreeBusy</"
        "FreeBusyViewType>"
        "<CalendarEventArray "
        "xmlns=\"http://schemas.microsoft.com/exchange/services/2006/types\">");
    for (int i = 0; i < n; i++) {
        buf_add_cstr(out, "<CalendarEvent><StartTime>");
        add_time(out, first_s + (int64_t)i * 3600, INSTANT_SIZE - 2);
        buf_add_cstr(out, "</StartTime><EndTime>");
        add_time(out, first_s + (int64_t)i * 3600 + 1800, INSTANT_SIZE - 2);
        buf_add_cstr(out, "</EndTime><BusyType>Busy</BusyType></CalendarEvent>");
    }
    buf_add_cstr(
        out, "</CalendarEventArray></FreeBusyView></FreeBusyResponse></FreeBusyResponseArray>"
             "</GetUserAvailabilityResponse></s:Body></s:Envelope>");
}

static struct workload workload_of(const char *row, int n)
{
    struct workload w = {.operation = EWS_FIND_ITEM, .bytes = BUF(OUT_MAX)};
    if (strcmp(row, "6") == 0)
        w.operation = EWS_GET_USER_AVAILABILITY;
    if (w.operation == EWS_FIND_ITEM)
        make_find_item(&w.bytes, n);
    else
        make_availability(&w.bytes, n);
    ENSURE(!buf_failed(&w.bytes));
    return w;
}

/* ---- ours and the anchor ---- */

static void read_ours(void *context)
{
    struct workload *w = context;
    struct ews_answer answer;
    ews_answer_init(&answer, w->operation);
    answer.into_busy = true;
    struct ews_reader *reader = ews_reader_new(&answer);
    for (size_t at = 0; at < w->bytes.n; at += CHUNK) {
        size_t n = w->bytes.n - at < CHUNK ? w->bytes.n - at : CHUNK;
        ENSURE(ews_reader_read(reader, (struct text){(const char *)w->bytes.at + at, n},
                               NULL) == OK);
    }
    ENSURE(ews_reader_end(reader, NULL) == OK);
    CLEANUP(arena_done) struct arena a = {0};
    struct busy *busy;
    ENSURE(busylist_finish(&answer.busy, INSTANT_MIN, INSTANT_MAX, &a, &busy, &w->n_found) ==
           OK);
    ews_reader_free(reader);
    ews_answer_done(&answer);
}

static void ignore_start(void *context, const xmlChar *name, const xmlChar *prefix,
                         const xmlChar *uri, int n_namespaces, const xmlChar **namespaces,
                         int n_attributes, int n_defaulted, const xmlChar **attributes)
{
    (void)context, (void)name, (void)prefix, (void)uri, (void)n_namespaces, (void)namespaces;
    (void)n_attributes, (void)n_defaulted, (void)attributes;
}

static void ignore_end(void *context, const xmlChar *name, const xmlChar *prefix,
                       const xmlChar *uri)
{
    (void)context, (void)name, (void)prefix, (void)uri;
}

static void ignore_text(void *context, const xmlChar *at, int n)
{
    (void)context, (void)at, (void)n;
}

static void read_bare(void *context)
{
    struct workload *w = context;
    xmlSAXHandler sax = {.initialized = XML_SAX2_MAGIC,
                         .startElementNs = ignore_start,
                         .endElementNs = ignore_end,
                         .characters = ignore_text,
                         .ignorableWhitespace = ignore_text};
    xmlParserCtxtPtr parser = xmlCreatePushParserCtxt(&sax, NULL, NULL, 0, NULL);
    for (size_t at = 0; at < w->bytes.n; at += CHUNK) {
        size_t n = w->bytes.n - at < CHUNK ? w->bytes.n - at : CHUNK;
        xmlParseChunk(parser, (const char *)w->bytes.at + at, (int)n, 0);
    }
    xmlParseChunk(parser, NULL, 0, 1);
    ENSURE(parser->wellFormed);
    xmlFreeParserCtxt(parser);
}

/* ---- rows ---- */

/* The two alternate in small runs, so that a machine that slows down slows both. */
static bool row_of_time(const char *row, const char *quantity)
{
    enum { RUNS = 9 };
    struct workload w = workload_of(row, EVENTS);
    double ratios[RUNS], ours[RUNS], bare[RUNS];
    for (int i = 0; i < RUNS; i++) {
        bare[i] = bench_median_us(read_bare, &w, TIMES / RUNS + 3);
        ours[i] = bench_median_us(read_ours, &w, TIMES / RUNS + 3);
        ratios[i] = ours[i] / bare[i];
    }
    qsort(ratios, RUNS, sizeof *ratios, bench_compare);
    qsort(ours, RUNS, sizeof *ours, bench_compare);
    qsort(bare, RUNS, sizeof *bare, bench_compare);
    ENSURE(w.n_found > 0);
    char measured[100];
    snprintf(measured, sizeof measured, "%.2f ms, %.2fx of %.2f ms", ours[RUNS / 2] / 1e3,
             ratios[RUNS / 2], bare[RUNS / 2] / 1e3);
    buf_done(&w.bytes);
    return bench_row(row, quantity, "<= 1.3x libxml2 SAX2 push", measured,
                     ratios[RUNS / 2] <= 1.3);
}

/* Return a line's number of /proc/self/status in KiB. */
static long status_kib(const char *name)
{
    char line[200];
    long kib = -1;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, name, strlen(name)) == 0)
            kib = strtol(line + strlen(name), NULL, 10);
    if (file)
        fclose(file);
    return kib;
}

static bool row_of_memory(void)
{
    struct workload w = workload_of("7", MANY);
    FILE *file = fopen("/proc/self/clear_refs", "w"); /* the peak starts anew */
    if (file) {
        fputs("5", file);
        fclose(file);
    }
    long before = status_kib("VmRSS:");
    read_ours(&w);
    double mib = (double)(status_kib("VmHWM:") - before) / 1024;
    char measured[100];
    snprintf(measured, sizeof measured, "%.2f MiB above %.1f MiB of input", mib,
             (double)w.bytes.n / (1 << 20));
    buf_done(&w.bytes);
    return bench_row("7", "parser memory, 10,000 events", "<= 3.5 MiB above the input",
                     measured, before > 0 && mib <= 3.5);
}

int main(int argc, char **argv)
{
    xml_init();
    if (argc == 3 && strcmp(argv[1], "workload") == 0) {
        struct workload w = workload_of(argv[2], EVENTS);
        fwrite(w.bytes.at, 1, w.bytes.n, stdout);
        buf_done(&w.bytes);
        return 0;
    }
    bool memory = row_of_memory(); /* first, before the heap has grown */
    bool find = row_of_time("5", "EWS FindItem, 1,000 events to a busy list");
    bool availability = row_of_time("6", "EWS free/busy, 1,000 events");
    return memory && find && availability ? 0 : 1;
}
