/* Prices one option: the table of options on standard input, the number of the task as first argument, one line on
 * standard output. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

static bool parse_index(const char *text, uint32_t *index)
{
	size_t length = strlen(text);
	if (length == 0 || length > 10 || strspn(text, "0123456789") != length)
		return false;
	unsigned long long number = strtoull(text, NULL, 10);
	*index = (uint32_t)number;
	return number <= UINT32_MAX;
}

static void print(const struct task *task)
{
	const struct option *option = &task->option;
	struct estimate estimate = monte_carlo(option, &task->stream, task->paths / 2);
	double formula = closed_form(option);
	printf("scenario\trepetition\tkind\tright\tpaths\tprice\tstandard_error\tformula\tformula_name\n");
	printf("%" PRIu32 "\t%" PRIu32 "\t%s\t%s\t%" PRIu64 "\t%.8f\t%.8f\t%.8f\t%s\n", task->stream.scenario,
	       task->stream.repetition, option->kind == ASIAN ? "asian" : "european", option->is_put ? "put" : "call",
	       task->paths, estimate.price, estimate.standard_error, formula,
	       option->kind == ASIAN ? "geometric" : "black-scholes");
}

int main(int count, char **arguments)
{
	uint32_t index;
	struct task task;
	char problem[128];
	if (count != 2 || !parse_index(arguments[1], &index)) {
		fprintf(stderr, "error: expected the number of the task as the only argument\n");
		return EXIT_FAILURE;
	}
	if (!find_task(stdin, index, &task, problem)) {
		fprintf(stderr, "error: %s\n", problem);
		return EXIT_FAILURE;
	}
	print(&task);
	return fflush(stdout) == 0 && !ferror(stdout) ? EXIT_SUCCESS : EXIT_FAILURE;
}
