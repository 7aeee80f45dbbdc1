//! The rules: all rooms, and the paths that each may use.
//!
//! Both tables are allow-lists. A room that is not in [`ROOMS`] and an outside crate that is not in
//! [`OUTSIDE`] can't be used until they are declared here. Tests follow the rules of their room;
//! additional permissions of tests are listed separately, so that every exception is visible.
//! Entries that no code uses are faults too.

/// A room: a module with all modules below it that are not rooms of their own.
pub(super) struct Room {
    pub(super) name: &'static str,
    /// Rooms that its shipped code may use.
    pub(super) may_use: &'static [&'static str],
    /// Rooms that its tests may use in addition.
    pub(super) tests_may_use: &'static [&'static str],
}

const fn room(name: &'static str, may_use: &'static [&'static str]) -> Room {
    Room {
        name,
        may_use,
        tests_may_use: &[],
    }
}

impl Room {
    const fn tests(mut self, may_use: &'static [&'static str]) -> Self {
        self.tests_may_use = may_use;
        self
    }
}

pub(super) const ROOMS: &[Room] = &[
    // The engine: its parts in order, each using only those before it.
    room("engine", &[]),
    room("engine::profiles", &[]),
    room("engine::embedding", &[]),
    room(
        "engine::scoring",
        &["engine::profiles", "engine::embedding"],
    )
    // A test verifies that grammatical gender changes no score.
    .tests(&["engine::audit"]),
    room("engine::audit", &["engine::profiles", "engine::scoring"]),
    // The service: inner rooms first.
    room("domain", &["engine::profiles"]),
    room("outage", &[]),
    room("breaker", &["outage"]),
    room("coalescing", &[]),
    // The only reader of the wall clock.
    room("clock", &[]),
    room(
        "service",
        &[
            "domain",
            "engine::profiles",
            "engine::scoring",
            "breaker",
            "clock",
            "coalescing",
            "outage",
            // Ports only: the adapters are rooms of their own.
            "documents",
            "queue",
            "store",
        ],
    )
    .tests(&["queue::in_process"]),
    // Ports and their adapters. They use neither each other nor their callers.
    room("documents", &["breaker"]),
    room("documents::folder", &["documents"]),
    room("documents::s3", &["breaker", "documents"]).tests(&["outage"]),
    room(
        "queue",
        &[
            "breaker",
            "domain",
            "outage",
            "queue::in_process",
            "queue::redis",
        ],
    ),
    room("queue::in_process", &["domain", "queue"]),
    room("queue::redis", &["breaker", "domain", "outage", "queue"]),
    room(
        "store",
        &[
            "breaker",
            "clock",
            "domain",
            "engine::profiles",
            "engine::scoring",
            "outage",
        ],
    ),
    room(
        "store::postgres",
        &[
            "breaker",
            "clock",
            "domain",
            "engine::profiles",
            "engine::scoring",
            "coalescing",
            "outage",
            "store",
        ],
    ),
    room(
        "store::sqlite",
        &["clock", "domain", "engine::profiles", "store"],
    ),
    // Adapters of ports in `service`.
    room("encoder", &["breaker", "engine::profiles", "service"]),
    room("webhook", &["breaker", "domain", "service"]).tests(&["clock"]),
    // Callers of the service.
    room(
        "worker",
        &["breaker", "domain", "outage", "queue", "service"],
    ),
    room(
        "api",
        &[
            "clock",
            "domain",
            "engine::profiles",
            "engine::scoring",
            "outage",
            "service",
        ],
    ),
    room("configuration", &["domain", "engine::scoring"]),
    room("telemetry", &["configuration"]),
    room("shutdown", &[]),
    room(
        "application",
        &[
            "api",
            "breaker",
            "configuration",
            "documents",
            "documents::folder",
            "documents::s3",
            "domain",
            "encoder",
            "engine::scoring",
            "outage",
            "queue",
            "queue::in_process",
            "queue::redis",
            "service",
            "store",
            "store::postgres",
            "store::sqlite",
            "telemetry",
            "webhook",
            "worker",
        ],
    ),
    room(
        "cli",
        &[
            "application",
            "clock",
            "configuration",
            "domain",
            "engine::audit",
            "engine::profiles",
            "engine::scoring",
            "outage",
            "service",
            "shutdown",
            "telemetry",
        ],
    ),
    // The roots declare modules and re-export nothing.
    room("lib", &[]),
    room("main", &["cli"]),
];

