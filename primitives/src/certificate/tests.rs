mod kit;

use super::*;
use crate::{AuditPolicy, TaskStatus};
use kit::{Role, Scene};

type Error = CertificateError;
type Change = fn(&mut Certificate);
type Expected = fn(&Error) -> bool;

/// Matches a variant of the error, whatever is in it.
macro_rules! is {
	($($pattern:pat_param)|+) => {{
		let matches: Expected = |error| matches!(error, $($pattern)|+);
		matches
	}};
}

#[test]
fn a_certificate_shows_what_the_chain_decided() {
	let scene = Scene::default();
	let certificate = scene.build();
	let verified = certificate.verify(Some(&scene.anchor())).unwrap();
	assert_eq!((verified.job, verified.batch, verified.attempt), (kit::JOB, kit::BATCH, kit::ATTEMPT));
	assert_eq!((verified.first_task, verified.tasks), (5, 5));
	assert_eq!(verified.decision, Decision::Paid);
	assert!(verified.audited && verified.trusted);
	assert_eq!((verified.required, verified.confirmed_by.len()), (2, 2));
	assert!(verified.overruled.is_empty() && verified.starved.is_empty());
	assert!((2..=4).contains(&verified.sampled.len()), "{:?}", verified.sampled);
	assert_eq!(verified.signed_by.set, 0);
	assert_eq!(verified.lineage, [verified.signed_by.fingerprint]);
	assert_eq!(verified.block_hash, certificate.state.header.hash());
	let decoded = Certificate::decode(&mut &certificate.encode()[..]).unwrap();
	assert_eq!(decoded, certificate);
}

#[test]
fn stages_before_the_pay_are_told_apart() {
	for decision in [Decision::Revealed, Decision::Demanded, Decision::Paid] {
		let scene = Scene { decision, ..Scene::default() };
		assert_eq!(scene.build().verify(Some(&scene.anchor())).unwrap().decision, decision);
	}
}

#[test]
fn without_an_anchor_all_else_is_checked_and_nothing_trusted() {
	let scene = Scene::default();
	let mut certificate = scene.build();
	let verified = certificate.verify(None).unwrap();
	assert!(!verified.trusted);
	assert_eq!(verified.signed_by.authorities.len(), 4);
	certificate.key[0] ^= 1;
	assert!(certificate.verify(None).is_err());
}

#[test]
fn only_the_trusted_chain_and_authorities_will_do() {
	let scene = Scene::default();
	let certificate = scene.build();
	let Anchor::Genesis { genesis, authorities } = scene.anchor() else { unreachable!() };
	let other = Hash::of(b"other chain");
	let anchor = Anchor::Genesis { genesis: other, authorities: authorities.clone() };
	let expected = Error::UntrustedChain { trusted: other, found: genesis };
	assert_eq!(certificate.verify(Some(&anchor)), Err(expected));
	let mut fewer = authorities.clone();
	fewer.pop();
	let anchor = Anchor::Genesis { genesis, authorities: fewer };
	assert_eq!(certificate.verify(Some(&anchor)), Err(Error::UntrustedAuthorities));
	let set = AuthoritySet { id: 0, authorities };
	assert!(certificate.verify(Some(&Anchor::Set(set.fingerprint(&genesis)))).unwrap().trusted);
	for wrong in [set.fingerprint(&other), AuthoritySet { id: 1, ..set }.fingerprint(&genesis)] {
		assert_eq!(certificate.verify(Some(&Anchor::Set(wrong))), Err(Error::UntrustedAuthorities));
	}
}

#[test]
fn a_batch_that_the_draw_spared_needs_no_report() {
	let scene = Scene { rate: AuditPolicy::MIN_RATE, roles: Vec::new(), ..Scene::default() };
	let mut certificate = scene.build();
	let verified = certificate.verify(Some(&scene.anchor())).unwrap();
	assert!(!verified.audited);
	assert_eq!((verified.required, verified.sampled.len()), (0, 0));

	certificate.reports = Scene::default().build().reports;
	assert_eq!(certificate.verify(Some(&scene.anchor())), Err(Error::NotAudited));
	// The same batch of a job that has every batch audited is not accepted without reports.
	let scene = Scene { roles: Vec::new(), ..Scene::default() };
	let found = scene.build().verify(Some(&scene.anchor()));
	assert_eq!(found, Err(Error::TooFewChecks { checked: 0, required: 2 }));
}

