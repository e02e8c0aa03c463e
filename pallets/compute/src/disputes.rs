//! Disputes: every validator runs the contested task again, or tries to get the sealed results that are asked for, and more
//! than two thirds of them decide.

use crate::{
	audits::{examination, examined_bytes, fetching},
	batch::BatchAt,
	charges::Verdict,
	receipts::STATEMENT_PRIORITY,
	refusal::Refusal,
	reveals::{contradicts, lost_batch},
	settlement::{decrease, Reporter},
	types::*,
	BarredPrograms, Config, ContestedBlocks, Error, Event, HoldReason, Pallet, Reports, Tallies, Validators,
	Votes,
};
use alloc::vec::Vec;
use assay_primitives::{
	audit::Opening,
	dispute::{is_verdict, shows_divergence, Ruling, SignedVote},
	money,
	sealing::BatchKey,
	BatchIndex, BlockNumber, Hash, JobId, TaskIndex,
};
use frame_support::{
	pallet_prelude::{DispatchResult, TransactionSource},
	traits::{fungible::MutateHold, Get},
	BoundedVec,
};
use sp_runtime::{
	traits::Zero, transaction_validity::TransactionValidityWithRefund, ArithmeticError, DispatchError,
};

/// A vote that holds, and what it is on.
struct AcceptedVote<T: Config> {
	at: BatchAt<T>,
	claim: Claim<T::AccountId>,
	commitment: Commitment,
	dispute: DisputeOf<T>,
	validator: T::AccountId,
}

impl<T: Config> Pallet<T> {
	/// Contests a task of a revealed batch.
	pub(crate) fn do_challenge(
		challenger: T::AccountId,
		id: JobId,
		index: BatchIndex,
		opening: &Opening,
	) -> DispatchResult {
		let mut at = BatchAt::<T>::load(id, index)?;
		let Stage::Revealed(claim, commitment, revelation) = at.batch.stage.clone() else {
			return Err(Error::<T>::NotRevealed.into());
		};
		let remaining = at.remaining()?;
		let leaf = at.leaf_of(&commitment, opening)?;
		let bond = Self::challenge_bond(&at.job.spec, &commitment).ok_or(ArithmeticError::Overflow)?;
		T::Currency::hold(&hold_reason::<T>(HoldReason::Contest), &challenger, bond)?;
		let cause = Cause::Challenge { challenger, bond, revelation, remaining };
		at.dispute(claim, commitment, opening.task, leaf, cause);
		at.save_batch();
		Ok(())
	}

	/// Whether the vote can enter a block. The same for every source, as with receipts.
	pub(crate) fn authorize_vote(
		_source: TransactionSource,
		signed: &SignedVote,
	) -> TransactionValidityWithRefund {
		Self::check_vote(signed)?;
		if !signed.is_authentic() {
			return Err(Refusal::BadSignature.into());
		}
		let vote = &signed.vote;
		let tag = (vote.job, vote.batch, vote.attempt, vote.opened_at, vote.validator, "vote");
		Ok((Self::fee_less("AssayVote", STATEMENT_PRIORITY, tag), Zero::zero()))
	}

	/// Counts a vote. If it decides the dispute, says what the verdict had to do. Its signature is not verified a second
	/// time, for the reason given at [`Self::do_submit_receipt`].
	pub(crate) fn do_submit_vote(signed: &SignedVote) -> Result<Option<Verdict>, DispatchError> {
		let AcceptedVote { at, claim, commitment, dispute, validator } =
			Self::check_vote(signed).map_err(|_| Error::<T>::Refused)?;
		let ruling = signed.vote.ruling;
		let place = (at.id, at.index);
		let votes = Tallies::<T>::get(place, ruling).saturating_add(1);
		Tallies::<T>::insert(place, ruling, votes);
		Votes::<T>::insert(place, &validator, ruling);
		Self::deposit_event(Event::VoteCast {
			job: at.id,
			batch: at.index,
			task: dispute.task,
			validator,
			ruling,
		});
		if !is_verdict(votes, dispute.validators) {
			return Ok(None);
		}
		let contested = match &dispute.cause {
			Cause::Audit { contested, .. } => u32::try_from(contested.len()).unwrap_or(MAX_CONTESTED),
			Cause::Challenge { .. } | Cause::Withheld { .. } => 0,
		};
		let verdict = Verdict { votes: at.votes(), reports: at.reports(), contested };
		at.decide(claim, commitment, dispute, ruling)?;
		Ok(Some(verdict))
	}

