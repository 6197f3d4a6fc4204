/* SPDX-License-Identifier: ISC */
#include "connector/windows/dispatch.h"

#include "connector/windows/wide.h"

enum { BUSY_TRIES = 20, BUSY_WAIT_MS = 250 };

static enum status said(HRESULT result, const EXCEPINFO *exception, const wchar_t *member,
                        struct error *err)
{
    CLEANUP(arena_done) struct arena a = {0};
    const char *name = arena_cstr(&a, wide_to(&a, member));
    if (result == DISP_E_EXCEPTION)
        result = exception->scode ? exception->scode : E_FAIL;
    switch (result) {
    case RPC_E_DISCONNECTED:
    case RPC_E_SERVER_DIED:
    case RPC_E_SERVER_DIED_DNE:
    case CO_E_OBJNOTCONNECTED:
    case HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE):
    case HRESULT_FROM_WIN32(RPC_S_CALL_FAILED):
        return error_set(err, ERR_NETWORK, "outlook", "Outlook was closed");
    case RPC_E_CALL_REJECTED:
    case RPC_E_SERVERCALL_RETRYLATER:
        return error_set(err, ERR_FULL, "outlook",
                         "Outlook is busy: is one of its dialogues open?");
    case DISP_E_UNKNOWNNAME:
    case DISP_E_MEMBERNOTFOUND:
        return error_set(err, ERR_UNSUPPORTED, "outlook", "this Outlook does not know %s",
                         name);
    case E_ACCESSDENIED:
        return error_set(err, ERR_DENIED, "outlook", "Outlook does not allow %s", name);
    default:
        return error_set(err, ERR_UPSTREAM, "outlook", "Outlook fails at %s (0x%08lx)", name,
                         (unsigned long)result);
    }
}

static bool is_busy(HRESULT result)
{
    return result == RPC_E_CALL_REJECTED || result == RPC_E_SERVERCALL_RETRYLATER;
}

static enum status invoke(IDispatch *of, const wchar_t *member, WORD how, VARIANT *argument,
                          VARIANT *ret_value, struct error *err)
{
    DISPID id, put = DISPID_PROPERTYPUT;
    OLECHAR *names[] = {(OLECHAR *)(uintptr_t)member};
    DISPPARAMS given = {.rgvarg = argument, .cArgs = argument ? 1 : 0};
    if (how == DISPATCH_PROPERTYPUT) {
        given.rgdispidNamedArgs = &put;
        given.cNamedArgs = 1;
    }
    EXCEPINFO exception = {0};
    HRESULT result = S_OK;
    for (int i = 0; i < BUSY_TRIES; i++) {
        result = IDispatch_GetIDsOfNames(of, &IID_NULL, names, 1, LOCALE_SYSTEM_DEFAULT, &id);
        if (SUCCEEDED(result))
            result = IDispatch_Invoke(of, id, &IID_NULL, LOCALE_SYSTEM_DEFAULT, how, &given,
                                      ret_value, &exception, NULL);
        SysFreeString(exception.bstrSource);
        SysFreeString(exception.bstrDescription);
        SysFreeString(exception.bstrHelpFile);
        if (!is_busy(result))
            break;
        Sleep(BUSY_WAIT_MS);
    }
    return SUCCEEDED(result) ? OK : said(result, &exception, member, err);
}

enum status dispatch_get(IDispatch *of, const wchar_t *member, VARIANT *ret_value,
                         struct error *err)
{
    VariantInit(ret_value);
    return invoke(of, member, DISPATCH_PROPERTYGET, NULL, ret_value, err);
}

/* Get a member as that type, converted where it is another. */
static enum status get_as(IDispatch *of, const wchar_t *member, VARTYPE type,
                          VARIANT *ret_value, struct error *err)
{
    TRY(dispatch_get(of, member, ret_value, err));
    HRESULT result = VariantChangeType(ret_value, ret_value, 0, type);
    if (SUCCEEDED(result))
        return OK;
    VariantClear(ret_value);
    return said(result, NULL, member, err);
}

