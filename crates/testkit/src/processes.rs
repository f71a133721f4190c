//! Other processes of this machine: whose children they are, and signals to them.

use std::fs;
use std::process::Command;

/// Process ids of the children of that process.
pub fn children(parent: u32) -> Vec<u32> {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id| parent_of(*id) == Some(parent)).collect()
}

/// The fourth field of `/proc/ID/stat`, counted behind the program's name, which is in parentheses and may hold anything.
fn parent_of(id: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(1)?.parse().ok()
}

/// Sends a signal ("KILL", "STOP", "CONT", "TERM"). `false`: the process is gone.
pub fn signal(name: &str, id: u32) -> bool {
    let told = Command::new("kill")
        .args([format!("-{name}"), id.to_string()])
        .output();
    told.is_ok_and(|output| output.status.success())
}
