/* The worked examples of kd-wire section 1, byte for byte, and the decoder's rules. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/kdproto.h"

#define BP_ADDR 0xfffff80001003000u

static uint8_t frame[KDPROTO_FRAME_MAX];
static uint8_t payload[KDPROTO_PAYLOAD_MAX];
static struct kdproto_decoder decoder;

/* "30 31 .." to bytes; "N*XX" is XX N times, decimal. */
static size_t from_hex(const char *text, uint8_t *out) {
	size_t len = 0;

	while (*text != '\0') {
		char *end;
		unsigned long times = 1;
		if (strchr(text, '*') == text + strcspn(text, " *"))
			times = strtoul(text, &end, 10), text = end + 1;
		uint8_t byte = (uint8_t)strtoul(text, &end, 16);
		while (times-- > 0)
			out[len++] = byte;
		text = end + strspn(end, " ");
	}
	return len;
}

static void assert_frame(size_t len, const char *hex) {
	uint8_t want[KDPROTO_FRAME_MAX];
	size_t want_len = from_hex(hex, want);

	assert_int_equal(len, want_len);
	assert_memory_equal(frame, want, want_len);
}

static size_t manipulate(struct kdproto_manipulate m, uint32_t id) {
	size_t len = kdproto_put_manipulate(payload, &m, 0);

	return kdproto_encode_data(frame, KDPROTO_TYPE_MANIPULATE, id, payload, len);
}

static void control_frames(void **state) {
	(void)state;
	assert_frame(kdproto_encode_control(frame, KDPROTO_TYPE_RESET, 0), "4*69 06 11*00");
	assert_frame(kdproto_encode_control(frame, KDPROTO_TYPE_RESEND, 0), "4*69 05 11*00");
	assert_frame(kdproto_encode_control(frame, KDPROTO_TYPE_ACK, 0x80800000),
		"4*69 04 00 00 00 00 00 80 80 4*00");
	assert_frame(kdproto_encode_control(frame, KDPROTO_TYPE_ACK, 0x80800001),
		"4*69 04 00 00 00 01 00 80 80 4*00");
}

static void debug_print_frame(void **state) {
	struct kdproto_debug_io io = {
		.api = KDPROTO_IO_PRINT, .level = 6, .text = "DRV: hello\n", .text_len = 11};
	size_t len = kdproto_put_debug_io(payload, &io, 0);

	(void)state;
	assert_frame(
		kdproto_encode_data(frame, KDPROTO_TYPE_DEBUG_IO, KDPROTO_INITIAL_ID, payload, len),
		"30 30 30 30 03 00 1b 00 00 00 80 80 d7 03 00 00 30 32 00 00 06 00 00 00 "
		"0b 00 00 00 00 00 00 00 44 52 56 3a 20 68 65 6c 6c 6f 0a aa");
}

static void memory_frames(void **state) {
	(void)state;
	assert_frame(manipulate((struct kdproto_manipulate){.api = KDPROTO_API_READ_VIRTUAL,
					.addr = 0xfffff80001000000,
					.count = 0x10},
			     0x80800001),
		"4*30 02 00 38 00 01 00 80 80 68 03 00 00 30 31 14*00 00 00 00 01 00 f8 ff ff "
		"10 31*00 aa");
	assert_frame(
		manipulate((struct kdproto_manipulate){.api = KDPROTO_API_GET_VERSION}, 0x80800000),
		"4*30 02 00 38 00 00 00 80 80 77 00 00 00 46 31 54*00 aa");
}

static void breakpoint_frames(void **state) {
	(void)state;
	assert_frame(manipulate((struct kdproto_manipulate){.api = KDPROTO_API_WRITE_BREAKPOINT,
					.addr = BP_ADDR},
			     0x80800000),
		"4*30 02 00 38 00 00 00 80 80 8c 03 00 00 34 31 14*00 00 30 00 01 00 f8 ff ff "
		"32*00 aa");
	assert_frame(manipulate((struct kdproto_manipulate){.api = KDPROTO_API_RESTORE_BREAKPOINT,
					.handle = 1},
			     0x80800000),
		"4*30 02 00 38 00 00 00 80 80 67 00 00 00 35 31 14*00 01 39*00 aa");
}

