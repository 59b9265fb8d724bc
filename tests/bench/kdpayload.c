#include "tests/bench/kdproto.h"

#include <string.h>

static void fill(uint8_t *p, size_t len, uint32_t garbage) {
	for (size_t i = 0; i < len; i++) {
		garbage = garbage * 1664525u + (garbage != 0 ? 1013904223u : 0);
		p[i] = (uint8_t)(garbage >> 24);
	}
}

static size_t append(uint8_t *out, size_t at, const void *data, size_t len) {
	if (len > 0)
		memcpy(out + at, data, len);
	return at + len;
}

static void put_exception(uint8_t *p, const struct kdproto_exception *e) {
	kdproto_put32(p + 0x20, e->code);
	kdproto_put32(p + 0x24, e->flags);
	kdproto_put64(p + 0x28, e->record);
	kdproto_put64(p + 0x30, e->address);
	kdproto_put32(p + 0x38, e->param_count);
	for (size_t i = 0; i < e->param_count && i < 15; i++)
		kdproto_put64(p + 0x40 + 8 * i, e->params[i]);
	kdproto_put32(p + 0xb8, e->first_chance);
}

static void get_exception(const uint8_t *p, struct kdproto_exception *e) {
	e->code = kdproto_get32(p + 0x20);
	e->flags = kdproto_get32(p + 0x24);
	e->record = kdproto_get64(p + 0x28);
	e->address = kdproto_get64(p + 0x30);
	e->param_count = kdproto_get32(p + 0x38);
	for (size_t i = 0; i < 15; i++)
		e->params[i] = kdproto_get64(p + 0x40 + 8 * i);
	e->first_chance = kdproto_get32(p + 0xb8);
}

static void put_load(uint8_t *p, const struct kdproto_load_symbols *l) {
	kdproto_put32(p + 0x20, l->path_len);
	kdproto_put64(p + 0x28, l->base);
	kdproto_put64(p + 0x30, l->process);
	kdproto_put32(p + 0x38, l->checksum);
	kdproto_put32(p + 0x3c, l->image_size);
	p[0x40] = l->unload;
}

static void get_load(const uint8_t *p, struct kdproto_load_symbols *l) {
	l->path_len = kdproto_get32(p + 0x20);
	l->base = kdproto_get64(p + 0x28);
	l->process = kdproto_get64(p + 0x30);
	l->checksum = kdproto_get32(p + 0x38);
	l->image_size = kdproto_get32(p + 0x3c);
	l->unload = p[0x40];
}

static void put_report(uint8_t *p, const struct kdproto_report *r) {
	kdproto_put64(p + 0xc0, r->dr6);
	kdproto_put64(p + 0xc8, r->dr7);
	kdproto_put32(p + 0xd0, r->eflags);
	kdproto_put16(p + 0xd4, r->stream_len);
	kdproto_put16(p + 0xd6, r->flags);
	memcpy(p + 0xd8, r->stream, sizeof r->stream);
	kdproto_put16(p + 0xe8, r->cs);
	kdproto_put16(p + 0xea, r->ds);
	kdproto_put16(p + 0xec, r->es);
	kdproto_put16(p + 0xee, r->fs);
}

static void get_report(const uint8_t *p, struct kdproto_report *r) {
	r->dr6 = kdproto_get64(p + 0xc0);
	r->dr7 = kdproto_get64(p + 0xc8);
	r->eflags = kdproto_get32(p + 0xd0);
	r->stream_len = kdproto_get16(p + 0xd4);
	r->flags = kdproto_get16(p + 0xd6);
	memcpy(r->stream, p + 0xd8, sizeof r->stream);
	r->cs = kdproto_get16(p + 0xe8);
	r->ds = kdproto_get16(p + 0xea);
	r->es = kdproto_get16(p + 0xec);
	r->fs = kdproto_get16(p + 0xee);
}

size_t kdproto_put_state(uint8_t *out, const struct kdproto_state *s, uint32_t garbage) {
	fill(out, KDPROTO_STATE_SIZE, garbage);
	kdproto_put32(out, s->new_state);
	kdproto_put16(out + 0x04, s->level);
	kdproto_put16(out + 0x06, s->cpu);
	kdproto_put32(out + 0x08, s->cpu_count);
	kdproto_put64(out + 0x10, s->thread);
	kdproto_put64(out + 0x18, s->pc);
	if (s->new_state == KDPROTO_STATE_EXCEPTION)
		put_exception(out, &s->exception);
	if (s->new_state == KDPROTO_STATE_LOAD_SYMBOLS)
		put_load(out, &s->load);
	put_report(out, &s->report);
	return append(out, KDPROTO_STATE_SIZE, s->data, s->data_len);
}

