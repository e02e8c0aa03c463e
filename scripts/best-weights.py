#!/usr/bin/env python3
"""Puts the weights of several measurements together: best-weights.py OUTPUT RUN…, where each RUN is what
frame-omni-bencher has written with scripts/weights.hbs. Tells on standard error from which run each function is, and
what all runs say of it.

Why the best of several runs: whatever else a machine does takes time from what is measured on it, and gives none. Of
two measurements of the same work the smaller one is nearer to what the work takes, and is still no less than that.

Why whole functions, and not the smallest base and the smallest slope: these two belong together. Time lost while small
parameters were measured lifts the base and flattens the line, time lost with large ones makes the line steeper and
lowers the base, even below the least time that the run has seen. The smallest of each would be a line that no run has
measured and that the work exceeds. So all of a function comes from one run.

Which run: the one whose weight is the smallest in the middle of what was measured. A line of least squares passes
through the mean of its points, so there its value is the mean of measurements, which disturbances can only raise. At
the ends of the line this is not so: what disturbs one end bends the other one down, and the run that is the lowest for
the largest parameters would often be one that was bent down just there, where too small a weight does the most harm. (A
base or slope that comes out negative is written as nought, which raises the line as well.)

What is counted and not timed has no noise: runs that disagree about parameters, storage, reads, writes or the size of
proofs have measured different code or different states, and nothing is written."""
import pathlib
import re
import sys
from dataclasses import dataclass
from fractions import Fraction

DECLARATION = re.compile(r"^\t/// The benchmark `(\w+)`(.*)\.\n\tfn (\w+)\(([^)]*)\) -> Weight;\n", re.M)
RANGE = re.compile(r", `(\w+)` from (\d+) to (\d+)")
FUNCTION = re.compile(r"((?:^\t// .*\n)*)^\tfn (\w+)\(([^)]*)\) -> Weight \{\n((?:^\t\t.*\n)*)^\t\}\n", re.M)
MEASURED = re.compile(
    r"^//! \d{4}-\d\d-\d\d, on (.+: \d+ values of each parameter, each measured \d+ times or more\.)", re.M
)

NUMBER = r"(\d[\d_]*)"
TIME = rf"Weight::from_parts\({NUMBER},{NUMBER}\)"
# What functions are made of, without white space.
TERMS = {
    "base": re.compile(TIME),
    "slope": re.compile(rf"\.saturating_add\({TIME}\.saturating_mul\((\w+)\.into\(\)\)\)"),
    "accesses": re.compile(rf"\.saturating_add\([\w:]+::get\(\)\.(reads|writes)\({NUMBER}\)\)"),
    "accesses of each": re.compile(
        rf"\.saturating_add\([\w:]+::get\(\)\.(reads|writes)\(\({NUMBER}_u64\)\.saturating_mul\((\w+)\.into\(\)\)\)\)"
    ),
}


def fail(message):
    sys.exit(f"best-weights.py: {message}")


@dataclass
class Weight:
    """What one function says."""

    base: int
    # By parameter. One that no slope was found for is missing.
    slopes: dict
    # ("proof", "reads" or "writes", parameter or None for the base) with how many. What is nought is missing.
    counted: dict


@dataclass
class Function:
    text: str
    # The comments before it: the storage that the benchmark reads and writes.
    storage: str
    parameters: list
    weight: Weight


@dataclass
class Run:
    path: str
    text: str
    # On which machine and how often. The day may differ.
    measured: str
    # The range of each parameter, by function.
    ranges: dict
    # For each of the two implementations the functions by name, in the order of the file.
    implementations: list
    # The text around the functions.
    frame: str


def parts(text):
    """What comes before the implementations, and each of these."""
    return re.split(r"(?=^impl\b)", text, flags=re.M)


def number(digits):
    return int(digits.replace("_", ""))


def parameters(signature):
    """The names of `_r: u32, v: u32, `. An underscore says only that the run has found no slope."""
    return [part.split(":")[0].strip().removeprefix("_") for part in signature.split(",") if part.strip()]


def terms(code, where):
    """(kind, groups) of every term of a function, without white space and comments."""
    place = 0
    while place < len(code):
        matches = ((kind, term.match(code, place)) for kind, term in TERMS.items())
        kind, match = next(((kind, match) for kind, match in matches if match), (None, None))
        if match is None:
            fail(f"{where} has a term that is not understood: {code[place:place + 80]}")
        yield kind, match.groups()
        place = match.end()


def read_weight(body, where):
    code = "".join(line for line in body.splitlines() if not line.lstrip().startswith("//"))
    base, slopes, counted = None, {}, {}
    for kind, values in terms(re.sub(r"\s", "", code), where):
        if kind == "base":
            base = number(values[0])
            key, count = ("proof", None), values[1]
        elif kind == "slope":
            slopes[values[2]] = number(values[0])
            key, count = ("proof", values[2]), values[1]
        else:
            key, count = (values[0], values[2] if kind == "accesses of each" else None), values[1]
        if key in counted:
            fail(f"{where} has its {' for '.join(filter(None, key))} twice")
        counted[key] = number(count)
    if base is None:
        fail(f"{where} has no base weight")
    # Nought says the same as nothing: a run that has found no slope has no term for it, nor for its size of proof.
    return Weight(base, slopes, {key: count for key, count in counted.items() if count != 0})