static void continue_frames(void **state) {
	(void)state;
	assert_frame(manipulate((struct kdproto_manipulate){.api = KDPROTO_API_CONTINUE2,
					.continue_status = KDPROTO_DBG_CONTINUE,
					.dr7 = 0x400,
					.sym_start = 1},
			     0x80800000),
		"4*30 02 00 38 00 00 00 80 80 75 00 00 00 3c 31 14*00 02 00 01 00 4*00 00 04 6*00 "
		"01 23*00 aa");
	assert_frame(manipulate((struct kdproto_manipulate){.api = KDPROTO_API_CONTINUE,
					.continue_status = KDPROTO_DBG_CONTINUE},
			     0x80800000),
		"4*30 02 00 38 00 00 00 80 80 6a 00 00 00 36 31 14*00 02 00 01 00 36*00 aa");
}

/* Of these kd-wire gives length and checksum only. */
static void checksums_of_short_requests(void **state) {
	static const struct {
		struct kdproto_manipulate m;
		uint32_t checksum;
	} rows[] = {
		{{.api = KDPROTO_API_GET_CONTEXT}, 0x63},
		{{.api = KDPROTO_API_REBOOT}, 0x6c},
		{{.api = KDPROTO_API_READ_CONTROL, .addr = 2, .count = 0xd8}, 0x142},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(manipulate(rows[i].m, KDPROTO_INITIAL_ID), 73);
		assert_int_equal(kdproto_get32(frame + 12), rows[i].checksum);
	}
}

static void state_change_sizes(void **state) {
	struct kdproto_state s = {.new_state = KDPROTO_STATE_EXCEPTION,
		.data = (const uint8_t *)"\1\0\0",
		.data_len = 4};
	size_t len = kdproto_put_state(payload, &s, 0);

	(void)state;
	assert_int_equal(len, 0xf4);
	assert_int_equal(kdproto_encode_data(frame, 7, KDPROTO_INITIAL_ID, payload, len), 261);
	s.new_state = KDPROTO_STATE_LOAD_SYMBOLS;
	s.data = (const uint8_t *)"hal.dll";
	s.data_len = 8;
	len = kdproto_put_state(payload, &s, 0);
	assert_int_equal(len, 0xf8);
	assert_int_equal(kdproto_encode_data(frame, 7, KDPROTO_INITIAL_ID, payload, len), 265);
}

/*
 * One real packet: Windows XP x86, LoadSymbols of its kernel, from the public session dump at
 * lichao890427.github.io/2015/07/11/get-debug-traffic-in-windbg-debuggnig/ (the capture lost the
 * first leader byte), with the target's RESET that followed it. The run of zeros is what makes the
 * payload 271 bytes; the checksum is the capture's own.
 */
static const char REAL_HEADER[] = "30 30 30 30 07 00 0f 01 00 08 80 80 44 33 00 00 ";
static const char REAL_PAYLOAD[] =
	"31 30 00 00 00 00 00 00 01 00 00 00 00 00 00 00 40 37 55 80 ff ff ff ff c4 f4 52 80 ff ff "
	"ff ff 1f 00 00 00 00 00 00 00 00 80 4d 80 ff ff ff ff ff ff ff ff 00 00 00 00 d3 50 20 00 "
	"80 84 1f 00 120*00 10 00 00 00 bc fa 05 00 f0 0f ff ff 00 04 00 00 10 00 03 00 cc 5d c2 "
	"0c 00 cc cc cc cc cc 8b ff 55 8b ec ff 08 00 23 00 23 00 30 00 82 00 00 00 8*00 ";
static const char REAL_PATH[] = "\\WINDOWS\\system32\\ntkrnlpa.exe";
static const char REAL_RESET[] = "69 69 69 69 06 00 00 00 63 f8 05 00 00 00 00 00";

