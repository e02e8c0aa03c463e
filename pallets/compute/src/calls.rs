//! What can be asked of the pallet.

use frame_support::pallet_macros::pallet_section;

// Becomes part of the module `pallet`, whose imports it uses.
#[pallet_section]
mod calls {
	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Posts a job and holds its price and the storage deposit.
		///
		/// ## Dispatch Origin
		/// Signed by the requester.
		///
		/// ## Details
		/// The price is `tasks × bounty + batches × auditors × samples × bounty`. What is not paid out comes back. The bounty
		/// is at least `fuel limit × price of fuel / 10⁹`.
		///
		/// ## Errors
		/// One for each number of `spec` that is out of its range; [`Error::BountyBelowFloor`]; [`Error::AmountTooLarge`]; an error of the currency if
		/// the money is not there.
		///
		/// ## Events
		/// [`Event::JobPosted`].
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::post_job())]
		pub fn post_job(origin: OriginFor<T>, spec: JobSpec) -> DispatchResult {
			let requester = ensure_signed(origin)?;
			Self::do_post_job(requester, spec)
		}

		/// Stops handing out batches of a job and refunds those nobody has.
		///
		/// ## Dispatch Origin
		/// Signed by the job's requester.
		///
		/// ## Errors
		/// [`Error::UnknownJob`], [`Error::NotRequester`], [`Error::JobNotOpen`].
		///
		/// ## Events
		/// [`Event::JobCancelled`], and [`Event::JobClosed`] if nothing is in flight.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::cancel_job())]
		pub fn cancel_job(origin: OriginFor<T>, job: JobId) -> DispatchResult {
			let requester = ensure_signed(origin)?;
			Self::do_cancel_job(requester, job)
		}

		/// Adds to the caller's stake as a worker.
		///
		/// ## Dispatch Origin
		/// Signed by the worker.
		///
		/// ## Errors
		/// [`Error::ZeroAmount`]; [`Error::InsufficientStake`] if the stake stays below `MinStake`; an error of the
		/// currency if the money is not there.
		///
		/// ## Events
		/// [`Event::WorkerBonded`].
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::bond_worker())]
		pub fn bond_worker(origin: OriginFor<T>, amount: Balance) -> DispatchResult {
			let worker = ensure_signed(origin)?;
			Self::do_bond(worker, amount)
		}

		/// Starts to take stake out that no batch locks.
		///
		/// ## Dispatch Origin
		/// Signed by the worker.
		///
		/// ## Details
		/// The period starts anew for everything that is on its way out already.
		///
		/// ## Errors
		/// [`Error::ZeroAmount`], [`Error::NotWorker`], [`Error::StakeLocked`].
		///
		/// ## Events
		/// [`Event::UnbondingStarted`].
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::unbond_worker())]
		pub fn unbond_worker(origin: OriginFor<T>, amount: Balance) -> DispatchResult {
			let worker = ensure_signed(origin)?;
			Self::do_unbond(worker, amount)
		}

		/// Gives back the stake whose unbonding period is over.
		///
		/// ## Dispatch Origin
		/// Signed by the worker.
		///
		/// ## Errors
		/// [`Error::NotWorker`], [`Error::NothingUnbonding`], [`Error::TooEarly`].
		///
		/// ## Events
		/// [`Event::StakeWithdrawn`].
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::withdraw_unbonded())]
		pub fn withdraw_unbonded(origin: OriginFor<T>) -> DispatchResult {
			let worker = ensure_signed(origin)?;
			Self::do_withdraw(worker)
		}

		/// Takes the next `count` batches of a job, or as many as there are.
		///
		/// ## Dispatch Origin
		/// Signed by the worker.
		///
		/// ## Details
		/// Batches that came back go first. Each locks `bounty of the batch × max(1, 1 / rate)` from the caller's stake, at
		/// least `MinClaimBond`, and at least the price of a task's limit of fuel for every validator. For each,
		/// `StatementFee × (1 + auditors × rate)` is burned of what the caller has besides its stake: the receipt and the
		/// reports that come of the claim are free.
		///
		/// ## Errors
		/// [`Error::BadClaimCount`], [`Error::UnknownJob`], [`Error::JobNotOpen`], [`Error::NotWorker`],
		/// [`Error::InsufficientStake`], [`Error::NothingToClaim`]; an error of the currency if the money is not there.
		///
		/// ## Events
		/// [`Event::BatchClaimed`] for each, and [`Event::StatementsPaid`].
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::claim(*count))]
		pub fn claim(origin: OriginFor<T>, job: JobId, count: u32) -> DispatchResultWithPostInfo {
			let worker = ensure_signed(origin)?;
			let claimed = Self::do_claim(worker, job, count)?;
			Ok(Some(T::WeightInfo::claim(claimed)).into())
		}

		/// Binds a worker to the results of a batch.
		///
		/// ## Dispatch Origin
		/// Authorised by the receipt's own signature. Anybody can carry it, for no fee.
		///
		/// ## Errors
		/// A transaction pool refuses what does not hold with a [`Refusal`]; [`Error::Refused`] otherwise.
		///
		/// ## Events
		/// [`Event::ReceiptAccepted`].
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::submit_receipt())]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_submit_receipt())]
		#[pallet::authorize(Self::authorize_receipt)]
		pub fn submit_receipt(origin: OriginFor<T>, signed: SignedReceipt) -> DispatchResultWithPostInfo {
			ensure_authorized(origin)?;
			let moved = Self::do_submit_receipt(&signed)?;
			Ok(Some(Self::charge_filing(T::WeightInfo::submit_receipt(), moved)).into())
		}

		/// Records what an auditor found in a batch.
		///
		/// ## Dispatch Origin
		/// Authorised by the report's VRF proof, which signs the findings. Anybody can carry it, for no fee.
		///
		/// ## Errors
		/// A transaction pool refuses what does not hold with a [`Refusal`]; [`Error::Refused`] otherwise.
		///
		/// ## Events
		/// [`Event::AuditReported`].
		#[pallet::call_index(7)]
		#[pallet::weight(Pallet::<T>::charge_any_report())]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_submit_audit())]
		#[pallet::authorize(Self::authorize_audit)]
		pub fn submit_audit(origin: OriginFor<T>, report: AuditReport) -> DispatchResultWithPostInfo {
			ensure_authorized(origin)?;
			let noted = Self::do_submit_audit(&report)?;
			Ok(Some(Self::charge_report(&noted)).into())
		}

		/// Publishes the key of a batch and opens every sampled task.
		///
		/// ## Dispatch Origin
		/// Signed by the batch's worker. Free if it succeeds, whatever auditors say: a lying one must not cost the worker fees
		/// that it may not have.
		///
		/// ## Details
		/// If every tag fits, the challenge window starts. If one does not, validators decide whether the worker or the
		/// auditor is wrong.
		///
		/// ## Errors
		/// [`Error::UnknownJob`], [`Error::UnknownBatch`], [`Error::NotCommitted`], [`Error::NotBatchWorker`],
		/// [`Error::AuditIncomplete`], [`Error::TooEarly`], [`Error::TooLate`], [`Error::WrongKey`],
		/// [`Error::WrongOpenings`], [`Error::ImpossibleOutcome`], [`Error::WrongProof`].
		///
		/// ## Events
		/// [`Event::BatchRevealed`]; or [`Event::AuditMismatch`] for each contested task and [`Event::DisputeOpened`].
		#[pallet::call_index(8)]
		#[pallet::weight(Pallet::<T>::charge_reveal(count(openings), MAX_REPORTS))]
		pub fn reveal(
			origin: OriginFor<T>,
			job: JobId,
			batch: BatchIndex,
			key: BatchKey,
			openings: Vec<Opening>,
		) -> DispatchResultWithPostInfo {
			let worker = ensure_signed(origin)?;
			let reports = Self::do_reveal(&worker, job, batch, key, &openings)?;
			Ok((Some(Self::charge_reveal(count(&openings), reports)), Pays::No).into())
		}

		/// Pays the worker and the auditors of a batch whose challenge window is over.
		///
		/// ## Dispatch Origin
		/// Signed by anybody. Free if it succeeds.
		///
		/// ## Errors
		/// [`Error::UnknownJob`], [`Error::UnknownBatch`], [`Error::NotRevealed`], [`Error::TooEarly`].
		///
		/// ## Events
		/// [`Event::BatchSettled`], [`Event::AuditorPaid`] for each, and [`Event::JobClosed`] if it was the last.
		#[pallet::call_index(9)]
		#[pallet::weight(T::WeightInfo::settle(MAX_REPORTS))]
		pub fn settle(origin: OriginFor<T>, job: JobId, batch: BatchIndex) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			let weight = Self::do_settle(job, batch)?;
			Ok((Some(weight), Pays::No).into())
		}

		/// Moves a batch on whose deadline has passed, whatever it waits for.
		///
		/// ## Dispatch Origin
		/// Signed by anybody. Free if it succeeds.
		///
		/// ## Errors
		/// [`Error::UnknownJob`], [`Error::UnknownBatch`], [`Error::NoDeadline`], [`Error::TooEarly`].
		///
		/// ## Events
		/// Those of what the deadline brings: [`Event::ClaimPenalised`], [`Event::WorkerSlashed`],
		/// [`Event::BatchReopened`], [`Event::BatchRefunded`], [`Event::BatchSettled`], [`Event::JobClosed`].
		#[pallet::call_index(10)]
		#[pallet::weight(Pallet::<T>::charge_expire())]
		pub fn expire(origin: OriginFor<T>, job: JobId, batch: BatchIndex) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			let weight = Self::do_expire(job, batch)?;
			Ok((Some(weight), Pays::No).into())
		}

		/// Ends a job whose lifetime is over and refunds the batches nobody has.
		///
		/// ## Dispatch Origin
		/// Signed by anybody. Free if it succeeds.
		///
		/// ## Errors
		/// [`Error::UnknownJob`], [`Error::JobNotOpen`], [`Error::TooEarly`].
		///
		/// ## Events
		/// [`Event::JobExpired`], and [`Event::JobClosed`] if nothing is in flight.
		#[pallet::call_index(11)]
		#[pallet::weight(T::WeightInfo::expire_job())]
		pub fn expire_job(origin: OriginFor<T>, job: JobId) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			Self::do_expire_job(job)?;
			Ok(Pays::No.into())
		}

		/// Opens the sampled tasks of a batch whose audit ran out before it was complete.
		///
		/// ## Dispatch Origin
		/// Signed by the batch's worker. Free if no auditor contradicts it.
		///
		/// ## Details
		/// The batch goes back without blame if every tag fits: the key need not be shown, nobody is paid. If one does
		/// not, validators decide whether the worker or the auditor is wrong.
		///
		/// ## Errors
		/// [`Error::UnknownJob`], [`Error::UnknownBatch`], [`Error::NotCommitted`], [`Error::NotBatchWorker`],
		/// [`Error::AuditNotOver`], [`Error::TooLate`], [`Error::WrongOpenings`], [`Error::ImpossibleOutcome`],
		/// [`Error::WrongProof`].
		///
		/// ## Events
		/// [`Event::BatchReopened`] or [`Event::BatchRefunded`]; or [`Event::AuditMismatch`] for each contested task and
		/// [`Event::DisputeOpened`].
		#[pallet::call_index(12)]
		#[pallet::weight(Pallet::<T>::charge_answer(count(openings), MAX_REPORTS))]
		pub fn answer(
			origin: OriginFor<T>,
			job: JobId,
			batch: BatchIndex,
			openings: Vec<Opening>,
		) -> DispatchResultWithPostInfo {
			let worker = ensure_signed(origin)?;
			let reports = Self::do_answer(&worker, job, batch, &openings)?;
			Ok((Some(Self::charge_answer(count(&openings), reports)), Pays::No).into())
		}

		/// Pays the worker and the auditors of a revealed batch before its challenge window is over.
		///
		/// ## Dispatch Origin
		/// Signed by the job's requester.
		///
		/// ## Errors
		/// [`Error::UnknownJob`], [`Error::UnknownBatch`], [`Error::NotRequester`], [`Error::NotRevealed`].
		///
		/// ## Events
		/// Those of [`Pallet::settle`].
		#[pallet::call_index(13)]
		#[pallet::weight(T::WeightInfo::accept(MAX_REPORTS))]
		pub fn accept(origin: OriginFor<T>, job: JobId, batch: BatchIndex) -> DispatchResultWithPostInfo {
			let requester = ensure_signed(origin)?;
			let reports = Self::do_accept(&requester, job, batch)?;
			Ok(Some(T::WeightInfo::accept(reports)).into())
		}

		/// Contests a task of a revealed batch: every validator runs it again.
		///
		/// ## Dispatch Origin
		/// Signed by anybody.
		///
		/// ## Details
		/// `opening` shows what the worker committed to. A bond is held, `MinChallengeBond` and the bounty of a task for
		/// every validator, or the price of its limit of fuel if that is more by now. It comes back, with a reward, if the worker is convicted; it comes back if there is no
		/// verdict; it is lost if the worker was right. The challenge window stands still until then.
		///
		/// ## Errors
		/// [`Error::UnknownJob`], [`Error::UnknownBatch`], [`Error::NotRevealed`], [`Error::TooLate`],
		/// [`Error::UnknownTask`], [`Error::WrongProof`]; an error of the currency if the money is not there.
		///
		/// ## Events
		/// [`Event::DisputeOpened`].
		#[pallet::call_index(14)]
		#[pallet::weight(T::WeightInfo::challenge())]
		pub fn challenge(
			origin: OriginFor<T>,
			job: JobId,
			batch: BatchIndex,
			opening: Opening,
		) -> DispatchResult {
			let challenger = ensure_signed(origin)?;
			Self::do_challenge(challenger, job, batch, &opening)
		}

		/// Counts a validator's vote on a contested task, and acts if more than two thirds of all agree.
		///
		/// ## Dispatch Origin
		/// Authorised by the signature of the validator's audit key. Anybody can carry it, for no fee.
		///
		/// ## Errors
		/// A transaction pool refuses what does not hold with a [`Refusal`]; [`Error::Refused`] otherwise.
		///
		/// ## Events
		/// [`Event::VoteCast`]; with the deciding vote [`Event::DisputeDecided`] and those of what follows:
		/// [`Event::AuditorSlashed`], [`Event::WorkerSlashed`], [`Event::ReporterRewarded`], [`Event::ChallengeLost`],
		/// [`Event::BatchHeld`], [`Event::BatchReopened`], [`Event::BatchRefunded`], [`Event::BatchRevealed`], [`Event::DisputeOpened`].
		#[pallet::call_index(15)]
		#[pallet::weight(Pallet::<T>::charge_any_verdict())]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_submit_vote())]
		#[pallet::authorize(Self::authorize_vote)]
		pub fn submit_vote(origin: OriginFor<T>, vote: SignedVote) -> DispatchResultWithPostInfo {
			ensure_authorized(origin)?;
			let verdict = Self::do_submit_vote(&vote)?;
			let weight = verdict.as_ref().map_or_else(T::WeightInfo::submit_vote, Self::charge_verdict);
			Ok(Some(weight).into())
		}

		/// Demands that the worker of a revealed batch put the sealed result of a task onto the chain.
		///
		/// ## Dispatch Origin
		/// Signed by anybody.
		///
		/// ## Details
		/// For when the network does not give the result, or gives something that cannot be opened. The fee is held. Half of
		/// it is burned when the worker answers; the rest comes back, and all of it if there is no answer, which costs the
		/// worker its bond. The challenge window stands still until then. Of each batch the requester can demand 8
		/// results, and all others together 8.
		///
		/// ## Errors
		/// [`Error::UnknownJob`], [`Error::UnknownBatch`], [`Error::NotRevealed`], [`Error::UnknownTask`],
		/// [`Error::TooLate`], [`Error::TooManyDemands`]; an error of the currency if the money is not there.
		///
		/// ## Events
		/// [`Event::ResultDemanded`].
		#[pallet::call_index(16)]
		#[pallet::weight(Pallet::<T>::charge_demand())]
		pub fn demand(
			origin: OriginFor<T>,
			job: JobId,
			batch: BatchIndex,
			task: TaskIndex,
		) -> DispatchResult {
			let by = ensure_signed(origin)?;
			Self::do_demand(by, job, batch, task)
		}

		/// Shows a result that was demanded.
		///
		/// ## Dispatch Origin
		/// Signed by the batch's worker. Free if it is the right one.
		///
		/// ## Details
		/// Sealed results of more than `MaxDemandBytes` are shown without their bytes: the opening alone lets anybody
		/// challenge the task.
		///
		/// ## Errors
		/// [`Error::UnknownJob`], [`Error::UnknownBatch`], [`Error::NotDemanded`], [`Error::NotBatchWorker`],
		/// [`Error::TooLate`], [`Error::WrongOpenings`], [`Error::WrongProof`], [`Error::WrongSealed`].
		///
		/// ## Events
		/// [`Event::DemandAnswered`].
		#[pallet::call_index(17)]
		#[pallet::weight(T::WeightInfo::answer_demand(length(sealed)))]
		pub fn answer_demand(
			origin: OriginFor<T>,
			job: JobId,
			batch: BatchIndex,
			opening: Opening,
			sealed: SealedOpening,
		) -> DispatchResultWithPostInfo {
			let worker = ensure_signed(origin)?;
			Self::do_answer_demand(&worker, job, batch, &opening, &sealed)?;
			Ok(Pays::No.into())
		}

		/// Convicts a worker that sealed something else than the result it committed to.
		///
		/// ## Dispatch Origin
		/// Signed by anybody. Free if it is so.
		///
		/// ## Details
		/// `opening` and `sealed` show both under the receipt's roots. The bytes can be left out if the length alone
		/// gives it away. Results too long for a block can be contested with [`Pallet::challenge`].
		///
		/// ## Errors
		/// [`Error::UnknownJob`], [`Error::UnknownBatch`], [`Error::NotRevealed`], [`Error::UnknownTask`],
		/// [`Error::WrongProof`], [`Error::WrongSealed`], [`Error::ProperlySealed`].
		///
		/// ## Events
		/// [`Event::WorkerSlashed`], [`Event::ReporterRewarded`], and [`Event::BatchReopened`] or
		/// [`Event::BatchRefunded`].
		#[pallet::call_index(18)]
		#[pallet::weight(T::WeightInfo::prove_missealed(length(sealed), MAX_REPORTS))]
		pub fn prove_missealed(
			origin: OriginFor<T>,
			job: JobId,
			batch: BatchIndex,
			opening: Opening,
			sealed: SealedOpening,
		) -> DispatchResultWithPostInfo {
			let reporter = ensure_signed(origin)?;
			let reports = Self::do_prove_missealed(reporter, job, batch, &opening, &sealed)?;
			let weight = T::WeightInfo::prove_missealed(length(&sealed), reports);
			Ok((Some(weight), Pays::No).into())
		}

		/// Convicts a worker that signed two different receipts for the attempt it has.
		///
		/// ## Dispatch Origin
		/// Signed by anybody. Free if it is so.
		///
		/// ## Errors
		/// [`Error::NoContradiction`], [`Error::BadSignature`], [`Error::UnknownJob`], [`Error::UnknownBatch`],
		/// [`Error::NotInFlight`].
		///
		/// ## Events
		/// As with [`Pallet::prove_missealed`].
		#[pallet::call_index(19)]
		#[pallet::weight(Pallet::<T>::charge_any_evidence())]
		pub fn report_double_receipt(
			origin: OriginFor<T>,
			first: Box<SignedReceipt>,
			second: Box<SignedReceipt>,
		) -> DispatchResultWithPostInfo {
			let reporter = ensure_signed(origin)?;
			let (votes, reports) = Self::do_report_double_receipt(reporter, &first, &second)?;
			let weight = T::WeightInfo::report_double_receipt(votes, reports);
			Ok((Some(weight), Pays::No).into())
		}

		/// Adds to the caller's stake as an auditor. It counts from the next session on, if the caller is a validator.
		///
		/// ## Dispatch Origin
		/// Signed by the validator.
		///
		/// ## Errors
		/// [`Error::ZeroAmount`]; [`Error::InsufficientStake`] if the stake stays below `AuditorStake`; an error of the
		/// currency if the money is not there.
		///
		/// ## Events
		/// [`Event::AuditorBonded`].
		#[pallet::call_index(20)]
		#[pallet::weight(T::WeightInfo::bond_auditor())]
		pub fn bond_auditor(origin: OriginFor<T>, amount: Balance) -> DispatchResult {
			let auditor = ensure_signed(origin)?;
			Self::do_bond_auditor(auditor, amount)
		}

		/// Starts to take an auditor's stake out. With less than `AuditorStake` left it can not report any more. What is on
		/// its way out still answers for the reports there are.
		///
		/// ## Dispatch Origin
		/// Signed by the auditor.
		///
		/// ## Details
		/// The period starts anew for everything that is on its way out already.
		///
		/// ## Errors
		/// [`Error::ZeroAmount`], [`Error::NotAuditor`], [`Error::InsufficientStake`].
		///
		/// ## Events
		/// [`Event::AuditorUnbonding`].
		#[pallet::call_index(21)]
		#[pallet::weight(T::WeightInfo::unbond_auditor())]
		pub fn unbond_auditor(origin: OriginFor<T>, amount: Balance) -> DispatchResult {
			let auditor = ensure_signed(origin)?;
			Self::do_unbond_auditor(auditor, amount)
		}

		/// Gives back the auditor's stake whose unbonding period is over.
		///
		/// ## Dispatch Origin
		/// Signed by the auditor.
		///
		/// ## Errors
		/// [`Error::NotAuditor`], [`Error::NothingUnbonding`], [`Error::TooEarly`].
		///
		/// ## Events
		/// [`Event::AuditorWithdrew`].
		#[pallet::call_index(22)]
		#[pallet::weight(T::WeightInfo::withdraw_auditor())]
		pub fn withdraw_auditor(origin: OriginFor<T>) -> DispatchResult {
			let auditor = ensure_signed(origin)?;
			Self::do_withdraw_auditor(auditor)
		}

		/// Sets the price of 10⁹ units of fuel.
		///
		/// ## Dispatch Origin
		/// Root.
		///
		/// ## Details
		/// Jobs posted from now on pay at least `fuel limit × price / 10⁹` for each task. Bonds of claims and challenges cover
		/// as much for every validator, those on jobs that are there already, too.
		///
		/// ## Errors
		/// A bad origin.
		///
		/// ## Events
		/// [`Event::FuelPriceSet`].
		#[pallet::call_index(23)]
		#[pallet::weight(T::WeightInfo::set_fuel_price())]
		pub fn set_fuel_price(origin: OriginFor<T>, price: Balance) -> DispatchResult {
			Self::do_set_fuel_price(origin, price)
		}

		/// Asks every validator whether the sealed results of a revealed batch can be had.
		///
		/// ## Dispatch Origin
		/// Signed by the job's requester.
		///
		/// ## Details
		/// For when the network does not give the results, and there are more of them, or longer ones, than can be demanded
		/// onto the chain. `DemandFee` for every validator and each 16 MiB they are long is held. If more than two thirds of them say that
		/// they hold the results, whoever asks can get them from any of those; half of the fee is burned, the rest comes back, and
		/// the challenge window goes on. If more than two thirds say that the results cannot be had, or there is no verdict
		/// in time, the fee comes back, the worker is not paid, and the batch goes to the next one. Nobody is slashed: it
		/// may have been the network. Each of these counts as one of the 8 results that the requester can demand.
		///
		/// ## Errors
		/// [`Error::UnknownJob`], [`Error::UnknownBatch`], [`Error::NotRequester`], [`Error::NotRevealed`],
		/// [`Error::TooLate`], [`Error::TooManyDemands`]; an error of the currency if the money is not there.
		///
		/// ## Events
		/// [`Event::BatchDemanded`].
		#[pallet::call_index(24)]
		#[pallet::weight(T::WeightInfo::demand_batch())]
		pub fn demand_batch(origin: OriginFor<T>, job: JobId, batch: BatchIndex) -> DispatchResult {
			let by = ensure_signed(origin)?;
			Self::do_demand_batch(by, job, batch)
		}
	}

	fn length(sealed: &SealedOpening) -> u32 {
		u32::try_from(sealed.bytes.len()).unwrap_or(u32::MAX)
	}

	fn count(openings: &[Opening]) -> u32 {
		u32::try_from(openings.len()).unwrap_or(u32::MAX)
	}
}
