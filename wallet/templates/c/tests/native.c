/* Tests of src/, compiled for this machine and run by `assay program test`. */
#include <stdio.h>

#include "../src/task.h"

static int failures;

static void expect(const char *text, int taken, uint64_t count, int64_t sum)
{
	uint64_t found_count;
	int64_t found_sum;
	int found = add_numbers(text, &found_count, &found_sum) == NULL;
	if (found != taken || (taken && (found_count != count || found_sum != sum))) {
		fprintf(stderr, "failed on: %s\n", text);
		failures++;
	}
}

int main(void)
{
	expect("1 2\n-4\n", 1, 3, -1);
	expect("", 1, 0, 0);
	expect("1 two", 0, 0, 0);
	expect("9223372036854775807 1", 0, 0, 0);
	expect("99999999999999999999", 0, 0, 0);
	return failures != 0;
}