static size_t real_bytes(uint8_t *out) {
	size_t len = from_hex(REAL_HEADER, out);

	len += from_hex(REAL_PAYLOAD, out + len);
	memcpy(out + len, REAL_PATH, sizeof REAL_PATH);
	len += sizeof REAL_PATH;
	out[len++] = 0xaa;
	return len + from_hex(REAL_RESET, out + len);
}

/* Feed in pieces drawn from `seed` (0: whole) and write the events down as text. */
static void record(const struct kdproto_event *e, char *out, size_t size) {
	static const char *const names[] = {"data", "ack", "resend", "reset", "break", "bad", "."};
	size_t at = strlen(out);

	if (e->kind == KDPROTO_EVENT_GARBAGE)
		snprintf(out + at, size - at, ".%02x ", e->byte);
	else if (e->kind == KDPROTO_EVENT_BAD)
		snprintf(out + at, size - at, "bad:%d ", (int)e->bad);
	else if (e->kind == KDPROTO_EVENT_DATA)
		snprintf(out + at, size - at, "data:%u:%x:%zu ", e->type, e->id, e->len);
	else if (e->kind == KDPROTO_EVENT_BREAKIN)
		snprintf(out + at, size - at, "break ");
	else
		snprintf(out + at, size - at, "%s:%x ", names[e->kind], e->id);
}

static void drain(char *out, size_t size) {
	struct kdproto_event event;

	while (kdproto_next(&decoder, &event))
		record(&event, out, size);
}

static const char *events_of(const uint8_t *bytes, size_t len, unsigned seed, bool quiet_after) {
	static char text[65536];
	size_t at = 0;

	text[0] = '\0';
	srand(seed);
	kdproto_init(&decoder);
	while (at < len) {
		size_t piece = seed == 0 ? len - at : 1 + (size_t)rand() % 7;
		if (piece > len - at)
			piece = len - at;
		at += kdproto_push(&decoder, bytes + at, piece);
		drain(text, sizeof text);
	}
	if (quiet_after) {
		kdproto_timeout(&decoder);
		drain(text, sizeof text);
	}
	return text;
}

static void assert_events(const char *hex, bool quiet_after, const char *want) {
	uint8_t bytes[1024];
	size_t len = from_hex(hex, bytes);

	for (unsigned seed = 0; seed < 20; seed++)
		assert_string_equal(events_of(bytes, len, seed, quiet_after), want);
}

static void real_packet(void **state) {
	uint8_t bytes[512];
	size_t len = real_bytes(bytes);
	struct kdproto_event event;
	struct kdproto_state s;

	(void)state;
	kdproto_init(&decoder);
	assert_int_equal(kdproto_push(&decoder, bytes, len), len);
	assert_true(kdproto_next(&decoder, &event));
	assert_int_equal(event.kind, KDPROTO_EVENT_DATA);
	assert_int_equal(event.id, KDPROTO_INITIAL_ID | KDPROTO_SYNC);
	assert_int_equal(kdproto_checksum(event.payload, event.len), 0x3344);
	assert_int_equal(event.len, 271);
	assert_true(kdproto_get_state(event.payload, event.len, &s));
	assert_int_equal(s.new_state, KDPROTO_STATE_LOAD_SYMBOLS);
	assert_int_equal(s.pc, 0xffffffff8052f4c4);
	assert_int_equal(s.load.path_len, 0x1f);
	assert_int_equal(s.load.base, 0xffffffff804d8000);
	assert_int_equal(s.load.process, 0xffffffff);
	assert_int_equal(s.load.unload, 0);
	assert_string_equal((const char *)s.data, REAL_PATH);
	assert_true(kdproto_next(&decoder, &event));
	assert_int_equal(event.kind, KDPROTO_EVENT_RESET);
	assert_int_equal(event.id, 0x5f863);
	assert_false(kdproto_next(&decoder, &event));
}

static void real_packet_in_any_pieces(void **state) {
	uint8_t bytes[512];
	size_t len = real_bytes(bytes);

	(void)state;
	for (unsigned seed = 0; seed < 100; seed++)
		assert_string_equal(
			events_of(bytes, len, seed, false), "data:7:80800800:271 reset:5f863 ");
}

