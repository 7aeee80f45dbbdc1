//! Mutation tests of the architecture check: a forbidden use in each form that Rust has, inserted
//! into a copy of the sources. Each mutant must be reported with its file and the forbidden pair.

use super::{
    check::check,
    sources::{Modules, Parsed, Sources, read},
};

/// A file of a room, and an item of another room that it may not use.
struct Wall {
    file: &'static str,
    room: &'static str,
    /// The path of the item from the crate's root, or from an outside crate's name.
    item: &'static str,
    /// The item's room or path in the report.
    target: &'static str,
}

const fn wall(
    file: &'static str,
    room: &'static str,
    item: &'static str,
    target: &'static str,
) -> Wall {
    Wall {
        file,
        room,
        item,
        target,
    }
}

/// Pairs inside one crate.
const WALLS: &[Wall] = &[
    wall("src/service/submit.rs", "service", "api::ApiState", "api"),
    wall(
        "src/service/search/ranking.rs",
        "service",
        "store::postgres::PostgresStore",
        "store::postgres",
    ),
    wall(
        "src/service/leases.rs",
        "service",
        "store::sqlite::SqliteStore",
        "store::sqlite",
    ),
    // Declared in a private module and re-exported by `queue`.
    wall(
        "src/service/mod.rs",
        "service",
        "queue::RedisQueues",
        "queue::redis",
    ),
    wall(
        "src/service/deliver_webhooks.rs",
        "service",
        "webhook::sender::WebhookSender",
        "webhook",
    ),
    wall(
        "src/service/health.rs",
        "service",
        "documents::s3::S3Store",
        "documents::s3",
    ),
    wall(
        "src/service/backlog.rs",
        "service",
        "configuration::Settings",
        "configuration",
    ),
    wall("src/service/queues.rs", "service", "cli::run", "cli"),
    wall(
        "src/service/backoff.rs",
        "service",
        "application::Roles",
        "application",
    ),
    wall(
        "src/api/jobs.rs",
        "api",
        "store::postgres::PostgresStore",
        "store::postgres",
    ),
    wall("src/api/state.rs", "api", "store::Store", "store"),
    wall("src/api/problem.rs", "api", "store::StoreError", "store"),
    wall(
        "src/api/batches.rs",
        "api",
        "documents::DocumentStore",
        "documents",
    ),
    wall("src/api/queues.rs", "api", "queue::TaskQueues", "queue"),
    wall(
        "src/api/dead_letters/views.rs",
        "api",
        "webhook::sender::WebhookSender",
        "webhook",
    ),
    wall(
        "src/api/mod.rs",
        "api",
        "configuration::Settings",
        "configuration",
    ),
    wall(
        "src/configuration/webhook.rs",
        "configuration",
        "webhook::signature::WebhookSigner",
        "webhook",
    ),
    wall(
        "src/configuration/circuit_breaker.rs",
        "configuration",
        "breaker::BreakerSettings",
        "breaker",
    ),
    wall(
        "src/configuration/mod.rs",
        "configuration",
        "store::Store",
        "store",
    ),
    wall(
        "src/cli/doctor.rs",
        "cli",
        "store::postgres::PostgresStore",
        "store::postgres",
    ),
    wall("src/cli/dead_letters.rs", "cli", "store::Store", "store"),
    wall("src/cli/verify.rs", "cli", "api::ApiState", "api"),
    wall(
        "src/cli/demo.rs",
        "cli",
        "webhook::sender::WebhookSender",
        "webhook",
    ),
    wall("src/store/mod.rs", "store", "api::ApiState", "api"),
    wall(
        "src/store/migrations.rs",
        "store",
        "service::submit::Submitter",
        "service",
    ),
    wall(
        "src/store/postgres/results.rs",
        "store::postgres",
        "store::sqlite::SqliteStore",
        "store::sqlite",
    ),
    wall(
        "src/store/sqlite/mod.rs",
        "store::sqlite",
        "queue::TaskQueues",
        "queue",
    ),
    wall("src/queue/mod.rs", "queue", "store::Store", "store"),
    wall(
        "src/queue/redis/mod.rs",
        "queue::redis",
        "webhook::sender::WebhookSender",
        "webhook",
    ),
    wall(
        "src/queue/in_process.rs",
        "queue::in_process",
        "queue::RedisQueues",
        "queue::redis",
    ),
    wall(
        "src/documents/folder.rs",
        "documents::folder",
        "documents::s3::S3Store",
        "documents::s3",
    ),
    wall(
        "src/documents/s3.rs",
        "documents::s3",
        "queue::TaskQueues",
        "queue",
    ),
    wall("src/webhook/sender.rs", "webhook", "store::Store", "store"),
    wall("src/encoder/http.rs", "encoder", "store::Store", "store"),
    wall("src/worker/mod.rs", "worker", "store::Store", "store"),
    wall(
        "src/domain/task.rs",
        "domain",
        "service::submit::Submitter",
        "service",
    ),
    wall("src/application.rs", "application", "cli::run", "cli"),
    wall(
        "src/breaker.rs",
        "breaker",
        "configuration::Settings",
        "configuration",
    ),
    wall("src/coalescing.rs", "coalescing", "store::Store", "store"),
    wall("src/telemetry.rs", "telemetry", "store::Store", "store"),
    wall(
        "src/shutdown.rs",
        "shutdown",
        "application::Roles",
        "application",
    ),
    wall(
        "crates/engine/src/profiles/skill.rs",
        "engine::profiles",
        "scoring::Engine",
        "engine::scoring",
    ),
    wall(
        "crates/engine/src/scoring/criteria/salary.rs",
        "engine::scoring",
        "audit::Neutrality",
        "engine::audit",
    ),
];

