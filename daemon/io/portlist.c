#include "io/portlist.h"

#include <libserialport.h>
#include <stdio.h>

static const char *transport_name(const struct sp_port *port) {
	switch (sp_get_port_transport(port)) {
	case SP_TRANSPORT_USB:
		return "usb";
	case SP_TRANSPORT_BLUETOOTH:
		return "bluetooth";
	case SP_TRANSPORT_NATIVE:
		break;
	}
	return "native";
}

static void put(json_t *item, const char *key, const char *text) {
	if (text && *text) {
		json_object_set_new(item, key, json_string(text));
	}
}

/* Some drivers leave the outputs unset and the answer bad: both are looked at. */
static void put_usb(json_t *item, const struct sp_port *port) {
	int vid = -1, pid = -1;
	char text[16];

	if (sp_get_port_usb_vid_pid(port, &vid, &pid) == SP_OK && vid >= 0 && pid >= 0) {
		snprintf(text, sizeof(text), "%04x", (unsigned)vid & 0xffffU);
		put(item, "usb_vid", text);
		snprintf(text, sizeof(text), "%04x", (unsigned)pid & 0xffffU);
		put(item, "usb_pid", text);
	}
	put(item, "usb_manufacturer", sp_get_port_usb_manufacturer(port));
	put(item, "usb_product", sp_get_port_usb_product(port));
	put(item, "usb_serial", sp_get_port_usb_serial(port));
}

json_t *portlist(void) {
	struct sp_port **ports = NULL;
	json_t *list;

	if (sp_list_ports(&ports) != SP_OK) {
		return NULL;
	}
	list = json_array();
	for (size_t i = 0; ports[i]; i++) {
		json_t *item = json_object();

		put(item, "name", sp_get_port_name(ports[i]));
		put(item, "description", sp_get_port_description(ports[i]));
		put(item, "transport", transport_name(ports[i]));
		if (sp_get_port_transport(ports[i]) == SP_TRANSPORT_USB) {
			put_usb(item, ports[i]);
		}
		json_array_append_new(list, item);
	}
	sp_free_port_list(ports);
	return list;
}