	/// Everything that must hold of a vote but its signature.
	fn check_vote(signed: &SignedVote) -> Result<AcceptedVote<T>, Refusal> {
		let vote = &signed.vote;
		if vote.genesis != Self::genesis_hash() {
			return Err(Refusal::WrongChain);
		}
		let at = Self::load_for_refusal(vote.job, vote.batch)?;
		if vote.attempt != at.batch.attempt {
			return Err(Refusal::WrongAttempt);
		}
		let Stage::Disputed(claim, commitment, dispute) = at.batch.stage.clone() else {
			return Err(Refusal::NotDisputed);
		};
		if (vote.task, vote.opened_at) != (dispute.task, dispute.opened_at) {
			return Err(Refusal::WrongDispute);
		}
		// Whether results can be had says nothing about a program, and no leaf says that they can.
		if !dispute.cause.admits(&vote.ruling) {
			return Err(Refusal::WrongRuling);
		}
		// Those who were there when it was opened. Otherwise an operator that joins with a new account in every session
		// could vote again in each.
		let validator = Validators::<T>::get(vote.validator)
			.filter(|validator| validator.since <= dispute.opened_at)
			.ok_or(Refusal::NotValidator)?
			.account;
		// Asked of the account: whoever changes keys does not get a second vote.
		if Votes::<T>::contains_key((at.id, at.index), &validator) {
			return Err(Refusal::AlreadyVoted);
		}
		if at.deadline().is_none_or(|deadline| Self::now() >= deadline) {
			return Err(Refusal::TooLate);
		}
		Ok(AcceptedVote { at, claim, commitment, dispute, validator })
	}
}

impl<T: Config> BatchAt<T> {
	/// Blocks that are left of the challenge window.
	pub(crate) fn remaining(&self) -> Result<BlockNumber, Error<T>> {
		let remaining = self.deadline().and_then(|deadline| deadline.checked_sub(Pallet::<T>::now()));
		remaining.filter(|blocks| *blocks > 0).ok_or(Error::TooLate)
	}

	/// Opens the disputes that an audit asks for, one after the other.
	pub(crate) fn contest(
		mut self,
		claim: Claim<T::AccountId>,
		commitment: Commitment,
		contested: &[(TaskIndex, Hash)],
		seed: Hash,
		key: Option<BatchKey>,
	) -> DispatchResult {
		let ((task, leaf), later) = contested.split_first().ok_or(DispatchError::Corruption)?;
		let contested = BoundedVec::try_from(later.to_vec()).map_err(|_| DispatchError::Corruption)?;
		self.dispute(claim, commitment, *task, *leaf, Cause::Audit { contested, seed, key });
		self.save_batch();
		Ok(())
	}

	/// Asks the validators about one task, or about the sealed results.
	pub(crate) fn dispute(
		&mut self,
		claim: Claim<T::AccountId>,
		commitment: Commitment,
		task: TaskIndex,
		leaf: Hash,
		cause: Cause<T::AccountId>,
	) {
		let now = Pallet::<T>::now();
		// For one task, and for everything around it. The worker had the execution window for a whole batch of them; what the
		// limit of fuel says of time holds for most programs, not for those that wait for memory.
		let waited_for = self.contested_blocks(&cause, &commitment);
		let running_time = match cause.is_withheld() {
			true => waited_for,
			false => {
				let bytes = examined_bytes(&self.job.spec, &commitment);
				self.job.spec.execution_window.saturating_add(fetching::<T>(bytes))
			},
		};
		// And for those that are contested already: were a crowd of disputes decided in part only, contesting everything at
		// once would cost the bonds of the few, and have the results of all others for nothing.
		let waiting_time = ContestedBlocks::<T>::get();
		ContestedBlocks::<T>::put(waiting_time.saturating_add(waited_for));
		let voting_time = T::DisputeWindow::get()
			.saturating_add(running_time)
			.saturating_add(waiting_time.min(T::MaxWindow::get()));
		let deadline = now.saturating_add(voting_time);
		let (job, batch, attempt) = (self.id, self.index, self.batch.attempt);
		let opened = |challenger| Event::DisputeOpened { job, batch, attempt, task, challenger };
		Pallet::<T>::deposit_event(match &cause {
			Cause::Audit { .. } => opened(None),
			Cause::Challenge { challenger, .. } => opened(Some(challenger.clone())),
			Cause::Withheld { by, fee, .. } => {
				Event::BatchDemanded { job, batch, attempt, by: by.clone(), fee: *fee, deadline }
			},
		});
		let validators = Validators::<T>::count();
		let dispute = Dispute { task, leaf, opened_at: now, validators, waited_for, cause };
		self.batch.stage = Stage::Disputed(claim, commitment, dispute);
		self.file_under(Some(deadline));
	}

