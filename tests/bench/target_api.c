#include "tests/bench/target.h"

#include <string.h>

#include "tests/bench/symbols.h"

#define KPCR 0xfffff80001c00000u
#define KPRCB (KPCR + 0x180)
#define KTHREAD 0xfffff80001c02000u

/* Windows Server 2008 R2, free, multiprocessor, 64-bit. */
static const struct kdproto_version version = {.major = 0x0f,
	.build = 7601,
	.protocol = 6,
	.flags = 7,
	.machine = 0x8664,
	.max_packet_type = 12,
	.max_state_change = 3,
	.max_manipulate = 0x33};

static void reply(struct target *t, struct kdproto_manipulate *m, uint32_t status) {
	m->status = status;
	link_send(t, SEND_REPLY, KDPROTO_TYPE_MANIPULATE,
		kdproto_put_manipulate(t->payload, m, machine_random(t)));
}

static uint32_t status_of(bool is_good) {
	return is_good ? KDPROTO_STATUS_SUCCESS : KDPROTO_STATUS_UNSUCCESSFUL;
}

/* A read that fails half-way still brings what it got. */
static void read_virtual(struct target *t, struct kdproto_manipulate *m) {
	uint8_t data[KDPROTO_READ_MAX];
	size_t want = m->count < sizeof data ? m->count : sizeof data;

	m->actual = (uint32_t)machine_read(t, m->addr, data, want);
	m->data = data;
	m->data_len = m->actual;
	reply(t, m, status_of(m->actual == want));
}

static void write_virtual(struct target *t, struct kdproto_manipulate *m) {
	size_t want = m->count < m->data_len ? m->count : m->data_len;

	m->actual = (uint32_t)machine_write(t, m->addr, m->data, want);
	m->data_len = 0;
	reply(t, m, status_of(m->actual == m->count));
}

static void get_context(struct target *t, struct kdproto_manipulate *m) {
	uint8_t data[KDPROTO_CONTEXT_SIZE];

	t->context.flags = 0x10001f;
	m->data_len = kdproto_put_context(data, &t->context);
	m->data = data;
	reply(t, m, KDPROTO_STATUS_SUCCESS);
}

static void set_context(struct target *t, struct kdproto_manipulate *m) {
	bool is_good = kdproto_get_context(m->data, m->data_len, &t->context);

	m->data_len = 0;
	reply(t, m, status_of(is_good));
}

static void write_breakpoint(struct target *t, struct kdproto_manipulate *m) {
	m->handle = machine_set_breakpoint(t, m->addr);
	m->data_len = 0;
	fault_event(t, WHEN_BP, ++t->bps_written);
	reply(t, m, status_of(m->handle != 0));
}

static void restore_breakpoint(struct target *t, struct kdproto_manipulate *m) {
	m->data_len = 0;
	reply(t, m, status_of(machine_clear_breakpoint(t, m->handle, "host")));
}

/* Spaces 0, 1 and 3 are pointers: processor, its control block, the thread; 2 is registers. */
static void read_control(struct target *t, struct kdproto_manipulate *m) {
	static const uint64_t pointers[4] = {KPCR, KPRCB, 0, KTHREAD};
	uint8_t pointer[8];
	size_t size = m->addr == 2 ? sizeof t->special : sizeof pointer;
	bool is_good = m->addr < 4;

	if (is_good)
		kdproto_put64(pointer, pointers[m->addr]);
	m->data = m->addr == 2 ? t->special : pointer;
	m->actual = is_good ? (m->count < size ? m->count : (uint32_t)size) : 0;
	m->data_len = m->actual;
	reply(t, m, status_of(is_good));
}

static void write_control(struct target *t, struct kdproto_manipulate *m) {
	bool is_good = m->addr == 2 && m->data_len <= sizeof t->special;

	m->actual = is_good ? (uint32_t)m->data_len : 0;
	memcpy(t->special, m->data, m->actual);
	m->data_len = 0;
	reply(t, m, status_of(is_good));
}

static void get_version(struct target *t, struct kdproto_manipulate *m) {
	m->version = version;
	m->version.kernel_base = symbols_modules[0].base;
	m->version.module_list = symbols_address("nt!PsLoadedModuleList");
	m->version.debugger_data = 0;
	m->data_len = 0;
	reply(t, m, KDPROTO_STATUS_SUCCESS);
}

static void reboot_at_once(struct target *t) {
	truth_event(t, "reboot", "\"cause\":\"host\"");
	power_off(t, BOOT_TIME);
}

void api_request(struct target *t, const uint8_t *payload, size_t len) {
	struct kdproto_manipulate m;

	if (!kdproto_get_manipulate(payload, len, &m))
		return;
	switch (m.api) {
	case KDPROTO_API_READ_VIRTUAL:
		read_virtual(t, &m);
		break;
	case KDPROTO_API_WRITE_VIRTUAL:
		write_virtual(t, &m);
		break;
	case KDPROTO_API_GET_CONTEXT:
		get_context(t, &m);
		break;
	case KDPROTO_API_SET_CONTEXT:
		set_context(t, &m);
		break;
	case KDPROTO_API_WRITE_BREAKPOINT:
		write_breakpoint(t, &m);
		break;
	case KDPROTO_API_RESTORE_BREAKPOINT:
		restore_breakpoint(t, &m);
		break;
	case KDPROTO_API_CONTINUE:
		stop_continue(t, false);
		break;
	case KDPROTO_API_CONTINUE2:
		stop_continue(t, m.trace != 0);
		break;
	case KDPROTO_API_READ_CONTROL:
		read_control(t, &m);
		break;
	case KDPROTO_API_WRITE_CONTROL:
		write_control(t, &m);
		break;
	case KDPROTO_API_REBOOT:
		reboot_at_once(t);
		break;
	case KDPROTO_API_GET_VERSION:
		get_version(t, &m);
		break;
	case KDPROTO_API_CLEAR_BREAKPOINTS: /* the kernel's internal ones; no reply */
		break;
	default:
		m.data_len = 0;
		reply(t, &m, KDPROTO_STATUS_UNSUCCESSFUL);
		break;
	}
}
