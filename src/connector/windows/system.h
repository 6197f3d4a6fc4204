/* SPDX-License-Identifier: ISC
 *
 * Windows' own headers, to be included before ours: they define words of ours as macros, which end here.
 */
#ifndef CONNECTOR_WINDOWS_SYSTEM_H
#define CONNECTOR_WINDOWS_SYSTEM_H

#define COBJMACROS
#define SECURITY_WIN32

#include <winsock2.h>

#include <windows.h>
#include <ws2tcpip.h>

#include <schannel.h>
#include <security.h>
#include <wincrypt.h>
#include <winhttp.h>

#undef TEXT
#undef MAX_PATH
#undef interface
#undef near
#undef far

#endif
