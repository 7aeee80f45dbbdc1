//! Dispatches tasks from the ledger to the queues: at submission if there is room, otherwise in
//! order, oldest first.
//!
//! A queue holds at most a window of pointers. The backlog waits in the ledger, because a Redis
//! queue that grows without bound stops working (apalis-redis promotes all of it in one call) and
//! because data that is only in Redis can be lost.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::sync::Notify;
use tracing::{info, warn};

use crate::{
    breaker::explained,
    coalescing::Coalescer,
    domain::{identifiers::TaskId, queue_name::QueueName},
    outage::{OutageReports, with_causes},
    queue::TaskQueues,
    store::{Dispatch, StoreError},
};

/// The number of tasks that this process may push without a check of the window, until the next
/// round. Several processes may each push as many, so it is small against the window.
const DIRECT_PUSHES: i64 = 250;

/// Limits of coalesced direct pushes: concurrent round trips, and the calls of one round trip.
const PUSH_ROUND_TRIPS: usize = 1;
const PUSHES_OF_A_ROUND_TRIP: usize = 100;

/// The part of the window, as a divisor, after which a backlog moves up: once that many tasks were
/// claimed, or were submitted without a push. Often enough that several processes never empty the
/// window, rarely enough that rounds stay cheap.
const REFILL_PARTS: u32 = 8;

/// Pushes due tasks to the queues.
pub struct Dispatcher {
    ledger: Arc<dyn Dispatch>,
    queues: Arc<dyn TaskQueues>,
    window: u32,
    poll_interval: Duration,
    served_queues: Vec<ServedQueue>,
    due: Notify,
}

struct ServedQueue {
    queue: QueueName,
    /// The number of direct pushes left; 0 while a backlog waits, so that no new task overtakes it.
    room: AtomicI64,
    reachable: AtomicBool,
    reports: OutageReports,
    backlog: AtomicBool,
    /// True while a backlog waits for room in the window.
    full: AtomicBool,
    /// Tasks that this process claimed since it last requested a round.
    taken: AtomicU32,
    /// Tasks accepted without a direct push since the last round began.
    accepted: AtomicU32,
    /// Direct pushes; concurrent ones share a round trip.
    pushes: Arc<Coalescer<Vec<TaskId>, ()>>,
}

impl ServedQueue {
    /// Logs that the queue is unavailable, unless it was logged shortly before.
    fn report(&self, error: &str) {
        if let Some(failures) = self.reports.failed() {
            warn!(
                queue.name = %self.queue,
                error,
                failures,
                "the queue is unavailable; accepted tasks wait in the ledger"
            );
        }
    }
}

impl Dispatcher {
    /// Creates a dispatcher for these queues.
    pub fn new(
        ledger: Arc<dyn Dispatch>,
        queues: Arc<dyn TaskQueues>,
        served: &[QueueName],
        window: u32,
        poll_interval: Duration,
    ) -> Arc<Self> {
        let served_queue = |queue: &QueueName| ServedQueue {
            queue: *queue,
            room: AtomicI64::new(0),
            reachable: AtomicBool::new(true),
            reports: OutageReports::default(),
            backlog: AtomicBool::new(false),
            full: AtomicBool::new(false),
            taken: AtomicU32::new(0),
            accepted: AtomicU32::new(0),
            pushes: Coalescer::new(PUSH_ROUND_TRIPS, PUSHES_OF_A_ROUND_TRIP),
        };
        let served_queues = served.iter().map(served_queue).collect();
        Arc::new(Self {
            ledger,
            queues,
            window,
            poll_interval,
            served_queues,
            due: Notify::new(),
        })
    }

