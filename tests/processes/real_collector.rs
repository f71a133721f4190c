//! The sidecar's spans in a collector that is not ours: `rotel` (from its Python package), which prints what it takes. Skipped
//! with a message where it cannot be installed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use simulators::wms::Story;
use tests::sidecar::ports;
use tests::until;
use tests::world::{World, ask, until_returns};

/// The version whose output is read here.
const VERSION: &str = "0.0.1a15";
/// Runs its arguments until its own standard input ends: also when this process is killed.
const TETHER: &str = "\"$@\" & pid=$!; cat >/dev/null; kill $pid; wait $pid";

/// A running collector.
struct Collector {
    child: Child,
    log: PathBuf,
    /// Where it takes OTLP over HTTP.
    address: String,
}

impl Drop for Collector {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        self.child.wait().ok();
    }
}

impl Collector {
    async fn start(agent: &Path, folder: &Path) -> Self {
        let (grpc, http) = ports().unwrap();
        let log = folder.join("collector.log");
        let out = std::fs::File::create(&log).unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", TETHER, "sh"]).arg(agent).arg("start");
        command.arg(format!("--otlp-grpc-endpoint=127.0.0.1:{grpc}"));
        command.arg(format!("--otlp-http-endpoint=127.0.0.1:{http}"));
        command.args(["--debug-log", "traces", "--debug-log-verbosity", "detailed"]);
        command.args(["--exporter", "blackhole"]);
        command.stdin(Stdio::piped());
        command.stderr(out.try_clone().unwrap()).stdout(out);
        let collector = Self {
            child: command.spawn().unwrap(),
            log,
            address: format!("http://127.0.0.1:{http}"),
        };
        let address = format!("127.0.0.1:{http}");
        until("the collector listens", Duration::from_mins(1), || async {
            tokio::net::TcpStream::connect(&address).await.ok()
        })
        .await
        .unwrap();
        collector
    }

    /// Spans that it took, by their id.
    fn spans(&self) -> BTreeMap<String, Span> {
        let log = std::fs::read(&self.log).unwrap();
        read(&String::from_utf8_lossy(&log))
    }
}

/// The agent, from the user's cache of peers.
fn installed() -> Option<PathBuf> {
    let home = std::env::var_os("HOME")?;
    let cache = Path::new(&home).join(".cache/backhaul-peers");
    std::fs::create_dir_all(&cache).ok()?;
    let script = format!(
        "find=\"import rotel, os; print(os.path.join(os.path.dirname(rotel.__file__), 'rotel-agent'))\"
         \"$1/collector/bin/python\" -c \"$find\" 2>/dev/null || \
         {{ python3 -m venv \"$1/collector\" && \"$1/collector/bin/pip\" install -q rotel=={VERSION} >&2 && \
            \"$1/collector/bin/python\" -c \"$find\"; }}"
    );
    // Several runs may come upon an empty cache: one installs, the others wait.
    let mut install = Command::new("flock");
    install
        .arg(cache.join("collector-setup.lock"))
        .args(["timeout", "300", "bash", "-c", &script, "bash"])
        .arg(&cache)
        .stdin(Stdio::null());
    let output = install.output().ok()?;
    let agent = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    (output.status.success() && agent.is_file()).then_some(agent)
}

/// A span as it is printed.
#[derive(Debug, Default, Clone)]
struct Span {
    trace: String,
    parent: String,
    name: String,
    attributes: BTreeMap<String, String>,
}

/// Reads what the collector printed.
fn read(log: &str) -> BTreeMap<String, Span> {
    let mut spans = BTreeMap::new();
    for text in log.split("\nSpan #").skip(1) {
        // What follows the last span of a batch is the resource of the next.
        let text = text.split("\nResourceSpans #").next().unwrap_or_default();
        let mut span = Span::default();
        let mut id = String::new();
        for line in text.lines() {
            if let Some((key, value)) = line
                .trim()
                .strip_prefix("-> ")
                .and_then(|l| l.split_once(": "))
            {
                span.attributes.insert(key.to_owned(), value.to_owned());
                continue;
            }
            let Some((key, value)) = line.split_once(':') else {
                continue;
            };
            let value = value.trim().to_owned();
            match key.trim() {
                "Trace ID" => span.trace = value,
                "Parent ID" => span.parent = value,
                "ID" => id = value,
                "Name" => span.name = value,
                _ => {}
            }
        }
        spans.insert(id, span);
    }
    spans
}

/// Names of the spans above one, the nearest first, as long as they are of its trace.
fn above(spans: &BTreeMap<String, Span>, span: &Span) -> Vec<String> {
    let mut names = Vec::new();
    let mut at = span;
    while let Some(parent) = spans.get(&at.parent) {
        if parent.trace != span.trace || names.len() > 20 {
            break;
        }
        names.push(parent.name.clone());
        at = parent;
    }
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_takes_a_message_its_routing_and_its_effects_as_one_trace() {
    let Some(agent) = installed() else {
        println!("skipped: rotel {VERSION} cannot be installed");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let collector = Collector::start(&agent, folder.path()).await;
    let telemetry = format!(
        "[telemetry]\notlp = \"{}\"\nservice = \"returns-east\"\n",
        collector.address
    );
    let world = World::start(Some(Story::AllGood), &telemetry, "")
        .await
        .unwrap();
    let sidecar = world.sidecar(env!("CARGO_BIN_EXE_product")).await.unwrap();
    ask(&sidecar, 1..=1).await.unwrap();
    let settled = until_returns(&sidecar, "SETTLED", 1).await.unwrap();
    let return_id = settled[0]["return_id"].as_str().unwrap().to_owned();
    let log = sidecar.log();
    assert!(sidecar.terminate().await.unwrap().success());

    let is_told = |span: &Span, name: &str, value: &str| {
        let told = span.attributes.get(name);
        told.is_some_and(|told| told == &format!("Str({value})"))
    };
    let wanted = || async {
        let spans = collector.spans();
        let found = spans.values().find(|span| {
            span.name == "deliver"
                && is_told(span, "rma.id", &return_id)
                && is_told(span, "effect.kind", "ERP_CREDIT_MEMO")
        });
        found.map(|span| (span.clone(), spans.clone()))
    };
    let found = until("the credit memo's span", Duration::from_secs(30), wanted).await;
    let Ok((memo, spans)) = found else {
        panic!("{:#?}\n{log}", collector.spans());
    };
    let above = above(&spans, &memo);
    let routed = above.iter().position(|name| name == "route");
    let came = above.iter().position(|name| name == "intake");
    assert!(
        routed.is_some() && routed < came,
        "the memo follows from a message that was routed: {above:?}\n{memo:?}"
    );
    // Each span hangs together with all that made it; none is left without its trace.
    for name in ["intake", "route", "deliver"] {
        let mut of_name = spans.values().filter(|span| span.name == name).peekable();
        assert!(of_name.peek().is_some(), "no span {name}");
        assert!(of_name.all(|span| span.trace.len() == 32), "{name}");
    }
    let text = std::fs::read_to_string(&collector.log).unwrap();
    assert!(text.contains("service.name: Str(returns-east)"), "{text}");
}
