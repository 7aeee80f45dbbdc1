//! Wakes idle workers: a notification channel for each queue, signalled when pointers arrive.
//!
//! An apalis worker that found nothing polls again only when its poll strategy says so. The channel
//! is that strategy's stream, which reduces the pick-up time from the poll interval to well under a
//! millisecond; the interval remains as a fallback for a missed signal.

use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;

use crate::domain::queue_name::QueueName;

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

    /// Returns a stream that yields at once and then at each signal.
    pub(super) fn listen(&self, queue: QueueName) -> WatchStream<()> {
        WatchStream::new(self.senders[queue.index()].subscribe())
    }
}
