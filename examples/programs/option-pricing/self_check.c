/* Native checks of the parts that check.py cannot see from outside. Exits with 1 and says so if any fails. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "philox.h"
#include "pricing.h"
#include "scenario.h"

static int failures;

static void check(bool holds, const char *what)
{
	if (!holds) {
		fprintf(stderr, "FAILED: %s\n", what);
		failures++;
	}
}

static void near(double value, double expected, double tolerance, const char *what)
{
	if (!(fabs(value - expected) <= tolerance)) {
		fprintf(stderr, "FAILED: %s: %.12g, expected %.12g\n", what, value, expected);
		failures++;
	}
}

/* The answers that the authors of Philox publish with their own implementation, Random123. */
static void known_blocks(void)
{
	static const struct {
		uint32_t counter[4], key[2], block[4];
	} answers[] = {
		{ { 0, 0, 0, 0 }, { 0, 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
		{ { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
		  { 0xffffffff, 0xffffffff },
		  { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
		{ { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
		  { 0xa4093822, 0x299f31d0 },
		  { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
	};
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		uint32_t block[4];
		memcpy(block, answers[i].counter, sizeof block);
		philox(block, answers[i].key[0], answers[i].key[1]);
		check(memcmp(block, answers[i].block, sizeof block) == 0, "a known block of Philox4x32-10");
	}
}

/* Tolerances are five standard deviations of each statistic; the numbers are the same every time. */
static void normal_moments(void)
{
	enum { PAIRS = 500000 };
	double sum = 0, squares = 0, fourths = 0, products = 0;
	for (uint32_t i = 0; i < PAIRS; i++) {
		uint32_t block[4] = { i, 0, 0, 0 };
		double pair[2];
		philox(block, 1, 2);
		normal_pair(block, pair);
		for (int j = 0; j < 2; j++) {
			double square = pair[j] * pair[j];
			sum += pair[j];
			squares += square;
			fourths += square * square;
		}
		products += pair[0] * pair[1];
	}
	double count = 2.0 * PAIRS;
	near(sum / count, 0, 5 / sqrt(count), "mean of normal numbers");
	near(squares / count, 1, 5 * sqrt(2 / count), "variance of normal numbers");
	near(fourths / count, 3, 5 * sqrt(96 / count), "fourth moment of normal numbers");
	near(products / PAIRS, 0, 5 / sqrt((double)PAIRS), "covariance within pairs of normal numbers");

	/* The ends of the range are numbers, too. */
	uint32_t zeros[4] = { 0 }, ones[4] = { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff };
	double pair[2];
	normal_pair(zeros, pair);
	check(isfinite(pair[0]) && isfinite(pair[1]), "the least uniform number");
	normal_pair(ones, pair);
	check(pair[0] == 0 && pair[1] == 0, "the greatest uniform number");
}

static void formulas(void)
{
	/* Hull, "Options, Futures, and Other Derivatives", example 15.6. */
	struct option option = { EUROPEAN, false, 42, 40, 0.1, 0, 0.2, 0.5, 1 };
	near(closed_form(&option), 4.76, 0.005, "a textbook's call");
	option.is_put = true;
	near(closed_form(&option), 0.81, 0.005, "a textbook's put");

	struct option call = { ASIAN, false, 90, 100, 0.03, 0.02, 0.45, 1.5, 7 }, put = call;
	put.is_put = true;
	call.yield = put.yield = 0.02;
	double difference = closed_form(&call) - closed_form(&put);
	call.strike = 1e-9;
	double forward = closed_form(&call);
	near(difference, forward - 100 * exp(-0.03 * 1.5), 1e-6, "a call less a put is a forward");

	struct option calm = { EUROPEAN, false, 100, 90, 0.05, 0, 0, 1, 1 };
	near(closed_form(&calm), 100 - 90 * exp(-0.05), 1e-9, "without chance");
	struct stream stream = { 1, 2, 3 };
	struct estimate estimate = monte_carlo(&calm, &stream, 2);
	near(estimate.price, closed_form(&calm), 1e-9, "simulated without chance");
	near(estimate.standard_error, 0, 1e-9, "its standard error");
}

static bool find(const char *text, uint32_t index, struct task *task, char problem[128])
{
	FILE *file = tmpfile();
	if (!file || fputs(text, file) < 0)
		exit(2);
	rewind(file);
	bool found = find_task(file, index, task, problem);
	fclose(file);
	return found;
}

static void inputs(void)
{
	static const char *const table = "seed 18446744073709551615\n\n# two\nrepeat 3\n"
					 "european call 100 90 0.05 0 0.2 1 1 10\n"
					 "asian put 80 90 -0.01 0.02 0.4 2 4096 20\n";
	static const struct {
		const char *text, *problem;
	} wrong[] = {
		{ "", "there is no task 4: the input has 0, counted from 0" },
		{ "european call 1 1 0 0 0 1 1 4\n", "there is no task 4: the input has 1, counted from 0" },
		{ "american call 1 1 0 0 0 1 1 4\n", "line 1: expected european or asian, not \"american\"" },
		{ "\nasian up 1 1 0 0 0 1 1 4\n", "line 2: expected call or put, not \"up\"" },
		{ "asian put 0 1 0 0 0 1 1 4\n", "line 1: the spot price must be a number from 1e-09 to 1e+09" },
		{ "asian put 1 nan 0 0 0 1 1 4\n", "line 1: the strike price must be a number from 1e-09 to 1e+09" },
		{ "asian put 1 1 5% 0 0 1 1 4\n", "line 1: the rate must be a number from -1 to 1" },
		{ "asian put 1 1 0 0 0 1 4097 4\n", "line 1: the number of steps must be a whole number from 1 to 4096" },
		{ "asian put 1 1 0 0 0 1 1 5\n", "line 1: the number of paths must be even: they come in pairs" },
		{ "asian put 1 1\n", "line 1: expected the ten columns of an option, or a setting and its value" },
		{ "asian put 1 1 0 0 0 1 1 4 5 6\n",
		  "line 1: expected the ten columns of an option, or a setting and its value" },
		{ "colour blue\n", "line 1: there is no setting \"colour\"; there are seed and repeat" },
		{ "seed -1\n", "line 1: the seed must be a whole number from 0 to 18446744073709551615" },
		{ "seed 18446744073709551616\n", "line 1: the seed must be a whole number from 0 to 18446744073709551615" },
		{ "repeat 0\n", "line 1: the repetitions must be a whole number from 1 to 1000000" },
		{ "asian put 1 1 0 0 0 1 1 4\nseed 1\n", "line 2: settings must stand before the first option" },
	};
	struct task task;
	char problem[128] = "";
	check(find(table, 2, &task, problem) && task.option.kind == EUROPEAN && !task.option.is_put &&
		      task.stream.scenario == 0 && task.stream.repetition == 2 && task.stream.seed == UINT64_MAX,
	      "the last task of the first option");
	check(find(table, 3, &task, problem) && task.option.kind == ASIAN && task.option.is_put &&
		      task.option.spot == 80 && task.option.rate == -0.01 && task.option.steps == 4096 &&
		      task.stream.scenario == 1 && task.stream.repetition == 0 && task.paths == 20,
	      "the first task of the second option");
	check(!find(table, 6, &task, problem), "there are six tasks");
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		bool found = find(wrong[i].text, 4, &task, problem);
		check(!found && strcmp(problem, wrong[i].problem) == 0, wrong[i].problem);
	}
	char lengthy[400];
	memset(lengthy, ' ', sizeof lengthy - 1);
	lengthy[sizeof lengthy - 1] = 0;
	check(!find(lengthy, 0, &task, problem) && strstr(problem, "more than 254 characters"), "a long line");
}

int main(void)
{
	known_blocks();
	normal_moments();
	formulas();
	inputs();
	if (failures == 0)
		printf("option-pricing: its parts are right\n");
	return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
