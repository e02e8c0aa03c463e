/* Prices of options on an asset that follows a geometric Brownian motion. */
#ifndef PRICING_H
#define PRICING_H

#include <stdbool.h>
#include <stdint.h>

enum { MAX_STEPS = 4096 };

enum kind {
	EUROPEAN, /* pays for the asset's last price */
	ASIAN,    /* pays for the arithmetic mean of its prices at the end of each step */
};

struct option {
	enum kind kind;
	bool is_put;
	double spot;       /* the asset's price today */
	double strike;
	double rate;       /* of interest, continuous, per year */
	double yield;      /* of dividends, continuous, per year */
	double volatility; /* per square root of a year */
	double years;
	uint32_t steps;    /* 1 to MAX_STEPS; a European option needs one only */
};

/* Which random numbers to draw: one key and two words of the counter. */
struct stream {
	uint64_t seed;
	uint32_t scenario;
	uint32_t repetition;
};

struct estimate {
	double price;
	double standard_error;
};

/* The price as the mean over `pairs` pairs of mirrored paths (antithetic variates), at least 2. An Asian option's is
 * corrected by what the geometric mean of the same paths gives, whose price is known (a control variate). */
struct estimate monte_carlo(const struct option *option, const struct stream *stream, uint64_t pairs);

/* The price by formula: for a European option that of Black, Scholes and Merton; for an Asian one that of the option
 * on the geometric mean (Kemna and Vorst), which is a little less for a call and more for a put. */
double closed_form(const struct option *option);

#endif
