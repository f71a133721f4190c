//! The steps from draft to document.

use serde::{Deserialize, Deserializer, de};

use super::Operation;
use super::operation::Method;

/// A step from draft to document.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Finish {
    /// Statuses in which this step is the next one; any status of a draft when empty.
    #[serde(default)]
    pub(crate) from: Vec<String>,
    /// Method.
    #[serde(default)]
    pub(crate) method: Method,
    /// Path template; `{id}` is the draft.
    pub(crate) path: String,
    /// jq from our paper to its body; no body when absent.
    #[serde(default)]
    pub(crate) shape: Option<String>,
    /// True if it must carry the draft's ETag in `If-Match`.
    #[serde(default)]
    pub(crate) if_match: bool,
}

impl Operation {
    /// The step that is next in that status, and its place in the list.
    pub(crate) fn step(&self, status: Option<&str>) -> Option<(usize, &Finish)> {
        let is_next = |step: &Finish| {
            step.from.is_empty()
                || status.is_some_and(|status| step.from.iter().any(|from| from == status))
        };
        self.finish
            .iter()
            .enumerate()
            .find(|(_, step)| is_next(step))
    }
}

/// Reads one step or a list of them.
pub(super) fn steps<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Finish>, D::Error> {
    let steps = match toml::Value::deserialize(deserializer)? {
        toml::Value::Array(steps) => steps,
        one => vec![one],
    };
    steps
        .into_iter()
        .map(|step| step.try_into().map_err(de::Error::custom))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(finish: &str) -> Result<Operation, toml::de::Error> {
        toml::from_str(&format!(
            "doc_type = \"x\"\nshape = \".\"\ncreate = {{ path = \"/x\" }}\nkey_at = \"/key\"\nid_at = \"/id\"\n{finish}"
        ))
    }

    #[test]
    fn a_single_step_fits_every_draft() {
        let operation = operation("[finish]\npath = \"/x/{id}/post\"").unwrap();
        assert_eq!(operation.step(Some("Draft")).unwrap().0, 0);
        assert_eq!(operation.step(None).unwrap().0, 0);
    }

    #[test]
    fn the_status_says_which_step_is_next() {
        let steps = "[[finish]]\nfrom = [\"draft\"]\npath = \"/receive\"\n[[finish]]\nfrom = [\"received\"]\npath = \"/do\"";
        let operation = operation(steps).unwrap();
        let path = |status| operation.step(status).map(|(_, step)| step.path.as_str());
        assert_eq!(path(Some("draft")), Some("/receive"));
        assert_eq!(path(Some("received")), Some("/do"));
        assert_eq!((path(Some("assigned")), path(None)), (None, None));
    }

    #[test]
    fn a_misspelt_member_of_a_step_is_named() {
        let error = operation("[finish]\npath = \"/post\"\nif_macth = true").unwrap_err();
        assert!(error.to_string().contains("if_macth"), "{error}");
    }
}
