//! What certificates read in this pallet's storage, they read with records of their own. These are the same.

use crate::{mock::*, types::*, Batches, Jobs};
use assay_primitives::{
	certificate::{batch_key, genesis_key, job_key, AcceptedBatch, CommitmentRecord, Decision, JobHead},
	AccountId as Id, BlobRef, Hash,
};
use codec::{Decode, Encode};

use super::kit::{post, spec, JOB};

fn commitment() -> Commitment {
	Commitment {
		receipt: Hash::of(b"receipt"),
		block: 2,
		outputs_root: Hash::of(b"outputs"),
		sealed: BlobRef::of(b"sealed"),
		sealed_root: Hash::of(b"sealed root"),
		key_commitment: Hash::of(b"key"),
		validators: 3,
		checked: 4,
		unavailable: 5,
		unsealed: 17,
		last_report: 6,
	}
}

fn read(stage: Stage<AccountId>) -> Option<AcceptedBatch> {
	let record = BatchRecord { attempt: 7, filed_under: Some(8), stage };
	AcceptedBatch::read(&record.encode())
}

#[test]
fn certificates_read_the_records_of_batches() {
	let worker = AccountId::new([9; 32]);
	let claim = Claim { worker: worker.clone(), bond: 10 };
	let mut revelation = Revelation::new([11; 32], SeedVerdict { seed: Hash::of(b"seed"), audited: true });
	revelation.demands_by_requester = 12;
	revelation.demands_by_others = 13;
	let demand = Demand { by: worker.clone(), fee: 14, task: 15, remaining: 16 };
	let stages = [
		(Stage::Revealed(claim.clone(), commitment(), revelation.clone()), Decision::Revealed),
		(Stage::Demanded(claim.clone(), commitment(), revelation.clone(), demand), Decision::Demanded),
		(Stage::Settled(worker, commitment(), revelation.clone()), Decision::Paid),
	];
	let expected = commitment();
	for (stage, decision) in stages {
		let read = read(stage).expect("it is accepted");
		assert_eq!((read.attempt, read.worker, read.decision), (7, Id([9; 32]), decision));
		let CommitmentRecord {
			receipt,
			block,
			outputs_root,
			sealed,
			sealed_root,
			key_commitment,
			validators,
			checked,
			unavailable,
			unsealed,
			last_report,
		} = read.commitment;
		assert_eq!(
			Commitment {
				receipt,
				block,
				outputs_root,
				sealed,
				sealed_root,
				key_commitment,
				validators,
				checked,
				unavailable,
				unsealed,
				last_report,
			},
			expected
		);
		assert_eq!((read.revelation.key, read.revelation.seed), (revelation.key, revelation.seed));
		let demands = (read.revelation.demands_by_requester, read.revelation.demands_by_others);
		assert_eq!(demands, (12, 13));
	}
	let cause = Cause::Challenge { challenger: claim.worker.clone(), bond: 17, revelation, remaining: 18 };
	let dispute =
		Dispute { task: 19, leaf: Hash::default(), opened_at: 20, validators: 21, waited_for: 22, cause };
	let others = [
		Stage::Available,
		Stage::Claimed(claim.clone()),
		Stage::Committed(claim.clone(), commitment()),
		Stage::Refunded,
		Stage::Disputed(claim, commitment(), dispute),
	];
	for stage in others {
		assert_eq!(read(stage.clone()), None, "{stage:?}");
	}
}

#[test]
fn certificates_find_the_records() {
	in_chain(|| {
		let job = post(spec());
		let record = sp_io::storage::get(&job_key(job)).expect("jobs are kept there");
		let head = JobHead::decode(&mut &record[..]).unwrap();
		assert_eq!((head.requester, head.spec), (Id(requester().into()), spec()));
		assert_eq!(job_key(job), Jobs::<Test>::hashed_key_for(JOB));
		for (job, batch) in [(0, 0), (5, 7), (u64::MAX, u32::MAX)] {
			assert_eq!(batch_key(job, batch), Batches::<Test>::hashed_key_for(job, batch));
		}
		assert_eq!(genesis_key(), frame_system::BlockHash::<Test>::hashed_key_for(0));
	});
}