	/// What a dispute adds to [`ContestedBlocks`], for as long as it is open.
	fn contested_blocks(&self, cause: &Cause<T::AccountId>, commitment: &Commitment) -> BlockNumber {
		if cause.is_withheld() {
			return fetching::<T>(commitment.sealed.len).saturating_add(1);
		}
		// Running it is reckoned by the limit of fuel; and what has to be fetched first is not there any sooner.
		let spec = &self.job.spec;
		examination::<T>(spec, 1).saturating_add(fetching::<T>(examined_bytes(spec, commitment)))
	}

	/// Acts on a verdict.
	fn decide(
		mut self,
		claim: Claim<T::AccountId>,
		mut commitment: Commitment,
		dispute: DisputeOf<T>,
		ruling: Ruling,
	) -> DispatchResult {
		if ruling == Ruling::Unavailable {
			// More than two thirds cannot run it, or get it: nobody can tell whose fault it is.
			return self.end_undecided(claim, dispute);
		}
		self.end_dispute(&dispute, Some(ruling));
		if ruling == Ruling::Held {
			return self.uphold(claim, commitment, dispute);
		}
		let Ruling::Leaf(leaf) = ruling else {
			return self.convict(claim, dispute, ReopenReason::Missealed);
		};
		let victim = if leaf == dispute.leaf { claim.worker.clone() } else { self.job.requester.clone() };
		self.judge_reports(&mut commitment, dispute.task, &leaf, &victim)?;
		if leaf == dispute.leaf {
			self.uphold(claim, commitment, dispute)
		} else {
			self.convict(claim, dispute, ReopenReason::Convicted)
		}
	}

	/// Slashes the auditors whose tag is not that of the verdict, and strikes their reports.
	fn judge_reports(
		&mut self,
		commitment: &mut Commitment,
		task: TaskIndex,
		leaf: &Hash,
		victim: &T::AccountId,
	) -> DispatchResult {
		for (auditor, report) in self.checks() {
			if contradicts(&report, task, leaf) {
				Reports::<T>::remove((self.id, self.index), &auditor);
				if report.confirms() {
					decrease(&mut commitment.checked, 1)?;
				} else {
					decrease(&mut commitment.unavailable, 1)?;
					decrease(&mut commitment.unsealed, 1)?;
				}
				Pallet::<T>::slash_auditor(self.id, self.index, &auditor, victim)?;
			}
		}
		Ok(())
	}

	/// The worker was right about the contested task, or its results can be had.
	fn uphold(
		mut self,
		claim: Claim<T::AccountId>,
		commitment: Commitment,
		dispute: DisputeOf<T>,
	) -> DispatchResult {
		let (revelation, remaining) = match dispute.cause {
			Cause::Challenge { challenger, bond, revelation, remaining } => {
				let split = money::split_slash(bond, 0);
				let compensation = Pallet::<T>::hand_over(
					HoldReason::Contest,
					&challenger,
					&claim.worker,
					split.compensation,
				)?;
				Pallet::<T>::burn(HoldReason::Contest, &challenger, split.burned)?;
				Pallet::<T>::deposit_event(Event::ChallengeLost {
					job: self.id,
					batch: self.index,
					challenger,
					burned: bond.saturating_sub(compensation),
					compensation,
				});
				(revelation, remaining)
			},
			Cause::Withheld { by, fee, revelation, remaining } => {
				let returned = Pallet::<T>::spend_fee(&by, fee)?;
				let burned = fee.saturating_sub(returned);
				Pallet::<T>::deposit_event(Event::BatchHeld {
					job: self.id,
					batch: self.index,
					burned,
					returned,
				});
				(revelation, remaining)
			},
			Cause::Audit { contested, seed, key } => {
				// Only what somebody still contests who was not convicted of this one.
				let checks = self.checks();
				let open: Vec<_> = contested
					.into_iter()
					.filter(|(task, leaf)| checks.iter().any(|(_, report)| contradicts(report, *task, leaf)))
					.collect();
				if !open.is_empty() {
					return self.contest(claim, commitment, &open, seed, key);
				}
				let Some(key) = key else {
					Pallet::<T>::release_claim(&claim, lost_batch)?;
					return self.take_back(ReopenReason::AuditIncomplete);
				};
				self.confirm(claim, commitment, Revelation::new(key, SeedVerdict { seed, audited: true }));
				return Ok(());
			},
		};
		// Whoever wants to contest something else must not be shut out by what came first and was wrong.
		let window = remaining.max(T::MinChallengeWindow::get());
		self.reveal_for(window, claim, commitment, revelation);
		Ok(())
	}