/// Pairs of a room and an outside path, each with an item that the path's rule covers.
const OUTSIDE_WALLS: &[Wall] = &[
    wall("src/service/submit.rs", "service", "sqlx::query", "sqlx"),
    wall("src/api/jobs.rs", "api", "sqlx::PgPool", "sqlx"),
    wall("src/store/error.rs", "store", "redis::Client", "redis"),
    wall(
        "src/service/dispatcher.rs",
        "service",
        "redis::cmd",
        "redis",
    ),
    wall(
        "src/worker/mod.rs",
        "worker",
        "apalis::prelude::Worker",
        "apalis",
    ),
    wall(
        "src/service/cancel.rs",
        "service",
        "apalis_core::Task",
        "apalis_core",
    ),
    wall(
        "src/cli/doctor.rs",
        "cli",
        "apalis_redis::Config",
        "apalis_redis",
    ),
    wall(
        "src/service/encoder.rs",
        "service",
        "reqwest::Client",
        "reqwest",
    ),
    wall(
        "src/documents/s3.rs",
        "documents::s3",
        "reqwest::get",
        "reqwest",
    ),
    wall(
        "src/service/mod.rs",
        "service",
        "actix_web::web::Data",
        "actix_web",
    ),
    wall(
        "src/store/error.rs",
        "store",
        "actix_web::ResponseError",
        "actix_web",
    ),
    wall(
        "src/documents/folder.rs",
        "documents::folder",
        "s3::Bucket",
        "s3",
    ),
    wall(
        "src/service/health.rs",
        "service",
        "tokio::fs::read",
        "tokio::fs",
    ),
    wall(
        "src/service/panics.rs",
        "service",
        "std::fs::write",
        "std::fs",
    ),
    wall(
        "src/store/migrations.rs",
        "store",
        "std::fs::File",
        "std::fs",
    ),
    wall(
        "src/queue/redis/mod.rs",
        "queue::redis",
        "std::net::TcpStream",
        "std::net",
    ),
    wall(
        "src/service/parallel.rs",
        "service",
        "std::env::var",
        "std::env",
    ),
    wall(
        "src/configuration/http.rs",
        "configuration",
        "std::env::vars_os",
        "std::env",
    ),
    wall("src/domain/task.rs", "domain", "tokio::spawn", "tokio"),
    wall(
        "src/domain/event.rs",
        "domain",
        "chrono::Utc::now",
        "chrono::Utc::now",
    ),
    wall(
        "src/queue/mod.rs",
        "queue",
        "chrono::Utc::now",
        "chrono::Utc::now",
    ),
    wall(
        "src/domain/delivery.rs",
        "domain",
        "std::time::Instant::now",
        "std::time::Instant",
    ),
    wall(
        "src/service/leases.rs",
        "service",
        "std::time::SystemTime::now",
        "std::time::SystemTime",
    ),
    wall(
        "crates/engine/src/scoring/total.rs",
        "engine::scoring",
        "chrono::Utc::now",
        "chrono::Utc::now",
    ),
    wall(
        "crates/engine/src/profiles/skill.rs",
        "engine::profiles",
        "std::fs::read",
        "std::fs",
    ),
    wall(
        "crates/engine/src/audit/impact.rs",
        "engine::audit",
        "std::env::var",
        "std::env",
    ),
];