def read_implementation(block, ranges, where):
    functions = {}
    for match in FUNCTION.finditer(block):
        storage, name, signature, body = match.groups()
        if name in functions:
            fail(f"{where} has `{name}` twice")
        weight = read_weight(body, f"`{name}` in {where}")
        functions[name] = Function(match[0], storage, parameters(signature), weight)
    same_names(ranges, functions, f"the trait of {where}", f"an implementation in {where}")
    for name, function in functions.items():
        if function.parameters != list(ranges[name]):
            fail(f"`{name}` in {where} has other parameters than in the trait")
        if not function.weight.slopes.keys() <= ranges[name].keys():
            fail(f"`{name}` in {where} has a slope for what is no parameter")
    return functions


def read_run(path):
    try:
        text = pathlib.Path(path).read_text()
    except OSError as error:
        fail(f"the run {path} cannot be read: {error.strerror}")
    measured = MEASURED.search(text)
    if measured is None:
        fail(f"{path} does not say on what it was measured and how often")
    ranges = {}
    for documented, listed, name, signature in DECLARATION.findall(text):
        ranges[name] = {parameter: (int(low), int(high)) for parameter, low, high in RANGE.findall(listed)}
        if documented != name or parameters(signature) != list(ranges[name]):
            fail(f"{path} documents `{name}` with another name or other parameters than it has")
    head, *blocks = parts(text)
    if not ranges or len(blocks) != 2 or not text.endswith("\n}\n"):
        fail(f"{path} is not a whole file of weights, with a trait and two implementations of it")
    implementations = [read_implementation(block, ranges, path) for block in blocks]
    for name in ranges:
        if implementations[0][name].weight != implementations[1][name].weight:
            fail(f"{path} has two weights for `{name}`")
    frame = "".join([MEASURED.sub("", head)] + [FUNCTION.sub("", block) for block in blocks])
    return Run(path, text, measured[1], ranges, implementations, frame)


def same_names(one, other, where, elsewhere):
    alone = [f"`{name}` only in {where}" for name in one if name not in other]
    alone += [f"`{name}` only in {elsewhere}" for name in other if name not in one]
    if alone:
        fail("functions are missing: " + ", ".join(alone))
    if list(one) != list(other):
        fail(f"{where} and {elsewhere} have the functions in another order")


def compare(first, run):
    """Ends the script unless both runs measured the same: all but the times has to be equal."""
    same_names(first.ranges, run.ranges, first.path, run.path)
    if first.measured != run.measured:
        fail(f"{first.path} is of {first.measured}\n{run.path} is of {run.measured}")
    for name in first.ranges:
        one, other = first.implementations[0][name], run.implementations[0][name]
        for what, left, right in [
            ("range of parameters", first.ranges[name], run.ranges[name]),
            ("reads, writes or size of proofs", one.weight.counted, other.weight.counted),
            ("storage", one.storage, other.storage),
        ]:
            if left != right:
                fail(f"runs disagree about the {what} of `{name}`:\n{first.path}: {left}\n{run.path}: {right}")
    if first.frame != run.frame:
        fail(f"{first.path} and {run.path} differ outside of the functions")


def middle(weight, ranges):
    """The weight in the middle of what was measured, exactly, in picoseconds. The bencher varies one parameter at a time
    from its smallest value to its largest, and leaves the others at their largest."""
    total = Fraction(weight.base)
    for parameter, slope in weight.slopes.items():
        low, high = ranges[parameter]
        total += slope * (Fraction(low + high, 2) + (len(ranges) - 1) * high) / len(ranges)
    return total


def best(runs, name):
    """The number of the run that `name` is taken from: the first of them if several are equal."""
    middles = [middle(run.implementations[0][name].weight, run.ranges[name]) for run in runs]
    chosen = middles.index(min(middles))
    told = ", ".join(f"{float(value) / 1e6:.1f}" for value in middles)
    print(f"{name}: run {chosen + 1} of {told} µs", file=sys.stderr)
    return chosen


def merge(runs):
    chosen = {name: best(runs, name) for name in runs[0].ranges}
    head, *blocks = parts(runs[0].text)
    if len(runs) > 1:
        end = MEASURED.search(head).end()
        said = f"\n//! Put together by `scripts/best-weights.py` from {len(runs)} such runs, "
        said += "the best one of each function."
        # What comes after it on the same line gets a line of its own.
        head = head[:end] + said + re.sub(r"^ ", "\n//! ", head[end:])
    for place, block in enumerate(blocks):
        of_chosen = lambda match: runs[chosen[match[2]]].implementations[place][match[2]].text
        head += FUNCTION.sub(of_chosen, block)
    return head


def main():
    if len(sys.argv) < 3:
        fail("takes the file to write and one or more runs")
    output, *paths = sys.argv[1:]
    if len({pathlib.Path(path).resolve() for path in paths}) != len(paths):
        fail("a run is named twice")
    runs = [read_run(path) for path in paths]
    for run in runs[1:]:
        compare(runs[0], run)
    pathlib.Path(output).write_text(merge(runs))


main()