bool kdproto_get_state(const uint8_t *p, size_t len, struct kdproto_state *s) {
	if (len < KDPROTO_STATE_SIZE)
		return false;
	memset(s, 0, sizeof *s);
	s->new_state = kdproto_get32(p);
	s->level = kdproto_get16(p + 0x04);
	s->cpu = kdproto_get16(p + 0x06);
	s->cpu_count = kdproto_get32(p + 0x08);
	s->thread = kdproto_get64(p + 0x10);
	s->pc = kdproto_get64(p + 0x18);
	if (s->new_state == KDPROTO_STATE_EXCEPTION)
		get_exception(p, &s->exception);
	if (s->new_state == KDPROTO_STATE_LOAD_SYMBOLS)
		get_load(p, &s->load);
	get_report(p, &s->report);
	s->data = p + KDPROTO_STATE_SIZE;
	s->data_len = len - KDPROTO_STATE_SIZE;
	return true;
}

static void put_version(uint8_t *p, const struct kdproto_version *v) {
	kdproto_put16(p + 0x10, v->major);
	kdproto_put16(p + 0x12, v->build);
	kdproto_put16(p + 0x14, v->protocol);
	kdproto_put16(p + 0x16, v->flags);
	kdproto_put16(p + 0x18, v->machine);
	p[0x1a] = v->max_packet_type;
	p[0x1b] = v->max_state_change;
	p[0x1c] = v->max_manipulate;
	kdproto_put64(p + 0x20, v->kernel_base);
	kdproto_put64(p + 0x28, v->module_list);
	kdproto_put64(p + 0x30, v->debugger_data);
}

static void get_version(const uint8_t *p, struct kdproto_version *v) {
	v->major = kdproto_get16(p + 0x10);
	v->build = kdproto_get16(p + 0x12);
	v->protocol = kdproto_get16(p + 0x14);
	v->flags = kdproto_get16(p + 0x16);
	v->machine = kdproto_get16(p + 0x18);
	v->max_packet_type = p[0x1a];
	v->max_state_change = p[0x1b];
	v->max_manipulate = p[0x1c];
	v->kernel_base = kdproto_get64(p + 0x20);
	v->module_list = kdproto_get64(p + 0x28);
	v->debugger_data = kdproto_get64(p + 0x30);
}

static void put_memory(uint8_t *p, const struct kdproto_manipulate *m) {
	kdproto_put64(p + 0x10, m->addr);
	kdproto_put32(p + 0x18, m->count);
	kdproto_put32(p + 0x1c, m->actual);
}

static void get_memory(const uint8_t *p, struct kdproto_manipulate *m) {
	m->addr = kdproto_get64(p + 0x10);
	m->count = kdproto_get32(p + 0x18);
	m->actual = kdproto_get32(p + 0x1c);
}

static void put_continue2(uint8_t *p, const struct kdproto_manipulate *m) {
	kdproto_put32(p + 0x10, m->continue_status);
	kdproto_put32(p + 0x14, m->trace);
	kdproto_put64(p + 0x18, m->dr7);
	kdproto_put64(p + 0x20, m->sym_start);
	kdproto_put64(p + 0x28, m->sym_end);
}

static void get_continue2(const uint8_t *p, struct kdproto_manipulate *m) {
	m->continue_status = kdproto_get32(p + 0x10);
	m->trace = kdproto_get32(p + 0x14);
	m->dr7 = kdproto_get64(p + 0x18);
	m->sym_start = kdproto_get64(p + 0x20);
	m->sym_end = kdproto_get64(p + 0x28);
}

static void put_union(uint8_t *p, const struct kdproto_manipulate *m) {
	switch (m->api) {
	case KDPROTO_API_READ_VIRTUAL:
	case KDPROTO_API_WRITE_VIRTUAL:
	case KDPROTO_API_READ_CONTROL:
	case KDPROTO_API_WRITE_CONTROL:
	case KDPROTO_API_READ_PHYSICAL:
		put_memory(p, m);
		break;
	case KDPROTO_API_GET_CONTEXT:
	case KDPROTO_API_SET_CONTEXT:
		kdproto_put32(p + 0x10, m->context_flags);
		break;
	case KDPROTO_API_WRITE_BREAKPOINT:
		kdproto_put64(p + 0x10, m->addr);
		kdproto_put32(p + 0x18, m->handle);
		break;
	case KDPROTO_API_RESTORE_BREAKPOINT:
		kdproto_put32(p + 0x10, m->handle);
		break;
	case KDPROTO_API_CONTINUE:
		kdproto_put32(p + 0x10, m->continue_status);
		break;
	case KDPROTO_API_CONTINUE2:
		put_continue2(p, m);
		break;
	case KDPROTO_API_GET_VERSION:
		put_version(p, &m->version);
		break;
	}
}

