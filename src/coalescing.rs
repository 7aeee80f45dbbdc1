//! Coalescing: small calls that arrive while another one runs are made together in the next run.
//!
//! A statement, a commit or a round trip costs nearly the same for one row and for a hundred. No
//! call is delayed to fill a batch: the first call runs alone and at once, and the calls that
//! arrive meanwhile make up the next run. So coalescing adds no latency on an idle service, and on
//! a busy one the cost of a run is shared.
//!
//! A run is a task of its own, so that a caller that is dropped does not cancel the others' calls.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// Coalesces calls of one kind.
pub struct Coalescer<Request, Answer> {
    max_runs: usize,
    max_calls: usize,
    state: Mutex<State<Request, Answer>>,
}

struct State<Request, Answer> {
    waiting: Vec<(Request, oneshot::Sender<Answer>)>,
    runs: usize,
}

impl<Request, Answer> std::fmt::Debug for Coalescer<Request, Answer> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Coalescer")
    }
}

impl<Request: Send + 'static, Answer: Send + 'static> Coalescer<Request, Answer> {
    /// Creates a coalescer with the maximum numbers of concurrent runs and of calls per run; both
    /// at least 1.
    pub fn new(max_runs: usize, max_calls: usize) -> Arc<Self> {
        Arc::new(Self {
            max_runs,
            max_calls,
            state: Mutex::new(State {
                waiting: Vec::new(),
                runs: 0,
            }),
        })
    }

    /// Makes a call, alone or with others. `run` answers all calls that it is given, in their
    /// order.
    ///
    /// Returns `None` if the run panicked: the caller then makes its call alone, which shows
    /// whether its own request is the cause.
    pub async fn join<Run, Running>(self: &Arc<Self>, request: Request, run: Run) -> Option<Answer>
    where
        Run: Fn(Vec<Request>) -> Running + Send + 'static,
        Running: Future<Output = Vec<Answer>> + Send,
    {
        let (sender, answer) = oneshot::channel();
        let runs_now = {
            let mut state = self.state();
            state.waiting.push((request, sender));
            let has_room = state.runs < self.max_runs;
            state.runs += usize::from(has_room);
            has_room
        };
        if runs_now {
            let mut turn = Turn {
                coalescer: Arc::clone(self),
                is_over: false,
            };
            tokio::spawn(async move {
                while let Some((requests, callers)) = turn.next() {
                    for (caller, answer) in callers.into_iter().zip(run(requests).await) {
                        // A caller that was dropped needs no answer.
                        let _ = caller.send(answer);
                    }
                }
            });
        }
        answer.await.ok()
    }
}

impl<Request, Answer> Coalescer<Request, Answer> {
    fn state(&self) -> MutexGuard<'_, State<Request, Answer>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A permit of a run, returned however the run ends.
struct Turn<Request, Answer> {
    coalescer: Arc<Coalescer<Request, Answer>>,
    is_over: bool,
}

impl<Request, Answer> Turn<Request, Answer> {
    /// Returns the next calls to make; without any, the run is over.
    fn next(&mut self) -> Option<(Vec<Request>, Vec<oneshot::Sender<Answer>>)> {
        let mut state = self.coalescer.state();
        // Skips callers that gave up, which would never learn the outcome.
        state.waiting.retain(|(_, caller)| !caller.is_closed());
        let calls = state.waiting.len().min(self.coalescer.max_calls);
        if calls == 0 {
            // Under the same lock: the next caller starts a new run.
            state.runs -= 1;
            self.is_over = true;
            return None;
        }
        Some(state.waiting.drain(..calls).unzip())
    }
}

impl<Request, Answer> Drop for Turn<Request, Answer> {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let mut state = self.coalescer.state();
        state.runs -= 1;
        // Otherwise the waiting calls would wait for ever; without a sender, their callers retry
        // alone.
        state.waiting.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::future::join_all;
    use tokio::sync::{Notify, Semaphore};

    use super::*;

