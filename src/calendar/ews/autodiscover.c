/* SPDX-License-Identifier: ISC
 *
 * In POX the error stands in the outer namespace and a right answer in the inner one, both with HTTP 200; an
 * element counts in either. In SOAP an error stands on one of three levels: the answer, the user, a setting.
 * The last is no failure: another setting may be there.
 */
#include "calendar/ews/autodiscover.h"

#include "format/xml.h"

#define SOAP_NS "http://schemas.xmlsoap.org/soap/envelope/"
#define SOAP_AUTODISCOVER "http://schemas.microsoft.com/exchange/2010/Autodiscover"
#define POX_REQUEST                                                                            \
    "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"
#define POX_OUTER "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"
#define POX_INNER                                                                              \
    "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"

void autodiscover_write(struct buf *out, enum autodiscover_language language,
                        struct text address)
{
    if (language == AUTODISCOVER_POX) {
        buf_add_cstr(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
                          "<Autodiscover xmlns=\"" POX_REQUEST "\"><Request>");
        xml_add_element(out, "EMailAddress", address);
        buf_add_cstr(out, "<AcceptableResponseSchema>" POX_INNER "</AcceptableResponseSchema>"
                          "</Request></Autodiscover>");
        return;
    }
    buf_add_cstr(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
                      "<s:Envelope xmlns:s=\"" SOAP_NS "\" xmlns:a=\"" SOAP_AUTODISCOVER
                      "\" xmlns:w=\"http://www.w3.org/2005/08/addressing\"><s:Header>"
                      "<a:RequestedServerVersion>Exchange2013</a:RequestedServerVersion>"
                      "<w:Action>" SOAP_AUTODISCOVER "/Autodiscover/GetUserSettings</w:Action>"
                      "</s:Header><s:Body><a:GetUserSettingsRequestMessage><a:Request>"
                      "<a:Users><a:User>");
    xml_add_element(out, "a:Mailbox", address);
    buf_add_cstr(out, "</a:User></a:Users><a:RequestedSettings>"
                      "<a:Setting>ExternalEwsUrl</a:Setting>"
                      "<a:Setting>InternalEwsUrl</a:Setting>"
                      "<a:Setting>AutoDiscoverSMTPAddress</a:Setting>"
                      "<a:Setting>UserMSOnline</a:Setting></a:RequestedSettings>"
                      "</a:Request></a:GetUserSettingsRequestMessage></s:Body></s:Envelope>");
}

enum id {
    ENVELOPE = 1,
    BODY,
    FAULT,
    FAULT_CODE,
    MESSAGE,
    RESPONSE,
    RESPONSE_CODE,
    USERS,
    USER,
    USER_CODE,
    USER_TARGET,
    SETTINGS,
    SETTING,
    SETTING_NAME,
    SETTING_VALUE,
    POX,
    POX_RESPONSE,
    POX_ERROR,
    POX_CODE,
    POX_USER,
    POX_ADDRESS,
    ACCOUNT,
    REDIRECT_ADDRESS,
    REDIRECT_URL,
    ONLINE,
    PROTOCOL,
    PROTOCOL_TYPE,
    PROTOCOL_EWS,
};

static const struct xml_rule rules[] = {
    {XML_ROOT, ENVELOPE, XML_START, "Envelope"},
    {XML_ROOT, POX, XML_START, "Autodiscover"},
    {ENVELOPE, BODY, XML_PLACE, "Body"},
    {BODY, FAULT, XML_PLACE, "Fault"},
    {BODY, MESSAGE, XML_PLACE, "GetUserSettingsResponseMessage"},
    {FAULT, FAULT_CODE, XML_TEXT, "faultcode"},
    {MESSAGE, RESPONSE, XML_PLACE, "Response"},
    {RESPONSE, RESPONSE_CODE, XML_TEXT, "ErrorCode"},
    {RESPONSE, USERS, XML_PLACE, "UserResponses"},
    {USERS, USER, XML_PLACE, "UserResponse"},
    {USER, USER_CODE, XML_TEXT, "ErrorCode"},
    {USER, USER_TARGET, XML_TEXT, "RedirectTarget"},
    {USER, SETTINGS, XML_PLACE, "UserSettings"},
    {SETTINGS, SETTING, XML_START | XML_END, "UserSetting"},
    {SETTING, SETTING_NAME, XML_TEXT, "Name"},
    {SETTING, SETTING_VALUE, XML_TEXT, "Value"},
    {POX, POX_RESPONSE, XML_PLACE, "Response"},
    {POX_RESPONSE, POX_ERROR, XML_PLACE, "Error"},
    {POX_RESPONSE, POX_USER, XML_PLACE, "User"},
    {POX_RESPONSE, ACCOUNT, XML_PLACE, "Account"},
    {POX_ERROR, POX_CODE, XML_TEXT, "ErrorCode"},
    {POX_USER, POX_ADDRESS, XML_TEXT, "AutoDiscoverSMTPAddress"},
    {ACCOUNT, REDIRECT_ADDRESS, XML_TEXT, "RedirectAddr"},
    {ACCOUNT, REDIRECT_URL, XML_TEXT, "RedirectUrl"},
    {ACCOUNT, ONLINE, XML_TEXT, "MicrosoftOnline"},
    {ACCOUNT, PROTOCOL, XML_START | XML_END, "Protocol"},
    {PROTOCOL, PROTOCOL_TYPE, XML_TEXT, "Type"},
    {PROTOCOL, PROTOCOL_EWS, XML_TEXT, "EwsUrl"},
};

