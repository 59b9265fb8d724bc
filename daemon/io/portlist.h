/* The serial ports of this computer. */
#ifndef LIVEDEBUG_IO_PORTLIST_H
#define LIVEDEBUG_IO_PORTLIST_H

#include <jansson.h>

/*
 * A JSON array of {"name","description","transport","usb_vid","usb_pid","usb_serial", ...}; a new
 * reference, NULL: libserialport failed. Listing opens ports for a moment (libserialport does, on
 * both systems): never while a kd starts.
 */
json_t *portlist(void);

#endif
