//! A PostgreSQL database that another application uses as well: only objects in the service's own
//! schema are created or changed, and a migration that fails creates none.

use matching::{
    domain::{queue_name::QueueName, task::TaskState},
    store::{Schema, StoreError, postgres::PostgresStore},
};
use matching_engine::profiles::profile_kind::ProfileKind;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::builders::{id_of, job, run, single, state};
use crate::support::{
    databases::{SCHEMA, TestStore, patient},
    polling::eventually,
};

/// Tables, a type and a function whose names are also those of the service, each with other
/// columns.
const PLATFORM: &str = "
    CREATE TYPE public.job_postings AS ENUM ('open', 'closed');
    CREATE TABLE public.candidates (name text PRIMARY KEY, posting public.job_postings);
    CREATE TABLE public.jobs (title text);
    CREATE TABLE public.matches (candidate text REFERENCES public.candidates, title text);
    CREATE TABLE public.tasks (todo text);
    CREATE TABLE public._sqlx_migrations (number integer);
    CREATE FUNCTION public.note_deleted_profiles() RETURNS integer LANGUAGE sql AS 'SELECT 1';
    INSERT INTO public.candidates VALUES ('Ada', 'open'), ('Grace', 'closed');
    INSERT INTO public.jobs VALUES ('Engineer');
    INSERT INTO public.matches VALUES ('Ada', 'Engineer');
    INSERT INTO public.tasks VALUES ('call Ada');
    INSERT INTO public._sqlx_migrations VALUES (1)";

/// All rows and objects of the platform.
const PLATFORM_CONTENT: &str = "
    SELECT json_agg(row)::text FROM public.candidates AS row
    UNION ALL SELECT json_agg(row)::text FROM public.jobs AS row
    UNION ALL SELECT json_agg(row)::text FROM public.matches AS row
    UNION ALL SELECT json_agg(row)::text FROM public.tasks AS row
    UNION ALL SELECT json_agg(row)::text FROM public._sqlx_migrations AS row
    UNION ALL SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT string_agg(typname, ' ' ORDER BY typname) FROM pg_type
        WHERE typnamespace = 'public'::regnamespace
    UNION ALL SELECT string_agg(proname, ' ' ORDER BY proname) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace
    ORDER BY 1";

/// Everything in the service's schema, and the schema itself.
const OWN_OBJECTS: &str = "
    SELECT nspname::text FROM pg_namespace WHERE nspname = 'matching'
    UNION ALL SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace('matching')
    UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = to_regnamespace('matching')
    UNION ALL SELECT typname FROM pg_type WHERE typnamespace = to_regnamespace('matching')
    ORDER BY 1";

async fn shown(behaviour: impl AsyncFnOnce(&TestStore)) {
    TestStore::empty_postgres().await.show(behaviour).await;
}

async fn put_both(store: &TestStore, id: i64) {
    for kind in [ProfileKind::Candidate, ProfileKind::JobPosting] {
        let documents = [(id_of(id), "{}".to_owned())];
        store.put_profiles(kind, &documents).await.unwrap();
    }
}

#[tokio::test]
async fn tables_of_the_same_names_stay_as_they_are() {
    shown(async |store| {
        store.execute(PLATFORM).await;
        let before = store.texts(PLATFORM_CONTENT).await;
        store.migrate().await.unwrap();
        store.check().await.unwrap();
        put_both(store, 1).await;
        put_both(store, 10).await;
        let submission = single().submit_dispatched(store).await;
        run(store, &submission).await;
        assert_eq!(
            state(store, &job(&submission, 1)).await,
            TaskState::Completed
        );
        let deleted = store.delete_profile(ProfileKind::Candidate, id_of(1)).await;
        assert!(deleted.unwrap());
        store.migrate().await.unwrap();
        assert_eq!(store.texts(PLATFORM_CONTENT).await, before);
    })
    .await;
}

