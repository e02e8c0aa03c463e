/* A task of {{name}}: its index is the first argument, its input comes from standard input, its result goes to standard
 * output. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "task.h"

/* Everything on standard input, with a zero byte behind it. NULL if there is too much, or a zero byte in it. */
static char *read_input(void)
{
	size_t capacity = 1 << 16, length = 0, read;
	char *text = malloc(capacity);
	while (text != NULL && (read = fread(text + length, 1, capacity - length - 1, stdin)) > 0) {
		length += read;
		if (length == capacity - 1) {
			char *larger = realloc(text, capacity *= 2);
			if (larger == NULL)
				free(text);
			text = larger;
		}
	}
	if (text == NULL)
		return NULL;
	text[length] = '\0';
	return strlen(text) == length ? text : NULL;
}

int main(int argument_count, char **arguments)
{
	uint64_t count;
	int64_t sum;
	char *text = read_input();
	if (argument_count != 2 || text == NULL) {
		fprintf(stderr, "error: expected the task's index as the only argument, and text as input\n");
		return EXIT_FAILURE;
	}
	const char *problem = add_numbers(text, &count, &sum);
	if (problem != NULL) {
		fprintf(stderr, "error: %s\n", problem);
		return EXIT_FAILURE;
	}
	printf("task %s: %" PRIu64 " numbers, sum %" PRId64 "\n", arguments[1], count, sum);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
