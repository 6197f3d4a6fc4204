/* SPDX-License-Identifier: ISC
 *
 * Windows' names of time zones, as Exchange wants them. The table is made at build time from Unicode's
 * windowsZones.xml with tzdata's links applied (tools/winzones). What an Exchange server means by such a name is
 * never trusted (doc/exchange.md#zones); the way back is for iCalendar objects, which mean the name itself.
 */
#ifndef TIME_WINZONE_H
#define TIME_WINZONE_H

#include "base/text.h"

/* Return the Windows name of an IANA zone ("Europe/Zurich": "W. Europe Standard Time"), NULL where it has
 * none. Static. */
const char *winzone_find(struct text iana);

/* Return the IANA zone that Unicode gives a Windows name everywhere ("W. Europe Standard Time":
 * "Europe/Berlin"), NULL where it is none. Letter case plays no part. Static. */
const char *winzone_iana(struct text windows);

#endif
