/* SPDX-License-Identifier: ISC
 *
 * Windows' names of time zones, as Exchange wants them. The table is made at build time from Unicode's
 * windowsZones.xml with tzdata's links applied (tools/winzones). One way only: what a server calls a zone
 * is never trusted (doc/exchange.md#zones).
 */
#ifndef TIME_WINZONE_H
#define TIME_WINZONE_H

#include "base/text.h"

/* Return the Windows name of an IANA zone ("Europe/Zurich": "W. Europe Standard Time"), NULL where it has
 * none. Static. */
const char *winzone_find(struct text iana);

#endif
