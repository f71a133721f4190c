//! Proves the audit: every hash is computed anew, from the first entry to the last.

use crate::port::{Store, StoreError, chain_hash};

/// Entries read at once.
const PAGE: usize = 1000;

/// The chain holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Entries in it.
    pub entries: u64,
    /// Hash of the last one (zeroes when there is none): note it elsewhere, and later tampering shows.
    pub head: [u8; 32],
}

/// Why the chain could not be verified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    /// It does not hold.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// It could not be read.
    #[error("reading the audit: {0}")]
    Store(#[from] StoreError),
}

/// The first place at which the chain does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the audit is broken at entry {seq}: {reason}")]
pub struct Broken {
    /// Position of the entry.
    pub seq: u64,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// Walks the chain. Entries that are written meanwhile are left for the next time.
pub async fn audit_verify(store: &dyn Store) -> Result<Verified, AuditError> {
    let (end, head) = store.audit_head().await?;
    let (mut seq, mut hash) = (0, [0; 32]);
    while seq < end {
        let page = store.audit("", seq, PAGE).await?;
        if page.is_empty() {
            return Err(broken(
                seq + 1,
                "it is missing, and so is everything after it",
            ));
        }
        for row in page.into_iter().take_while(|row| row.seq <= end) {
            seq += 1;
            if row.seq != seq {
                return Err(broken(seq, "it is missing"));
            }
            if row.prev_hash != hash {
                return Err(broken(seq, "it does not follow from the entry before it"));
            }
            if chain_hash(&hash, &row.entry) != row.hash {
                return Err(broken(seq, "its content is not what was recorded"));
            }
            hash = row.hash;
        }
    }
    if hash != head {
        return Err(broken(seq, "it is not the entry that was recorded last"));
    }
    Ok(Verified { entries: seq, head })
}

fn broken(seq: u64, reason: &'static str) -> AuditError {
    AuditError::Broken(Broken { seq, reason })
}
