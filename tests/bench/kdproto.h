/*
 * The KD serial protocol as bytes: frames, an incremental decoder, and payloads to and from
 * structs. No I/O, no clock, no allocation; every integer is little-endian by put and get. One
 * implementation for the target stand-in, the kd stand-in, the tests and the fuzzer. The facts
 * are those of kd-wire section 1; the unit test holds its worked examples.
 */
#ifndef BENCH_KDPROTO_H
#define BENCH_KDPROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kdproto_type {
	KDPROTO_TYPE_STATE_CHANGE32 = 1,
	KDPROTO_TYPE_MANIPULATE = 2,
	KDPROTO_TYPE_DEBUG_IO = 3,
	KDPROTO_TYPE_ACK = 4,
	KDPROTO_TYPE_RESEND = 5,
	KDPROTO_TYPE_RESET = 6,
	KDPROTO_TYPE_STATE_CHANGE64 = 7,
	KDPROTO_TYPE_POLL_BREAKIN = 8,
	KDPROTO_TYPE_TRACE_IO = 9,
	KDPROTO_TYPE_CONTROL_REQUEST = 10,
	KDPROTO_TYPE_FILE_IO = 11
};

#define KDPROTO_DATA_LEADER 0x30u
#define KDPROTO_CONTROL_LEADER 0x69u
#define KDPROTO_BREAKIN 0x62u
#define KDPROTO_TRAILER 0xaau

#define KDPROTO_INITIAL_ID 0x80800000u
#define KDPROTO_SYNC 0x00000800u

#define KDPROTO_HEADER 16u
#define KDPROTO_PAYLOAD_MAX 4000u
#define KDPROTO_FRAME_MAX (KDPROTO_HEADER + KDPROTO_PAYLOAD_MAX + 1u)

/* Sizes of the fixed parts; what follows in the payload is data. */
#define KDPROTO_STATE_SIZE 240u
#define KDPROTO_MANIPULATE_SIZE 56u
#define KDPROTO_DEBUG_IO_SIZE 16u
#define KDPROTO_FILE_IO_SIZE 64u
#define KDPROTO_CONTEXT_SIZE 1232u
#define KDPROTO_SPECIAL_SIZE 0xd8u
#define KDPROTO_READ_MAX (KDPROTO_PAYLOAD_MAX - KDPROTO_MANIPULATE_SIZE)

/* NewState of a state change. */
#define KDPROTO_STATE_EXCEPTION 0x3030u
#define KDPROTO_STATE_LOAD_SYMBOLS 0x3031u
#define KDPROTO_STATE_COMMAND_STRING 0x3032u

enum kdproto_api {
	KDPROTO_API_READ_VIRTUAL = 0x3130,
	KDPROTO_API_WRITE_VIRTUAL = 0x3131,
	KDPROTO_API_GET_CONTEXT = 0x3132,
	KDPROTO_API_SET_CONTEXT = 0x3133,
	KDPROTO_API_WRITE_BREAKPOINT = 0x3134,
	KDPROTO_API_RESTORE_BREAKPOINT = 0x3135,
	KDPROTO_API_CONTINUE = 0x3136,
	KDPROTO_API_READ_CONTROL = 0x3137,
	KDPROTO_API_WRITE_CONTROL = 0x3138,
	KDPROTO_API_REBOOT = 0x313b,
	KDPROTO_API_CONTINUE2 = 0x313c,
	KDPROTO_API_READ_PHYSICAL = 0x313d,
	KDPROTO_API_GET_VERSION = 0x3146,
	KDPROTO_API_CLEAR_BREAKPOINTS = 0x315a
};

#define KDPROTO_IO_PRINT 0x3230u
#define KDPROTO_IO_PROMPT 0x3231u
#define KDPROTO_FILE_CREATE 0x3430u

