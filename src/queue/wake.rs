//! Wakes idle workers: a notification channel for each queue, signalled when pointers arrive.
//!
//! An apalis worker that found nothing polls again only when its poll strategy wakes it.
//! [`WakeStrategy`] does so on a signal, which reduces the pick-up time from the poll interval to
//! well under a millisecond, and after the interval, in case a signal was missed.

use std::{
    task::{Context, Poll},
    time::Duration,
};

use apalis_core::backend::ext::poll_strategy::{PollSnapshot, PollStrategy};
use futures::StreamExt;
use tokio::{
    sync::watch,
    time::{Interval, MissedTickBehavior},
};
use tokio_stream::wrappers::WatchStream;

use crate::domain::queue_name::QueueName;

/// The interval at which an idle worker polls without a signal.
const POLL_INTERVAL: Duration = Duration::from_millis(250);

/// The time after a signal at which an idle worker polls once more. If a fetch was under way when
/// the signal came, its answer may be older than the pointers.
const SECOND_POLL: Duration = Duration::from_millis(10);

/// One notification channel for each queue.
#[derive(Debug, Clone)]
pub struct WakeSignals {
    senders: [watch::Sender<()>; 3],
}

impl Default for WakeSignals {
    fn default() -> Self {
        Self {
            senders: std::array::from_fn(|_| watch::Sender::new(())),
        }
    }
}

impl WakeSignals {
    /// Wakes the idle workers of a queue in this process.
    pub fn signal(&self, queue: QueueName) {
        self.senders[queue.index()].send_replace(());
    }

    /// Returns the poll strategy of a worker of this queue, which is due at once, then at each
    /// signal and after each interval. Needs a Tokio runtime.
    pub(super) fn strategy(&self, queue: QueueName) -> WakeStrategy {
        let mut interval = tokio::time::interval(POLL_INTERVAL);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        WakeStrategy {
            signals: WatchStream::new(self.senders[queue.index()].subscribe()),
            interval,
        }
    }
}

/// Wakes a worker on signals and at intervals.
///
/// apalis's own combination of strategies stops at the first one that is due, and registers no
/// waker for that one or those after it. If the worker's fetch has found nothing in the same poll,
/// nothing but the next heartbeat, after seconds, wakes the worker again.
pub(super) struct WakeStrategy {
    signals: WatchStream<()>,
    interval: Interval,
}

impl PollStrategy for WakeStrategy {
    /// Polls both sources until they are pending, which registers the worker's waker with both.
    fn poll_drive(&mut self, cx: &mut Context<'_>, _: &PollSnapshot) -> Poll<Option<()>> {
        let mut is_due = false;
        while let Poll::Ready(Some(())) = self.signals.poll_next_unpin(cx) {
            self.interval.reset_after(SECOND_POLL);
            is_due = true;
        }
        while self.interval.poll_tick(cx).is_ready() {
            is_due = true;
        }
        if is_due {
            Poll::Ready(Some(()))
        } else {
            Poll::Pending
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        task::{Wake, Waker},
    };

    use super::*;

    /// Counts how often a worker was woken.
    #[derive(Default)]
    struct Worker {
        woken: AtomicUsize,
    }

    impl Wake for Worker {
        fn wake(self: Arc<Self>) {
            self.woken.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[tokio::test]
    async fn every_poll_leaves_the_worker_to_be_woken_by_signals_of_its_queue() {
        let worker = Arc::new(Worker::default());
        let waker = Waker::from(worker.clone());
        let signals = WakeSignals::default();
        let mut strategy = signals.strategy(QueueName::High);
        let mut is_due = || {
            let mut context = Context::from_waker(&waker);
            let snapshot = PollSnapshot::default();
            strategy.poll_drive(&mut context, &snapshot).is_ready()
        };
        let woken = || worker.woken.swap(0, Ordering::SeqCst);
        assert!(is_due(), "at once");
        signals.signal(QueueName::Standard);
        assert_eq!(woken(), 0);
        for _ in 0..3 {
            // No poll between the two that found the strategy due.
            signals.signal(QueueName::High);
            assert_eq!(woken(), 1);
            assert!(is_due());
        }
        // Signals that no poll has seen yet are one.
        signals.signal(QueueName::High);
        signals.clone().signal(QueueName::High);
        assert!(is_due());
    }
}