    #[tokio::test]
    async fn calls_that_arrive_during_a_run_share_the_next() {
        let coalescer: Arc<Coalescer<u32, usize>> = Coalescer::new(1, 3);
        let (began, gate) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
        // Each call's answer is the number of calls in its run.
        let call = |number| {
            let (coalescer, began, gate) = (coalescer.clone(), began.clone(), gate.clone());
            tokio::spawn(async move {
                let run = move |numbers: Vec<u32>| {
                    let (began, gate) = (began.clone(), gate.clone());
                    async move {
                        began.notify_one();
                        gate.acquire().await.unwrap().forget();
                        vec![numbers.len(); numbers.len()]
                    }
                };
                coalescer.join(number, run).await
            })
        };
        let first = call(0);
        began.notified().await;
        let others: Vec<_> = (1..=4).map(call).collect();
        while coalescer.state().waiting.len() < 4 {
            tokio::task::yield_now().await;
        }
        gate.add_permits(3);
        assert_eq!(first.await.unwrap(), Some(1));
        let mut sizes: Vec<_> = join_all(others).await;
        sizes.sort_by_key(|answer| *answer.as_ref().unwrap());
        let sizes: Vec<_> = sizes.into_iter().map(Result::unwrap).collect();
        assert_eq!(sizes, [Some(1), Some(3), Some(3), Some(3)]);
    }

    #[tokio::test]
    async fn an_abandoned_caller_does_not_affect_the_others() {
        let coalescer: Arc<Coalescer<(), ()>> = Coalescer::new(1, 10);
        let (began, gate) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
        let runs = Arc::new(AtomicUsize::new(0));
        let call = || {
            let (coalescer, began) = (coalescer.clone(), began.clone());
            let (gate, runs) = (gate.clone(), runs.clone());
            tokio::spawn(async move {
                let run = move |calls: Vec<()>| {
                    let (began, gate, runs) = (began.clone(), gate.clone(), runs.clone());
                    async move {
                        began.notify_one();
                        gate.acquire().await.unwrap().forget();
                        runs.fetch_add(calls.len(), Ordering::Relaxed);
                        calls
                    }
                };
                coalescer.join((), run).await
            })
        };
        let leaving = call();
        began.notified().await;
        let staying = call();
        while coalescer.state().waiting.is_empty() {
            tokio::task::yield_now().await;
        }
        leaving.abort();
        gate.add_permits(2);
        assert_eq!(staying.await.unwrap(), Some(()));
        assert_eq!(runs.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn a_call_abandoned_while_queued_is_not_made() {
        let coalescer: Arc<Coalescer<u32, ()>> = Coalescer::new(1, 10);
        let (began, gate) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)));
        let made = Arc::new(Mutex::new(Vec::<u32>::new()));
        let call = |number| {
            let (coalescer, began) = (coalescer.clone(), began.clone());
            let (gate, made) = (gate.clone(), made.clone());
            tokio::spawn(async move {
                let run = move |numbers: Vec<u32>| {
                    let (began, gate, made) = (began.clone(), gate.clone(), made.clone());
                    async move {
                        began.notify_one();
                        gate.acquire().await.unwrap().forget();
                        made.lock().unwrap().extend(&numbers);
                        vec![(); numbers.len()]
                    }
                };
                coalescer.join(number, run).await
            })
        };
        let first = call(1);
        began.notified().await;
        let (given_up, staying) = (call(2), call(3));
        while coalescer.state().waiting.len() < 2 {
            tokio::task::yield_now().await;
        }
        given_up.abort();
        assert!(given_up.await.unwrap_err().is_cancelled());
        gate.add_permits(2);
        assert_eq!(first.await.unwrap(), Some(()));
        assert_eq!(staying.await.unwrap(), Some(()));
        assert_eq!(*made.lock().unwrap(), [1, 3]);
    }

    #[tokio::test]
    async fn callers_of_a_panicked_run_call_alone_and_the_next_run_works() {
        let coalescer: Arc<Coalescer<bool, ()>> = Coalescer::new(1, 10);
        let run = |breaks: Vec<bool>| async move {
            assert!(!breaks[0], "this run was to break");
            vec![(); breaks.len()]
        };
        assert_eq!(coalescer.join(true, run).await, None);
        assert_eq!(coalescer.join(false, run).await, Some(()));
    }
}
