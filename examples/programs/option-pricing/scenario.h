/* The text a task reads: a table of options, and how often each is to be priced. */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <stdio.h>

#include "pricing.h"

struct task {
	struct option option;
	struct stream stream;
	uint64_t paths;
};

/* Finds what task number `index` is to do. Returns whether there is such a task and the table is right up to it; if
 * not, `problem` tells why. */
bool find_task(FILE *input, uint32_t index, struct task *task, char problem[128]);

#endif