/// Triggers find their tables from sessions with another search path.
#[tokio::test]
async fn changes_by_other_database_sessions_are_recorded() {
    shown(async |store| {
        store.migrate().await.unwrap();
        for id in 1..=3 {
            put_both(store, id).await;
        }
        let url = store.postgres_url();
        let mut platform = PgConnection::connect(url.as_str()).await.unwrap();
        let changes = "
            DELETE FROM matching.candidates WHERE id = 1;
            UPDATE matching.candidates SET id = 4 WHERE id = 2;
            TRUNCATE matching.job_postings";
        platform.execute(changes).await.unwrap();
        platform.close().await.unwrap();
        let deleted = "SELECT kind || ' ' || profile_id FROM deleted_profiles ORDER BY 1";
        let expected = [
            "candidate 1",
            "candidate 2",
            "job_posting 1",
            "job_posting 2",
            "job_posting 3",
        ];
        assert_eq!(store.texts(deleted).await, expected);
    })
    .await;
}

#[tokio::test]
async fn a_session_of_another_application_that_holds_a_lock_is_named() {
    shown(async |store| {
        store.migrate().await.unwrap();
        let mut url = store.postgres_url();
        url.query_pairs_mut()
            .append_pair("application_name", "reporting tool");
        let mut other = PgConnection::connect(url.as_str()).await.unwrap();
        let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
            .fetch_one(&mut other)
            .await
            .unwrap();
        assert!(store.server().await.unwrap().blocking_sessions.is_empty());
        other.execute("BEGIN").await.unwrap();
        other
            .execute("LOCK TABLE matching.candidates")
            .await
            .unwrap();
        let named = eventually(async || {
            let named = store.server().await.unwrap().blocking_sessions;
            !named.is_empty() && named[0].contains(&format!("session {pid} of PostgreSQL"))
        });
        let blocked = async {
            let documents = [(id_of(1), "{}".to_owned())];
            let _ = store.put_profiles(ProfileKind::Candidate, &documents).await;
        };
        tokio::select! {
            () = named => {}
            () = blocked => panic!("the lock held nobody up"),
        }
        let said = store.server().await.unwrap().blocking_sessions;
        assert!(said[0].contains("reporting tool"), "{said:?}");
        other.execute("COMMIT").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn two_schemas_of_one_database_are_independent() {
    shown(async |store| {
        let other = store.in_schema("other");
        let (one, two) = tokio::join!(store.migrate(), other.migrate());
        one.unwrap();
        two.unwrap();
        put_both(store, 1).await;
        let elsewhere = other
            .profile(ProfileKind::Candidate, id_of(1))
            .await
            .unwrap();
        assert!(elsewhere.is_none());
        // Locks of names that begin with `X`, of chains, and of the dispatch of the first queue.
        let _held = store
            .uncommitted(
                "SELECT pg_advisory_xact_lock(x'6d61746e'::int # schema, hashtext('X')),
                     pg_advisory_xact_lock(x'6d61746c'::int # schema, 0),
                     pg_advisory_xact_lock(x'6d617463'::int # schema, 0)
                 FROM hashtext(current_schema()) AS schema",
            )
            .await;
        let dispatched = async |store: &TestStore| {
            let round = store.dispatch_due(QueueName::High, 10).await.unwrap();
            round.tasks.len()
        };
        for schema in [store, &other] {
            let same_name = single().named("same").in_queue(QueueName::High);
            same_name.submit(schema).await;
        }
        let waiting = single().named("X-1").after("X-2");
        waiting.submit(&other).await;
        assert_eq!(dispatched(&other).await, 1);
        assert_eq!(dispatched(store).await, 0, "the lock is held");
    })
    .await;
}

/// The transaction has created the schema and most tables by then.
#[tokio::test]
async fn a_migration_that_fails_at_its_end_leaves_nothing_behind() {
    shown(async |store| {
        store
            .execute(
                "CREATE SCHEMA matching;
                 CREATE FUNCTION matching.note_orphaned_document() RETURNS trigger
                 LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            )
            .await;
        let failed = store.migrate().await.unwrap_err();
        assert!(matches!(failed, StoreError::Migration(_)), "{failed:?}");
        let left = store.texts(OWN_OBJECTS).await;
        assert_eq!(left, ["matching", "note_orphaned_document"]);
        store.execute("DROP SCHEMA matching CASCADE").await;
        store.migrate().await.unwrap();
        store.check().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_schema_of_another_application_is_refused() {
    for planted in [
        "CREATE SCHEMA matching; CREATE TABLE matching.tasks (todo text)",
        "CREATE SCHEMA matching; CREATE VIEW matching.today AS SELECT now()",
        "CREATE SCHEMA matching;
         CREATE TABLE matching._sqlx_migrations (version bigint, success boolean);
         INSERT INTO matching._sqlx_migrations VALUES (20200101000000, true)",
        "CREATE SCHEMA matching; CREATE TABLE matching._sqlx_migrations (number integer)",
    ] {
        shown(async |store| {
            store.execute(planted).await;
            let before = store.texts(OWN_OBJECTS).await;
            let refused = store.migrate().await.unwrap_err();
            assert!(
                matches!(refused, StoreError::ForeignSchema { .. }),
                "{refused:?}"
            );
            assert!(!refused.is_retryable());
            assert_eq!(store.texts(OWN_OBJECTS).await, before);
        })
        .await;
    }
}

/// A role that may neither create schemas nor use the existing one.
#[tokio::test]
async fn a_role_without_rights_leaves_nothing_behind() {
    shown(async |store| {
        store
            .execute(
                "DO $$ BEGIN CREATE ROLE matching_test_guest LOGIN;
                 EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$",
            )
            .await;
        let mut url = store.postgres_url();
        url.set_username("matching_test_guest").unwrap();
        let guest = PostgresStore::connect_lazy(url.as_str(), &patient(SCHEMA)).unwrap();
        for (prepared, expected) in [
            ("SELECT", &[] as &[&str]),
            ("CREATE SCHEMA matching", &["matching"]),
        ] {
            store.execute(prepared).await;
            let refused = guest.migrate().await.unwrap_err();
            assert!(matches!(refused, StoreError::Migration(_)), "{refused:?}");
            assert_eq!(store.texts(OWN_OBJECTS).await, expected);
        }
        store
            .execute("GRANT USAGE, CREATE ON SCHEMA matching TO matching_test_guest")
            .await;
        guest.migrate().await.unwrap();
        guest.check().await.unwrap();
    })
    .await;
}

/// The name of the first migration of development versions tells their tables from those of other
/// applications.
#[tokio::test]
async fn tables_of_a_development_version_are_refused_by_name() {
    for schema in ["public", "matching"] {
        shown(async |store| {
            let store = &store.in_schema(SCHEMA);
            let planted = format!(
                "CREATE SCHEMA IF NOT EXISTS {schema};
                 CREATE TABLE {schema}._sqlx_migrations
                     (version bigint, description text, success boolean);
                 INSERT INTO {schema}._sqlx_migrations VALUES (20261123000001, 'profiles', true)"
            );
            let url = store.postgres_url();
            let mut connection = PgConnection::connect(url.as_str()).await.unwrap();
            connection.execute(AssertSqlSafe(planted)).await.unwrap();
            connection.close().await.unwrap();
            let before = store.texts(OWN_OBJECTS).await;
            let refused = store.migrate().await.unwrap_err();
            assert!(matches!(refused, StoreError::DevelopmentSchema));
            assert_eq!(store.texts(OWN_OBJECTS).await, before);
        })
        .await;
    }
}

#[tokio::test]
async fn a_file_of_a_development_version_is_refused_by_name() {
    let store = TestStore::empty_sqlite().await;
    store
        .execute(
            "CREATE TABLE _sqlx_migrations (version INTEGER, description TEXT, success BOOLEAN);
             INSERT INTO _sqlx_migrations VALUES (20261123000001, 'profiles', true)",
        )
        .await;
    for refused in [store.migrate().await, store.check().await] {
        assert!(matches!(refused, Err(StoreError::DevelopmentSchema)));
    }
}

#[tokio::test]
async fn an_encoding_that_lacks_characters_is_refused_and_one_that_keeps_bytes_is_not() {
    let encoded = |encoding| format!("TEMPLATE template0 LOCALE 'C' ENCODING '{encoding}'");
    for encoding in ["LATIN1", "WIN1252", "EUC_JP"] {
        let store = TestStore::postgres_with(&encoded(encoding)).await;
        let refused = async |store: &TestStore| {
            let refused = store.migrate().await.unwrap_err();
            assert!(
                matches!(&refused, StoreError::Encoding { encoding: named } if named == encoding)
            );
            assert!(!refused.is_retryable());
            assert!(store.texts(OWN_OBJECTS).await.is_empty());
        };
        store.show(refused).await;
    }
    let store = TestStore::postgres_with(&encoded("SQL_ASCII")).await;
    let accepted = async |store: &TestStore| store.migrate().await.unwrap();
    store.show(accepted).await;
}
