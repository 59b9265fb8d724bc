/* One connection of the control socket: lines in, lines out, one verb at a time. */
#ifndef LIVEDEBUG_IO_CONTROL_CLIENT_H
#define LIVEDEBUG_IO_CONTROL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "io/request.h"

struct control_client;

struct control_client_events {
	/* A whole line came, without its newline; borrowed. Not called while a verb is pending. */
	void (*line)(struct control_client *c, const char *line, size_t len);
	/* The pending verb has taken too long. */
	void (*late)(struct control_client *c);
	/* It is gone; its memory goes when this returns. The last call. */
	void (*gone)(struct control_client *c);
};

struct control_client {
	void *owner;
	struct control_client *next; /* the owner's list */
	struct request request;      /* pending */
	bool may_write;
	bool is_pending, follows;
	bool attached;               /* gets the console too */
	char followed[REQUEST_NAME]; /* a follower's session; "": all */
	uint64_t id;                 /* never used again */
	char who[64];     /* as request.who; looked up once, for it asks the user database */
	uint64_t idle_ms; /* without a request for so long, and no follower: dropped; 0: never */
	uint64_t skipped; /* bytes of the console that it was too slow for */
	/* private */
	const struct control_client_events *events;
	uv_pipe_t pipe;
	uv_timer_t timer;
	unsigned open_handles;
	bool is_dropped, drop_when_sent;
	size_t in_len;
	char in[REQUEST_BYTES];
};

/* Take the next connection that waits at `server`. 0 and *out, or a negative UV_E code. */
int control_client_accept(uv_stream_t *server, const struct control_client_events *events,
	void *owner, struct control_client **out);

/* Begin to read; lines come from the loop, and from control_client_resume(). */
int control_client_read(struct control_client *c);

/* Queue bytes; copied. A client whose queue is too long is dropped. */
void control_client_send(struct control_client *c, const char *bytes, size_t len);

/* Is there room for so much more without dropping it? */
bool control_client_has_room(const struct control_client *c, size_t len);

/* A verb was begun: `late` comes after limit_ms unless control_client_resume() comes first. */
void control_client_wait(struct control_client *c, uint64_t limit_ms);

/* The verb is answered: go on with the lines that came meanwhile. */
void control_client_resume(struct control_client *c);

/* Close it, at once or when what was sent is away. */
void control_client_drop(struct control_client *c, bool when_sent);

#endif
