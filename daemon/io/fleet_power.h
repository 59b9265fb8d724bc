/* What the fleet does about the computer's battery and sleep. */
#ifndef LIVEDEBUG_IO_FLEET_POWER_H
#define LIVEDEBUG_IO_FLEET_POWER_H

struct fleet;
struct fleet_power;

/* Begin, for the fleet's sessions as they come and go. NULL: no memory; the functions below take
 * it. */
struct fleet_power *fleet_power_open(struct fleet *f);

/* The fleet's options have changed. */
void fleet_power_adjust(struct fleet_power *fp);

/* A session has taken an input: is one armed, has one ended? */
void fleet_power_stepped(struct fleet_power *fp);

/* The daemon goes down: nothing is started again. */
void fleet_power_stop(struct fleet_power *fp);

/* done is called once, from the loop or at once; then it is gone. */
void fleet_power_close(struct fleet_power *fp, void (*done)(void *data), void *data);

#endif
