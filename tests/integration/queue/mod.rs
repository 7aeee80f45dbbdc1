//! The contract of the port of the queues ([`matching::queue::TaskQueues`]). Each behaviour is
//! written once and is one test for each adapter: `queue::delivery::in_process::…` and
//! `queue::delivery::redis::…`.

/// Makes each of the functions a test of one adapter.
macro_rules! on_adapter {
    ($module:ident, $adapter:ident: $($behaviour:ident),*) => {
        mod $module {
            use crate::queue::adapters::{$adapter, Adapter};
            $(
                #[tokio::test]
                async fn $behaviour() {
                    super::$behaviour($adapter::start().await).await;
                }
            )*
        }
    };
}

/// Makes each of the functions a test of each adapter. A new adapter is one more line here.
macro_rules! on_every_adapter {
    ($($behaviour:ident),* $(,)?) => {
        on_adapter!(in_process, InProcess: $($behaviour),*);
        on_adapter!(redis, Redis: $($behaviour),*);
    };
}

/// Makes each of the functions a test of each adapter whose queues are on a server: they can be
/// unavailable, and several processes share them.
macro_rules! on_every_remote_adapter {
    ($($behaviour:ident),* $(,)?) => {
        on_adapter!(redis_as_server, Redis: $($behaviour),*);
    };
}

mod adapters;
mod pool;

mod dead_pointers;
mod delivery;
mod outages;
mod pools;
mod processes;
mod servers;
mod withdrawals;

mod redis;