#define KDPROTO_STATUS_SUCCESS 0x00000000u
#define KDPROTO_STATUS_UNSUCCESSFUL 0xc0000001u
#define KDPROTO_STATUS_BREAKPOINT 0x80000003u
#define KDPROTO_STATUS_SINGLE_STEP 0x80000004u
#define KDPROTO_DBG_CONTINUE 0x00010002u
#define KDPROTO_DBG_NOT_HANDLED 0x80010001u

void kdproto_put16(uint8_t *p, uint16_t v);
void kdproto_put32(uint8_t *p, uint32_t v);
void kdproto_put64(uint8_t *p, uint64_t v);
uint16_t kdproto_get16(const uint8_t *p);
uint32_t kdproto_get32(const uint8_t *p);
uint64_t kdproto_get64(const uint8_t *p);

/* Sum of unsigned bytes, mod 2^32. */
uint32_t kdproto_checksum(const uint8_t *bytes, size_t len);

/*
 * One data frame: header, payload, trailer. `out` has room for len + 17 bytes and does not
 * overlap `payload`; len is at most KDPROTO_PAYLOAD_MAX. Returns the frame's length.
 */
size_t kdproto_encode_data(
	uint8_t *out, uint16_t type, uint32_t id, const uint8_t *payload, size_t len);

/* One control frame of 16 bytes, which is what it returns. */
size_t kdproto_encode_control(uint8_t *out, uint16_t type, uint32_t id);

enum kdproto_event_kind {
	KDPROTO_EVENT_DATA,    /* a whole, valid data packet: type, id, payload, len */
	KDPROTO_EVENT_ACK,     /* id, with its SYNC bit if one was sent */
	KDPROTO_EVENT_RESEND,  /* id is whatever stood there */
	KDPROTO_EVENT_RESET,   /* the same */
	KDPROTO_EVENT_BREAKIN, /* 0x62 outside a packet, followed by a leader byte or by nothing */
	KDPROTO_EVENT_BAD,     /* a data packet with a good header broke: answer RESEND */
	KDPROTO_EVENT_GARBAGE  /* one byte that belongs to nothing: byte */
};

enum kdproto_bad {
	KDPROTO_BAD_CHECKSUM,
	KDPROTO_BAD_TRAILER,
	KDPROTO_BAD_SHORT /* kdproto_timeout() came in the middle */
};

struct kdproto_event {
	enum kdproto_event_kind kind;
	enum kdproto_bad bad;
	uint16_t type;
	uint32_t id;
	const uint8_t *payload; /* inside the decoder; valid until its next call */
	size_t len;
	uint8_t byte;
};

/*
 * Bytes in, events out. A leader in front of an impossible header is not a packet, nor is one
 * whose checksum or trailer is wrong: the decoder goes one byte on and looks again. Bytes that
 * were once part of a refused packet never count as a break-in. Equal bytes give equal events,
 * however they are cut into calls.
 */
struct kdproto_decoder {
	uint8_t buffer[2 * KDPROTO_FRAME_MAX];
	size_t used;
	size_t at;        /* first byte not yet told of */
	size_t seen;      /* bytes before this index were part of a refused packet */
	bool was_timeout; /* nothing follows the bytes held */
};

void kdproto_init(struct kdproto_decoder *d);

/* Take as many bytes as there is room for and say how many; drain kdproto_next() between. */
size_t kdproto_push(struct kdproto_decoder *d, const uint8_t *bytes, size_t len);

/* The next event, or false: more bytes are needed. */
bool kdproto_next(struct kdproto_decoder *d, struct kdproto_event *event);

/* Is there a piece of something held that only more bytes or a time-out can settle? */
bool kdproto_pending(const struct kdproto_decoder *d);

/* The line was quiet for the byte time-out: what is held is settled by kdproto_next() calls. */
void kdproto_timeout(struct kdproto_decoder *d);

/* ---- payloads ----
 * put: writes the payload and returns its length. `garbage` 0 fills the bytes without a meaning
 * with zeros; another value seeds rubbish in them, as real targets send their stack.
 * get: false when the payload is too short; the struct is then untouched.
 */