/// An outside crate or a part of one, and the rooms that may use it. The longest matching path
/// applies; a room includes the rooms inside it.
pub(super) struct Outside {
    pub(super) path: &'static str,
    pub(super) rooms: &'static [&'static str],
    /// Rooms whose tests may use it in addition.
    pub(super) tests: &'static [&'static str],
}

const fn outside(path: &'static str, rooms: &'static [&'static str]) -> Outside {
    Outside {
        path,
        rooms,
        tests: &[],
    }
}

impl Outside {
    const fn tests(mut self, rooms: &'static [&'static str]) -> Self {
        self.tests = rooms;
        self
    }
}

/// Stands for all rooms in place of a list.
pub(super) const ALL: &[&str] = &["*"];

pub(super) const OUTSIDE: &[Outside] = &[
    // Language and standard library. `core` and `alloc` are treated as `std`.
    outside("std", ALL),
    outside(
        "async",
        &[
            "api",
            "application",
            "breaker",
            "cli",
            "documents",
            "encoder",
            "coalescing",
            "queue",
            "service",
            "shutdown",
            "store",
            "telemetry",
            "webhook",
            "worker",
        ],
    ),
    outside("std::dbg", &[]),
    outside("std::eprint", &[]),
    outside("std::eprintln", &["cli"]),
    outside("std::print", &[]),
    outside("std::println", &[]),
    outside("std::env", &["cli"]),
    outside(
        "std::fs",
        &["cli", "configuration", "documents::folder", "shutdown"],
    ),
    outside(
        "std::io",
        &[
            "api",
            "application",
            "cli",
            "documents::folder",
            "shutdown",
            "telemetry",
            // Kinds of errors of connections.
            "webhook",
        ],
    )
    .tests(&["documents::s3", "queue::redis", "store::sqlite"]),
    outside(
        "std::net",
        &["api", "application", "cli", "configuration", "webhook"],
    ),
    outside("std::os", &[]),
    outside("std::process", &["application", "cli", "main", "shutdown"]),
    outside("std::thread", &["configuration", "service"]).tests(&["breaker"]),
    outside("std::time::SystemTime", &[]).tests(&["documents::folder"]),
    outside("std::time::UNIX_EPOCH", &[]),
    outside(
        "std::time::Instant",
        &[
            "api",
            "breaker",
            "cli",
            "outage",
            "service",
            "store::postgres",
            "webhook",
        ],
    )
    .tests(&["documents::s3"]),
    // Clocks of libraries.
    outside(
        "chrono",
        &[
            "api", "cli", "clock", "domain", "engine", "service", "store", "webhook",
        ],
    ),
    outside("chrono::prelude", &[]),
    outside("chrono::Local", &[]),
    outside("chrono::Utc::now", &["clock"]),
    outside("chrono::Utc::today", &[]),
    outside("tokio::time::Instant", &["api", "service", "webhook"]),
    // The runtime.
    outside(
        "tokio",
        &[
            "api",
            "application",
            "cli",
            "encoder",
            "coalescing",
            "queue",
            "service",
            "shutdown",
            "store",
            "telemetry",
            "webhook",
            "worker",
            "documents::folder",
        ],
    )
    .tests(&["documents"]),
    outside("tokio::fs", &["store::sqlite"]),
    outside("tokio::io", &["api"]).tests(&["documents::s3", "webhook"]),
    outside("tokio::net", &["api", "webhook"]).tests(&["documents::s3"]),
    outside("tokio::process", &[]),
    outside("tokio::signal", &["shutdown"]),
    outside("tokio_stream", &["queue"]),
    outside("tokio_util", &["api", "application", "service", "worker"]),
    outside(
        "async_trait",
        &[
            "documents",
            "encoder",
            "queue",
            "service",
            "store",
            "webhook",
        ],
    ),
    outside(
        "futures",
        &["api", "application", "queue", "service", "store", "worker"],
    )
    .tests(&["breaker", "coalescing", "documents", "webhook"]),
    // I/O: one room for each library, as far as possible.
    outside("sqlx", &["store"]),
    outside("sqlx_macros", &["store"]),
    outside("redis", &["queue"]),
    outside("apalis", &["queue"]),
    outside("apalis_core", &["queue"]),
    outside("apalis_redis", &["queue"]),
    outside("s3", &["documents::s3"]),
    // The demo also acts as a platform: it calls the API and receives webhooks.
    outside("actix_cors", &["api"]),
    outside("actix_web", &["api", "application", "cli"]).tests(&["webhook"]),
    outside("actix_http", &["api"]),
    outside("actix_server", &["api"]),
    outside("actix_service", &["api"]),
    outside("reqwest", &["cli", "encoder", "webhook"]),
    outside("hyper", &["webhook"]),
    outside("tower", &["webhook"]),
    outside("rustls", &["encoder", "webhook"]),
    outside("deserr", &["api"]),
    outside("utoipa", &["api"]),
    outside("utoipa_actix_web", &["api"]),
    outside("utoipa_swagger_ui", &["api"]),
    outside("clap", &["cli"]),
    outside("comfy_table", &["cli"]),
    outside("indicatif", &["cli"]),
    outside("anyhow", &["cli"]),
    outside("figment", &["configuration"]),
    outside("failsafe", &["breaker"]),
    // Log and metrics.
    outside(
        "tracing",
        &[
            "api",
            "application",
            "breaker",
            "documents::s3",
            "queue",
            "service",
            "shutdown",
            "store",
            "webhook",
            "worker",
        ],
    ),
    outside("tracing_subscriber", &["configuration", "telemetry"]).tests(&["store::sqlite"]),
    outside("memchr", &["api"]),
    outside("metrics", &["api", "service", "telemetry", "webhook"]),
    outside("metrics_exporter_prometheus", &["api", "telemetry"]),
    // Data.
    outside("base64", &["cli", "domain", "webhook"]),
    outside("crc32fast", &["domain"]),
    outside("fnv", &["domain", "engine"]),
    outside("entities", &["engine"]),
    outside("foldhash", &["engine"]),
    outside("fst", &["engine"]),
    outside("hex", &["api", "cli", "domain", "service", "webhook"]),
    outside("hostname", &["application"]),
    outside("httpdate", &["webhook"]),
    outside("ipnet", &["api", "configuration", "webhook"]),
    outside("itoa", &["engine"]),
    outside("libm", &["engine"]),
    outside("quick_cache", &["api", "engine", "service", "webhook"]),
    outside("rand", &["application"]).tests(&["service"]),
    outside("ring", &["api", "cli", "engine", "service", "webhook"]),
    outside(
        "secrecy",
        &[
            "application",
            "configuration",
            "documents::s3",
            "encoder",
            "queue",
            "webhook",
        ],
    ),
    outside(
        "serde",
        &["api", "domain", "encoder", "engine", "service", "store"],
    ),
    outside(
        "serde_json",
        &[
            "api",
            "application",
            "cli",
            "domain",
            "encoder",
            "engine",
            "queue",
            "service",
            "store",
        ],
    ),
    outside("serde_json_borrow", &["engine"]),
    outside("strsim", &["api"]),
    outside("thiserror", ALL),
    outside(
        "ulid",
        &[
            "api",
            "documents::folder",
            "domain",
            "queue",
            "service",
            "worker",
        ],
    ),
    // Reads the clock and random numbers.
    outside(
        "ulid::Ulid::generate",
        &[
            "api",
            "application",
            "documents::folder",
            "queue",
            "service",
            "worker",
        ],
    ),
    outside("subtle", &["service"]),
    outside("unicode_normalization", &["engine"]),
    outside(
        "url",
        &["api", "configuration", "documents::s3", "domain", "webhook"],
    ),
    outside("zmij", &["engine"]),
    // Libraries for tests.
    outside("matching_test_servers", &[]).tests(&["documents"]),
    outside("proptest", &[]).tests(&["api", "configuration", "domain", "engine", "webhook"]),
    outside("standardwebhooks", &[]).tests(&["webhook"]),
    outside("tempfile", &["cli"]).tests(&["configuration", "documents::folder", "store::sqlite"]),
];
