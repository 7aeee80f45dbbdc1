//! Full disks, each a small one in memory.

use matching_test_servers::{postgres::PostgresServer, redis::RedisServer};

use super::{PROFILES, seconds};
use crate::{load::Pace, service::Servers, small_disk::SmallDisk, table::Row, trial::Trial};

const SETTINGS: [&str; 3] = [
    "shared_buffers=128MB",
    "max_wal_size=128MB",
    "min_wal_size=80MB",
];
/// The size of a disk in MiB: some times as large as the data of a trial.
const DISK: u32 = 3_072;
/// The size of the disk of the write-ahead log, in MiB.
const WAL_DISK: u32 = 512;
/// The number of profiles of the embedded form, whose disk has room for all pairs.
const FEW_PROFILES: i64 = 100;

/// The disk of PostgreSQL is full for this many seconds.
pub async fn postgres(length: u64) -> Row {
    let name = format!("the disk of PostgreSQL full for {length} s");
    let disk = match SmallDisk::mount(DISK) {
        Ok(disk) => disk,
        Err(reason) => return Row::skipped(&name, reason),
    };
    let postgres = PostgresServer::start_in(disk.path(), &SETTINGS).await;
    let redis = RedisServer::start().await;
    let servers = Servers::Own(postgres.url(), redis.url());
    let trial = Trial::start(servers, None, PROFILES, Pace::Steady).await;
    let row = trial.press(&name, async {
        disk.fill();
        seconds(length).await;
        disk.free();
    });
    let row = row.await;
    trial.finish(row).await
}

/// The disk of PostgreSQL's write-ahead log is full for this many seconds. PostgreSQL stops itself,
/// and is started again as soon as there is space, as a supervisor does.
pub async fn wal(length: u64) -> Row {
    let name = format!("the disk of PostgreSQL's write-ahead log full for {length} s");
    let disk = match SmallDisk::mount(WAL_DISK) {
        Ok(disk) => disk,
        Err(reason) => return Row::skipped(&name, reason),
    };
    let mut postgres = PostgresServer::start_with(&SETTINGS).await;
    postgres.stop_immediately().await;
    let log = postgres.log().with_file_name("cluster").join("pg_wal");
    let moved = std::process::Command::new("cp")
        .arg("-a")
        .arg(&log)
        .arg(disk.path().join("pg_wal"))
        .status();
    assert!(moved.unwrap().success());
    std::fs::remove_dir_all(&log).unwrap();
    std::os::unix::fs::symlink(disk.path().join("pg_wal"), &log).unwrap();
    postgres.restart().await;

    let redis = RedisServer::start().await;
    let servers = Servers::Own(postgres.url(), redis.url());
    let trial = Trial::start(servers, None, PROFILES, Pace::Steady).await;
    let row = trial.press(&name, async {
        disk.fill();
        seconds(length).await;
        disk.free();
        postgres.stop_immediately().await;
        postgres.restart().await;
    });
    let row = row.await;
    trial.finish(row).await
}

/// The disk of the embedded form is full for this many seconds.
pub async fn embedded(length: u64) -> Row {
    let name = format!("embedded form: the disk full for {length} s");
    let disk = match SmallDisk::mount(DISK) {
        Ok(disk) => disk,
        Err(reason) => return Row::skipped(&name, reason),
    };
    // The log and the imported files are elsewhere.
    let folder = tempfile::tempdir().unwrap();
    let data = disk.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::os::unix::fs::symlink(&data, folder.path().join("data")).unwrap();
    let trial = Trial::start(
        Servers::Embedded,
        Some(folder.path()),
        FEW_PROFILES,
        Pace::Steady,
    )
    .await;
    let row = trial.press(&name, async {
        disk.fill();
        seconds(length).await;
        disk.free();
    });
    let row = row.await;
    trial.finish(row).await
}
