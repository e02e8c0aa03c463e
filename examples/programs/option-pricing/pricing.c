#include "pricing.h"

#include <math.h>

#include "philox.h"

static const double ROOT_HALF = 0.7071067811865476;

static double normal_distribution(double x)
{
	return erfc(-x * ROOT_HALF) / 2;
}

static double payoff(const struct option *option, double price)
{
	double gain = option->is_put ? option->strike - price : price - option->strike;
	return gain > 0 ? gain : 0;
}

/* Today's value of a payoff on a price whose logarithm is normal with this mean and deviation. */
static double lognormal_price(const struct option *option, double mean, double deviation)
{
	double sign = option->is_put ? -1 : 1;
	double discount = exp(-option->rate * option->years);
	double expected = exp(mean + deviation * deviation / 2);
	if (deviation == 0)
		return discount * payoff(option, expected);
	double d2 = (mean - log(option->strike)) / deviation;
	double d1 = d2 + deviation;
	return discount * sign *
	       (expected * normal_distribution(sign * d1) - option->strike * normal_distribution(sign * d2));
}

/* How the logarithm of the price moves in one step, chance apart. */
static double drift(const struct option *option, double years)
{
	double variance = option->volatility * option->volatility;
	return (option->rate - option->yield - variance / 2) * years;
}

double closed_form(const struct option *option)
{
	double n = option->kind == ASIAN ? option->steps : 1;
	double step = option->years / n;
	/* The mean of the logarithms after 1 to n steps: steps count by how many of these they are part of. */
	double mean = log(option->spot) + drift(option, step) * (n + 1) / 2;
	double variance = option->volatility * option->volatility * step * (n + 1) * (2 * n + 1) / (6 * n);
	return lognormal_price(option, mean, sqrt(variance));
}

/* What the two mirrored paths of a pair pay on average, and what they would pay for the geometric mean. */
struct sample {
	double paid;
	double control;
};

struct walk {
	double logarithm; /* of the price */
	double sum;       /* of prices */
	double logarithms;
};

static void advance(struct walk *walk, double change)
{
	walk->logarithm += change;
	walk->sum += exp(walk->logarithm);
	walk->logarithms += walk->logarithm;
}

static struct sample sample_pair(const struct option *option, const struct stream *stream, uint64_t pair)
{
	uint32_t steps = option->steps;
	double step = option->years / steps;
	double certain = drift(option, step), chance = option->volatility * sqrt(step);
	struct walk up = { .logarithm = log(option->spot) }, down = up;
	double normals[2] = { 0, 0 };
	for (uint32_t i = 0; i < steps; i++) {
		if (i % 2 == 0) {
			/* One block serves two steps, and MAX_STEPS / 2 is 2^11: pair and step share a word. */
			uint32_t block[4] = { (uint32_t)pair, (uint32_t)(pair >> 32) << 11 | i / 2, stream->scenario,
					      stream->repetition };
			philox(block, (uint32_t)stream->seed, (uint32_t)(stream->seed >> 32));
			normal_pair(block, normals);
		}
		double random = chance * normals[i % 2];
		advance(&up, certain + random);
		advance(&down, certain - random);
	}
	if (option->kind == EUROPEAN) {
		double paid = payoff(option, exp(up.logarithm)) + payoff(option, exp(down.logarithm));
		return (struct sample){ .paid = paid / 2 };
	}
	double paid = payoff(option, up.sum / steps) + payoff(option, down.sum / steps);
	double control = payoff(option, exp(up.logarithms / steps)) + payoff(option, exp(down.logarithms / steps));
	return (struct sample){ .paid = paid / 2, .control = control / 2 };
}

/* Means and moments of pairs of numbers as they come, by Welford's method, which does not cancel. */
struct moments {
	double count, paid, control;
	double paid_paid, control_control, paid_control;
};

static void include(struct moments *moments, struct sample sample)
{
	moments->count++;
	double paid = sample.paid - moments->paid, control = sample.control - moments->control;
	moments->paid += paid / moments->count;
	moments->control += control / moments->count;
	moments->paid_paid += paid * (sample.paid - moments->paid);
	moments->control_control += control * (sample.control - moments->control);
	moments->paid_control += paid * (sample.control - moments->control);
}

struct estimate monte_carlo(const struct option *option, const struct stream *stream, uint64_t pairs)
{
	struct moments moments = { 0 };
	for (uint64_t pair = 0; pair < pairs; pair++)
		include(&moments, sample_pair(option, stream, pair));

	double discount = exp(-option->rate * option->years);
	double mean = moments.paid, squares = moments.paid_paid;
	if (moments.control_control > 0) {
		/* The multiple of the control that leaves the least variance. */
		double factor = moments.paid_control / moments.control_control;
		mean -= factor * (moments.control - closed_form(option) / discount);
		squares -= factor * moments.paid_control;
	}
	double variance = squares > 0 ? squares / (moments.count - 1) : 0;
	return (struct estimate){
		.price = discount * mean,
		.standard_error = discount * sqrt(variance / moments.count),
	};
}
