/* SPDX-License-Identifier: ISC */
#include "connector/windows/keep.h"

#include <stdio.h>

#include "connector/windows/wide.h"

enum { LOG_MOST = 1024 * 1024, NAME_MOST = 1200 };

static const wchar_t token_name[] = L"token";

static void path_of(const struct keep *keep, const wchar_t *name, const wchar_t *ending,
                    wchar_t at[NAME_MOST])
{
    _snwprintf(at, NAME_MOST, L"%ls\\%ls%ls", keep->folder, name, ending);
    at[NAME_MOST - 1] = 0;
}

static enum status failed(const char *doing, struct error *err)
{
    CLEANUP(arena_done) struct arena a = {0};
    DWORD code = GetLastError();
    return error_set(err, ERR_IO, "files", "%s: %s", doing, wide_error(&a, code));
}

/* ---- files ---- */

static enum status load(const struct keep *keep, const wchar_t *name, struct buf *out,
                        struct error *err)
{
    wchar_t path[NAME_MOST];
    path_of(keep, name, L"", path);
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL,
                              OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return GetLastError() == ERROR_FILE_NOT_FOUND
                   ? error_set(err, ERR_NOT_FOUND, "files", "nothing is kept yet")
                   : failed("what was kept cannot be read", err);
    DWORD n = 1;
    char bytes[4096];
    bool ok = true;
    while (ok && n) {
        ok = ReadFile(file, bytes, sizeof bytes, &n, NULL);
        if (ok)
            buf_add(out, bytes, n);
    }
    CloseHandle(file);
    wipe_bytes(bytes, sizeof bytes);
    return ok && !buf_failed(out) ? OK : failed("what was kept cannot be read", err);
}

