//! Waking idle workers: a bell for each queue, rung when pointers arrive.
//!
//! An apalis worker that found nothing looks again only when its poll strategy says so. The bell is
//! that strategy's stream, which brings pick-up from the poll interval down to well under a
//! millisecond; the interval stays as a net for a bell that was missed.

use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;

use crate::domain::queue_name::QueueName;

/// One bell for each queue.
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

    /// Yields at once and then whenever the bell rings.
    pub(super) fn listen(&self, queue: QueueName) -> WatchStream<()> {
        WatchStream::new(self.bells[queue.index()].subscribe())
    }
}
