//! Random sequences, against an implementation that knows none of the recurrences: it tries every length of every gap.

use assay_smith_waterman::{
	align::{align, Alignment, Step},
	score::Profile,
	scores::{Gaps, Scores},
};

/// Smith and Waterman's own formulation, in time cubic in the lengths: each cell looks at all gaps that may end there.
fn best_by_definition(query: &[u8], target: &[u8], scores: &Scores, gaps: Gaps) -> i32 {
	let cost = |length: usize| i32::from(gaps.open) + i32::from(gaps.extend) * i32::try_from(length).unwrap();
	let mut best = vec![vec![0; target.len() + 1]; query.len() + 1];
	for i in 1..=query.len() {
		for j in 1..=target.len() {
			let mut here = best[i - 1][j - 1] + i32::from(scores.pair(query[i - 1], target[j - 1]));
			here = (1..=i).map(|length| best[i - length][j] - cost(length)).fold(here, i32::max);
			here = (1..=j).map(|length| best[i][j - length] - cost(length)).fold(here, i32::max);
			best[i][j] = here.max(0);
		}
	}
	best.into_iter().flatten().max().unwrap_or(0)
}

/// The score of an alignment from its steps alone; checks that they cover what it says.
fn score_of(alignment: &Alignment, query: &[u8], target: &[u8], scores: &Scores, gaps: Gaps) -> i32 {
	let (mut i, mut j, mut total) = (alignment.query.start, alignment.target.start, 0);
	for run in alignment.steps.chunk_by(|step, next| step == next) {
		let length = i32::try_from(run.len()).unwrap();
		let cost = i32::from(gaps.open) + i32::from(gaps.extend) * length;
		match run[0] {
			Step::Insertion => (i, total) = (i + run.len(), total - cost),
			Step::Deletion => (j, total) = (j + run.len(), total - cost),
			Step::Equal | Step::Different => {
				for _ in run {
					assert_eq!(query[i] == target[j], run[0] == Step::Equal);
					total += i32::from(scores.pair(query[i], target[j]));
					(i, j) = (i + 1, j + 1);
				}
			},
		}
	}
	assert_eq!((i, j), (alignment.query.end, alignment.target.end));
	total
}

/// Knuth's linear congruential generator: the test is the same every time.
struct Random(u64);

impl Random {
	fn below(&mut self, end: usize) -> usize {
		self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
		usize::try_from(self.0 >> 33).unwrap() % end
	}

	fn sequence(&mut self, letters: usize, longest: usize) -> Vec<u8> {
		(0..self.below(longest + 1)).map(|_| u8::try_from(self.below(letters)).unwrap()).collect()
	}

	/// A copy with residues changed, left out and put in, so that there is something long to find.
	fn relative(&mut self, sequence: &[u8], letters: usize) -> Vec<u8> {
		let mut copy = Vec::new();
		for residue in sequence {
			match self.below(12) {
				0 => copy.push(u8::try_from(self.below(letters)).unwrap()),
				1 => {},
				2 => copy.extend((0..=self.below(9)).map(|_| u8::try_from(self.below(letters)).unwrap())),
				_ => copy.push(*residue),
			}
		}
		copy
	}
}

fn compare(query: &[u8], target: &[u8], scores: &Scores, gaps: Gaps) {
	let expected = best_by_definition(query, target, scores, gaps);
	let context = format!("{query:?} {target:?} {gaps:?}");
	assert_eq!(Profile::new(query, scores, gaps).best(target), expected, "{context}");
	match align(query, target, scores, gaps).unwrap() {
		None => assert_eq!(expected, 0, "{context}"),
		Some(alignment) => {
			assert_eq!(alignment.score, expected, "{context}");
			assert_eq!(score_of(&alignment, query, target, scores, gaps), expected, "{context}");
			let pair = [Step::Equal, Step::Different];
			assert!(alignment.steps.first().is_some_and(|step| pair.contains(step)), "{context}");
			assert!(alignment.steps.last().is_some_and(|step| pair.contains(step)), "{context}");
		},
	}
}

const GAPS: [Gaps; 6] = [
	Gaps { open: 11, extend: 1 },
	Gaps { open: 0, extend: 1 },
	Gaps { open: 0, extend: 4 },
	Gaps { open: 3, extend: 2 },
	Gaps { open: 1, extend: 1 },
	Gaps { open: 1_000, extend: 1_000 },
];

#[test]
fn proteins() {
	let (scores, mut random) = (Scores::blosum62(), Random(1));
	for round in 0..600 {
		let query = random.sequence(27, 70);
		let target = if round % 3 == 0 { random.sequence(27, 70) } else { random.relative(&query, 27) };
		compare(&query, &target, &scores, GAPS[round % GAPS.len()]);
	}
}

#[test]
fn nucleotides() {
	let mut random = Random(2);
	for round in 0..600 {
		let scores = Scores::uniform([1, 2, 5, 40][round % 4], [-3, -1, -4, 0, 1][round % 5]);
		let query = random.sequence(4, 60);
		let target = if round % 3 == 0 { random.sequence(4, 60) } else { random.relative(&query, 4) };
		compare(&query, &target, &scores, GAPS[round % GAPS.len()]);
	}
}

#[test]
fn long_sequences() {
	let (scores, mut random) = (Scores::blosum62(), Random(3));
	for gaps in GAPS {
		let query: Vec<u8> = (0..200).map(|_| u8::try_from(random.below(20)).unwrap()).collect();
		let target = random.relative(&query, 20);
		compare(&query, &target, &scores, gaps);
	}
}