	/// The worker was wrong.
	fn convict(
		self,
		claim: Claim<T::AccountId>,
		dispute: DisputeOf<T>,
		reason: ReopenReason,
	) -> DispatchResult {
		let mut reporters = self.checkers(Some(dispute.task));
		if let Cause::Challenge { challenger, bond, .. } = dispute.cause {
			Pallet::<T>::give_back(HoldReason::Contest, &challenger, bond)?;
			reporters.push(Reporter::of_evidence(challenger));
		}
		self.slash(claim, reporters, reason)
	}

	/// The time to vote is over. If results are asked for, whoever asks must not gain by what keeps validators from voting: what
	/// more of them hold than miss can be had, and the worker is right. Everything else is undecided.
	pub(crate) fn end_vote(
		mut self,
		claim: Claim<T::AccountId>,
		commitment: Commitment,
		dispute: DisputeOf<T>,
	) -> DispatchResult {
		let votes = |ruling| Tallies::<T>::get((self.id, self.index), ruling);
		if votes(Ruling::Held) > votes(Ruling::Unavailable) {
			self.end_dispute(&dispute, Some(Ruling::Held));
			return self.uphold(claim, commitment, dispute);
		}
		self.end_undecided(claim, dispute)
	}

	/// There is no verdict, or one that something cannot be had. Nobody is slashed; the batch goes back. If validators
	/// disagree about the outcome, the program is barred.
	fn end_undecided(mut self, claim: Claim<T::AccountId>, dispute: DisputeOf<T>) -> DispatchResult {
		let diverged = self.end_dispute(&dispute, None);
		Self::release_contest(&dispute.cause)?;
		Pallet::<T>::release_claim(&claim, lost_batch)?;
		if dispute.cause.is_withheld() {
			return self.take_back(ReopenReason::Withheld);
		}
		if !diverged {
			return self.take_back(ReopenReason::Undecided);
		}
		let program = self.job.spec.program.hash;
		BarredPrograms::<T>::insert(program, self.id);
		Pallet::<T>::deposit_event(Event::ProgramBarred { program, job: self.id, task: dispute.task });
		self.take_back(ReopenReason::Diverged)
	}

	/// Gives back what was put up for a dispute.
	fn release_contest(cause: &Cause<T::AccountId>) -> DispatchResult {
		match cause.deposit() {
			Some((account, amount)) => Pallet::<T>::give_back(HoldReason::Contest, account, amount),
			None => Ok(()),
		}
	}

	/// Gives back what others have put up over this batch, because something else decides it.
	pub(crate) fn abandon_contest(&mut self) -> DispatchResult {
		match self.batch.stage.clone() {
			Stage::Disputed(_, _, dispute) => {
				self.end_dispute(&dispute, None);
				Self::release_contest(&dispute.cause)
			},
			Stage::Demanded(_, _, _, demand) => {
				Pallet::<T>::give_back(HoldReason::Contest, &demand.by, demand.fee)
			},
			_ => Ok(()),
		}
	}

	/// Forgets the votes, and says whether they show that the program is not deterministic.
	fn end_dispute(&mut self, dispute: &DisputeOf<T>, ruling: Option<Ruling>) -> bool {
		let place = (self.id, self.index);
		ContestedBlocks::<T>::mutate(|sum| *sum = sum.saturating_sub(dispute.waited_for));
		let (mut named, mut most) = (0u32, 0u32);
		for (other, votes) in Tallies::<T>::iter_prefix(place) {
			// Whoever says that something was sealed wrongly says that the worker's leaf is right.
			if other != Ruling::Unavailable {
				named = named.saturating_add(votes);
				most = most.max(votes);
			}
		}
		let missealed = Tallies::<T>::get(place, Ruling::Missealed);
		most = most.max(missealed.saturating_add(Tallies::<T>::get(place, Ruling::Leaf(dispute.leaf))));
		// One vote per validator and at most one ruling per vote: there are never more.
		let limit = T::MaxAuditors::get();
		let _ = Votes::<T>::clear_prefix(place, limit, None);
		let _ = Tallies::<T>::clear_prefix(place, limit, None);
		Pallet::<T>::deposit_event(Event::DisputeDecided {
			job: self.id,
			batch: self.index,
			attempt: self.batch.attempt,
			task: dispute.task,
			ruling,
		});
		shows_divergence(named, most, dispute.validators)
	}
}

impl<AccountId> Reporter<AccountId> {
	/// Somebody whose evidence or challenge convicted the worker: as much as two auditors that ran the task.
	pub(crate) fn of_evidence(account: AccountId) -> Self {
		Self { account, parts: 4 }
	}
}