struct reader {
    struct arena *a;
    struct autodiscover_answer *answer;
    struct text name, value; /* of the setting or the protocol being read */
    struct text target;      /* SOAP: of whichever redirect */
    bool has_root;
};

static void on_start(void *owner, unsigned id, const struct xml_tag *tag)
{
    (void)tag;
    struct reader *reader = owner;
    reader->has_root = true;
    if (id == SETTING || id == PROTOCOL)
        reader->name = reader->value = (struct text){0};
}

static void keep_first(struct text *kept, struct text t)
{
    if (!kept->n)
        *kept = t;
}

static void end_pair(struct reader *reader)
{
    struct autodiscover_answer *answer = reader->answer;
    if (text_equal(reader->name, TEXT("ExternalEwsUrl")) ||
        text_equal(reader->name, TEXT("EXPR")) || text_equal(reader->name, TEXT("EXHTTP")))
        keep_first(&answer->external, reader->value);
    else if (text_equal(reader->name, TEXT("InternalEwsUrl")) ||
             text_equal(reader->name, TEXT("EXCH")))
        keep_first(&answer->internal, reader->value);
    else if (text_equal(reader->name, TEXT("AutoDiscoverSMTPAddress")))
        answer->address = reader->value;
    else if (text_equal(reader->name, TEXT("UserMSOnline")))
        answer->online = text_equal_nocase(reader->value, TEXT("true"));
}

static void on_end(void *owner, unsigned id, struct text text)
{
    struct reader *reader = owner;
    struct autodiscover_answer *answer = reader->answer;
    struct text t = id == SETTING || id == PROTOCOL ? (struct text){0}
                                                    : arena_text(reader->a, text_trim(text));
    switch ((enum id)id) {
    case FAULT_CODE:
    case RESPONSE_CODE:
    case USER_CODE:
    case POX_CODE:
        if (!text_equal(t, TEXT("NoError")))
            keep_first(&answer->code, t);
        break;
    case USER_TARGET:
        reader->target = t;
        break;
    case SETTING_NAME:
    case PROTOCOL_TYPE:
        reader->name = t;
        break;
    case SETTING_VALUE:
    case PROTOCOL_EWS:
        reader->value = t;
        break;
    case SETTING:
    case PROTOCOL:
        end_pair(reader);
        break;
    case POX_ADDRESS:
        answer->address = t;
        break;
    case REDIRECT_ADDRESS:
        answer->redirect_address = t;
        break;
    case REDIRECT_URL:
        answer->redirect_url = t;
        break;
    case ONLINE:
        answer->online = text_equal_nocase(t, TEXT("true"));
        break;
    default:
        break;
    }
}

/* In SOAP a redirect is an error whose target stands beside it. */
static void settle_redirect(struct reader *reader)
{
    struct autodiscover_answer *answer = reader->answer;
    if (text_equal(answer->code, TEXT("RedirectAddress")))
        answer->redirect_address = reader->target;
    else if (text_equal(answer->code, TEXT("RedirectUrl")))
        answer->redirect_url = reader->target;
}

enum status autodiscover_read(struct text bytes, struct arena *a,
                              struct autodiscover_answer *ret_answer, struct error *err)
{
    static const struct xml_handler handler = {
        .namespaces = {SOAP_NS, SOAP_AUTODISCOVER, POX_OUTER, POX_INNER},
        .rules = rules,
        .n_rules = sizeof rules / sizeof *rules,
        .start = on_start,
        .end = on_end,
    };
    static const struct xml_limits limits = {.bytes = AUTODISCOVER_ANSWER_MAX,
                                             .text = AUTODISCOVER_TEXT_MAX,
                                             .elements = 10000,
                                             .depth = 40};
    *ret_answer = (struct autodiscover_answer){0};
    struct reader reader = {.a = a, .answer = ret_answer};
    struct xml_reader *xml = xml_reader_new(&handler, &reader, &limits);
    enum status status = xml_read(xml, bytes, err);
    if (status == OK)
        status = xml_read_end(xml, err);
    xml_reader_free(xml);
    if (status == OK && !reader.has_root)
        return error_set(err, ERR_UPSTREAM, "autodiscover",
                         "this is no answer of Autodiscover");
    settle_redirect(&reader);
    return status;
}