#[test]
fn starved_auditors_are_made_up_for() {
	use Role::{Honest, Starved, Unsealed};
	for starved in [Starved, Unsealed] {
		let scene = Scene { roles: vec![Honest, starved, Honest, Honest, Honest], ..Scene::default() };
		let verified = scene.build().verify(Some(&scene.anchor())).unwrap();
		assert_eq!((verified.required, verified.confirmed_by.len(), verified.starved.len()), (4, 4, 1));
		let scene = Scene { roles: vec![Honest, starved, Honest, Honest], ..Scene::default() };
		let found = scene.build().verify(Some(&scene.anchor()));
		assert_eq!(found, Err(Error::TooFewChecks { checked: 3, required: 4 }));
	}
}

#[test]
fn an_overruled_auditor_is_named() {
	let scene = Scene { roles: vec![Role::Honest, Role::Lying], ..Scene::default() };
	let verified = scene.build().verify(Some(&scene.anchor())).unwrap();
	assert_eq!((verified.confirmed_by.len(), verified.overruled.len()), (1, 1));
	assert_eq!(verified.overruled, [kit::auditor(1)]);
}

#[test]
fn a_long_window_has_a_history_of_its_own() {
	let scene = Scene { is_long: true, ..Scene::default() };
	let certificate = scene.build();
	assert!(certificate.verify(Some(&scene.anchor())).unwrap().block > 200);
	let mut unfinished = certificate.clone();
	unfinished.history.finalised = None;
	assert_eq!(unfinished.verify(Some(&scene.anchor())), Err(Error::UnfinishedHistory));
	let mut shorter = certificate;
	shorter.history.headers.pop();
	assert!(matches!(shorter.verify(Some(&scene.anchor())), Err(Error::WrongTarget { .. })));
}

#[test]
fn authority_goes_over_from_set_to_set() {
	let scene = Scene { handovers: 3, ..Scene::default() };
	let certificate = scene.build();
	let verified = certificate.verify(Some(&scene.anchor())).unwrap();
	assert_eq!((verified.signed_by.set, verified.lineage.len()), (3, 4));
	// Any of the sets can be the trusted one.
	for fingerprint in &verified.lineage {
		assert!(certificate.verify(Some(&Anchor::Set(*fingerprint))).is_ok());
	}
	let changes: &[(Change, Expected)] = &[
		(|c| drop(c.authorities.handovers.remove(1)), is!(Error::UnknownVoter { .. })),
		(|c| drop(c.authorities.handovers.pop()), is!(Error::UnknownSet { set: 3 })),
		(|c| c.authorities.handovers[0].header.number += 1, is!(Error::WrongTarget { .. })),
		(|c| c.authorities.handovers[0].header.digest.clear(), is!(Error::WrongTarget { .. })),
		(|c| c.authorities.first.id += 1, is!(Error::BadVote { .. })),
		(|c| c.authorities.handovers[2].justification.round += 1, is!(Error::BadVote { .. })),
	];
	refuse(&certificate, &scene.anchor(), changes);
	// A block that names nobody, signed by those who should have handed over.
	let scene = Scene { handovers: 1, names_nobody: true, ..Scene::default() };
	assert_eq!(scene.build().verify(Some(&scene.anchor())), Err(Error::BadHandover { set: 0 }));
}

fn refuse(certificate: &Certificate, anchor: &Anchor, changes: &[(Change, Expected)]) {
	for (number, (change, is_expected)) in changes.iter().enumerate() {
		let mut changed = certificate.clone();
		change(&mut changed);
		assert_ne!(&changed, certificate, "change {number} changes nothing");
		let error = changed.verify(Some(anchor)).expect_err(&format!("change {number} goes unnoticed"));
		assert!(is_expected(&error), "change {number}: {error:?}");
		assert!(!error.to_string().is_empty());
	}
}

fn first_vote(certificate: &mut Certificate) -> &mut SignedPrecommit {
	&mut certificate.finalised.justification.precommits[0]
}

