#!/usr/bin/env python3
"""Tests scripts/best-weights.py with small files of weights, written as scripts/weights.hbs has them written."""
import pathlib
import subprocess
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parent / "best-weights.py"
HEAD = """//! What the pallet's work weighs. Written by `scripts/weights.sh`; do not edit.
//!
//! {day}, on {machine}: 10 values of each parameter, each measured 20 times or more.
//! Whatever else the machine did meanwhile makes these upper bounds.

/// What the pallet's work weighs.
pub trait WeightInfo {{
"""


def function(base, reads=2, proof=0, storage="`Compute::Jobs` (r:2 w:0)", least=1000, **slopes):
    """What one run says of a function. A slope of None is one that it has not found."""
    return {"base": base, "reads": reads, "proof": proof, "storage": storage, "least": least, "slopes": slopes}


def implementation(head, database, functions, comments):
    text = head + " {\n"
    for name, said in functions.items():
        text += f"\t// Storage: {said['storage']}\n" if comments else ""
        arguments = "".join(f"{'_' if slope is None else ''}{key}: u32, " for key, slope in said["slopes"].items())
        text += f"\tfn {name}({arguments}) -> Weight {{\n"
        text += f"\t\t// {said['least']:_} ns at least.\n" if comments else ""
        text += f"\t\tWeight::from_parts({said['base']:_}, {said['proof']})\n"
        for key, slope in said["slopes"].items():
            if slope is not None:
                text += "\t\t\t// ± 1_234\n" if comments else ""
                text += f"\t\t\t.saturating_add(Weight::from_parts({slope:_}, 0).saturating_mul({key}.into()))\n"
        text += f"\t\t\t.saturating_add({database}::get().reads({said['reads']}))\n"
        for key in said["slopes"]:
            text += f"\t\t\t.saturating_add({database}::get().writes((3_u64).saturating_mul({key}.into())))\n"
        text += "\t}\n"
    return text + "}\n"


def file(ranges=(), day="2026-01-02", machine="Machine", **functions):
    """A run. Parameters go from 0 to 10 unless `ranges` has another largest value."""
    text = HEAD.format(day=day, machine=machine)
    for name, said in functions.items():
        largest = {key: dict(ranges).get(key, 10) for key in said["slopes"]}
        listed = "".join(f", `{key}` from 0 to {value}" for key, value in largest.items())
        arguments = "".join(f"{key}: u32, " for key in said["slopes"])
        text += f"\t/// The benchmark `{name}`{listed}.\n\tfn {name}({arguments}) -> Weight;\n"
    text += "}\n\n"
    one, other = "impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T>", "impl WeightInfo for ()"
    text += implementation(one, "T::DbWeight", functions, True)
    return text + "\n/// For tests.\n" + implementation(other, "ParityDbWeight", functions, False)


