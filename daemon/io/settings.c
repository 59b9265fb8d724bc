#include "io/settings.h"

#include <string.h>
#include <uv.h>

#include "core/plan.h"

#include "config/strings.h"
#include "core/pooltag.h"
#include "os/os.h"

#define DEATH_WINDOW_S 600

static enum session_arm_at arm_at(int word) {
	return word == PROFILE_ARM_BOOT     ? ARM_AT_BOOT
	       : word == PROFILE_ARM_MANUAL ? ARM_AT_MANUAL
					    : ARM_AT_AFTER;
}

/* Nonces must not be guessed by what the target prints; jitter only has to differ. */
static uint64_t random_seed(void) {
	uint64_t seed = 0;

	if (uv_random(NULL, NULL, &seed, sizeof(seed), 0, NULL) != 0) {
		seed = uv_hrtime();
	}
	return seed;
}

static struct guard_settings guard_of(const struct profile *p) {
	const char *const *arm = (const char *const *)p->arm.at;
	const struct plan_wish wish = {.baud = p->baud_rate, .arm = arm, .arm_count = p->arm.count};
	struct guard_settings set = {
		.on_storm = (enum guard_storm)p->on_storm, .hold_off_ms = p->storm_hold_off_ms};
	struct plan plan;

	plan_make(&plan, &wish);
	set.hit_ms = plan.model_us / 1000 + 1;
	/* Checked when the profile was read; a session without one has no guard. */
	(void)guard_parse_duty(p->halt_duty ? p->halt_duty : "off", &set);
	(void)guard_parse_hits(p->hits_per_minute ? p->hits_per_minute : "off", &set);
	(void)guard_parse_stop(p->stop_after ? p->stop_after : "never", &set);
	return set;
}

const char *settings_break_method(const struct profile *p, size_t n) {
	if (p->break_methods.count == 0) {
		return os_break_method(n);
	}
	return n < p->break_methods.count ? p->break_methods.at[n] : NULL;
}

size_t settings_break_count(const struct profile *p) {
	size_t n = 0;

	while (settings_break_method(p, n)) {
		n++;
	}
	return n;
}

/* By the wall clock: the time in which no daemon ran counts too. */
static uint64_t armed_for_ms(const struct statefile *found, int64_t now) {
	if (found->armed_at == 0) {
		return 0;
	}
	return now > found->armed_at ? (uint64_t)(now - found->armed_at) * 1000 : 1;
}

void settings_from_profile(
	struct session_settings *set, const struct profile *p, const struct statefile *found) {
	uv_timeval64_t now = {0};
	bool pool = p->arm_method == ARM_POOLHITTAG;
	struct pooltag tag = {0};

	(void)uv_gettimeofday(&now);
	if (p->pool_tag) {
		(void)pooltag_parse(p->pool_tag, &tag); /* the profile was checked */
	}
	*set = (struct session_settings){
		.arm = (const char *const *)p->arm.at,
		.arm_count = pool ? 0 : p->arm.count,
		.pool = {.wanted = pool,
			.tag = tag.value,
			.frames = (unsigned)p->pool_frames,
			.edited = found->pool_edited || (pool && found->dirty),
			.old = found->pool_edited ? found->pool_old : HIT_TAG_OFF},
		.target = found->target,
		.disarmed = found->disarmed,
		.arm_at = arm_at(p->arm_at),
		.on_found = p->on_found == ON_FOUND_RESUME ? FOUND_RESUME : FOUND_ARM,
		.on_bugcheck = {.analyze = string_list_has(&p->on_bugcheck, "analyze"),
			.reboot = string_list_has(&p->on_bugcheck, "reboot")},
		.prove = p->prove == PROVE_ECHO,
		.log_fresh = p->log_mode == LOG_OPEN,
		.break_methods = settings_break_count(p),
		.arm_after_ms = p->arm_after_ms,
		.arm_max_ms = p->arm_max_ms,
		.command_timeout_ms = p->command_timeout_ms,
		.break_timeout_ms = p->break_timeout_ms,
		.settle_ms = p->settle_ms,
		.halt_max_ms = p->halt_max_ms,
		.hold_max_ms = p->hold_max_ms,
		.stop_max_ms = p->stop_max_ms,
		.return_max_ms = p->return_max_ms,
		.restart_min_ms = p->restart_min_ms,
		.restart_max_ms = p->restart_max_ms,
		.guard = guard_of(p),
		.past_hits = found->hits,
		.past_armed_ms = armed_for_ms(found, now.tv_sec),
		.name = p->name,
		.hit_share_ms =
			plan_share_ms((const char *const *)p->arm.at, p->arm.count, p->baud_rate),
		.random_seed = random_seed(),
		.past_deaths = statefile_recent(found, now.tv_sec, DEATH_WINDOW_S),
		.dirty_start = found->dirty,
	};
	(void)bugcheck_parse_max(p->bugcheck_max ? p->bugcheck_max : "30s", &set->on_bugcheck);
}
