#include "task.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

const char *add_numbers(const char *text, uint64_t *count, int64_t *sum)
{
	*count = 0;
	*sum = 0;
	for (;;) {
		while (isspace((unsigned char)*text))
			text++;
		if (*text == '\0')
			return NULL;
		char *end;
		errno = 0;
		long long number = strtoll(text, &end, 10);
		if (end == text || errno != 0 || (*end != '\0' && !isspace((unsigned char)*end)))
			return "not a whole number";
		if (__builtin_add_overflow(*sum, number, sum))
			return "the sum is too large";
		++*count;
		text = end;
	}
}
