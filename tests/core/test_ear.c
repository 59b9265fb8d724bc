#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/ear.h"

/* A data packet: a state change of `state`, with some payload behind it. */
static size_t packet(uint8_t *out, uint8_t type, uint32_t state) {
	static const uint8_t head[16] = {0x30, 0x30, 0x30, 0x30, 0, 0, 64, 0, 0, 8, 0x80, 0x80};
	uint32_t sum = 0;

	memcpy(out, head, sizeof(head));
	out[4] = type;
	for (size_t i = 0; i < 64; i++) {
		out[16 + i] = (uint8_t)(i < 4 ? state >> (8 * i) : i * 37);
		sum += out[16 + i];
	}
	for (size_t i = 0; i < 4; i++) {
		out[12 + i] = (uint8_t)(sum >> (8 * i));
	}
	out[80] = 0xaa;
	return 81;
}

/* The line's level at a time: start bit, eight bits, stop bit, one byte behind the other. */
static unsigned level(const uint8_t *bytes, size_t len, double bit) {
	size_t at = (size_t)bit;

	if (at / 10 >= len || at % 10 == 9) {
		return 1;
	}
	return at % 10 == 0 ? 0 : (unsigned)(bytes[at / 10] >> (at % 10 - 1)) & 1U;
}

/* What a receiver reads that is `ratio` times as fast as the sender. */
static size_t hear_at(const uint8_t *bytes, size_t len, double ratio, uint8_t *out, size_t cap) {
	const double step = 1 / ratio;
	size_t count = 0;

	for (double t = 0; t < (double)(10 * len) && count < cap; t += step / 8) {
		if (level(bytes, len, t) != 0) {
			continue;
		}
		out[count] = 0;
		for (unsigned b = 0; b < 8; b++) {
			unsigned v = level(bytes, len, t + (1.5 + b) * step);
			out[count] |= (uint8_t)(v << b);
		}
		count++;
		t += 9.5 * step;
	}
	return count;
}

static enum ear_verdict hear(const void *bytes, size_t len) {
	static struct ear e;

	memset(&e, 0, sizeof(e));
	ear_hear(&e, bytes, len);
	return ear_verdict(&e);
}

static void one_right_packet_is_proof_wherever_it_is_cut(void **state) {
	uint8_t bytes[400] = "0000iii login: 00000";
	size_t n = 20 + packet(bytes + 20, 7, 0x3031);

	(void)state;
	for (size_t cut = 0; cut <= n; cut++) {
		static struct ear e;
		memset(&e, 0, sizeof(e));
		ear_hear(&e, bytes, cut);
		ear_hear(&e, bytes + cut, n - cut);
		assert_int_equal(ear_verdict(&e), EAR_KD);
		assert_int_equal(e.packets, 1);
		assert_int_equal(e.bytes, n);
	}
}

static void a_stop_that_is_told_again_and_again_is_a_halted_target(void **state) {
	uint8_t bytes[200];
	size_t n = packet(bytes, 7, 0x3030);

	(void)state;
	n += packet(bytes + n, 7, 0x3030);
	assert_int_equal(hear(bytes, n), EAR_HALTED);
	packet(bytes, 3, 0x3030); /* DEBUG_IO: not a state */
	assert_int_equal(hear(bytes, 81), EAR_KD);
}

static void a_packet_that_is_not_whole_is_none(void **state) {
	uint8_t bytes[81];

	(void)state;
	for (size_t bad = 4; bad < 81; bad++) {
		static struct ear e;
		packet(bytes, 7, 0x3031);
		bytes[bad] ^= bad == 8 || bad == 9 ? 0x10 : 0x80;
		memset(&e, 0, sizeof(e));
		ear_hear(&e, bytes, sizeof(bytes));
		assert_int_equal(e.packets, 0);
	}
}

static void control_packets_count_and_their_id_does_not_matter(void **state) {
	static const uint8_t reset[16] = {0x69, 0x69, 0x69, 0x69, 6, 0, 0, 0, 0x63, 0xf8, 5};

	(void)state;
	assert_int_equal(hear(reset, sizeof(reset)), EAR_KD);
	assert_int_equal(hear("iiii login", 10), EAR_TEXT);
}

static void text_and_noise_and_silence(void **state) {
	static const char login[] = "\r\nDebian GNU/Linux rack12 ttyS1\r\n\r\nrack12 login: ";
	uint8_t noise[512];
	uint32_t seed = 1;

	(void)state;
	assert_int_equal(hear("", 0), EAR_SILENCE);
	assert_int_equal(hear(login, sizeof(login) - 1), EAR_TEXT);
	for (size_t i = 0; i < sizeof(noise); i++) {
		seed = seed * 1664525U + 1013904223U;
		noise[i] = (uint8_t)(seed >> 24);
	}
	assert_int_equal(hear(noise, sizeof(noise)), EAR_NOISE);
}

/* The ratios between the rates that bcdedit takes, 19200 being the target's. */
static void a_listener_that_is_too_fast_is_told(void **state) {
	static const double ratios[] = {3, 6};
	uint8_t sent[81], heard[1000];
	size_t n = packet(sent, 7, 0x3031);

	(void)state;
	assert_int_equal(hear_at(sent, n, 1, heard, sizeof(heard)), n);
	assert_memory_equal(heard, sent, n);
	for (size_t i = 0; i < sizeof(ratios) / sizeof(ratios[0]); i++) {
		size_t got = hear_at(sent, n, ratios[i], heard, sizeof(heard));
		assert_int_equal(hear(heard, got), EAR_WRONG_RATE);
	}
}

static void another_rate_is_never_taken_for_kd_or_text(void **state) {
	static const double ratios[] = {0.25, 1 / 3.0, 0.5, 2 / 3.0, 1.5, 2, 3, 4, 6, 12};
	uint8_t sent[81], heard[2000];
	size_t n = packet(sent, 7, 0x3031);

	(void)state;
	for (size_t i = 0; i < sizeof(ratios) / sizeof(ratios[0]); i++) {
		size_t got = hear_at(sent, n, ratios[i], heard, sizeof(heard));
		enum ear_verdict v = hear(heard, got);
		assert_true(v == EAR_WRONG_RATE || v == EAR_NOISE);
	}
}

static void each_verdict_has_a_name(void **state) {
	(void)state;
	assert_string_equal(ear_verdict_name(EAR_SILENCE), "silence");
	assert_string_equal(ear_verdict_name(EAR_NOISE), "noise");
	assert_string_equal(ear_verdict_name(EAR_VERDICTS), "?");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_right_packet_is_proof_wherever_it_is_cut),
		cmocka_unit_test(a_stop_that_is_told_again_and_again_is_a_halted_target),
		cmocka_unit_test(a_packet_that_is_not_whole_is_none),
		cmocka_unit_test(control_packets_count_and_their_id_does_not_matter),
		cmocka_unit_test(text_and_noise_and_silence),
		cmocka_unit_test(a_listener_that_is_too_fast_is_told),
		cmocka_unit_test(another_rate_is_never_taken_for_kd_or_text),
		cmocka_unit_test(each_verdict_has_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
