/* Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw: "Parallel random numbers: as easy as
 * 1, 2, 3" (2011). Any block of any stream can be had without those before it. */
#ifndef PHILOX_H
#define PHILOX_H

#include <stdint.h>

/* Turns a counter into the random block that belongs to it under this key. */
void philox(uint32_t block[4], uint32_t key0, uint32_t key1);

/* Two independent standard normal numbers, from one block, by Box and Muller's transformation. */
void normal_pair(const uint32_t block[4], double pair[2]);

#endif