enum status dispatch_get_long(IDispatch *of, const wchar_t *member, long *ret_value,
                              struct error *err)
{
    VARIANT value;
    TRY(get_as(of, member, VT_I4, &value, err));
    *ret_value = V_I4(&value);
    return OK;
}

enum status dispatch_get_text(IDispatch *of, const wchar_t *member, struct arena *a,
                              struct text *ret_value, struct error *err)
{
    VARIANT value;
    TRY(get_as(of, member, VT_BSTR, &value, err));
    *ret_value = wide_to(a, V_BSTR(&value));
    VariantClear(&value);
    return OK;
}

enum status dispatch_get_object(IDispatch *of, const wchar_t *member, IDispatch **ret_object,
                                struct error *err)
{
    VARIANT value;
    TRY(get_as(of, member, VT_DISPATCH, &value, err));
    *ret_object = V_DISPATCH(&value);
    return OK;
}

enum status dispatch_get_date(IDispatch *of, const wchar_t *member, double *ret_days,
                              struct error *err)
{
    VARIANT value;
    TRY(get_as(of, member, VT_DATE, &value, err));
    *ret_days = V_DATE(&value);
    return OK;
}

enum status dispatch_put_long(IDispatch *of, const wchar_t *member, long value,
                              struct error *err)
{
    VARIANT given = {.vt = VT_I4, .lVal = value};
    return invoke(of, member, DISPATCH_PROPERTYPUT, &given, NULL, err);
}

enum status dispatch_put_bool(IDispatch *of, const wchar_t *member, bool value,
                              struct error *err)
{
    VARIANT given = {.vt = VT_BOOL, .boolVal = value ? VARIANT_TRUE : VARIANT_FALSE};
    return invoke(of, member, DISPATCH_PROPERTYPUT, &given, NULL, err);
}

enum status dispatch_put_date(IDispatch *of, const wchar_t *member, double days,
                              struct error *err)
{
    VARIANT given = {.vt = VT_DATE, .date = days};
    return invoke(of, member, DISPATCH_PROPERTYPUT, &given, NULL, err);
}

enum status dispatch_put_text(IDispatch *of, const wchar_t *member, struct text value,
                              struct error *err)
{
    CLEANUP(arena_wipe) struct arena a = {0};
    VARIANT given = {.vt = VT_BSTR, .bstrVal = SysAllocString(wide_from(&a, value))};
    enum status status = invoke(of, member, DISPATCH_PROPERTYPUT, &given, NULL, err);
    VariantClear(&given);
    return status;
}

static enum status call(IDispatch *of, const wchar_t *method, VARIANT *argument,
                        IDispatch **ret_object, struct error *err)
{
    VARIANT value;
    VariantInit(&value);
    TRY(invoke(of, method, DISPATCH_METHOD, argument, &value, err));
    if (!ret_object) {
        VariantClear(&value);
        return OK;
    }
    *ret_object = NULL;
    if (V_VT(&value) == VT_DISPATCH)
        *ret_object = V_DISPATCH(&value);
    else
        VariantClear(&value);
    return OK;
}

enum status dispatch_call(IDispatch *of, const wchar_t *method, IDispatch **ret_object,
                          struct error *err)
{
    return call(of, method, NULL, ret_object, err);
}

enum status dispatch_call_long(IDispatch *of, const wchar_t *method, long value,
                               IDispatch **ret_object, struct error *err)
{
    VARIANT given = {.vt = VT_I4, .lVal = value};
    return call(of, method, &given, ret_object, err);
}

enum status dispatch_call_text(IDispatch *of, const wchar_t *method, const wchar_t *value,
                               IDispatch **ret_object, struct error *err)
{
    VARIANT given = {.vt = VT_BSTR, .bstrVal = SysAllocString(value)};
    enum status status = call(of, method, &given, ret_object, err);
    VariantClear(&given);
    return status;
}

void dispatch_release(IDispatch **object)
{
    if (*object)
        IDispatch_Release(*object);
    *object = NULL;
}
