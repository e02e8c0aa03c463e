#include "scenario.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 256, WORDS = 11 };

static const uint64_t MAX_PATHS = 10000000000;
static const uint64_t MAX_REPETITIONS = 1000000;
static const double MAX_NUMBER = 1e9;

struct parser {
	uint64_t seed;
	uint64_t repetitions;
	uint32_t line;
	char *problem;
};

static bool fail(struct parser *parser, const char *format, ...)
{
	char text[96];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	snprintf(parser->problem, 128, "line %u: %s", (unsigned)parser->line, text);
	return false;
}

/* Cuts a line at its blanks. Returns how many words there are, counting at most one too many. */
static int split(char *line, char *words[WORDS + 1])
{
	int count = 0;
	for (char *word = strtok(line, " \t\r\n"); word && count <= WORDS; word = strtok(NULL, " \t\r\n"))
		words[count++] = word;
	return count;
}

static bool whole(struct parser *parser, const char *what, const char *word, uint64_t least, uint64_t most,
		  uint64_t *value)
{
	bool digits = word[0] && strspn(word, "0123456789") == strlen(word);
	errno = 0;
	*value = digits ? strtoull(word, NULL, 10) : 0;
	if (!digits || errno || *value < least || *value > most)
		return fail(parser, "%s must be a whole number from %llu to %llu", what, (unsigned long long)least,
			    (unsigned long long)most);
	return true;
}

static bool real(struct parser *parser, const char *what, const char *word, double least, double most, double *value)
{
	char *end;
	*value = strtod(word, &end);
	/* Written so that what is not a number is refused as well. */
	if (end == word || *end || !(*value >= least && *value <= most))
		return fail(parser, "%s must be a number from %g to %g", what, least, most);
	return true;
}

static bool choice(struct parser *parser, const char *word, const char *no, const char *yes, bool *value)
{
	*value = strcmp(word, yes) == 0;
	if (!*value && strcmp(word, no) != 0)
		return fail(parser, "expected %s or %s, not \"%.16s\"", no, yes, word);
	return true;
}

static bool option_line(struct parser *parser, char *words[WORDS], struct option *option, uint64_t *paths)
{
	bool is_asian;
	uint64_t steps;
	if (!choice(parser, words[0], "european", "asian", &is_asian) ||
	    !choice(parser, words[1], "call", "put", &option->is_put) ||
	    !real(parser, "the spot price", words[2], 1e-9, MAX_NUMBER, &option->spot) ||
	    !real(parser, "the strike price", words[3], 1e-9, MAX_NUMBER, &option->strike) ||
	    !real(parser, "the rate", words[4], -1, 1, &option->rate) ||
	    !real(parser, "the dividend yield", words[5], -1, 1, &option->yield) ||
	    !real(parser, "the volatility", words[6], 0, 10, &option->volatility) ||
	    !real(parser, "the time in years", words[7], 1e-9, 100, &option->years) ||
	    !whole(parser, "the number of steps", words[8], 1, MAX_STEPS, &steps) ||
	    !whole(parser, "the number of paths", words[9], 4, MAX_PATHS, paths))
		return false;
	option->kind = is_asian ? ASIAN : EUROPEAN;
	option->steps = (uint32_t)steps;
	if (*paths % 2)
		return fail(parser, "the number of paths must be even: they come in pairs");
	return true;
}

static bool setting_line(struct parser *parser, char *words[WORDS], uint32_t scenarios)
{
	if (scenarios > 0)
		return fail(parser, "settings must stand before the first option");
	if (strcmp(words[0], "seed") == 0)
		return whole(parser, "the seed", words[1], 0, UINT64_MAX, &parser->seed);
	if (strcmp(words[0], "repeat") == 0)
		return whole(parser, "the repetitions", words[1], 1, MAX_REPETITIONS, &parser->repetitions);
	return fail(parser, "there is no setting \"%.16s\"; there are seed and repeat", words[0]);
}

bool find_task(FILE *input, uint32_t index, struct task *task, char problem[128])
{
	struct parser parser = { .seed = 0, .repetitions = 1, .problem = problem };
	uint32_t scenarios = 0;
	char line[LINE_BYTES];
	while (fgets(line, sizeof line, input)) {
		char *words[WORDS + 1];
		parser.line++;
		if (strlen(line) == sizeof line - 1 && line[sizeof line - 2] != '\n')
			return fail(&parser, "more than %d characters", LINE_BYTES - 2);
		int count = split(line, words);
		if (count == 0 || words[0][0] == '#')
			continue;
		if (count == 2) {
			if (!setting_line(&parser, words, scenarios))
				return false;
			continue;
		}
		if (count != WORDS - 1)
			return fail(&parser, "expected the ten columns of an option, or a setting and its value");
		if (!option_line(&parser, words, &task->option, &task->paths))
			return false;
		if (index / parser.repetitions == scenarios) {
			task->stream = (struct stream){ .seed = parser.seed,
							.scenario = scenarios,
							.repetition = (uint32_t)(index % parser.repetitions) };
			return true;
		}
		scenarios++;
	}
	if (ferror(input))
		snprintf(problem, 128, "the input cannot be read");
	else
		snprintf(problem, 128, "there is no task %lu: the input has %llu, counted from 0", (unsigned long)index,
			 (unsigned long long)(scenarios * parser.repetitions));
	return false;
}
