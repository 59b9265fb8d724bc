#include "tests/bench/target.h"

void power_boot(struct target *t) {
	t->boots++;
	truth_event(t, "boot", "\"n\":%llu", (unsigned long long)t->boots);
	machine_reset(t);
	link_reset_ids(t, KDPROTO_SYNC);
	t->is_heard = false;
	t->is_absent = false;
	t->call_due = NEVER;
	fault_event(t, WHEN_BOOT, t->boots);
	stop_load(t, false);
}

/* What has been given to the UART, such as the ACK of the Continue, still leaves. */
void power_off(struct target *t, uint64_t for_time) {
	t->mode = MODE_OFF;
	t->power_due = t->now + for_time;
	t->fifo_len = 0;
	t->ack_due = NEVER;
	t->decoder_due = NEVER;
	t->print_count = 0;
	t->flood = 0;
	t->is_break_pending = false;
	t->is_bugcheck_due = false;
}

/* Orderly: tells the debugger and waits for it, unless there is none. */
void power_reboot(struct target *t) {
	truth_event(t, "reboot", "\"cause\":\"orderly\"");
	if (t->is_absent)
		power_off(t, t->away);
	else
		stop_load(t, true);
}

void power_bugcheck(struct target *t) {
	stop_print_add(t, "\n*** Fatal System Error: 0x000000d1\n"
			  "                       (0xFFFFF88003101040,0x0000000000000002,"
			  "0x0000000000000001,0xFFFFF880031014A2)\n\n");
	t->is_bugcheck_due = true;
}
