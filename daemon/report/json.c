#include <inttypes.h>
#include <string.h>

#include "report/json_text.h"
#include "report/summary.h"

static void write_slice(struct folded_slice s, FILE *out) {
	json_put_string(s.at, s.len, out);
}

static void write_span(int64_t first_us, int64_t last_us, FILE *out) {
	fputs(",\"first\":", out);
	json_put_time(first_us, out);
	fputs(",\"last\":", out);
	json_put_time(last_us, out);
}

static void write_rate(double rate, FILE *out) {
	if (rate < 0) {
		fputs(",\"rate\":null", out);
	} else {
		fprintf(out, ",\"rate\":%.6g", rate);
	}
}

static void write_trend(const struct trend *t, FILE *out) {
	if (t->kind == TREND_UNKNOWN) {
		fputs(",\"trend\":null", out);
		return;
	}
	fprintf(out, ",\"trend\":{\"kind\":\"%s\",\"from\":%.6g,\"to\":%.6g}", trend_word(t->kind),
		t->from, t->to);
}

static double interval_seconds(const struct report_summary *s) {
	return (double)s->fold->interval_us / 1e6;
}

static bool is_named(const struct report_summary *s) {
	return s->choice.by == REPORT_BY_MODULE || s->choice.by == REPORT_BY_FUNCTION;
}

static void write_key(const struct report_summary *s, const struct report_group *g, FILE *out) {
	if (s->choice.by == REPORT_BY_HOUR) {
		fputs(",\"key\":", out);
		json_put_time(g->key, out);
	} else if (!is_named(s)) {
		fprintf(out, ",\"key\":%" PRId64, g->key);
	}
}

static void write_group(const struct report_summary *s, const struct report_group *g, FILE *out) {
	char room[1024];
	struct text name;
	text_init(&name, room, sizeof(room));
	report_group_name(s, g, &name);
	fputs("{\"name\":", out);
	json_put_string(name.at, name.len, out);
	fputs(",\"module\":", out);
	write_slice(g->name, out);
	write_key(s, g, out);
	fprintf(out, ",\"count\":%" PRIu64 ",\"share\":%.4f,\"unique\":%zu,\"weight\":%.17g",
		g->count, report_share(s, g->count), g->unique, g->weight);
	write_span(g->first_us, g->last_us, out);
	write_rate(report_group_rate(s, g), out);
	fprintf(out, ",\"commonest\":%zu,\"commonest_count\":%" PRIu64 "}", g->commonest,
		g->commonest_count);
}

static void write_stack(const struct report_summary *s, const struct report_stack *r, FILE *out) {
	const struct fold_stack *stack = r->stack;
	fprintf(out,
		"{\"count\":%" PRIu64 ",\"share\":%.4f,\"weight\":%.17g,\"module\":", stack->count,
		report_share(s, stack->count), stack->weight);
	write_slice(r->module, out);
	fputs(",\"top\":", out);
	write_slice(r->frame, out);
	fprintf(out, ",\"responsible\":%zu", r->responsible);
	write_span(stack->first_us, stack->last_us, out);
	write_rate(report_rate(s, stack->weight), out);
	write_trend(&r->trend, out);
	fputs(",\"boots\":", out);
	json_put_tally(&stack->boots, 1, out);
	fputs(",\"intervals\":", out);
	json_put_tally(&stack->intervals, interval_seconds(s), out);
	fputs(",\"frames\":[", out);
	for (size_t i = 0; i < stack->frame_count; i++) {
		fputs(i ? "," : "", out);
		write_slice(fold_frame_text(s->fold, stack->frames[i]), out);
	}
	fputs("]}", out);
}

static void write_gaps(const struct facts *f, FILE *out) {
	fputs(",\n\"gap_list\":[", out);
	for (uint64_t i = 0; i < f->gap_count && i < FACTS_GAPS_MAX; i++) {
		const struct facts_gap *g = &f->gaps[i];
		fprintf(out, "%s{\"time\":", i ? "," : "");
		json_put_time(g->time_us, out);
		fprintf(out, ",\"bytes\":%" PRIu64 ",\"ms\":%" PRIu64 ",\"reason\":", g->bytes,
			g->ms);
		json_put_string(g->reason, strlen(g->reason), out);
		fputc('}', out);
	}
	fputs("],\n\"samples\":[", out);
	for (uint64_t i = 0; i < f->sample_count && i < FACTS_SAMPLES_MAX; i++) {
		fprintf(out, "%s{\"time\":", i ? "," : "");
		json_put_time(f->samples[i].time_us, out);
		fprintf(out, ",\"factor\":%.6f}", f->samples[i].factor);
	}
	fputs("],\n\"sought\":[", out);
	for (size_t i = 0; i < f->sought_count; i++) {
		fputs(i ? "," : "", out);
		json_put_string(f->sought[i], strlen(f->sought[i]), out);
	}
	fputs("],\n\"logs\":[", out);
	for (size_t i = 0; i < f->log_count; i++) {
		fputs(i ? "," : "", out);
		json_put_string(f->logs[i], strlen(f->logs[i]), out);
	}
	fputc(']', out);
}

static void write_head(const struct report_summary *s, FILE *out) {
	const struct fold *fold = s->fold;
	fprintf(out,
		"{\"version\":1,\"total\":%" PRIu64 ",\"unique\":%zu,\"gaps\":%" PRIu64
		",\"merged\":%" PRIu64 ",\"hidden\":%" PRIu64 ",\"strange\":%" PRIu64
		",\"weight\":%.17g",
		s->total, s->stack_count, s->facts->gap_count, fold->merged, s->hidden,
		s->facts->strange_count, s->weight);
	write_span(s->first_us, s->last_us, out);
	write_trend(&s->trend, out);
	fprintf(out, ",\"interval\":%.6f,\"by\":\"%s\"", interval_seconds(s),
		report_by_word(s->choice.by));
}

void report_write_json(const struct report_summary *s, FILE *out) {
	write_head(s, out);
	write_gaps(s->facts, out);
	json_put_kinds(s->fold, out);
	fputs(",\n\"modules\":[", out);
	for (size_t i = 0; i < s->group_count; i++) {
		fputs(i ? ",\n" : "\n", out);
		write_group(s, &s->groups[i], out);
	}
	fputs("],\n\"stacks\":[", out);
	for (size_t i = 0; i < s->stack_count; i++) {
		fputs(i ? ",\n" : "\n", out);
		write_stack(s, &s->stacks[i], out);
	}
	fputs("]}\n", out);
}