class BestWeights(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.output = self.folder / "weights.rs"

    def run_script(self, runs):
        paths = []
        for place, text in enumerate(runs):
            paths.append(self.folder / f"{place + 1}.rs")
            if text is not None:
                paths[-1].write_text(text)
        return subprocess.run([SCRIPT, self.output, *paths], capture_output=True, text=True)

    def merged(self, *runs):
        done = self.run_script(runs)
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.output.read_text()

    def refused(self, reason, *runs):
        done = self.run_script(runs)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(reason, done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        self.assertFalse(self.output.exists(), "nothing may be written")

    def assert_functions(self, merged, ranges=(), **functions):
        """Everything after the head is as if one run had measured `functions`."""
        self.assertEqual(merged.split("pub trait")[1], file(ranges, **functions).split("pub trait")[1])

    def test_each_function_is_that_of_its_quickest_run(self):
        one, two, three = function(300, least=7), function(200, least=8), function(100, least=9)
        merged = self.merged(file(a=one, b=two, c=three), file(a=three, b=one, c=two), file(a=two, b=three, c=one))
        self.assert_functions(merged, a=three, b=three, c=three)
        merged = self.merged(file(a=one, b=two), file(a=two, b=one))
        self.assert_functions(merged, a=two, b=two)

    def test_base_and_slope_come_from_one_run(self):
        flat, steep = function(900, least=5, r=20), function(100, least=6, r=150)
        self.assert_functions(self.merged(file(a=flat), file(a=steep)), a=steep)
        flatter = function(700, least=5, r=20)
        self.assert_functions(self.merged(file(a=flatter), file(a=steep)), a=flatter)

    def test_the_middle_of_what_was_measured_decides(self):
        # Equal but that the first was disturbed at its small parameters, and is the lower one at its large ones.
        disturbed, quiet = function(400, r=50), function(0, r=100)
        self.assert_functions(self.merged(file(a=disturbed), file(a=quiet)), a=quiet)
        # Of two parameters each was measured with the other at its largest: 7.5 is the middle, and not 5.
        low_base, high_base = function(0, r=60, v=60), function(700, r=10, v=10)
        self.assert_functions(self.merged(file(a=low_base), file(a=high_base)), a=high_base)
        # From 0 to 1000 a slope counts for more than from 0 to 10.
        low_base, high_base, wide = function(0, r=10, v=11), function(700, r=10, v=10), {"v": 1000}
        self.assert_functions(self.merged(file(a=low_base), file(a=high_base)), a=low_base)
        self.assert_functions(self.merged(file(wide, a=low_base), file(wide, a=high_base)), wide, a=high_base)

    def test_a_run_that_found_no_slope_may_be_the_best(self):
        found, not_found = function(900, r=20), function(950, r=None)
        self.assert_functions(self.merged(file(a=found), file(a=not_found)), a=not_found)
        self.assertIn("fn a(_r: u32, )", self.output.read_text())

    def test_the_head_says_how_many_runs_there_were(self):
        runs = [file(a=function(2)), file(a=function(1), day="2026-01-03")]
        head = self.merged(*runs).split("pub trait")[0].splitlines()
        said = "//! Put together by `scripts/best-weights.py` from 2 such runs, the best one of each function."
        self.assertEqual(head, runs[0].split("pub trait")[0].splitlines()[:3] + [said] + head[4:])
        self.assertEqual(head[4], "//! Whatever else the machine did meanwhile makes these upper bounds.")

    def test_one_run_stays_as_it_is(self):
        self.assertEqual(self.merged(file(a=function(2, r=3))), file(a=function(2, r=3)))

    def test_a_file_that_was_formatted_reads_the_same(self):
        formatted = file(a=function(2)).replace("2, 0)\n\t\t\t.saturating_add", "2, 0).saturating_add")
        self.assertNotEqual(formatted, file(a=function(2)))
        self.assert_functions(self.merged(formatted, file(a=function(1))), a=function(1))

    def test_a_missing_run_is_refused(self):
        self.refused("cannot be read", file(a=function(1)), None)
        self.refused("one or more runs")

    def test_half_a_run_is_refused(self):
        whole = file(a=function(1), b=function(2))
        for lines in range(len(whole.splitlines())):
            half = "".join(whole.splitlines(keepends=True)[:lines])
            with self.subTest(lines=lines):
                self.refused("best-weights.py: ", half)

    def test_a_function_of_one_run_only_is_refused(self):
        both, one = file(a=function(1), b=function(2)), file(a=function(1))
        self.refused("`b` only in", both, one)
        self.refused("`b` only in", one, both)

    def test_a_function_that_an_implementation_lacks_is_refused(self):
        lacking = implementation("impl WeightInfo for ()", "ParityDbWeight", {"a": function(1)}, False)
        run = file(a=function(1), b=function(2)).split("impl WeightInfo for ()")[0] + lacking
        self.refused("`b` only in the trait", run)

    def test_a_run_that_contradicts_itself_is_refused(self):
        run, head = file(a=function(1, r=1), b=function(2)), "fn a(r: u32, ) -> Weight {"
        self.refused("other parameters than in the trait", run.replace(head, head.replace("r", "v")))
        self.refused("documents `a`", run.replace("benchmark `a`", "benchmark `c`"))
        self.refused("documents `a`", run.replace("`r` from", "`v` from"))
        self.refused("`b` twice", run.replace(head, "fn b() -> Weight {"))

    def test_runs_that_count_differently_are_refused(self):
        run = file(a=function(9, r=1))
        self.refused("reads, writes or size of proofs of `a`", run, file(a=function(1, reads=1, r=1)))
        self.refused("reads, writes or size of proofs of `a`", run, file(a=function(1, proof=5, r=1)))
        each = run.replace("(3_u64)", "(2_u64)")
        self.refused("reads, writes or size of proofs of `a`", run, each)
        self.refused("storage of `a`", run, file(a=function(1, storage="`Compute::Jobs` (r:1 w:0)", r=1)))
        self.refused("range of parameters of `a`", run, file({"r": 11}, a=function(1, r=1)))
        self.refused("range of parameters of `a`", run, file(a=function(1, v=1)))

    def test_runs_of_different_machines_or_code_are_refused(self):
        self.refused("is of Other", file(a=function(2)), file(machine="Other", a=function(1)))
        changed = file(a=function(1)).replace("For tests", "Changed")
        self.refused("outside of the functions", file(a=function(2)), changed)

    def test_what_is_not_understood_is_refused(self):
        run = file(a=function(1, r=1))
        self.refused("not understood", run.replace("saturating_add(T", "plus(T"))
        self.refused("two weights for `a`", run.replace("T::DbWeight::get().reads(2)", "T::DbWeight::get().reads(3)"))
        self.refused("no parameter", run.replace("saturating_mul(r.into()))\n", "saturating_mul(v.into()))\n"))
        base = "\t\tWeight::from_parts(1, 0)\n"
        self.refused("its proof twice", run.replace(base, 2 * base))
        self.refused("no base weight", run.replace(base, ""))

    def test_one_file_is_not_two_runs(self):
        run = self.folder / "1.rs"
        run.write_text(file(a=function(1)))
        done = subprocess.run([SCRIPT, self.output, run, run], capture_output=True, text=True)
        self.assertIn("named twice", done.stderr)
        self.assertFalse(self.output.exists())


if __name__ == "__main__":
    unittest.main()
