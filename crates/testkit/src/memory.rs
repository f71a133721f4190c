//! How much memory something takes at its most: for tests of what must stay bounded. Linux only.

use std::fs;

/// Runs it; what it gave, and by how many bytes the process was larger meanwhile than before. Everything that runs in the
/// process at the same time counts too.
///
/// # Errors
/// When the system does not tell.
pub fn peak<T>(work: impl FnOnce() -> T) -> anyhow::Result<(T, u64)> {
    // Sets the highest size so far to the present one: proc(5), clear_refs.
    fs::write("/proc/self/clear_refs", "5")?;
    let before = status("VmRSS:")?;
    let given = work();
    let most = status("VmHWM:")?;
    Ok((given, most.saturating_sub(before)))
}

/// The most that the process has held since [`peak`] was begun last, in bytes.
///
/// # Errors
/// When the system does not tell.
pub fn highest() -> anyhow::Result<u64> {
    status("VmHWM:")
}

fn status(field: &str) -> anyhow::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB"));
    let kilobytes: Option<u64> = kilobytes.and_then(|number| number.trim().parse().ok());
    let kilobytes = kilobytes.ok_or_else(|| anyhow::anyhow!("no {field} in the status"))?;
    Ok(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_for_a_moment_shows() {
        let (sum, most) = peak(|| {
            let held = vec![1_u8; 64 * 1024 * 1024];
            held.iter().map(|one| u64::from(*one)).sum::<u64>()
        })
        .unwrap();
        assert_eq!(sum, 64 * 1024 * 1024);
        assert!(most >= 60 * 1024 * 1024, "{most}");
    }
}
