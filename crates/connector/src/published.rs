//! Crosswalk entries that were published, as a connector instance sees them: over the tables of its configuration, in force
//! at the instant of the message.
//!
//! A codec is made of the tables as they stand; when they change at an instant, or another publication is taken up, another
//! one is made. So a codec itself stays what it is: pure, and without a clock.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use canonical::Command;
use canonical::crosswalk::{CrosswalkEntry, CrosswalkStatus, Direction};
use jiff::Timestamp;

use crate::codec::{Codec, Decoded};
use crate::failure::Failure;
use crate::inbound::Inbound;
use crate::settings::{Problem, Settings};

/// System of entries that hold for every connector instance.
pub const EVERY_SYSTEM: &str = "*";

/// Codes in force at one instant: by list, the code to translate → what it becomes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InForce {
    inward: BTreeMap<String, BTreeMap<String, String>>,
    outward: BTreeMap<String, BTreeMap<String, String>>,
}

impl InForce {
    /// The partner's codes → ours.
    pub fn inward(&self, list: &str) -> impl Iterator<Item = (&String, &String)> {
        self.inward.get(list).into_iter().flatten()
    }

    /// Our codes → the partner's.
    pub fn outward(&self, list: &str) -> impl Iterator<Item = (&String, &String)> {
        self.outward.get(list).into_iter().flatten()
    }

    fn side(&mut self, direction: Direction) -> &mut BTreeMap<String, BTreeMap<String, String>> {
        match direction {
            Direction::In => &mut self.inward,
            Direction::Out => &mut self.outward,
        }
    }
}

/// What a publication holds: every entry that is or was in force.
#[derive(Debug, Clone, Default)]
pub struct Publication {
    /// Its number; 0 before the first.
    pub number: u64,
    /// Entries of all systems. Drafts say nothing.
    pub entries: Vec<CrosswalkEntry>,
}

impl Publication {
    /// What holds for that instance at that instant. An entry of its own goes before one for every system.
    pub fn in_force(&self, system: &str, at: Timestamp) -> InForce {
        let mut found = InForce::default();
        for every in [true, false] {
            for entry in self.of(system) {
                let held =
                    entry.effective_from <= at && entry.effective_to.is_none_or(|to| at < to);
                if held && (entry.system == EVERY_SYSTEM) == every {
                    found
                        .side(entry.direction)
                        .entry(entry.list.clone())
                        .or_default()
                        .insert(entry.source_code.clone(), entry.canonical_code.clone());
                }
            }
        }
        found
    }

    fn of(&self, system: &str) -> impl Iterator<Item = &CrosswalkEntry> {
        self.entries.iter().filter(move |entry| {
            entry.status != CrosswalkStatus::Draft
                && (entry.system == system || entry.system == EVERY_SYSTEM)
        })
    }

    /// The instants at which something changes for that instance.
    fn changes(&self, system: &str) -> BTreeSet<Timestamp> {
        let instants = |entry: &CrosswalkEntry| [Some(entry.effective_from), entry.effective_to];
        self.of(system).flat_map(instants).flatten().collect()
    }

    /// The instant since which nothing has changed for that instance, as seen at `at`; none: since ever.
    fn stands_since(&self, system: &str, at: Timestamp) -> Option<Timestamp> {
        self.changes(system).range(..=at).next_back().copied()
    }
}

/// The publication that this process works with; exchanged while it runs.
#[derive(Debug, Clone, Default)]
pub struct Published(Arc<RwLock<Arc<Publication>>>);

impl Published {
    /// Works with that one.
    pub fn new(publication: Publication) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(publication))))
    }

    /// As it is now.
    pub fn now(&self) -> Arc<Publication> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes another one up. Every codec that was made from this handle follows with its next message.
    pub fn take_up(&self, publication: Publication) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(publication);
    }
}

/// How many codecs are kept for one publication: messages of long ago come seldom.
const KEPT: usize = 8;

/// Makes a codec of settings with the codes in force at an instant.
type Make<C> = fn(&Settings, &InForce) -> Result<C, Problem>;

/// Codecs of one publication, by the instant since which each holds.
struct Made<C> {
    publication: u64,
    codecs: BTreeMap<Option<Timestamp>, Arc<C>>,
}

/// A codec that follows the published crosswalks.
pub struct Governed<C> {
    settings: Settings,
    make: Make<C>,
    /// Made of the configuration alone: what stands where nothing is published, and where what is published does not fit.
    plain: Arc<C>,
    made: Mutex<Made<C>>,
}

impl<C> Governed<C> {
    /// # Errors
    /// What is wrong in the configuration, or in it together with what is published.
    pub fn new(settings: &Settings, make: Make<C>) -> Result<Self, Problem> {
        let plain = Arc::new(make(settings, &InForce::default())?);
        let (publication, system) = (settings.published.now(), settings.instance.as_str());
        for at in publication.changes(system) {
            make(settings, &publication.in_force(system, at))?;
        }
        Ok(Self {
            settings: settings.clone(),
            make,
            plain,
            made: Mutex::new(Made {
                publication: 0,
                codecs: BTreeMap::new(),
            }),
        })
    }

    /// The codec of the configuration alone, for what no crosswalk changes.
    pub const fn plain(&self) -> &Arc<C> {
        &self.plain
    }

    /// The codec for a message of that instant, and the number of the publication that it follows.
    pub fn at(&self, at: Timestamp) -> (Arc<C>, u64) {
        let publication = self.settings.published.now();
        if publication.number == 0 {
            return (Arc::clone(&self.plain), 0);
        }
        let system = self.settings.instance.as_str();
        let since = publication.stands_since(system, at);
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if made.publication != publication.number {
            *made = Made {
                publication: publication.number,
                codecs: BTreeMap::new(),
            };
        }
        if let Some(codec) = made.codecs.get(&since) {
            return (Arc::clone(codec), publication.number);
        }
        let in_force = publication.in_force(system, at);
        let codec = match (self.make)(&self.settings, &in_force) {
            Ok(codec) => Arc::new(codec),
            Err(problem) => {
                tracing::error!(
                    connector.name = system, publication = publication.number, place = %problem.place,
                    "a published crosswalk does not fit this connector, and its own tables stand: {}", problem.what
                );
                Arc::clone(&self.plain)
            }
        };
        if made.codecs.len() >= KEPT {
            made.codecs.clear();
        }
        made.codecs.insert(since, Arc::clone(&codec));
        (codec, publication.number)
    }
}

impl<C: Codec> Codec for Governed<C> {
    fn decode(&self, raw: &Inbound) -> Result<Vec<Decoded>, Failure> {
        self.at(raw.origin.received_at).0.decode(raw)
    }

    fn encode(&self, command: &Command) -> Result<Vec<u8>, Failure> {
        self.at(command.issued_at).0.encode(command)
    }

    fn crosswalk_version(&self) -> u64 {
        self.settings.published.now().number
    }
}