#[test]
fn every_change_is_named() {
	let scene = Scene::default();
	let changes: &[(Change, Expected)] = &[
		(|c| c.version += 1, is!(Error::Version(2))),
		(|c| c.genesis.0[0] ^= 1, is!(Error::OtherChain)),
		(|c| c.job += 1, is!(Error::OtherBatch)),
		(|c| c.batch += 1, is!(Error::OtherBatch)),
		(|c| c.receipt.receipt.genesis.0[0] ^= 1, is!(Error::OtherChain)),
		(|c| c.receipt.receipt.job += 1, is!(Error::OtherBatch)),
		(|c| c.receipt.receipt.batch += 1, is!(Error::OtherBatch)),
		(|c| c.receipt.receipt.attempt += 1, is!(Error::BadReceiptSignature)),
		(|c| c.receipt.receipt.worker.0[0] ^= 1, is!(Error::BadReceiptSignature)),
		(|c| c.receipt.receipt.outputs_root.0[0] ^= 1, is!(Error::BadReceiptSignature)),
		(|c| c.receipt.receipt.sealed.len += 1, is!(Error::BadReceiptSignature)),
		(|c| c.receipt.receipt.sealed.hash.0[0] ^= 1, is!(Error::BadReceiptSignature)),
		(|c| c.receipt.receipt.sealed_root.0[0] ^= 1, is!(Error::BadReceiptSignature)),
		(|c| c.receipt.receipt.key_commitment.0[0] ^= 1, is!(Error::BadReceiptSignature)),
		(|c| c.receipt.signature[0] ^= 1, is!(Error::BadReceiptSignature)),
		(|c| c.key[31] ^= 1, is!(Error::OtherKey)),
		(|c| c.seed[0].author[0] ^= 1, is!(Error::WrongSeed)),
		(|c| c.seed[0].epoch += 1, is!(Error::WrongSeed)),
		(|c| c.seed[1].randomness[0] ^= 1, is!(Error::WrongSeed)),
		(|c| c.seed.clear(), is!(Error::WrongSeed)),
		(
			|c| {
				c.seed.pop();
			},
			is!(Error::WrongSeed),
		),
		(|c| c.seed.push(c.seed[0].clone()), is!(Error::NoVrf)),
		(|c| c.seed.resize(9, c.seed[0].clone()), is!(Error::WrongSeed)),
		(|c| c.history.headers.clear(), is!(Error::UnfinishedHistory)),
		(|c| drop(c.history.headers.remove(0)), is!(Error::BrokenHistory { block: 101 })),
		(|c| drop(c.history.headers.remove(1)), is!(Error::BrokenHistory { block: 102 })),
		(|c| drop(c.history.headers.pop()), is!(Error::UnfinishedHistory)),
		(|c| c.history.headers[0].digest.clear(), is!(Error::BrokenHistory { block: 102 })),
		(|c| c.history.headers[0].parent.0[0] ^= 1, is!(Error::BrokenHistory { block: 102 })),
		(|c| c.history.headers[2].extrinsics_root.0[0] ^= 1, is!(Error::BrokenHistory { block: 104 })),
		(|c| c.history.headers[2].state_root.0[0] ^= 1, is!(Error::BrokenHistory { block: 104 })),
		(
			|c| c.history.finalised = Some(Finalised { set: 7, ..c.finalised.clone() }),
			is!(Error::UnknownSet { set: 7 }),
		),
		(|c| c.openings.clear(), is!(Error::WrongOpenings)),
		(|c| drop(c.openings.pop()), is!(Error::WrongOpenings)),
		(|c| c.openings.push(c.openings[0].clone()), is!(Error::WrongOpenings)),
		(|c| c.openings.reverse(), is!(Error::WrongOpenings)),
		(|c| c.openings[0].task = 4, is!(Error::WrongOpenings)),
		(|c| c.openings[0].outcome.fuel += 1, is!(Error::BadOpening(_))),
		(|c| c.openings[0].outcome.status = TaskStatus::Trapped, is!(Error::BadOpening(_))),
		(|c| c.openings[0].proof[0].0[0] ^= 1, is!(Error::BadOpening(_))),
		(|c| c.openings[0].proof.push(Hash::default()), is!(Error::BadOpening(_))),
		(|c| c.state.nodes[0][1] ^= 1, is!(Error::BadStateProof(_))),
		(|c| drop(c.state.nodes.pop()), is!(Error::BadStateProof(_))),
		(|c| c.state.nodes.push(vec![1]), is!(Error::SurplusNodes)),
		(|c| c.state.nodes.push(c.state.nodes[0].clone()), is!(Error::SurplusNodes)),
		(|c| c.state.header.state_root.0[0] ^= 1, is!(Error::WrongTarget { .. })),
		(|c| c.state.header.number += 1, is!(Error::WrongTarget { .. })),
		(|c| c.finalised.set += 1, is!(Error::UnknownSet { set: 1 })),
		(|c| c.finalised.justification.round += 1, is!(Error::BadVote { .. })),
		(|c| c.finalised.justification.target.number += 1, is!(Error::WrongTarget { .. })),
		(|c| first_vote(c).signature[5] ^= 1, is!(Error::BadVote { .. })),
		(|c| first_vote(c).authority[5] ^= 1, is!(Error::UnknownVoter { .. })),
		(|c| first_vote(c).precommit.target.0[5] ^= 1, is!(Error::BadVote { .. })),
		(
			|c| {
				c.finalised.justification.precommits.pop();
			},
			is!(Error::TooFewVotes { cast: 2, needed: 3, total: 4 }),
		),
		(|c| c.finalised.justification.precommits[1] = first_vote(c).clone(), is!(Error::TooFewVotes { .. })),
		(|c| c.finalised.justification.ancestries.push(c.state.header.clone()), is!(Error::SurplusHeaders)),
		(|c| c.authorities.first.authorities[3].1 += 1, is!(Error::UntrustedAuthorities)),
		(|c| c.authorities.first.id += 1, is!(Error::UntrustedAuthorities)),
	];
	refuse(&scene.build(), &scene.anchor(), changes);
}

