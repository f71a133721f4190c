//! What numbers are told by.

use canonical::header::ReturnHeader;

/// A dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// Legal entity.
    Entity,
    /// Site that the goods go to.
    Warehouse,
    /// Sales channel.
    Channel,
    /// Customer segment.
    Segment,
    /// Kind of return.
    ReturnType,
    /// Why the goods came back.
    Reason,
    /// What was done with them.
    Disposition,
    /// Connector instance.
    Adapter,
    /// Version of the policy.
    PolicyVersion,
}

impl Dimension {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Entity,
        Self::Warehouse,
        Self::Channel,
        Self::Segment,
        Self::ReturnType,
        Self::Reason,
        Self::Disposition,
        Self::Adapter,
        Self::PolicyVersion,
    ];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Entity => "entity",
            Self::Warehouse => "warehouse",
            Self::Channel => "channel",
            Self::Segment => "segment",
            Self::ReturnType => "return_type",
            Self::Reason => "reason",
            Self::Disposition => "disposition",
            Self::Adapter => "adapter",
            Self::PolicyVersion => "policy_version",
        }
    }
}

impl std::str::FromStr for Dimension {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|one| one.word() == text);
        found.ok_or_else(|| {
            let words = Self::ALL.map(Self::word).join(", ");
            format!("there is no dimension {text:?}: there are {words}")
        })
    }
}

/// Values of the dimensions; empty where a fact has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dims {
    /// Legal entity.
    pub entity: String,
    /// Site.
    pub warehouse: String,
    /// Channel.
    pub channel: String,
    /// Segment.
    pub segment: String,
    /// Kind of return.
    pub return_type: String,
    /// Reason.
    pub reason: String,
    /// Disposition.
    pub disposition: String,
    /// Connector instance.
    pub adapter: String,
    /// Version of the policy.
    pub policy_version: String,
}

impl Dims {
    /// Those of a return.
    pub fn of(header: &ReturnHeader) -> Self {
        Self {
            entity: header.legal_entity.clone(),
            warehouse: header.return_to_site.clone(),
            channel: header.channel.clone(),
            segment: header.customer_segment.clone().unwrap_or_default(),
            return_type: header.return_type.word().to_owned(),
            policy_version: header.policy_version.clone(),
            ..Self::default()
        }
    }

    /// The value of one.
    pub fn get(&self, dimension: Dimension) -> String {
        match dimension {
            Dimension::Entity => &self.entity,
            Dimension::Warehouse => &self.warehouse,
            Dimension::Channel => &self.channel,
            Dimension::Segment => &self.segment,
            Dimension::ReturnType => &self.return_type,
            Dimension::Reason => &self.reason,
            Dimension::Disposition => &self.disposition,
            Dimension::Adapter => &self.adapter,
            Dimension::PolicyVersion => &self.policy_version,
        }
        .clone()
    }
}
