//! Every real sample file, and damaged versions of each, through every connector that could meet it: events, or failures
//! that say where and why; in bounded time and memory.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use backhaul::registry;
use canonical::{Command, Event};
use connector::{Codec, Connector, Failure, Found, Outbound, Settings};
use testkit::conformance::SilentPorts;
use testkit::golden::inbound;
use tests::parrot::Parrot;
use tests::root;
use tests::samples::{Format, Sample, Tally, all, peak_kib, table};
use tokio::sync::Mutex;

/// Taken by the tests that walk over all files: one at a time, so that the memory is that of one.
static ALONE: Mutex<()> = Mutex::const_new(());

/// For one file in one version by one connector.
const TIME: Duration = Duration::from_secs(10);
/// By so much may the process grow over all files. The largest has 2.1 MiB, and what it says is more than its bytes.
const GROWTH_KIB: u64 = 192 * 1024;

/// A connector with a block.
#[derive(Clone)]
struct Reader {
    name: String,
    connector: &'static Connector,
    codec: Arc<dyn Codec>,
}

/// Events and failures of a file.
type Parts = (Vec<Event>, Vec<Failure>);

impl Reader {
    fn new(kind: &str, block: &str) -> Self {
        let connector = registry::find(kind).unwrap();
        let settings = settings("reader", block, &root().join("deploy"));
        Self {
            name: format!("{kind} {block:?}"),
            connector,
            codec: (connector.codec)(&settings).unwrap(),
        }
    }

    fn read(&self, bytes: &[u8]) -> Parts {
        let parts = match self.codec.decode(&inbound(bytes.to_vec())) {
            Ok(parts) => parts,
            Err(failure) => return (Vec::new(), vec![failure]),
        };
        let (mut events, mut failures) = (Vec::new(), Vec::new());
        for part in parts {
            match part {
                Ok(event) => events.push(event),
                Err(failure) => failures.push(failure),
            }
        }
        (events, failures)
    }

    /// Reads in another thread: a panic and a hang are told with the file's name.
    fn read_in_time(&self, what: &str, bytes: Vec<u8>) -> Parts {
        let (tell, told) = channel();
        let reader = self.clone();
        std::thread::spawn(move || tell.send(reader.read(&bytes)));
        match told.recv_timeout(TIME) {
            Ok(parts) => parts,
            Err(RecvTimeoutError::Timeout) => panic!("{}: {what}: not within {TIME:?}", self.name),
            Err(RecvTimeoutError::Disconnected) => panic!("{}: {what}: it panicked", self.name),
        }
    }

    fn declares(&self, failure: &Failure) -> bool {
        let declared = self.connector.failures.iter();
        declared
            .map(|known| known.code)
            .any(|code| code == failure.code)
    }
}

fn settings(instance: &str, block: &str, base_dir: &Path) -> Settings {
    Settings {
        instance: instance.to_owned(),
        table: block.parse().unwrap(),
        base_dir: base_dir.to_owned(),
        published: connector::Published::default(),
    }
}