/* Whole or not at all: written beside, then renamed. */
static enum status store(const struct keep *keep, const wchar_t *name, struct text bytes,
                         struct error *err)
{
    wchar_t path[NAME_MOST], beside[NAME_MOST];
    path_of(keep, name, L"", path);
    path_of(keep, name, L".new", beside);
    HANDLE file =
        CreateFileW(beside, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return failed("a file cannot be written", err);
    DWORD n = 0;
    bool ok = WriteFile(file, bytes.n ? bytes.at : "", (DWORD)bytes.n, &n, NULL) &&
              n == bytes.n && FlushFileBuffers(file);
    CloseHandle(file);
    if (!ok || !MoveFileExW(beside, path, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
        return failed("a file cannot be written", err);
    return OK;
}

static enum status erase(const struct keep *keep, const wchar_t *name, struct error *err)
{
    wchar_t path[NAME_MOST];
    path_of(keep, name, L"", path);
    if (DeleteFileW(path) || GetLastError() == ERROR_FILE_NOT_FOUND)
        return OK;
    return failed("a file cannot be removed", err);
}

static enum status load_named(void *self, const char *name, struct buf *out, struct error *err)
{
    CLEANUP(arena_done) struct arena a = {0};
    return load(self, wide_from(&a, text_from(name)), out, err);
}

static enum status store_named(void *self, const char *name, struct text bytes,
                               struct error *err)
{
    CLEANUP(arena_done) struct arena a = {0};
    return store(self, wide_from(&a, text_from(name)), bytes, err);
}

static enum status erase_named(void *self, const char *name, struct error *err)
{
    CLEANUP(arena_done) struct arena a = {0};
    return erase(self, wide_from(&a, text_from(name)), err);
}

struct storage_adapter storage_adapter_of(struct keep *keep)
{
    return (struct storage_adapter){keep, load_named, store_named, erase_named};
}

/* ---- secrets ---- */

enum status keep_secret(struct keep *keep, const wchar_t *name, const struct secret *secret,
                        struct error *err)
{
    if (!secret->n)
        return erase(keep, name, err);
    DATA_BLOB clear = {(DWORD)secret->n, secret->at}, sealed = {0};
    if (!CryptProtectData(&clear, NULL, NULL, NULL, NULL, CRYPTPROTECT_UI_FORBIDDEN, &sealed))
        return failed("Windows cannot encipher a secret", err);
    enum status status =
        store(keep, name, (struct text){(const char *)sealed.pbData, sealed.cbData}, err);
    LocalFree(sealed.pbData);
    return status;
}

enum status keep_load_secret(struct keep *keep, const wchar_t *name, struct secret *ret_secret,
                             struct error *err)
{
    struct buf sealed CLEANUP(buf_wipe) = BUF(64 * 1024);
    TRY(load(keep, name, &sealed, err));
    DATA_BLOB in = {(DWORD)sealed.n, sealed.at}, clear = {0};
    if (!CryptUnprotectData(&in, NULL, NULL, NULL, NULL, CRYPTPROTECT_UI_FORBIDDEN, &clear))
        return error_set(err, ERR_AUTH, "files",
                         "what was kept was enciphered for another user or PC: pair again");
    *ret_secret = secret_new(clear.pbData, clear.cbData);
    wipe_bytes(clear.pbData, clear.cbData);
    LocalFree(clear.pbData);
    return OK;
}

static enum status token_load(void *self, struct secret *ret_token, struct error *err)
{
    return keep_load_secret(self, token_name, ret_token, err);
}

static enum status token_keep(void *self, const struct secret *token, struct error *err)
{
    return keep_secret(self, token_name, token, err);
}

static enum status token_forget(void *self, struct error *err)
{
    return erase(self, token_name, err);
}

struct secret_adapter secret_adapter_of(struct keep *keep)
{
    return (struct secret_adapter){keep, token_load, token_keep, token_forget};
}

/* ---- the log ---- */

static void open_log(struct keep *keep)
{
    wchar_t path[NAME_MOST];
    path_of(keep, L"log.txt", L"", path);
    keep->log = CreateFileW(path, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL,
                            OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
}

static void turn_log(struct keep *keep)
{
    wchar_t path[NAME_MOST], last[NAME_MOST];
    path_of(keep, L"log.txt", L"", path);
    path_of(keep, L"log.1.txt", L"", last);
    CloseHandle(keep->log);
    MoveFileExW(path, last, MOVEFILE_REPLACE_EXISTING);
    open_log(keep);
}

void keep_say(struct keep *keep, struct text line)
{
    LARGE_INTEGER size;
    if (keep->log == INVALID_HANDLE_VALUE)
        return;
    if (GetFileSizeEx(keep->log, &size) && size.QuadPart > LOG_MOST)
        turn_log(keep);
    SYSTEMTIME t;
    GetSystemTime(&t);
    char row[1024];
    int n = snprintf(row, sizeof row, "%04d-%02d-%02d %02d:%02d:%02dZ " TEXT_FMT "\r\n",
                     t.wYear, t.wMonth, t.wDay, t.wHour, t.wMinute, t.wSecond, TEXT_ARG(line));
    DWORD written;
    if (n > 0)
        WriteFile(keep->log, row, (DWORD)(n < (int)sizeof row ? n : (int)sizeof row - 1),
                  &written, NULL);
}

/* ---- the folder ---- */

enum status keep_init(struct keep *keep, const wchar_t *folder, struct error *err)
{
    wchar_t local[900];
    *keep = (struct keep){.log = INVALID_HANDLE_VALUE};
    if (!folder) {
        DWORD n = GetEnvironmentVariableW(L"LOCALAPPDATA", local, 900);
        if (!n || n >= 900)
            return error_set(err, ERR_IO, "files", "LOCALAPPDATA names no folder");
        _snwprintf(keep->folder, 1024, L"%ls\\hourgate", local);
    } else {
        _snwprintf(keep->folder, 1024, L"%ls", folder);
    }
    keep->folder[1023] = 0;
    if (!CreateDirectoryW(keep->folder, NULL) && GetLastError() != ERROR_ALREADY_EXISTS)
        return failed("the program's folder cannot be made", err);
    open_log(keep);
    return OK;
}

void keep_done(struct keep *keep)
{
    if (keep->log != INVALID_HANDLE_VALUE)
        CloseHandle(keep->log);
}
