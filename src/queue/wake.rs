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
pub struct Wake {
    bells: [watch::Sender<()>; 3],
}

impl Default for Wake {
    fn default() -> Self {
        Self {
            bells: std::array::from_fn(|_| watch::Sender::new(())),
        }
    }
}

impl Wake {
    /// Wakes the idle workers of a queue in this process.
    pub fn ring(&self, queue: QueueName) {
        self.bells[queue.index()].send_replace(());
    }

    /// Returns a stream that yields at once and then at each signal.
    pub(super) fn listen(&self, queue: QueueName) -> WatchStream<()> {
        WatchStream::new(self.bells[queue.index()].subscribe())
    }
}