#[test]
fn every_change_of_a_report_is_named() {
	let scene = Scene::default();
	fn report(certificate: &mut Certificate) -> &mut AuditReport {
		&mut certificate.reports[0].report
	}
	let changes: &[(Change, Expected)] = &[
		(|c| c.reports.clear(), is!(Error::WrongOpenings)),
		(|c| drop(c.reports.pop()), is!(Error::WrongOpenings | Error::WrongCount { .. })),
		(|c| c.reports.push(c.reports[0].clone()), is!(Error::TwoReports { .. })),
		(|c| report(c).job += 1, is!(Error::OtherReport { .. })),
		(|c| report(c).batch += 1, is!(Error::OtherReport { .. })),
		(|c| report(c).attempt += 1, is!(Error::OtherReport { .. })),
		(|c| report(c).auditor[0] ^= 1, is!(Error::BadReportProof { .. })),
		(|c| report(c).pre_output[0] ^= 1, is!(Error::BadReportProof { .. })),
		(|c| report(c).proof[0] ^= 1, is!(Error::BadReportProof { .. })),
		(|c| report(c).findings = Findings::Unavailable, is!(Error::BadReportProof { .. })),
		(
			|c| report(c).findings = Findings::Checked(vec![Hash::default(); 2]),
			is!(Error::BadReportProof { .. }),
		),
		(|c| c.reports[0].block += 1, is!(Error::NotIncluded { .. })),
		(|c| c.reports[0].block = 99, is!(Error::NotIncluded { .. })),
		(|c| c.reports[0].index += 1, is!(Error::NotIncluded { .. })),
		(|c| c.reports[0].nodes[0][1] ^= 1, is!(Error::NotIncluded { .. })),
		(|c| drop(c.reports[0].nodes.pop()), is!(Error::NotIncluded { .. })),
		(|c| c.reports[0].nodes.push(vec![1]), is!(Error::NotIncluded { .. })),
	];
	refuse(&scene.build(), &scene.anchor(), changes);
}

#[test]
fn an_auditor_of_ones_own_is_none() {
	// A report with a proof that holds, by a key that nobody admitted, and the openings that its draw asks for.
	let scene = Scene { smuggles: true, ..Scene::default() };
	let found = scene.build().verify(Some(&scene.anchor()));
	assert_eq!(found, Err(Error::NotIncluded { auditor: kit::auditor(1) }));
	let scene = Scene { tags: 1, ..Scene::default() };
	let found = scene.build().verify(Some(&scene.anchor()));
	assert_eq!(found, Err(Error::WrongTagCount { auditor: kit::auditor(0) }));
}