/// The position of a mutant's code.
enum Place {
    /// Before the first item of the wall's file.
    Top,
    /// After the last item, and so after the tests.
    End,
    /// Before the first item of another file.
    TopOf(&'static str),
}

type Edits = Vec<(Place, String)>;

/// One form of a use.
struct Form {
    name: &'static str,
    edits: fn(&Target) -> Edits,
}

/// The parts of an item's path from which forms are built.
struct Target {
    /// The segments from the crate's root; for an outside item, from the crate's name.
    segments: Vec<String>,
    /// The number of `super` from the wall's file to the root.
    depth: usize,
    /// Another file of the same crate that every room could be expected to use, and its path.
    neighbour: (&'static str, &'static str),
    /// The root file of the crate.
    root: &'static str,
}

impl Target {
    fn path(&self) -> String {
        self.segments.join("::")
    }

    /// Returns the first segment, and the rest.
    fn split(&self) -> (String, String) {
        (self.segments[0].clone(), self.segments[1..].join("::"))
    }

    /// Returns all segments except the last, and the last.
    fn module_and_item(&self) -> (String, String) {
        let (item, module) = self.segments.split_last().unwrap();
        (module.join("::"), item.clone())
    }
}

fn top(code: String) -> Edits {
    vec![(Place::Top, code)]
}

const FORMS: &[Form] = &[
    Form {
        name: "import",
        edits: |t| top(format!("use crate::{};", t.path())),
    },
    Form {
        name: "published import",
        edits: |t| top(format!("pub(crate) use crate::{} as other;", t.path())),
    },
    Form {
        name: "nested import",
        edits: |t| {
            let (first, rest) = t.split();
            top(format!(
                "use crate::{{{first}::{{{rest}, {rest} as other}}}};"
            ))
        },
    },
    Form {
        name: "nested import on several lines",
        edits: |t| {
            let (first, rest) = t.split();
            top(format!(
                "use crate::{{\n    {first}::{{\n        self,\n        {rest},\n    }},\n}};"
            ))
        },
    },
    Form {
        name: "alias",
        edits: |t| {
            let (first, rest) = t.split();
            top(format!(
                "use crate::{first} as outer; fn mutant(_: outer::{rest}) {{}}"
            ))
        },
    },
    Form {
        name: "nested alias",
        edits: |t| {
            let (first, rest) = t.split();
            top(format!(
                "use crate::{{{first} as outer}}; fn mutant(_: &outer::{rest}) {{}}"
            ))
        },
    },
    Form {
        name: "alias of an alias",
        edits: |t| {
            let (first, rest) = t.split();
            top(format!(
                "use crate::{first} as one; use self::one as two; fn mutant(_: two::{rest}) {{}}"
            ))
        },
    },
    Form {
        name: "alias of the root",
        edits: |t| {
            top(format!(
                "use crate as all; type Mutant = all::{};",
                t.path()
            ))
        },
    },
    Form {
        name: "own crate by another name",
        edits: |t| {
            top(format!(
                "extern crate self as me; type Mutant = me::{};",
                t.path()
            ))
        },
    },
    Form {
        name: "glob",
        edits: |t| {
            let (module, item) = t.module_and_item();
            top(format!("use crate::{module}::*; fn mutant(_: {item}) {{}}"))
        },
    },
    Form {
        name: "glob of the root",
        edits: |t| top(format!("use crate::*; fn mutant(_: {}) {{}}", t.path())),
    },
    Form {
        name: "nested glob",
        edits: |t| {
            let (module, item) = t.module_and_item();
            top(format!(
                "use crate::{{{module}::*}}; fn mutant(_: {item}) {{}}"
            ))
        },
    },
    Form {
        name: "relative import",
        edits: |t| top(format!("use {}{};", "super::".repeat(t.depth), t.path())),
    },
    Form {
        name: "relative import from self",
        edits: |t| {
            top(format!(
                "use self::{}{};",
                "super::".repeat(t.depth),
                t.path()
            ))
        },
    },
    Form {
        name: "nested relative import",
        edits: |t| {
            let (first, rest) = t.split();
            let up = "super::".repeat(t.depth);
            top(format!("use {up}{{{first}::{rest}}};"))
        },
    },
    Form {
        name: "relative path in an inline module",
        edits: |t| {
            let up = "super::".repeat(t.depth + 1);
            top(format!("mod mutant {{ fn f(_: {up}{}) {{}} }}", t.path()))
        },
    },
    Form {
        name: "type",
        edits: |t| top(format!("fn mutant(_: crate::{}) {{}}", t.path())),
    },
    Form {
        name: "generic argument",
        edits: |t| {
            top(format!(
                "fn mutant() -> Option<Vec<crate::{}>> {{ None }}",
                t.path()
            ))
        },
    },
    Form {
        name: "bound",
        edits: |t| top(format!("fn mutant<T>() where T: crate::{} {{}}", t.path())),
    },
    Form {
        name: "implementation",
        edits: |t| top(format!("impl crate::{} for Mutant {{}}", t.path())),
    },
    Form {
        name: "field",
        edits: |t| top(format!("struct Mutant {{ field: crate::{} }}", t.path())),
    },
    Form {
        name: "expression",
        edits: |t| top(format!("fn mutant() {{ crate::{}::new(1); }}", t.path())),
    },
    Form {
        name: "value of a constant",
        edits: |t| {
            top(format!(
                "const MUTANT: usize = size_of::<crate::{}>();",
                t.path()
            ))
        },
    },
    Form {
        name: "pattern",
        edits: |t| {
            top(format!(
                "fn mutant() {{ if let crate::{} {{ .. }} = a {{}} }}",
                t.path()
            ))
        },
    },
    Form {
        name: "qualified type",
        edits: |t| top(format!("fn mutant() {{ <crate::{}>::new(); }}", t.path())),
    },
    Form {
        name: "qualified trait",
        edits: |t| {
            top(format!(
                "fn mutant() {{ <u8 as crate::{}>::new(); }}",
                t.path()
            ))
        },
    },
    Form {
        name: "type alias",
        edits: |t| top(format!("type Mutant = crate::{};", t.path())),
    },
    Form {
        name: "import in a function",
        edits: |t| {
            let (first, rest) = t.split();
            top(format!(
                "fn mutant() {{ use crate::{first} as outer; {{ outer::{rest}::new(); }} }}"
            ))
        },
    },
    Form {
        name: "glob in a function",
        edits: |t| {
            let (module, item) = t.module_and_item();
            top(format!(
                "fn mutant() {{ use crate::{module}::*; let a: {item} = b; }}"
            ))
        },
    },
    Form {
        name: "raw identifiers",
        edits: |t| top(format!("use crate::r#{};", t.segments.join("::r#"))),
    },
    Form {
        name: "re-export in the root",
        edits: |t| {
            let (module, item) = t.module_and_item();
            vec![
                (
                    Place::TopOf(t.root),
                    format!("pub use crate::{module} as published;"),
                ),
                (Place::Top, format!("use crate::published::{item};")),
            ]
        },
    },
    Form {
        name: "re-exported item in the root",
        edits: |t| {
            vec![
                (
                    Place::TopOf(t.root),
                    format!("pub use self::{} as Published;", t.path()),
                ),
                (Place::Top, "fn mutant(_: crate::Published) {}".to_owned()),
            ]
        },
    },
    Form {
        name: "re-exported glob in the root",
        edits: |t| {
            let (module, item) = t.module_and_item();
            vec![
                (Place::TopOf(t.root), format!("pub use {module}::*;")),
                (Place::Top, format!("use crate::{{{item}}};")),
            ]
        },
    },
    Form {
        name: "re-export in another room",
        edits: |t| {
            let (file, module) = t.neighbour;
            vec![
                (
                    Place::TopOf(file),
                    format!("pub use crate::{} as Published;", t.path()),
                ),
                (Place::Top, format!("use crate::{module}::Published;")),
            ]
        },
    },
    Form {
        name: "re-exported glob in another room",
        edits: |t| {
            let (file, module) = t.neighbour;
            let (of, item) = t.module_and_item();
            vec![
                (Place::TopOf(file), format!("pub use crate::{of}::*;")),
                (
                    Place::Top,
                    format!("use crate::{module}::*; fn mutant(_: {item}) {{}}"),
                ),
            ]
        },
    },
    Form {
        name: "re-exported alias in another room",
        edits: |t| {
            let (file, module) = t.neighbour;
            vec![
                (
                    Place::TopOf(file),
                    format!("pub type Published = crate::{};", t.path()),
                ),
                (
                    Place::Top,
                    format!("fn mutant() {{ crate::{module}::Published::new(); }}"),
                ),
            ]
        },
    },
    Form {
        name: "behind the tests",
        edits: |t| {
            let code = format!(
                "#[cfg(test)]\nmod mutant_tests {{}}\nuse crate::{};",
                t.path()
            );
            vec![(Place::End, code)]
        },
    },
    Form {
        name: "nested behind the tests",
        edits: |t| {
            let (first, rest) = t.split();
            let code = format!("#[cfg(test)]\nuse std::a;\nuse crate::{{ {first}::{{{rest}}} }};");
            vec![(Place::End, code)]
        },
    },
    Form {
        name: "shipped only",
        edits: |t| top(format!("#[cfg(not(test))] use crate::{};", t.path())),
    },
    Form {
        name: "argument of a macro",
        edits: |t| {
            top(format!(
                "fn mutant() {{ call!(a, b(crate::{}::new())); }}",
                t.path()
            ))
        },
    },
    Form {
        name: "items in a macro",
        edits: |t| {
            let (first, rest) = t.split();
            top(format!(
                "items! {{ use crate::{{{first}::{{{rest}, other}}}}; }}"
            ))
        },
    },
    Form {
        name: "macro that names its crate",
        edits: |t| {
            let path = t.path();
            top(format!(
                "macro_rules! mutant {{ () => {{ $crate::{path}::new() }} }}"
            ))
        },
    },
    Form {
        name: "relative path in a macro",
        edits: |t| {
            let up = "super::".repeat(t.depth);
            top(format!("fn mutant() {{ call!({up}{}); }}", t.path()))
        },
    },
    Form {
        name: "attribute",
        edits: |t| top(format!("#[attribute(crate::{})] struct Mutant;", t.path())),
    },
    Form {
        name: "text in an attribute",
        edits: |t| {
            top(format!(
                "#[serde(with = \"crate::{}\")] struct Mutant;",
                t.path()
            ))
        },
    },
];

const OUTSIDE_FORMS: &[Form] = &[
    Form {
        name: "import",
        edits: |t| top(format!("use {};", t.path())),
    },
    Form {
        name: "import from the crates",
        edits: |t| top(format!("use ::{};", t.path())),
    },
    Form {
        name: "nested import",
        edits: |t| {
            let (first, rest) = t.split();
            top(format!(
                "use {{{first}::{{{rest} as other, {rest}}}, serde as _}};"
            ))
        },
    },
    Form {
        name: "alias of the crate",
        edits: |t| {
            let (first, rest) = t.split();
            top(format!(
                "use {first} as outer; fn mutant() {{ outer::{rest}(1); }}"
            ))
        },
    },
    Form {
        name: "extern crate",
        edits: |t| {
            let (first, rest) = t.split();
            top(format!(
                "extern crate {first} as outer; fn mutant() {{ outer::{rest}(1); }}"
            ))
        },
    },
    Form {
        name: "glob",
        edits: |t| {
            let (module, item) = t.module_and_item();
            top(format!("use {module}::*; fn mutant() {{ {item}(1); }}"))
        },
    },
    Form {
        name: "imported parent",
        edits: |t| {
            let (module, item) = t.module_and_item();
            top(format!(
                "use {module} as outer; fn mutant() {{ a.map(outer::{item}); }}"
            ))
        },
    },
    Form {
        name: "type alias",
        edits: |t| {
            let (module, item) = t.module_and_item();
            top(format!(
                "type Mutant = {module}; fn mutant() {{ Mutant::{item}(); }}"
            ))
        },
    },
    Form {
        name: "expression",
        edits: |t| top(format!("fn mutant() {{ {}(1); }}", t.path())),
    },
    Form {
        name: "type",
        edits: |t| top(format!("fn mutant(_: Option<::{}>) {{}}", t.path())),
    },
    Form {
        name: "qualified type",
        edits: |t| {
            let (module, item) = t.module_and_item();
            top(format!("fn mutant() {{ <{module}>::{item}(1); }}"))
        },
    },
    Form {
        name: "import in a function",
        edits: |t| {
            let (module, item) = t.module_and_item();
            top(format!(
                "fn mutant() {{ use {module} as outer; outer::{item}(1); }}"
            ))
        },
    },
    Form {
        name: "re-export in another room",
        edits: |t| {
            let (file, module) = t.neighbour;
            let (parent, item) = t.module_and_item();
            vec![
                (
                    Place::TopOf(file),
                    format!("pub use {parent} as published;"),
                ),
                (
                    Place::Top,
                    format!("fn mutant() {{ crate::{module}::published::{item}(1); }}"),
                ),
            ]
        },
    },
    Form {
        name: "behind the tests",
        edits: |t| {
            let code = format!(
                "#[cfg(test)]\nmod mutant_tests {{}}\nfn mutant() {{ {}(1); }}",
                t.path()
            );
            vec![(Place::End, code)]
        },
    },
    Form {
        name: "argument of a macro",
        edits: |t| top(format!("fn mutant() {{ call!(a, {}(1)); }}", t.path())),
    },
    Form {
        name: "argument of a macro, from the crates",
        edits: |t| top(format!("fn mutant() {{ call!(a, ::{}(1)); }}", t.path())),
    },
    Form {
        name: "attribute",
        edits: |t| top(format!("#[derive({})] struct Mutant;", t.path())),
    },
];

/// Inserts code after the last `//!` line or inner attribute, where items may begin, or at the end.
fn insert(text: &str, place: &Place, code: &str) -> String {
    if matches!(place, Place::End) {
        return format!("{text}\n{code}\n");
    }
    let is_head = |line: &&str| line.starts_with("//!") || line.starts_with("#![");
    let head = text.lines().take_while(is_head).count();
    let lines: Vec<&str> = text.lines().collect();
    let (head, rest) = lines.split_at(head);
    format!("{}\n{code}\n{}\n", head.join("\n"), rest.join("\n"))
}

/// Applies the edits, and returns a description if the check doesn't report the pair.
fn survives(sources: &Sources, parsed: &Parsed, wall: &Wall, form: &Form) -> Option<String> {
    let module = wall.file.split_once("src/").unwrap().1;
    let module = module.trim_end_matches(".rs").trim_end_matches("/mod");
    let (root, neighbour) = if wall.file.starts_with("crates/engine/") {
        let neighbour = ("crates/engine/src/profiles/mod.rs", "profiles");
        ("crates/engine/src/lib.rs", neighbour)
    } else {
        ("src/lib.rs", ("src/domain/mod.rs", "domain"))
    };
    let target = Target {
        segments: wall.item.split("::").map(str::to_owned).collect(),
        depth: module.split('/').count(),
        neighbour,
        root,
    };
    let mut mutant = parsed.clone();
    let mut codes = Vec::new();
    for (place, code) in (form.edits)(&target) {
        let file = match place {
            Place::TopOf(file) => file,
            Place::Top | Place::End => wall.file,
        };
        mutant.replace(file, &insert(&sources[file], &place, &code));
        codes.push(format!("{file}: {code}"));
    }
    let report = check(&Modules::of(&mutant), Some(&[wall.file]));
    let reported = report.faults.iter().any(|fault| {
        fault.file == wall.file && fault.room == wall.room && fault.target == wall.target
    });
    (!reported).then(|| {
        let Wall { room, target, .. } = wall;
        let form = form.name;
        format!(
            "{room} → {target}, {form}: {codes:?}\n  reported: {:?}",
            report.faults
        )
    })
}

/// Each form is tested with every third wall, a different third than the form before it: testing
/// all pairs takes longer than the additional findings are worth.
const SHARE: usize = 3;

fn assert_all_are_reported(walls: &[Wall], forms: &[Form]) {
    let sources = read();
    let parsed = Parsed::new(&sources);
    let mut count = 0;
    let mut survivors = Vec::new();
    for (row, wall) in walls.iter().enumerate() {
        for (_, form) in (row..).zip(forms).filter(|(place, _)| place % SHARE == 0) {
            count += 1;
            survivors.extend(survives(&sources, &parsed, wall, form));
        }
    }
    println!("{count} mutants, {} not reported", survivors.len());
    assert!(survivors.is_empty(), "\n{}", survivors.join("\n"));
}

#[test]
fn forbidden_rooms_are_reported_in_every_form() {
    assert_all_are_reported(WALLS, FORMS);
}

#[test]
fn forbidden_crates_are_reported_in_every_form() {
    assert_all_are_reported(OUTSIDE_WALLS, OUTSIDE_FORMS);
}

/// Returns the targets that are reported for a file with additional code after its last item.
fn reported_with(sources: &Sources, parsed: &Parsed, file: &str, code: &str) -> Vec<String> {
    let mut mutant = parsed.clone();
    mutant.replace(file, &insert(&sources[file], &Place::End, code));
    let report = check(&Modules::of(&mutant), Some(&[file]));
    report
        .faults
        .into_iter()
        .map(|fault| fault.target)
        .collect()
}

#[test]
fn tests_may_name_what_is_listed_for_them_and_nothing_else() {
    let sources = read();
    let parsed = Parsed::new(&sources);
    let code = |item: &str| format!("#[cfg(all(test, unix))] mod mutants {{ use crate::{item}; }}");
    let file = "src/service/queues.rs";
    assert_eq!(
        reported_with(&sources, &parsed, file, &code("api::ApiState")),
        ["api"]
    );
    let listed = code("queue::InProcessQueues");
    assert_eq!(
        reported_with(&sources, &parsed, file, &listed),
        Vec::<String>::new()
    );
    let shipped = listed.replace("all(test, unix)", "any(test, unix)");
    assert_eq!(
        reported_with(&sources, &parsed, file, &shipped),
        ["queue::in_process"]
    );
}

#[test]
fn code_that_the_check_can_not_read_is_reported() {
    let sources = read();
    let parsed = Parsed::new(&sources);
    let file = "src/service/queues.rs";
    for (code, target) in [
        ("include!(\"../api/mod.rs\");", "include!"),
        ("fn mutant() { mod inner {} }", "mod"),
        ("use unknown_crate::Item;", "unknown_crate::Item"),
        (
            "fn mutant() { unknown_crate::call(); }",
            "unknown_crate::call",
        ),
        ("mod missing;", "`mod missing` has no file"),
        (
            "#[path = \"../api/mod.rs\"] mod elsewhere;",
            "`mod elsewhere` has a #[path]",
        ),
    ] {
        assert_eq!(
            reported_with(&sources, &parsed, file, code),
            [target],
            "{code}"
        );
    }
}

#[test]
fn a_new_room_and_a_file_without_a_declaration_are_reported() {
    let sources = read();
    let mut mutant = Parsed::new(&sources);
    mutant.replace("src/dashboard.rs", "//! Nothing.");
    mutant.replace("src/forgotten.rs", "use crate::api::ApiState;");
    let root = "src/lib.rs";
    mutant.replace(root, &format!("{}\nmod dashboard;", sources[root]));
    let report = check(&Modules::of(&mutant), None);
    let faults: Vec<(&str, &str)> = report
        .faults
        .iter()
        .map(|fault| (&*fault.file, &*fault.target))
        .collect();
    let expected = [
        ("src/forgotten.rs", "no `mod` declaration reaches it"),
        ("src/dashboard.rs", "it is in no declared room"),
    ];
    assert_eq!(faults, expected);
}

#[test]
fn the_root_re_exports_nothing() {
    let sources = read();
    let parsed = Parsed::new(&sources);
    let code = "pub use crate::store::postgres;";
    assert_eq!(
        reported_with(&sources, &parsed, "src/lib.rs", code),
        ["store::postgres"]
    );
}
