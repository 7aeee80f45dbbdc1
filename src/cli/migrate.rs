//! `matching migrate`.

use std::process::ExitCode;

use crate::{application, configuration::Settings};

pub(super) async fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    let store = application::open_store(&settings).await?;
    store.migrate().await?;
    super::lines::print("the schema is up to date")?;
    Ok(ExitCode::SUCCESS)
}
