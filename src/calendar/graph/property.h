/* SPDX-License-Identifier: ISC
 *
 * Extended properties as Graph names them. Ours is the one that carries a booking's uid, the same as EWS has it: an event
 * is found again whichever way it is asked for. The others are MAPI's own times of an appointment (MS-OXOCAL 2.2.1.5
 * and 2.2.1.6), which are instants also where it lasts all day.
 */
#ifndef GRAPH_PROPERTY_H
#define GRAPH_PROPERTY_H

#include "calendar/ews/property.h"

#define GRAPH_UID "String {" EWS_PROPERTY_SET "} Name " EWS_PROPERTY_NAME
#define GRAPH_APPOINTMENT "SystemTime {00062002-0000-0000-C000-000000000046} Id "
#define GRAPH_START_WHOLE GRAPH_APPOINTMENT "0x820D"
#define GRAPH_END_WHOLE GRAPH_APPOINTMENT "0x820E"

#endif
