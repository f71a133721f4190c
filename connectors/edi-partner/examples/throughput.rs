//! How fast interchanges are read: tokens and envelope checks, the whole model, and the model against the tables.
//!
//! `cargo run --release -p edi-partner --example throughput`, with `-- --peers PYTHON` also for pyx12 and pydifact, given
//! an interpreter that has them: the same bytes, in the same run, in turns. What is measured is processor time where the
//! system tells it, so that other work on the machine counts for nobody.
#![allow(
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "a measuring tool"
)]

use std::hint::black_box;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use edi_partner::bench;

const SIZE: usize = 5_000_000;
const ROUNDS: usize = 9;

/// One way to read a document.
struct Way {
    name: &'static str,
    run: fn(&[u8]) -> usize,
    times: Vec<Duration>,
}

impl Way {
    fn new(name: &'static str, run: fn(&[u8]) -> usize) -> Self {
        Self {
            name,
            run,
            times: Vec::new(),
        }
    }

    fn median(&self) -> Duration {
        let mut times = self.times.clone();
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or_default()
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let python = match arguments.as_slice() {
        [] => None,
        [flag, python] if flag == "--peers" => Some(python.clone()),
        _ => return Err("usage: throughput [--peers PYTHON]".into()),
    };
    let documents = [
        ("X12 180", x12(), Peer::Pyx12),
        ("EDIFACT RETANN", edifact(), Peer::Pydifact),
    ];
    for (name, (document, sets), peer) in documents {
        measure(name, &document, sets, python.as_deref(), peer)?;
    }
    Ok(())
}

fn measure(
    name: &str,
    document: &[u8],
    sets: usize,
    python: Option<&str>,
    peer: Peer,
) -> Result<(), Box<dyn std::error::Error>> {
    let megabytes = document.len() as f64 / 1e6;
    println!("{name}: {megabytes:.2} MB, {sets} sets, {ROUNDS} rounds in turns");
    let mut ways = vec![
        Way::new("tokens and envelopes", |bytes| {
            bench::check_envelopes(bytes).clean_sets
        }),
        Way::new("model", |bytes| bench::read_file(bytes, false).clean_sets),
        Way::new("model and tables", |bytes| {
            let numbers = bench::read_file(bytes, true);
            numbers.clean_sets.saturating_sub(numbers.faults.len())
        }),
    ];
    let file = write(document, peer)?;
    let clock = Instant::now();
    let mut peer_times = Vec::new();
    for _ in 0..ROUNDS {
        for way in &mut ways {
            let begin = now(clock);
            let clean = (way.run)(black_box(document));
            way.times.push(now(clock).saturating_sub(begin));
            if clean != sets {
                return Err(format!("{}: {clean} sets of {sets} are clean", way.name).into());
            }
        }
        // A peer takes seconds: three rounds tell enough.
        if let (Some(python), true) = (python, peer_times.len() < 3) {
            peer_times.push(run_peer(python, peer, &file)?);
        }
    }
    for way in &ways {
        let speed = megabytes / way.median().as_secs_f64();
        println!("  {:<24} {speed:>8.1} MB/s", way.name);
    }
    if let Some(first) = ways.first() {
        peer_times.sort_by(f64::total_cmp);
        if let Some(seconds) = peer_times.get(peer_times.len() / 2) {
            let ratio = seconds / first.median().as_secs_f64();
            let speed = megabytes / seconds;
            println!(
                "  {:<24} {speed:>8.1} MB/s, we are {ratio:.0} times as fast",
                peer.name()
            );
        }
    }
    std::fs::remove_file(&file)?;
    Ok(())
}

/// A parser in Python that people use.
#[derive(Clone, Copy)]
enum Peer {
    Pyx12,
    Pydifact,
}

impl Peer {
    fn name(self) -> &'static str {
        match self {
            Self::Pyx12 => "pyx12",
            Self::Pydifact => "pydifact",
        }
    }

