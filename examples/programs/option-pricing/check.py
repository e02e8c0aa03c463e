#!/usr/bin/env python3
"""Checks the program from outside, with nothing but Python: check.py COMMAND...

COMMAND is called with the number of a task and reads the table of options, for instance the program built for this
machine. Two things are compared with computations of this file's own: the price of small simulations, digit by digit,
and the price of all options of the sample input with what integrating over all outcomes gives.
"""

import math
import statistics
import subprocess
import sys
from pathlib import Path

SAMPLE = Path(__file__).parent / "../../inputs/option-pricing/options.txt"
MASK = 0xFFFFFFFF
SMALL = """seed 81985529216486895
repeat 2
european call 100 105 0.05 0.01 0.3 0.75 1 64
european put 90 100 0.02 0 0.25 2 5 50
asian call 100 100 0.04 0.02 0.5 1 12 40
asian put 50 55 -0.01 0 0.2 0.5 7 30
"""


def run(command, index, text):
    done = subprocess.run([*command, str(index)], input=text.encode(), stdout=subprocess.PIPE, check=True)
    header, row, rest = done.stdout.decode().split("\n")
    assert rest == ""
    return dict(zip(header.split("\t"), row.split("\t")))


def scenarios(text):
    seed, repeat, options = 0, 1, []
    for words in map(str.split, text.splitlines()):
        if words[:1] == ["seed"]:
            seed = int(words[1])
        elif words[:1] == ["repeat"]:
            repeat = int(words[1])
        elif words and words[0] != "#":
            numbers = list(map(float, words[2:8]))
            options.append((words[0], words[1], *numbers, int(words[8]), int(words[9])))
    return seed, repeat, options


def philox(counter, key):
    a, b, c, d = counter
    for i in range(10):
        k0, k1 = (key + i * 0x9E3779B9) & MASK, ((key >> 32) + i * 0xBB67AE85) & MASK
        x, y = a * 0xD2511F53, c * 0xCD9E8D57
        a, b, c, d = (y >> 32) ^ b ^ k0, y & MASK, (x >> 32) ^ d ^ k1, x & MASK
    return a, b, c, d


def normals(seed, scenario, repetition, pair, steps):
    result = []
    for block in range((steps + 1) // 2):
        a, b, c, d = philox((pair, block, scenario, repetition), seed)
        u, v = (((high << 32 | low) >> 11) + 1 for high, low in ((a, b), (c, d)))
        radius, angle = math.sqrt(-2 * math.log(u / 2**53)), 2 * math.pi * (v / 2**53)
        result += [radius * math.cos(angle), radius * math.sin(angle)]
    return result[:steps]


def paid(option, prices):
    kind, right, _, strike, *_ = option
    last = prices[-1] if kind == "european" else statistics.fmean(prices)
    return max(0.0, last - strike if right == "call" else strike - last)


def simulate(option, seed, scenario, repetition):
    """Price and standard error, from whole lists instead of running sums."""
    kind, right, spot, strike, rate, dividends, volatility, years, steps, paths = option
    samples, controls = [], []
    for pair in range(paths // 2):
        draws = normals(seed, scenario, repetition, pair, steps)
        both, geometric = [], []
        for sign in (1, -1):
            prices, price = [], spot
            for draw in draws:
                step = years / steps
                move = (rate - dividends - volatility**2 / 2) * step + volatility * math.sqrt(step) * sign * draw
                price *= math.exp(move)
                prices.append(price)
            both.append(paid(option, prices))
            mean = math.exp(statistics.fmean(map(math.log, prices)))
            geometric.append(max(0.0, mean - strike if right == "call" else strike - mean))
        samples.append(statistics.fmean(both))
        controls.append(statistics.fmean(geometric))
    discount = math.exp(-rate * years)
    if kind == "asian":
        slope = statistics.covariance(samples, controls) / statistics.variance(controls)
        samples = [s - slope * (c - integral(option) / discount) for s, c in zip(samples, controls)]
    return discount * statistics.fmean(samples), discount * statistics.stdev(samples) / math.sqrt(len(samples))


def integral(option):
    """The price by integrating the payoff over a normal number: of the last price, or of the geometric mean."""
    kind, right, spot, strike, rate, dividends, volatility, years, steps, _ = option
    count = 1 if kind == "european" else steps
    # Step number i moves all prices from the i-th on, and with them that share of the mean.
    shares = [(count - i) / count for i in range(count)]
    mean = math.log(spot) + (rate - dividends - volatility**2 / 2) * (years / count) * sum(shares)
    deviation = volatility * math.sqrt(years / count * sum(share**2 for share in shares))
    border = (math.log(strike) - mean) / deviation
    low, high = (border, max(border, 0) + 12) if right == "call" else (min(border, 0) - 12, border)
    intervals = 20000
    total = 0.0
    for i in range(intervals + 1):
        x = low + (high - low) * i / intervals
        gain = abs(math.exp(mean + deviation * x) - strike)
        weight = 1 if i in (0, intervals) else 4 if i % 2 else 2  # Simpson's rule
        total += weight * gain * math.exp(-x * x / 2)
    return math.exp(-rate * years) * total * (high - low) / intervals / 3 / math.sqrt(2 * math.pi)


def close(what, value, expected, tolerance):
    if abs(float(value) - expected) > tolerance:
        sys.exit(f"FAILED: {what}: {value}, expected {expected:.10f}")


def check_digits(command):
    seed, repeat, options = scenarios(SMALL)
    for index in range(repeat * len(options)):
        scenario, repetition = divmod(index, repeat)
        row = run(command, index, SMALL)
        price, error = simulate(options[scenario], seed, scenario, repetition)
        # The last digit may differ: libraries do not agree on the last bit of a logarithm.
        close(f"price of small simulation {index}", row["price"], price, 2e-8)
        close(f"error of small simulation {index}", row["standard_error"], error, 2e-8)


def check_prices(command):
    text = SAMPLE.read_text()
    _, repeat, options = scenarios(text)
    for scenario, option in enumerate(options):
        exact = integral(option)
        rows = [run(command, scenario * repeat + repetition, text) for repetition in range(repeat)]
        for row in rows:
            close(f"formula of scenario {scenario}", row["formula"], exact, 1e-6)
            if option[0] == "european":
                close(f"price of scenario {scenario}", row["price"], exact, 4 * float(row["standard_error"]))
        prices = {row["price"] for row in rows}
        if len(prices) != repeat:
            sys.exit(f"FAILED: repetitions of scenario {scenario} are not independent")
        if option[0] == "asian":
            mean = statistics.fmean(float(row["price"]) for row in rows)
            for row in rows:
                close(f"price of scenario {scenario}", row["price"], mean, 4 * float(row["standard_error"]))
            # The arithmetic mean is never below the geometric one.
            if (mean < exact) == (option[1] == "call"):
                sys.exit(f"FAILED: scenario {scenario} lies on the wrong side of the geometric mean's price")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    check_digits(sys.argv[1:])
    check_prices(sys.argv[1:])
    print("option-pricing: agrees with simulations and integrals in Python")