/* The capture itself starts with three leader bytes: nothing but garbage, then the RESET. */
static void real_packet_without_its_first_byte(void **state) {
	uint8_t bytes[512];
	size_t len = real_bytes(bytes);
	const char *text = events_of(bytes + 1, len - 1, 0, true);

	(void)state;
	assert_null(strstr(text, "data"));
	assert_non_null(strstr(text, "reset:5f863 "));
}

static void false_leaders(void **state) {
	(void)state;
	/* text "10000 ok": '0000' in front of an impossible type */
	assert_events("31 30 30 30 30 20 6f 6b", false, ".31 .30 .30 .30 .30 .20 .6f .6b ");
	/* a fifth leader byte: the packet is the last four */
	assert_events("5*69 06 00 00 00 63 f8 05 00 4*00", false, ".69 reset:5f863 ");
	/* the other leader starts again */
	assert_events("30 30 30 4*69 05 11*00", false, ".30 .30 .30 resend:0 ");
	/* count over 4000; id out of pattern */
	assert_events(
		"4*30 02 00 a1 0f 4*30", true, ".30 .30 .30 .30 .02 .00 .a1 .0f .30 .30 .30 .30 ");
	assert_events("4*30 02 00 00 00 02 00 80 80", false,
		".30 .30 .30 .30 .02 .00 .00 .00 .02 .00 .80 .80 ");
}

static void acks(void **state) {
	(void)state;
	assert_events("4*69 04 00 00 00 00 08 80 80 4*00", false, "ack:80800800 ");
	assert_events("4*69 04 00 00 00 01 00 80 80 4*00", false, "ack:80800001 ");
	assert_events("4*69 04 00 00 00 44 33 22 11", false,
		".69 .69 .69 .69 .04 .00 .00 .00 .44 .33 .22 .11 ");
}

static void broken_packets(void **state) {
	(void)state;
	assert_events("4*30 03 00 02 00 00 00 80 80 03 4*00 01 02 aa", true,
		"bad:1 .30 .30 .30 .03 .00 .02 .00 .00 .00 .80 .80 .03 .00 .00 .00 .00 .01 .02 "
		".aa ");
	assert_events("4*30 03 00 01 00 00 00 80 80 03 3*00 05 aa", true,
		"bad:0 .30 .30 .30 .03 .00 .01 .00 .00 .00 .80 .80 .03 .00 .00 .00 .05 .aa ");
	assert_events("4*30 03 00 02 00 00 00 80 80 03 3*00 05", true,
		"bad:2 .30 .30 .30 .03 .00 .02 .00 .00 .00 .80 .80 .03 .00 .00 .00 .05 ");
}

/* A RESET swallowed by a cut packet is found again after the silence. */
static void reset_inside_a_cut_packet(void **state) {
	(void)state;
	assert_events("4*30 03 00 40 00 00 00 80 80 03 3*00 01 4*69 06 11*00", true,
		"bad:2 .30 .30 .30 .03 .00 .40 .00 .00 .00 .80 .80 .03 .00 .00 .00 .01 reset:0 ");
}

static void break_in_byte(void **state) {
	(void)state;
	assert_events("62", true, "break ");
	assert_events("62", false, "");
	assert_events("62 4*69 06 11*00", false, "break reset:0 ");
	assert_events("62 6f 62 6f", false, ".62 .6f .62 .6f ");
	assert_events("62 62", true, ".62 break ");
}

static void break_in_byte_of_a_bad_packet(void **state) {
	(void)state;
	assert_events("4*30 03 00 02 00 00 00 80 80 07 3*00 62 30 aa", true,
		"bad:0 .30 .30 .30 .03 .00 .02 .00 .00 .00 .80 .80 .07 .00 .00 .00 .62 .30 .aa ");
}

static void longest_packet(void **state) {
	memset(payload, 0x62, sizeof payload);
	size_t len = kdproto_encode_data(frame, 2, 0x80800001, payload, sizeof payload);

	(void)state;
	for (unsigned seed = 0; seed < 3; seed++)
		assert_string_equal(events_of(frame, len, seed, false), "data:2:80800001:4000 ");
}