#[test]
fn what_the_chain_says_otherwise_is_named() {
	use kit::Kept;
	type Twist = (fn(&mut Kept), Expected);
	let twists: &[Twist] = &[
		(|kept| kept.genesis.0[0] ^= 1, is!(Error::OtherGenesis)),
		(|kept| kept.job = None, is!(Error::NoJob)),
		(|kept| kept.job = Some(vec![1; 40]), is!(Error::MalformedJob)),
		(|kept| kept.has_batch = false, is!(Error::NoBatch)),
		(|kept| kept.stage = Some(0), is!(Error::NotAccepted)),
		(|kept| kept.stage = Some(2), is!(Error::NotAccepted)),
		(|kept| kept.stage = Some(6), is!(Error::NotAccepted)),
		(|kept| kept.accepted.attempt += 1, is!(Error::OtherAttempt { certified: 3, accepted: 4 })),
		(|kept| kept.accepted.worker.0[0] ^= 1, is!(Error::OtherWorker { .. })),
		(|kept| kept.accepted.commitment.receipt.0[0] ^= 1, is!(Error::OtherReceipt)),
		(|kept| kept.accepted.revelation.key[0] ^= 1, is!(Error::OtherKey)),
		(|kept| kept.accepted.revelation.seed.0[0] ^= 1, is!(Error::WrongSeed)),
		(|kept| kept.accepted.commitment.block += 1, is!(Error::BrokenHistory { block: 102 })),
		(
			|kept| kept.accepted.commitment.checked += 1,
			is!(Error::WrongCount { confirmed: 2, checked: 3, .. }),
		),
		(|kept| kept.accepted.commitment.unavailable += 1, is!(Error::WrongCount { .. })),
		(|kept| kept.accepted.commitment.outputs_root.0[0] ^= 1, is!(Error::BadOpening(_))),
	];
	for (number, (twist, is_expected)) in twists.iter().enumerate() {
		let scene = Scene { twist: *twist, ..Scene::default() };
		let error = scene.build().verify(Some(&scene.anchor())).unwrap_err();
		assert!(is_expected(&error), "twist {number}: {error:?}");
	}
	let scene = Scene { commits_to_another_key: true, ..Scene::default() };
	assert_eq!(scene.build().verify(Some(&scene.anchor())), Err(Error::WrongKey));
}

#[test]
fn a_block_without_a_vrf_seeds_nothing() {
	let scene = Scene { has_vrf: false, ..Scene::default() };
	assert_eq!(scene.build().verify(Some(&scene.anchor())), Err(Error::NoVrf));
}

#[test]
fn votes_for_later_blocks_count_if_these_are_shown_to_follow() {
	let scene = Scene { votes_later: true, ..Scene::default() };
	let certificate = scene.build();
	assert!(certificate.verify(Some(&scene.anchor())).is_ok());
	let changes: &[(Change, Expected)] = &[
		(|c| c.finalised.justification.ancestries.clear(), is!(Error::StrayVote { .. })),
		(|c| c.finalised.justification.ancestries[0].number += 1, is!(Error::StrayVote { .. })),
		(|c| c.finalised.justification.ancestries[0].parent.0[0] ^= 1, is!(Error::StrayVote { .. })),
	];
	refuse(&certificate, &scene.anchor(), changes);
}

#[test]
fn a_set_of_authorities_must_be_sound() {
	let scene = Scene::default();
	let mut certificate = scene.build();
	certificate.authorities.first.authorities[3] = certificate.authorities.first.authorities[2];
	assert_eq!(certificate.verify(None), Err(Error::BadAuthoritySet { set: 0 }));
	certificate.authorities.first.authorities[3].1 = 0;
	assert_eq!(certificate.verify(None), Err(Error::BadAuthoritySet { set: 0 }));
	certificate.authorities.first.authorities.clear();
	assert_eq!(certificate.verify(None), Err(Error::BadAuthoritySet { set: 0 }));
	// Weights that no 64-bit sum could hold.
	let mut certificate = scene.build();
	certificate.authorities.first.authorities[0].1 = u64::MAX;
	certificate.authorities.first.authorities[3].1 = u64::MAX;
	assert!(matches!(certificate.verify(None), Err(Error::TooFewVotes { .. })));
}

