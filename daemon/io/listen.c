#include "io/listen.h"

#include <libserialport.h>
#include <stdio.h>
#include <uv.h>

#include "os/os.h"

#define SLICE_MS 100
#define NS_PER_MS 1000000

static int fail(enum sp_return error, const char *doing, char *why, size_t cap) {
	int code = error == SP_ERR_FAIL ? sp_last_error_code() : 0;
	int translated = code > 0 ? uv_translate_sys_error(code) : UV_ENODEV;

	snprintf(why, cap, "%s: %s", doing, code > 0 ? uv_strerror(translated) : "not possible");
	return translated;
}

static enum sp_return set_line(struct sp_port *port, uint64_t baud) {
	enum sp_return error = sp_set_baudrate(port, (int)baud);

	error = error ? error : sp_set_bits(port, 8);
	error = error ? error : sp_set_parity(port, SP_PARITY_NONE);
	error = error ? error : sp_set_stopbits(port, 1);
	return error ? error : sp_set_flowcontrol(port, SP_FLOWCONTROL_NONE);
}

static int hear(
	struct sp_port *port, uint64_t ms, listen_fn *heard, void *data, char *why, size_t cap) {
	const uint64_t end = uv_hrtime() / NS_PER_MS + ms;
	uint8_t bytes[512];

	while (uv_hrtime() / NS_PER_MS < end) {
		/* Not sp_blocking_read_next(): it never returns under Wine. */
		int n = sp_blocking_read(port, bytes, 1, SLICE_MS);
		int more = n > 0 ? sp_nonblocking_read(port, bytes + 1, sizeof(bytes) - 1) : 0;

		if (n < 0 || more < 0) {
			return fail(n < 0 ? (enum sp_return)n : (enum sp_return)more, "reading",
				why, cap);
		}
		if (!heard(data, bytes, (size_t)n + (size_t)more)) {
			break;
		}
	}
	return 0;
}

static int listen_open(struct sp_port *port, uint64_t baud, uint64_t ms, listen_fn *heard,
	void *data, char *why, size_t cap) {
	void *handle[1] = {NULL}; /* an int on POSIX, a HANDLE on Windows */
	enum sp_return error = sp_get_port_handle(port, (void *)handle);
	int code = error ? 0 : os_port_hold(handle, true);

	if (code) {
		snprintf(why, cap, "%s", uv_strerror(code));
		return code;
	}
	error = set_line(port, baud);
	code = error ? fail(error, "setting the rate", why, cap)
		     : hear(port, ms, heard, data, why, cap);
	(void)os_port_hold(handle, false);
	return code;
}

int listen_line(const char *device, uint64_t baud, uint64_t ms, listen_fn *heard, void *data,
	char *why, size_t why_cap) {
	struct sp_port *port;
	enum sp_return error = sp_get_port_by_name(device, &port);
	int code;

	if (error != SP_OK) {
		return fail(error, "not a serial port", why, why_cap);
	}
	error = sp_open(port, SP_MODE_READ);
	code = error == SP_OK ? listen_open(port, baud, ms, heard, data, why, why_cap)
			      : fail(error, "opening", why, why_cap);
	(void)sp_close(port);
	sp_free_port(port);
	return code;
}
