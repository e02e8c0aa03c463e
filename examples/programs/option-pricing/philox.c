#include "philox.h"

#include <math.h>

enum { ROUNDS = 10 };

static const uint32_t MULTIPLIER0 = 0xD2511F53, MULTIPLIER1 = 0xCD9E8D57;
static const uint32_t WEYL0 = 0x9E3779B9, WEYL1 = 0xBB67AE85;
static const double TWO_PI = 6.283185307179586;

void philox(uint32_t block[4], uint32_t key0, uint32_t key1)
{
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t product0 = (uint64_t)MULTIPLIER0 * block[0];
		uint64_t product1 = (uint64_t)MULTIPLIER1 * block[2];
		uint32_t word0 = (uint32_t)(product1 >> 32) ^ block[1] ^ key0;
		uint32_t word2 = (uint32_t)(product0 >> 32) ^ block[3] ^ key1;
		block[0] = word0;
		block[1] = (uint32_t)product1;
		block[2] = word2;
		block[3] = (uint32_t)product0;
		key0 += WEYL0;
		key1 += WEYL1;
	}
}

/* From 64 random bits a number above 0 and at most 1, in steps of 2^-53. */
static double uniform(uint32_t high, uint32_t low)
{
	uint64_t bits = ((uint64_t)high << 32 | low) >> 11;
	return (double)(bits + 1) * 0x1p-53;
}

void normal_pair(const uint32_t block[4], double pair[2])
{
	double radius = sqrt(-2 * log(uniform(block[0], block[1])));
	double angle = TWO_PI * uniform(block[2], block[3]);
	pair[0] = radius * cos(angle);
	pair[1] = radius * sin(angle);
}