static void get_union(const uint8_t *p, struct kdproto_manipulate *m) {
	switch (m->api) {
	case KDPROTO_API_READ_VIRTUAL:
	case KDPROTO_API_WRITE_VIRTUAL:
	case KDPROTO_API_READ_CONTROL:
	case KDPROTO_API_WRITE_CONTROL:
	case KDPROTO_API_READ_PHYSICAL:
		get_memory(p, m);
		break;
	case KDPROTO_API_GET_CONTEXT:
	case KDPROTO_API_SET_CONTEXT:
		m->context_flags = kdproto_get32(p + 0x10);
		break;
	case KDPROTO_API_WRITE_BREAKPOINT:
		m->addr = kdproto_get64(p + 0x10);
		m->handle = kdproto_get32(p + 0x18);
		break;
	case KDPROTO_API_RESTORE_BREAKPOINT:
		m->handle = kdproto_get32(p + 0x10);
		break;
	case KDPROTO_API_CONTINUE:
		m->continue_status = kdproto_get32(p + 0x10);
		break;
	case KDPROTO_API_CONTINUE2:
		get_continue2(p, m);
		break;
	case KDPROTO_API_GET_VERSION:
		get_version(p, &m->version);
		break;
	}
}

size_t kdproto_put_manipulate(uint8_t *out, const struct kdproto_manipulate *m, uint32_t garbage) {
	fill(out, KDPROTO_MANIPULATE_SIZE, garbage);
	kdproto_put32(out, m->api);
	kdproto_put16(out + 4, m->level);
	kdproto_put16(out + 6, m->cpu);
	kdproto_put32(out + 8, m->status);
	put_union(out, m);
	return append(out, KDPROTO_MANIPULATE_SIZE, m->data, m->data_len);
}

bool kdproto_get_manipulate(const uint8_t *p, size_t len, struct kdproto_manipulate *m) {
	if (len < KDPROTO_MANIPULATE_SIZE)
		return false;
	memset(m, 0, sizeof *m);
	m->api = kdproto_get32(p);
	m->level = kdproto_get16(p + 4);
	m->cpu = kdproto_get16(p + 6);
	m->status = kdproto_get32(p + 8);
	get_union(p, m);
	m->data = p + KDPROTO_MANIPULATE_SIZE;
	m->data_len = len - KDPROTO_MANIPULATE_SIZE;
	return true;
}

size_t kdproto_put_debug_io(uint8_t *out, const struct kdproto_debug_io *io, uint32_t garbage) {
	fill(out, KDPROTO_DEBUG_IO_SIZE, garbage);
	kdproto_put32(out, io->api);
	kdproto_put16(out + 4, io->level);
	kdproto_put16(out + 6, io->cpu);
	kdproto_put32(out + 8, (uint32_t)io->text_len);
	if (io->api == KDPROTO_IO_PROMPT)
		kdproto_put32(out + 12, io->reply_max);
	return append(out, KDPROTO_DEBUG_IO_SIZE, io->text, io->text_len);
}

bool kdproto_get_debug_io(const uint8_t *p, size_t len, struct kdproto_debug_io *io) {
	if (len < KDPROTO_DEBUG_IO_SIZE)
		return false;
	io->api = kdproto_get32(p);
	io->level = kdproto_get16(p + 4);
	io->cpu = kdproto_get16(p + 6);
	io->text_len = kdproto_get32(p + 8);
	io->reply_max = kdproto_get32(p + 12);
	io->text = (const char *)p + KDPROTO_DEBUG_IO_SIZE;
	if (io->text_len > len - KDPROTO_DEBUG_IO_SIZE)
		io->text_len = len - KDPROTO_DEBUG_IO_SIZE;
	return true;
}

/* Offsets of the documented amd64 CONTEXT: flags 30, segments 38, eflags 44, dr7 70, rax 78. */
size_t kdproto_put_context(uint8_t *out, const struct kdproto_context *c) {
	const uint16_t seg[6] = {c->cs, c->ds, c->es, c->fs, c->gs, c->ss};

	memset(out, 0, KDPROTO_CONTEXT_SIZE);
	kdproto_put32(out + 0x30, c->flags);
	for (size_t i = 0; i < 6; i++)
		kdproto_put16(out + 0x38 + 2 * i, seg[i]);
	kdproto_put32(out + 0x44, c->eflags);
	kdproto_put64(out + 0x70, c->dr7);
	for (size_t i = 0; i < 16; i++)
		kdproto_put64(out + 0x78 + 8 * i, c->reg[i]);
	kdproto_put64(out + 0xf8, c->rip);
	return KDPROTO_CONTEXT_SIZE;
}

bool kdproto_get_context(const uint8_t *p, size_t len, struct kdproto_context *c) {
	if (len < KDPROTO_CONTEXT_SIZE)
		return false;
	c->flags = kdproto_get32(p + 0x30);
	c->cs = kdproto_get16(p + 0x38);
	c->ds = kdproto_get16(p + 0x3a);
	c->es = kdproto_get16(p + 0x3c);
	c->fs = kdproto_get16(p + 0x3e);
	c->gs = kdproto_get16(p + 0x40);
	c->ss = kdproto_get16(p + 0x42);
	c->eflags = kdproto_get32(p + 0x44);
	c->dr7 = kdproto_get64(p + 0x70);
	for (size_t i = 0; i < 16; i++)
		c->reg[i] = kdproto_get64(p + 0x78 + 8 * i);
	c->rip = kdproto_get64(p + 0xf8);
	return true;
}