static void manipulate_round_trip(void **state) {
	struct kdproto_manipulate m = {.api = KDPROTO_API_GET_VERSION,
		.status = 7,
		.version = {.major = 0xf, .build = 19041, .machine = 0x8664, .debugger_data = 5}};
	struct kdproto_manipulate got;
	size_t len = kdproto_put_manipulate(payload, &m, 99);

	(void)state;
	assert_true(kdproto_get_manipulate(payload, len, &got));
	assert_int_equal(got.status, 7);
	assert_int_equal(got.version.build, 19041);
	assert_int_equal(got.version.debugger_data, 5);
	assert_int_equal(got.data_len, 0);
	assert_false(kdproto_get_manipulate(payload, len - 1, &got));
}

static void state_round_trip(void **state) {
	struct kdproto_state s = {.new_state = KDPROTO_STATE_EXCEPTION,
		.pc = BP_ADDR,
		.exception = {.code = KDPROTO_STATUS_BREAKPOINT,
			.address = BP_ADDR,
			.param_count = 1,
			.params = {3},
			.first_chance = 1},
		.report = {.dr7 = 0x400, .stream_len = 16, .stream = {0xcc}, .fs = 0x53}};
	struct kdproto_state got;

	(void)state;
	size_t len = kdproto_put_state(payload, &s, 1);
	assert_true(kdproto_get_state(payload, len, &got));
	assert_int_equal(kdproto_get64(payload + 0x30), BP_ADDR);
	assert_int_equal(got.exception.first_chance, 1);
	assert_int_equal(got.exception.params[0], 3);
	assert_int_equal(got.report.stream[0], 0xcc);
	assert_int_equal(got.report.fs, 0x53);
	assert_false(kdproto_get_state(payload, len - 1, &got));
}

static void context_round_trip(void **state) {
	struct kdproto_context c = {.rip = BP_ADDR, .eflags = 0x282, .cs = 0x10};
	struct kdproto_context got;

	(void)state;
	c.reg[KDPROTO_RSP] = 0x1234;
	assert_int_equal(kdproto_put_context(payload, &c), 0x4d0);
	assert_int_equal(kdproto_get64(payload + 0xf8), BP_ADDR);
	assert_int_equal(kdproto_get64(payload + 0x98), 0x1234);
	assert_true(kdproto_get_context(payload, 0x4d0, &got));
	assert_int_equal(got.rip, c.rip);
	assert_memory_equal(got.reg, c.reg, sizeof c.reg);
	assert_int_equal(got.eflags, 0x282);
	assert_int_equal(got.cs, 0x10);
}

static void debug_io_cuts_a_long_length(void **state) {
	struct kdproto_debug_io io = {.api = KDPROTO_IO_PROMPT, .text = "? ", .text_len = 2};
	struct kdproto_debug_io got;
	size_t len = kdproto_put_debug_io(payload, &io, 5);

	(void)state;
	kdproto_put32(payload + 8, 0xffffffff);
	assert_true(kdproto_get_debug_io(payload, len, &got));
	assert_int_equal(got.text_len, 2);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(control_frames),
		cmocka_unit_test(debug_print_frame),
		cmocka_unit_test(memory_frames),
		cmocka_unit_test(breakpoint_frames),
		cmocka_unit_test(continue_frames),
		cmocka_unit_test(checksums_of_short_requests),
		cmocka_unit_test(state_change_sizes),
		cmocka_unit_test(real_packet),
		cmocka_unit_test(real_packet_in_any_pieces),
		cmocka_unit_test(real_packet_without_its_first_byte),
		cmocka_unit_test(false_leaders),
		cmocka_unit_test(acks),
		cmocka_unit_test(broken_packets),
		cmocka_unit_test(reset_inside_a_cut_packet),
		cmocka_unit_test(break_in_byte),
		cmocka_unit_test(break_in_byte_of_a_bad_packet),
		cmocka_unit_test(longest_packet),
		cmocka_unit_test(manipulate_round_trip),
		cmocka_unit_test(state_round_trip),
		cmocka_unit_test(context_round_trip),
		cmocka_unit_test(debug_io_cuts_a_long_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
