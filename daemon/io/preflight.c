#include "io/preflight.h"

#include <libserialport.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/os.h"

#define DEVICE_BYTES 4096

struct preflight {
	uv_work_t work;
	preflight_done_fn *done;
	void *data;
	char device[DEVICE_BYTES], real[DEVICE_BYTES];
	enum preflight_answer answer;
	char why[256];
};

/* Held or not allowed: it is there. All else is a port that is not there to be opened. */
static enum preflight_answer answer_for(int error) {
	return error == UV_EBUSY || error == UV_EACCES || error == UV_EPERM || error == UV_EAGAIN
		       ? PREFLIGHT_BUSY
		       : PREFLIGHT_ABSENT;
}

static void fail_serialport(struct preflight *p, enum sp_return error) {
	int code = error == SP_ERR_FAIL ? sp_last_error_code() : 0;
	int translated = code > 0 ? uv_translate_sys_error(code) : UV_ENODEV;

	p->answer = answer_for(translated);
	snprintf(p->why, sizeof(p->why), "%.180s: %s", p->real,
		code > 0 ? uv_strerror(translated) : "not a serial port");
}

/* Take it for ourselves for a moment, as kd will have to. */
static void try_hold(struct preflight *p, struct sp_port *port) {
	/* An int on POSIX, a HANDLE on Windows. */
	void *handle[1] = {NULL};
	int error;

	if (sp_get_port_handle(port, (void *)handle) != SP_OK) {
		return;
	}
	error = os_port_hold(handle, true);
	if (error) {
		p->answer = answer_for(error);
		snprintf(p->why, sizeof(p->why), "%.180s: %s", p->real, uv_strerror(error));
	}
	(void)os_port_hold(handle, false);
}

static void open_port(struct preflight *p) {
	struct sp_port *port;
	enum sp_return error = sp_get_port_by_name(p->real, &port);

	if (error != SP_OK) {
		fail_serialport(p, error);
		return;
	}
	error = sp_open(port, SP_MODE_READ_WRITE);
	if (error == SP_OK) {
		try_hold(p, port);
	} else {
		fail_serialport(p, error);
	}
	(void)sp_close(port); /* after a failed open too: a version leaves it open */
	sp_free_port(port);
}

/* In a thread. Who holds it is asked first: libserialport would change a holder's settings. */
static void run(uv_work_t *work) {
	struct preflight *p = work->data;
	int error = os_port_probe(p->device, p->real, sizeof(p->real), p->why, sizeof(p->why));

	p->answer = error < 0 ? answer_for(error) : PREFLIGHT_FREE;
	if (error == 0) {
		open_port(p);
	}
}

static void finish(uv_work_t *work, int status) {
	struct preflight *p = work->data;

	if (p->done && status != UV_ECANCELED) {
		p->done(p->data, p->answer, p->why);
	}
	free(p);
}

int preflight_start(uv_loop_t *loop, const char *device, preflight_done_fn *done, void *data,
	struct preflight **out) {
	struct preflight *p = calloc(1, sizeof(*p));
	int error;

	if (!p) {
		return UV_ENOMEM;
	}
	p->done = done;
	p->data = data;
	p->work.data = p;
	if ((size_t)snprintf(p->device, sizeof(p->device), "%s", device) >= sizeof(p->device)) {
		free(p);
		return UV_ENAMETOOLONG;
	}
	error = uv_queue_work(loop, &p->work, run, finish);
	if (error) {
		free(p);
		return error;
	}
	*out = p;
	return 0;
}

void preflight_cancel(struct preflight *p) {
	if (p) {
		p->done = NULL;
		(void)uv_cancel((uv_req_t *)&p->work);
	}
}