struct kdproto_exception {
	uint32_t code;
	uint32_t flags;
	uint64_t record;
	uint64_t address;
	uint32_t param_count;
	uint64_t params[15];
	uint32_t first_chance;
};

struct kdproto_load_symbols {
	uint32_t path_len; /* with its NUL */
	uint64_t base;
	uint64_t process;
	uint32_t checksum;
	uint32_t image_size;
	uint8_t unload;
};

/* amd64 */
struct kdproto_report {
	uint64_t dr6, dr7;
	uint32_t eflags;
	uint16_t stream_len;
	uint16_t flags;
	uint8_t stream[16];
	uint16_t cs, ds, es, fs;
};

struct kdproto_state {
	uint32_t new_state;
	uint16_t level, cpu;
	uint32_t cpu_count;
	uint64_t thread, pc;
	struct kdproto_exception exception; /* of KDPROTO_STATE_EXCEPTION */
	struct kdproto_load_symbols load;   /* of KDPROTO_STATE_LOAD_SYMBOLS */
	struct kdproto_report report;
	const uint8_t *data; /* path with NUL, or trace words; get: inside the payload */
	size_t data_len;
};

size_t kdproto_put_state(uint8_t *out, const struct kdproto_state *s, uint32_t garbage);
bool kdproto_get_state(const uint8_t *p, size_t len, struct kdproto_state *s);

struct kdproto_version {
	uint16_t major, build, protocol, flags, machine;
	uint8_t max_packet_type, max_state_change, max_manipulate;
	uint64_t kernel_base, module_list, debugger_data;
};

/* Request and reply alike; the api tells which members stand in the packet. */
struct kdproto_manipulate {
	uint32_t api;
	uint16_t level, cpu;
	uint32_t status;
	uint64_t addr;            /* reads, writes, WRITE_BREAKPOINT; control spaces: base */
	uint32_t count, actual;   /* reads, writes */
	uint32_t handle;          /* breakpoints */
	uint32_t context_flags;   /* GET_CONTEXT, SET_CONTEXT */
	uint32_t continue_status; /* CONTINUE, CONTINUE2 */
	uint32_t trace;           /* CONTINUE2 from here on */
	uint64_t dr7, sym_start, sym_end;
	struct kdproto_version version; /* GET_VERSION */
	const uint8_t *data;            /* get: inside the payload */
	size_t data_len;
};

size_t kdproto_put_manipulate(uint8_t *out, const struct kdproto_manipulate *m, uint32_t garbage);
bool kdproto_get_manipulate(const uint8_t *p, size_t len, struct kdproto_manipulate *m);

struct kdproto_debug_io {
	uint32_t api; /* KDPROTO_IO_PRINT or KDPROTO_IO_PROMPT */
	uint16_t level, cpu;
	uint32_t reply_max; /* prompt only */
	const char *text;   /* no NUL at its end */
	size_t text_len;
};

size_t kdproto_put_debug_io(uint8_t *out, const struct kdproto_debug_io *io, uint32_t garbage);

/* A text length beyond the payload is cut to it. */
bool kdproto_get_debug_io(const uint8_t *p, size_t len, struct kdproto_debug_io *io);

/* amd64 CONTEXT; the order of `reg` is rax rcx rdx rbx rsp rbp rsi rdi r8..r15. */
enum { KDPROTO_RAX, KDPROTO_RCX, KDPROTO_RDX, KDPROTO_RBX, KDPROTO_RSP, KDPROTO_RBP };

struct kdproto_context {
	uint32_t flags, eflags;
	uint16_t cs, ds, es, fs, gs, ss;
	uint64_t dr7;
	uint64_t reg[16];
	uint64_t rip;
};

size_t kdproto_put_context(uint8_t *out, const struct kdproto_context *c);
bool kdproto_get_context(const uint8_t *p, size_t len, struct kdproto_context *c);

#endif
