#include "report/facts.h"

#include <stdlib.h>
#include <string.h>

static void *must(void *memory) {
	if (!memory) {
		abort();
	}
	return memory;
}

/* A list gets all its room at its first entry; NULL: it is full. */
static void *place(void **list, uint64_t count, size_t max, size_t size) {
	if (count >= max) {
		return NULL;
	}
	if (!*list) {
		*list = must(calloc(max, size));
	}
	return (char *)*list + count * size;
}

void facts_add_log(struct facts *f, const char *name) {
	size_t size = strlen(name) + 1;
	f->logs = must(realloc(f->logs, (f->log_count + 1) * sizeof(*f->logs)));
	f->logs[f->log_count] = must(malloc(size));
	memcpy(f->logs[f->log_count++], name, size);
}

void facts_add_gap(struct facts *f, const struct facts_gap *gap) {
	void *list = f->gaps;
	struct facts_gap *at = place(&list, f->gap_count, FACTS_GAPS_MAX, sizeof(*at));
	f->gaps = list;
	if (at) {
		*at = *gap;
	}
	f->gap_count++;
	f->gap_bytes += gap->bytes;
	f->gap_ms += gap->ms;
}

void facts_add_sample(struct facts *f, int64_t time_us, double factor) {
	void *list = f->samples;
	struct facts_sample *at = place(&list, f->sample_count, FACTS_SAMPLES_MAX, sizeof(*at));
	f->samples = list;
	if (at) {
		*at = (struct facts_sample){time_us, factor};
	}
	f->sample_count++;
}

void facts_add_sought(struct facts *f, const char *text, size_t len) {
	size_t most = sizeof(f->sought[0]) - 1;
	len = len < most ? len : most;
	for (size_t i = 0; i < f->sought_count; i++) {
		if (strlen(f->sought[i]) == len && memcmp(f->sought[i], text, len) == 0) {
			return;
		}
	}
	if (f->sought_count < FACTS_SOUGHT_MAX) {
		memcpy(f->sought[f->sought_count], text, len);
		f->sought[f->sought_count++][len] = 0;
	}
}

static void put_strange(
	struct facts *f, uint32_t log, uint64_t line, const char *text, size_t len) {
	void *list = f->strange;
	struct facts_strange *at = place(&list, f->strange_count, FACTS_STRANGE_MAX, sizeof(*at));
	f->strange = list;
	f->strange_count++;
	if (at) {
		at->log = log;
		at->line = line;
		at->len = (uint32_t)(len < sizeof(at->text) ? len : sizeof(at->text));
		memcpy(at->text, text, at->len);
	}
}

static uint32_t log_in_hand(const struct facts *f) {
	return f->log_count ? (uint32_t)f->log_count - 1 : 0;
}

void facts_add_strange(struct facts *f, uint64_t line, const char *text, size_t len) {
	put_strange(f, log_in_hand(f), line, text, len);
}

static size_t kept(uint64_t count, size_t max) {
	return count < max ? (size_t)count : max;
}

static void merge_lists(struct facts *f, const struct facts *from, uint64_t lines_before) {
	for (size_t i = 0; i < kept(from->gap_count, FACTS_GAPS_MAX); i++) {
		facts_add_gap(f, &from->gaps[i]);
	}
	for (size_t i = 0; i < kept(from->sample_count, FACTS_SAMPLES_MAX); i++) {
		facts_add_sample(f, from->samples[i].time_us, from->samples[i].factor);
	}
	for (size_t i = 0; i < kept(from->strange_count, FACTS_STRANGE_MAX); i++) {
		const struct facts_strange *s = &from->strange[i];
		put_strange(f, log_in_hand(f), s->line + lines_before, s->text, s->len);
	}
	for (size_t i = 0; i < from->sought_count; i++) {
		facts_add_sought(f, from->sought[i], strlen(from->sought[i]));
	}
}

void facts_merge(struct facts *f, const struct facts *from, uint64_t lines_before) {
	uint64_t gaps = f->gap_count + from->gap_count;
	uint64_t gap_bytes = f->gap_bytes + from->gap_bytes, gap_ms = f->gap_ms + from->gap_ms;
	uint64_t samples = f->sample_count + from->sample_count;
	uint64_t strange = f->strange_count + from->strange_count;
	merge_lists(f, from, lines_before);
	f->gap_count = gaps;
	f->gap_bytes = gap_bytes;
	f->gap_ms = gap_ms;
	f->sample_count = samples;
	f->strange_count = strange;
	f->bytes += from->bytes;
	f->lines += from->lines;
	f->left_out += from->left_out;
	f->no_time += from->no_time;
}

void facts_finish(struct facts *f) {
	for (size_t i = 0; i < f->log_count; i++) {
		free(f->logs[i]);
	}
	free(f->logs);
	free(f->gaps);
	free(f->samples);
	free(f->strange);
	memset(f, 0, sizeof(*f));
}