#[test]
fn no_byte_can_be_changed() {
	for scene in
		[Scene::default(), Scene { is_long: true, handovers: 1, votes_later: true, ..Scene::default() }]
	{
		let bytes = scene.build().encode();
		let anchor = scene.anchor();
		for at in 0..bytes.len() {
			let mut changed = bytes.clone();
			changed[at] ^= 1 << (at % 8);
			let Ok(certificate) = Certificate::decode(&mut &changed[..]) else { continue };
			// An encoding of the same that is not the shortest one shows nothing else.
			if certificate.encode() == bytes {
				continue;
			}
			assert!(certificate.verify(Some(&anchor)).is_err(), "byte {at} of {}", bytes.len());
		}
		for end in (0..bytes.len()).step_by(7) {
			assert!(Certificate::decode(&mut &bytes[..end]).is_err(), "cut at {end}");
		}
	}
}

#[test]
fn only_a_transaction_that_authorises_itself_is_read() {
	let call = [COMPUTE_PALLET, SUBMIT_AUDIT, 1, 2, 3];
	let transaction = kit::transaction(&call);
	assert_eq!(authorised_call(&transaction), Some(&call[..]));
	// With a signature, without extensions, of another version, with something in front.
	for (at, byte) in [(1, 0x84), (1, 0x05), (1, 0x46), (2, 1), (6, 2)] {
		let mut other = transaction.clone();
		other[at] = byte;
		assert_eq!(authorised_call(&other), None, "byte {at}");
	}
	let mortal = [&[0x45, 0, 0x15, 0x02, 0, 0, 0][..], &call].concat().encode();
	assert_eq!(authorised_call(&mortal), Some(&call[..]));
	for end in 0..transaction.len() {
		assert_eq!(authorised_call(&transaction[..end]), None, "cut at {end}");
	}
}

#[test]
fn storage_keys_are_those_of_the_chain() {
	// `System.BlockHash` and `Balances.TotalIssuance` as every Substrate chain has them.
	let genesis = hex::encode(genesis_key());
	assert_eq!(
		genesis,
		"26aa394eea5630e07c48ae0c9558cef7a44704b568d21667356a5a050c118746b4def25cfda6ef3a00000000"
	);
	assert_eq!(
		hex::encode(authorities_key()),
		"5f9cc45b7a00c5899361e1c6099678dc5e0621c4869aa60c02be9adcc98a0d1d"
	);
	assert_eq!(batch_key(1, 2)[..32], batch_key(3, 4)[..32]);
	assert!(batch_key(1, 2).ends_with(&2u32.to_le_bytes()));
	assert_ne!(job_key(1)[..32], batch_key(1, 2)[..32]);
}

mod tries {
	use super::{kit::Trie, trie::*, *};
	use proptest::prelude::*;

	#[test]
	fn every_value_is_found_and_nothing_else() {
		for hashes_values in [false, true] {
			let mut values = BTreeMap::new();
			for number in 0u32..200 {
				let key = Hash::of(&number.to_le_bytes()).0[..1 + number as usize % 5].to_vec();
				values.insert(key, vec![7; number as usize % 70]);
			}
			values.insert(vec![9; 40], vec![1]);
			values.insert(vec![9; 400], vec![2; 100]);
			let trie = Trie::new(&values, hashes_values);
			for (key, value) in &values {
				let proof = trie.proof(&[&key[..]]);
				let mut nodes = Nodes::new(&proof);
				assert_eq!(nodes.read(&trie.root, key).as_ref(), Ok(&Some(value.clone())));
				assert!(nodes.are_all_used());
				for missing in 0..proof.len() {
					let mut proof = proof.clone();
					proof.remove(missing);
					let found = Nodes::new(&proof).read(&trie.root, key);
					assert!(matches!(found, Err(TrieError::Missing(_))), "{found:?}");
				}
				let other = [&key[..], &[0xab]].concat();
				let absent = Nodes::new(&trie.proof(&[&other])).read(&trie.root, &other);
				assert_eq!(absent, Ok(values.get(&other).cloned()));
			}
		}
	}

	proptest! {
		#[test]
		fn garbage_is_refused_without_panic(node: Vec<u8>, key: Vec<u8>) {
			let nodes = [node];
			let root = super::super::chain::blake2(&nodes[0]);
			let _ = Nodes::new(&nodes).read(&root, &key);
		}

		#[test]
		fn garbage_is_no_certificate(bytes: Vec<u8>) {
			if let Ok(certificate) = Certificate::decode(&mut &bytes[..]) {
				prop_assert!(certificate.verify(None).is_err());
			}
			let _ = authorised_call(&bytes);
		}
	}
}