    /// Reserves room for a direct push of this number of tasks; returns false without room. After a
    /// reservation the caller submits the tasks as dispatched and then calls
    /// [`push_accepted`](Self::push_accepted).
    pub fn reserve(&self, queue: QueueName, tasks: usize) -> bool {
        let Some(served) = self.find_served(queue) else {
            return false;
        };
        let tasks = i64::try_from(tasks).unwrap_or(i64::MAX);
        served
            .room
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |room| {
                (room >= tasks).then(|| room - tasks)
            })
            .is_ok()
    }

    /// Pushes tasks that were submitted as dispatched, in the background. A failure is not
    /// reported: the tasks are in the ledger and will be dispatched again.
    pub fn push_accepted(self: &Arc<Self>, queue: QueueName, ids: Vec<TaskId>) {
        let dispatcher = Arc::clone(self);
        let push = move |pushes: Vec<Vec<TaskId>>| {
            let dispatcher = Arc::clone(&dispatcher);
            async move {
                if let Some(served) = dispatcher.find_served(queue) {
                    dispatcher.push(served, &pushes.concat()).await;
                }
                vec![(); pushes.len()]
            }
        };
        if let Some(served) = self.find_served(queue) {
            let pushes = Arc::clone(&served.pushes);
            tokio::spawn(async move { pushes.join(ids, push).await });
        }
    }

    /// Starts the next round at once, because a task is due or a window has room.
    pub fn nudge(&self) {
        self.due.notify_one();
    }

    /// Records tasks that were accepted without being pushed. While the window is full this does
    /// not start a round, except once every `step` tasks, in case workers have made
    /// room since.
    pub fn tasks_accepted(&self, queue: QueueName, tasks: usize) {
        let Some(served) = self.find_served(queue) else {
            return;
        };
        // Sequentially consistent, as in `dispatch`: if this reads a full window, the round that
        // finds room again reads this count.
        let tasks = u32::try_from(tasks).unwrap_or(u32::MAX);
        let before = served.accepted.fetch_add(tasks, Ordering::SeqCst);
        if !served.full.load(Ordering::SeqCst) || before.saturating_add(tasks) >= self.step() {
            self.nudge();
        }
    }

    /// Records that a worker took a task of this queue. A waiting backlog moves up in steps, since
    /// each round counts the window.
    pub fn task_taken(&self, queue: QueueName) {
        let Some(served) = self.find_served(queue) else {
            return;
        };
        let taken = served.taken.fetch_add(1, Ordering::Relaxed) + 1;
        if taken >= self.step() && served.backlog.load(Ordering::Relaxed) {
            served.taken.store(0, Ordering::Relaxed);
            self.nudge();
        }
    }

    /// Dispatches for as long as it is polled.
    pub async fn run(self: Arc<Self>) {
        let reports = OutageReports::default();
        loop {
            let mut round = Ok(());
            for served in &self.served_queues {
                round = self.dispatch(served).await;
                if round.is_err() {
                    break;
                }
            }
            match round {
                Ok(()) => {
                    if reports.succeeded() {
                        info!("the database is available again; dispatching resumes");
                    }
                }
                Err(error) => {
                    if let Some(failures) = reports.failed() {
                        warn!(
                            error = with_causes(&error),
                            failures, "dispatching waits for the database"
                        );
                    }
                }
            }
            // The ledger is polled with or without a nudge.
            let _ = tokio::time::timeout(self.poll_interval, self.due.notified()).await;
        }
    }

    async fn dispatch(&self, served: &ServedQueue) -> Result<(), StoreError> {
        if !self.reachable(served).await {
            return Ok(());
        }
        loop {
            served.accepted.store(0, Ordering::SeqCst);
            let round = self.ledger.dispatch_due(served.queue, self.window).await?;
            served.backlog.store(round.backlog, Ordering::Relaxed);
            let full = round.backlog && round.room == 0;
            served.full.store(full, Ordering::SeqCst);
            if !full && served.accepted.load(Ordering::SeqCst) > 0 {
                self.nudge();
            }
            let direct = if round.backlog {
                0
            } else {
                DIRECT_PUSHES.min(i64::from(round.room))
            };
            served.room.store(direct, Ordering::Relaxed);
            if round.tasks.is_empty() || !self.push(served, &round.tasks).await {
                return Ok(());
            }
            // The next step uses the room that workers make during this one, since each round
            // counts the window.
            let moved = u32::try_from(round.tasks.len()).unwrap_or(u32::MAX);
            if moved < self.step() {
                return Ok(());
            }
        }
    }

    /// Returns true if the queue can be pushed to. After a failure, checks first that it answers
    /// again.
    async fn reachable(&self, served: &ServedQueue) -> bool {
        if served.reachable.load(Ordering::Relaxed) {
            return true;
        }
        if let Err(error) = self.queues.check().await {
            served.report(&explained(&error, self.queues.breaker()));
            return false;
        }
        served.reachable.store(true, Ordering::Relaxed);
        true
    }

    async fn push(&self, served: &ServedQueue, ids: &[TaskId]) -> bool {
        let Err(error) = self.queues.push(served.queue, ids).await else {
            if served.reports.succeeded() {
                info!(
                    queue.name = %served.queue,
                    "the queue is available again; dispatching resumes"
                );
            }
            return true;
        };
        served.reachable.store(false, Ordering::Relaxed);
        served.report(&explained(&error, self.queues.breaker()));
        served.room.store(0, Ordering::Relaxed);
        // Some pointers may have arrived; a task pushed twice is claimed once.
        if let Err(error) = self.ledger.undo_dispatch(ids).await {
            let error = with_causes(&error);
            warn!(
                error,
                "tasks stay marked as dispatched until the sweep finds them"
            );
        }
        false
    }

    fn step(&self) -> u32 {
        (self.window / REFILL_PARTS).max(1)
    }

    fn find_served(&self, queue: QueueName) -> Option<&ServedQueue> {
        self.served_queues
            .iter()
            .find(|served| served.queue == queue)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, MutexGuard};

    use async_trait::async_trait;
    use futures::{FutureExt as _, future::BoxFuture};
    use tokio::sync::broadcast;

    use super::*;
    use crate::{
        domain::task::Withdrawal,
        queue::{DeadPointer, DeadPointers, InProcessQueues, Pool, PoolEnded, QueueError},
        store::DispatchRound,
    };

    const LONG: Duration = Duration::from_mins(10);
    const QUEUE: QueueName = QueueName::Bulk;

    /// A ledger of one queue's tasks, in memory.
    #[derive(Default)]
    struct Ledger {
        state: Mutex<LedgerState>,
    }

    #[derive(Default)]
    struct LedgerState {
        due: Vec<TaskId>,
        dispatched: Vec<TaskId>,
    }

    impl Ledger {
        fn with_due_tasks(count: usize) -> Arc<Self> {
            let due =
                (0..count).map(|number| format!("task {number:03}").parse::<TaskId>().unwrap());
            let state = LedgerState {
                due: due.collect(),
                dispatched: vec![],
            };
            Arc::new(Self {
                state: Mutex::new(state),
            })
        }

        fn claim(&self, id: &TaskId) {
            self.state()
                .dispatched
                .retain(|dispatched| dispatched != id);
        }

        fn state(&self) -> MutexGuard<'_, LedgerState> {
            self.state.lock().unwrap()
        }
    }

    #[async_trait]
    impl Dispatch for Ledger {
        async fn dispatch_due(
            &self,
            _queue: QueueName,
            window: u32,
        ) -> Result<DispatchRound, StoreError> {
            // Yields once, since a database does not answer immediately.
            tokio::task::yield_now().await;
            let mut state = self.state();
            let room = (window as usize).saturating_sub(state.dispatched.len());
            let taken = room.min(state.due.len());
            let tasks: Vec<TaskId> = state.due.drain(..taken).collect();
            state.dispatched.extend(tasks.iter().cloned());
            Ok(DispatchRound {
                tasks,
                backlog: !state.due.is_empty(),
                room: u32::try_from(room - taken).unwrap(),
            })
        }

        async fn undo_dispatch(&self, ids: &[TaskId]) -> Result<(), StoreError> {
            let mut state = self.state();
            state.dispatched.retain(|id| !ids.contains(id));
            state.due.splice(..0, ids.iter().cloned());
            Ok(())
        }

        async fn undo_stale_dispatches(
            &self,
            _queue: QueueName,
            _older_than: Duration,
            _limit: u32,
        ) -> Result<u64, StoreError> {
            unreachable!()
        }
    }

    /// Queues that either fail, or of whose pushes three pointers each are claimed at once.
    #[derive(Default)]
    struct TakenAtOnce {
        ledger: Arc<Ledger>,
        pushed: Mutex<Vec<usize>>,
        is_away: AtomicBool,
    }

    impl TakenAtOnce {
        fn answer(&self) -> Result<(), QueueError> {
            if self.is_away.load(Ordering::Relaxed) {
                return Err(QueueError::NoReader);
            }
            Ok(())
        }
    }

    #[async_trait]
    impl TaskQueues for TakenAtOnce {
        async fn push(&self, _queue: QueueName, ids: &[TaskId]) -> Result<(), QueueError> {
            self.answer()?;
            self.pushed.lock().unwrap().push(ids.len());
            for id in ids.iter().take(3) {
                self.ledger.claim(id);
            }
            Ok(())
        }

        async fn pending(&self, _queue: QueueName) -> Result<u64, QueueError> {
            unreachable!()
        }

        async fn check(&self) -> Result<(), QueueError> {
            self.answer()
        }

        async fn tidy(&self, _queue: QueueName) -> Result<u64, QueueError> {
            unreachable!()
        }

        async fn dead_pointers(&self, _: QueueName, _: u64) -> Result<DeadPointers, QueueError> {
            unreachable!()
        }

        async fn remove_dead(&self, _: QueueName, _: &[DeadPointer]) -> Result<(), QueueError> {
            unreachable!()
        }

        async fn announce_withdrawals(&self, _: &[Withdrawal]) -> Result<(), QueueError> {
            unreachable!()
        }

        fn withdrawals(&self) -> broadcast::Receiver<Vec<Withdrawal>> {
            unreachable!()
        }

        fn run_pool(
            &self,
            _pool: Pool,
            _worker_name: String,
            _stop: BoxFuture<'static, ()>,
        ) -> BoxFuture<'static, Result<(), PoolEnded>> {
            unreachable!()
        }
    }

    /// Returns a dispatcher with a window of 80 tasks.
    fn dispatcher(ledger: Arc<Ledger>, queues: Arc<dyn TaskQueues>) -> Arc<Dispatcher> {
        Dispatcher::new(ledger, queues, &[QUEUE], 80, LONG)
    }

    #[test]
    fn behind_a_full_window_an_accepted_task_is_no_news_until_there_are_many() {
        let dispatcher = dispatcher(Arc::default(), Arc::new(InProcessQueues::default()));
        let round_is_due = || dispatcher.due.notified().now_or_never().is_some();

        dispatcher.tasks_accepted(QUEUE, 1);
        assert!(round_is_due());

        let served = dispatcher.find_served(QUEUE).unwrap();
        served.accepted.store(0, Ordering::SeqCst);
        served.full.store(true, Ordering::SeqCst);
        for _ in 1..10 {
            dispatcher.tasks_accepted(QUEUE, 1);
            assert!(!round_is_due());
        }
        dispatcher.tasks_accepted(QUEUE, 1);
        assert!(round_is_due());
    }

    #[tokio::test]
    async fn what_was_accepted_during_a_round_that_found_room_makes_another_due() {
        let dispatcher = dispatcher(Arc::default(), Arc::new(InProcessQueues::default()));
        let served = dispatcher.find_served(QUEUE).unwrap();
        served.full.store(true, Ordering::SeqCst);
        let mut round = Box::pin(dispatcher.dispatch(served));
        assert!(futures::poll!(&mut round).is_pending());
        dispatcher.tasks_accepted(QUEUE, 1);
        assert!(dispatcher.due.notified().now_or_never().is_none());
        round.await.unwrap();
        assert!(dispatcher.due.notified().now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_round_does_not_go_on_for_what_workers_take_meanwhile() {
        let ledger = Ledger::with_due_tasks(200);
        let queues = Arc::new(TakenAtOnce {
            ledger: ledger.clone(),
            ..TakenAtOnce::default()
        });
        let dispatcher = dispatcher(ledger, queues.clone());
        let served = dispatcher.find_served(QUEUE).unwrap();
        dispatcher.dispatch(served).await.unwrap();
        // The first push fills the window; the second has the three tasks that were claimed during
        // the first. Those claimed during the second start no third.
        assert_eq!(*queues.pushed.lock().unwrap(), [80, 3]);
        assert!(served.backlog.load(Ordering::Relaxed));
    }

    #[tokio::test]
    async fn while_the_queue_is_away_tasks_stay_due_and_nothing_is_pushed_directly() {
        let ledger = Ledger::with_due_tasks(5);
        let queues = Arc::new(TakenAtOnce {
            is_away: AtomicBool::new(true),
            ..TakenAtOnce::default()
        });
        let dispatcher = dispatcher(ledger.clone(), queues.clone());
        let served = dispatcher.find_served(QUEUE).unwrap();
        let due = ledger.state().due.clone();

        dispatcher.dispatch(served).await.unwrap();
        assert_eq!(ledger.state().due, due);
        assert!(!dispatcher.reserve(QUEUE, 1));
        // Until the queue answers again, the ledger is not even queried.
        dispatcher.dispatch(served).await.unwrap();
        assert_eq!(ledger.state().due, due);

        queues.is_away.store(false, Ordering::Relaxed);
        dispatcher.dispatch(served).await.unwrap();
        assert_eq!(*queues.pushed.lock().unwrap(), [5]);
        assert!(dispatcher.reserve(QUEUE, 1));
    }
}
