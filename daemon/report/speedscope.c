#include <inttypes.h>
#include <string.h>

#include "report/json_text.h"
#include "report/summary.h"

static void write_frames(const struct fold *fold, FILE *out) {
	for (size_t i = 0; i < fold->frame_count; i++) {
		fputs(i ? ",\n{\"name\":" : "\n{\"name\":", out);
		json_put_string(fold->frames[i].text, fold->frames[i].len, out);
		fputc('}', out);
	}
}

static void write_sample(const struct fold_stack *stack, FILE *out) {
	fputc('[', out);
	for (size_t k = 0; k < stack->frame_count; k++) {
		fprintf(out, "%s%" PRIu32, k ? "," : "", stack->frames[k]);
	}
	fputc(']', out);
}

/* One sample a unique stack, its hits as the weight. */
void report_write_speedscope(const struct report_summary *s, FILE *out) {
	fputs("{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\","
	      "\"exporter\":\"livedebug\",\"name\":\"allocations\",\n\"shared\":{\"frames\":[",
		out);
	write_frames(s->fold, out);
	fprintf(out,
		"]},\n\"profiles\":[{\"type\":\"sampled\",\"name\":\"hits\",\"unit\":\"none\","
		"\"startValue\":0,\"endValue\":%" PRIu64 ",\n\"samples\":[",
		s->total);
	for (size_t i = 0; i < s->stack_count; i++) {
		fputs(i ? ",\n" : "\n", out);
		write_sample(s->stacks[i].stack, out);
	}
	fputs("],\n\"weights\":[", out);
	for (size_t i = 0; i < s->stack_count; i++) {
		fprintf(out, "%s%" PRIu64, i ? "," : "", s->stacks[i].stack->count);
	}
	fputs("]}]}\n", out);
}
