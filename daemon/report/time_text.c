#include "report/time_text.h"

#include <time.h>

#include "report/fold.h"

static void put_time(struct text *t, int64_t time_us, const char *format) {
	char text[32];
	time_t seconds = (time_t)(time_us / 1000000);
	const struct tm *parts = time_us == FOLD_NO_TIME ? NULL : gmtime(&seconds);
	if (!parts || strftime(text, sizeof(text), format, parts) == 0) {
		text_put(t, "-");
		return;
	}
	text_put(t, text);
}

void time_text_second(struct text *t, int64_t time_us) {
	put_time(t, time_us, "%Y-%m-%d %H:%M:%S");
}

void time_text_minute(struct text *t, int64_t time_us) {
	put_time(t, time_us, "%Y-%m-%d %H:%M");
}

void time_text_short(struct text *t, int64_t time_us, bool within_day) {
	put_time(t, time_us, within_day ? "   %H:%M:%S" : "%m-%d %H:%M");
}

void time_text_length(struct text *t, int64_t us) {
	static const struct {
		int64_t seconds;
		const char *unit;
	} units[] = {{86400, " d"}, {3600, " h"}, {60, " min"}, {1, " s"}};
	uint64_t rest = us > 0 ? (uint64_t)us / 1000000 : 0;
	size_t i = 0;
	while (i < 3 && rest < (uint64_t)units[i].seconds) {
		i++;
	}
	text_put_u64(t, rest / (uint64_t)units[i].seconds);
	text_put(t, units[i].unit);
	rest %= (uint64_t)units[i].seconds;
	if (i < 3 && rest >= (uint64_t)units[i + 1].seconds) {
		text_put(t, " ");
		text_put_u64(t, rest / (uint64_t)units[i + 1].seconds);
		text_put(t, units[i + 1].unit);
	}
}