    /// Prints the seconds that it takes, without the start of the interpreter.
    fn script(self) -> &'static str {
        match self {
            Self::Pyx12 => {
                "import sys, time, pyx12.x12file\n\
                 begin = time.process_time()\n\
                 with open(sys.argv[1]) as f:\n\
                 \x20   n = sum(1 for _ in pyx12.x12file.X12Reader(f))\n\
                 print(time.process_time() - begin)\n"
            }
            Self::Pydifact => {
                "import sys, time\n\
                 from pydifact.segmentcollection import Interchange\n\
                 text = open(sys.argv[1]).read()\n\
                 begin = time.process_time()\n\
                 n = sum(1 for _ in Interchange.from_str(text).get_messages())\n\
                 print(time.process_time() - begin)\n"
            }
        }
    }
}

fn run_peer(python: &str, peer: Peer, file: &Path) -> Result<f64, Box<dyn std::error::Error>> {
    let output = Command::new(python)
        .args(["-c", peer.script()])
        .arg(file)
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

/// Nanoseconds that this thread has run, if the system tells them; else since the start.
fn now(start: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let run = told.and_then(|text| text.split(' ').next()?.parse().ok());
    run.map_or_else(|| start.elapsed(), Duration::from_nanos)
}

fn write(document: &[u8], peer: Peer) -> std::io::Result<PathBuf> {
    let name = format!("throughput-{}-{}.edi", peer.name(), std::process::id());
    let path = std::env::temp_dir().join(name);
    std::fs::File::create(&path)?.write_all(document)?;
    Ok(path)
}

fn x12() -> (Vec<u8>, usize) {
    let mut text = String::from(
        "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *250131*1200*U*00401*000000001*0*P*>~\n\
         GS*AN*SENDER*RECEIVER*20250131*1200*1*X*004010~\n",
    );
    let mut sets = 0;
    while text.len() < SIZE {
        sets += 1;
        let begin = format!("ST*180*{sets:06}~\nBGN*13*RA-{sets:06}*20250131*1200*ET~\n");
        text.push_str(&begin);
        text.push_str(
            "RDR*CR*DM**CUSTOMER RETURN~\nPRF*PO-4711-2025~\nDTM*324*20250130~\nN9*IV*INV-20250101-77~\n\
             N1*SF*STORE 12 DOWNTOWN*92*0012~\nN3*100 MAIN STREET*SUITE 4~\nN4*SPRINGFIELD*IL*62701*US~\n\
             BLI*VN*SKU-100-BLUE-XL*2*EA*PUR*12.50**UP*012345678905~\nN9*SE*SERIAL-000001~\nRDR**DA~\nQTY*76*2*EA~\n\
             BLI*VN*SKU-200-RED-M*10*EA*PUR*3.25**UP*012345678912~\nQTY*76*10*EA~\n\
             BLI*VN*SKU-300*1*EA*PUR*199.99**UP*012345678929~\nQTY*76*1*EA~\n",
        );
        text += &["SE*18*", &format!("{sets:06}"), "~\n"].concat();
    }
    let end = format!("GE*{sets}*1~\nIEA*1*000000001~\n");
    text.push_str(&end);
    (text.into_bytes(), sets)
}

fn edifact() -> (Vec<u8>, usize) {
    let mut text =
        String::from("UNA:+.? '\nUNB+UNOC:3+4000001000005:14+4000002000004:14+250131:1200+REF1'\n");
    let mut sets = 0;
    while text.len() < SIZE {
        sets += 1;
        let begin = format!("UNH+ME{sets:06}+RETANN:D:96A:EN:EAN001'\nBGM+70E::9+{sets}+9'\n");
        text.push_str(&begin);
        text.push_str(
            "DTM+137:20250131:102'\nDOC+381'\nRFF+DQ:ACX-8552'\nDTM+171:20250120:102'\n\
             NAD+BY+4000001000005::9++JOHNSON ?+ SONS'\nLOC+14+4000001000012::9'\nNAD+SU+4000002000004::9'\n\
             LIN+1++4000862141404:EN'\nPIA+5+SKU-100-BLUE-XL:SA'\nQTY+61:48'\nCDI+3E+12E::9'\n\
             LIN+2++4000862141411:EN'\nQTY+61:7'\nCDI+3E+4::9'\nUNS+S'\nCNT+2:2'\n",
        );
        text += &["UNT+19+ME", &format!("{sets:06}"), "'\n"].concat();
    }
    let end = format!("UNZ+{sets}+REF1'\n");
    text.push_str(&end);
    (text.into_bytes(), sets)
}