/// The connectors that could meet files of each format.
struct Readers(BTreeMap<&'static str, Vec<Reader>>);

impl Readers {
    fn new() -> Self {
        let edi = ["", "profile = \"x12-4010\"", "profile = \"edifact-d01b\""];
        let files = [
            "layout = \"caret-rtn\"",
            "layout = \"csv-returns\"",
            "layout = \"fixed-returns\"",
            "layout = \"layouts/dc-north.toml\"",
            "layout = \"layouts/lager-sued.toml\"",
            "layout = \"layouts/dc-host.toml\"",
        ];
        let json = [
            "system = \"p\"\nentity = \"US01\"",
            "system = \"p\"\nentity = \"US01\"\nmapping = \"mappings/portal.jq\"",
            "system = \"p\"\nentity = \"US01\"\nmapping = \"mappings/3pl-snapshot.jq\"\nsemantics = \"snapshot\"",
        ];
        let readers = |kind, blocks: &[&str]| {
            let blocks = blocks.iter();
            blocks.map(|block| Reader::new(kind, block)).collect()
        };
        Self(BTreeMap::from([
            ("edi-partner", readers("edi-partner", &edi)),
            ("warehouse-file", readers("warehouse-file", &files)),
            ("wms-json", readers("wms-json", &json)),
        ]))
    }

    /// What matches the format in every way it can be set up; of the others one each: files lie in wrong folders, too.
    fn of(&self, format: Format) -> Vec<&Reader> {
        let own = match format {
            Format::Edi => "edi-partner",
            Format::Flat => "warehouse-file",
            Format::Json => "wms-json",
            Format::Xml | Format::Other => "",
        };
        let each = self.0.iter().flat_map(|(kind, readers)| {
            let how_many = if *kind == own { readers.len() } else { 1 };
            readers.iter().take(how_many)
        });
        each.collect()
    }
}

#[test]
fn every_sample_gives_events_or_failures_with_their_place() {
    let _alone = ALONE.blocking_lock();
    let Some(samples) = all() else { return };
    assert!(samples.len() > 400, "{}", samples.len());
    let readers = Readers::new();
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let before = peak_kib();
    let mut largest = (0, String::new());
    for sample in &samples {
        let begun = Instant::now();
        let peak = peak_kib();
        let tally = tallies.entry(sample.source.clone()).or_default();
        tally.files += 1;
        for reader in readers.of(sample.format()) {
            for (position, (version, bytes)) in sample.versions().into_iter().enumerate() {
                let what = format!("{} ({version})", sample.name);
                let (events, failures) = reader.read_in_time(&what, bytes);
                for failure in &failures {
                    judge(reader, &what, failure);
                }
                tally.readings += 1;
                if position == 0 {
                    tally.events += events.len();
                    tally.failures += failures.len();
                } else {
                    tally.damaged.0 += events.len();
                    tally.damaged.1 += failures.len();
                }
            }
        }
        tally.time += begun.elapsed();
        let grown = peak_kib()
            .zip(peak)
            .map_or(0, |(now, then)| now.saturating_sub(then));
        largest = largest.max((grown, sample.name.clone()));
    }
    println!("{}", table(&tallies));
    let Some((before, after)) = before.zip(peak_kib()) else {
        println!("the system does not tell how much memory there was");
        return;
    };
    println!(
        "at most {before} KiB at the start and {after} KiB at the end; grew most by {largest:?}"
    );
    assert!(
        after.saturating_sub(before) < GROWTH_KIB,
        "{before} KiB became {after} KiB"
    );
    let events: usize = tallies.values().map(|tally| tally.events).sum();
    let failures: usize = tallies.values().map(|tally| tally.failures).sum();
    assert!(events > 0, "at least the real 944 says something to us");
    assert!(failures > samples.len(), "{failures}");
}

/// A failure helps only if it says where and why, under a code that is documented.
fn judge(reader: &Reader, what: &str, failure: &Failure) {
    let name = &reader.name;
    assert!(!failure.message.is_empty(), "{name}: {what}: {failure:?}");
    assert!(!failure.place.is_empty(), "{name}: {what}: {failure:?}");
    assert!(reader.declares(failure), "{name}: {what}: {failure:?}");
    let length = failure.message.len() + failure.place.len();
    assert!(length < 2000, "{name}: {what}: a failure of {length} bytes");
}

#[test]
fn a_connector_that_only_posts_takes_no_file() {
    let _alone = ALONE.blocking_lock();
    let Some(samples) = all() else { return };
    let ways_out = [
        Reader::new(
            "erp-soap",
            "url = \"http://127.0.0.1:9/\"\nprofile = \"sim\"",
        ),
        Reader::new(
            "erp-rest",
            "base_url = \"http://127.0.0.1:9/\"\nprofile = \"sim\"",
        ),
    ];
    for sample in samples {
        for reader in &ways_out {
            let (events, failures) = reader.read(&sample.bytes);
            assert!(events.is_empty(), "{}: {events:?}", sample.name);
            assert_eq!(failures.len(), 1, "{}: {failures:?}", sample.name);
            assert!(reader.declares(&failures[0]), "{:?}", failures[0]);
        }
    }
}

/// Reads one file and compares which parts of it came through: by their keys, and by the places of the failures.
fn parts(kind: &str, block: &str, text: &str) -> (Vec<String>, Vec<String>) {
    let (events, failures) = Reader::new(kind, block).read(text.as_bytes());
    let keys = events.iter().map(|event| event.key.to_string()).collect();
    let places = failures.into_iter().map(|failure| failure.place).collect();
    (keys, places)
}

/// A set, with its number and its count of segments.
fn set_180(number: u32, quantity: &str) -> String {
    format!(
        "ST*180*{number:04}~BGN*13*P-{number}*20260302*1405*UT~N9*QJ*RMA-{number}~N1*BY**91*C1~N1*VN**91*US01~\
         N1*RT**91*DC-EAST~BLI*VP*DRILL*{quantity}*EA~RDR**DT~SE*9*{number:04}~"
    )
}

#[test]
fn a_bad_set_leaves_its_neighbours_alone() {
    let sets: String = [(1, "3"), (2, "many"), (3, "1")]
        .map(|(number, quantity)| set_180(number, quantity))
        .concat();
    let text = format!(
        "ISA*00*          *00*          *ZZ*THEM           *ZZ*US             *260302*1405*U*00401*000000007*0*P*>~\
         GS*AN*THEM*US*20260302*1405*7*X*004010~{sets}GE*3*7~IEA*1*000000007~"
    );
    let (keys, places) = parts("edi-partner", "legal_entity = \"US01\"", &text);
    assert_eq!(keys.len(), 2, "{keys:?} {places:?}");
    assert!(
        keys[0].ends_with("P-1") && keys[1].ends_with("P-3"),
        "{keys:?}"
    );
    assert_eq!(places, ["segment 18 (BLI), element 3"]);
}

#[test]
fn a_bad_message_leaves_its_neighbours_alone() {
    let file =
        root().join("connectors/edi-partner/testdata/edifact/one-bad-message-among-good.edi");
    let text = std::fs::read_to_string(file).unwrap();
    let (keys, places) = parts("edi-partner", "profile = \"edifact-d01b\"", &text);
    assert_eq!(keys.len(), 2, "{keys:?} {places:?}");
    assert_eq!(places.len(), 1);
    assert!(places[0].contains("(QTY)"), "{places:?}");
}

#[test]
fn a_bad_row_leaves_its_neighbours_alone() {
    let text = "RTNHDR^K-1^DC-NORTH^RMA-1^^20260302^140500\n\
                RTNTRL^1^1^SKU-1^3^^EA^^^^^^R^\n\
                RTNTRL^2^1^SKU-2^many^^EA^^^^^^R^\n\
                RTNTRL^3^1^SKU-3^1^^EA^^^^^^R^\n\
                RTNEND^1^3^4\n";
    let block = "layout = \"layouts/dc-north.toml\"";
    let (keys, places) = parts("warehouse-file", block, text);
    assert_eq!(
        keys,
        ["receipt|DC-NORTH|K-1/1", "receipt|DC-NORTH|K-1/3"],
        "{places:?}"
    );
    assert_eq!(places.len(), 1);
    assert!(places[0].starts_with("line 3"), "{places:?}");
}

#[test]
fn a_bad_message_of_a_batch_leaves_its_neighbours_alone() {
    let mut batch = [1, 2, 3].map(tests::world::request);
    batch[1]["lines"][0]["qty"] = "many".into();
    let text = serde_json::to_string(&batch).unwrap();
    let block = "system = \"portal\"\nentity = \"US01\"";
    let (keys, places) = parts("wms-json", block, &text);
    assert_eq!(keys.len(), 2, "{keys:?} {places:?}");
    assert_eq!(places, ["/1/lines/0/qty"]);
}

/// The sample collection is the same at each run, and so is what is done to it.
#[test]
fn damage_is_the_same_at_each_run() {
    let sample = Sample {
        source: "here".to_owned(),
        name: "a.txt".to_owned(),
        bytes: b"0123456789".to_vec(),
    };
    assert_eq!(sample.versions(), sample.versions());
    assert_eq!(sample.versions().len(), 9);
    assert!(
        sample
            .versions()
            .iter()
            .skip(1)
            .all(|(_, bytes)| *bytes != sample.bytes)
    );
}

/// Asks each of these blocks for a credit memo, and is answered with each sample of that format in each of its versions.
/// Gives what was concluded, and how often.
async fn answered_with(
    format: Format,
    media_type: &str,
    kind: &str,
    blocks: &[&str],
) -> BTreeMap<String, usize> {
    let _alone = ALONE.lock().await;
    let samples = all().unwrap_or_default();
    let parrot = Parrot::start().await.unwrap();
    let connector = registry::find(kind).unwrap();
    let folder = root().join("connectors").join(kind);
    let command = std::fs::read(folder.join("testdata/basic.command.json")).unwrap();
    let command: Command = serde_json::from_slice(&command).unwrap();
    let mut concluded = BTreeMap::new();
    for block in blocks {
        let settings = settings("erp", &block.replace("URL", parrot.address()), &folder);
        let built = (connector.build)(&settings, &SilentPorts).unwrap();
        let body = built.codec.encode(&command).unwrap();
        let sink = built.sink.unwrap();
        for sample in samples.iter().filter(|sample| sample.format() == format) {
            for (version, bytes) in sample.versions() {
                let what = format!("{} ({version}), {block}", sample.name);
                let is_empty_list = shows_nothing(&bytes);
                parrot.teach(media_type, bytes);
                let effect = Outbound {
                    key: &command.effect_key,
                    command: &command,
                    body: &body,
                };
                let found = tokio::time::timeout(TIME, sink.find(effect)).await;
                let found = found.unwrap_or_else(|_| panic!("{what}: not within {TIME:?}"));
                let conclusion = match found {
                    Ok(found) => {
                        // What is not an answer says nothing, above all not that there is no memo: another would be posted.
                        assert!(!matches!(found, Found::Complete(_)), "{what}: {found:?}");
                        assert!(
                            is_empty_list || found != Found::Nothing,
                            "{what}: {found:?}"
                        );
                        format!("{kind}: found {found:?}")
                    }
                    Err(failure) => {
                        assert!(!failure.message.is_empty(), "{what}: {failure:?}");
                        let known = connector.failures.iter();
                        assert!(
                            known.map(|k| k.code).any(|c| c == failure.code),
                            "{failure}"
                        );
                        format!("{}: {}", failure.kind.name(), failure.code)
                    }
                };
                *concluded.entry(conclusion).or_default() += 1;
            }
        }
    }
    concluded
}

/// True for an empty list as this ERP answers a look-up: there is no such document.
fn shows_nothing(bytes: &[u8]) -> bool {
    let body: serde_json::Value = serde_json::from_slice(bytes).unwrap_or_default();
    let list = body.get("value").and_then(serde_json::Value::as_array);
    list.is_some_and(Vec::is_empty)
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_xml_as_an_answer_is_never_taken_for_one() {
    let blocks = [
        "url = \"URL\"\nprofile = \"sim\"",
        "url = \"URL\"\nprofile = \"sim\"\nsoap = \"1.2\"",
        "url = \"URL\"\nprofile = \"legacy-erp\"",
        "url = \"URL\"\nprofile = \"sap-bapi\"\n[vars]\nsales_organization = \"1\"\ndistribution_channel = \"1\"\n\
         division = \"0\"\ncredit_memo_request_type = \"CR\"\nprice_condition = \"PR00\"",
    ];
    for media_type in ["text/xml; charset=utf-8", "application/soap+xml"] {
        let concluded = answered_with(Format::Xml, media_type, "erp-soap", &blocks).await;
        println!("{media_type}: {concluded:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_json_as_an_answer_is_never_taken_for_one() {
    let blocks = ["base_url = \"URL\"\nprofile = \"sim\""];
    let concluded = answered_with(Format::Json, "application/json", "erp-rest", &blocks).await;
    println!("{concluded:#?}");
}
