//! Every failure this connector may report.

use connector::FailureCode;

macro_rules! codes {
    ($($(#[$meta:meta])* $name:ident = $code:literal, $meaning:literal, $remedy:literal;)+) => {
        $($(#[$meta])* pub(crate) const $name: &str = $code;)+

        /// The list, as documentation shows it.
        pub(crate) const ALL: &[FailureCode] = &[
            $(FailureCode { code: $code, meaning: $meaning, remedy: $remedy },)+
        ];
    };
}

codes! {
    NOT_UTF8 = "wms-json.not-utf8",
        "The message is not UTF-8.",
        "Have the sender write UTF-8; the place is the first bad byte.";
    NOT_JSON = "wms-json.not-json",
        "The message is not JSON, or ends too early.",
        "The place is line and column. A message that ends too early was cut on its way: have it sent again.";
    TOO_DEEP = "wms-json.too-deep",
        "Arrays or objects are nested deeper than 128 levels.",
        "No return looks like that: find out who sends it.";
    TOO_LARGE = "wms-json.too-large",
        "The message is larger than `http.max_bytes`, or has more than 10000 events.",
        "Have the sender split its batches, or raise the limit.";
    WRONG_SHAPE = "wms-json.wrong-shape",
        "A member is missing or of the wrong type.",
        "Compare the place with the shape in the README, or mend the mapping.";
    BAD_VALUE = "wms-json.bad-value",
        "A date, quantity, amount or number is impossible.",
        "The place says where. Have the sender correct it and send it again.";
    UNKNOWN_EVENT = "wms-json.unknown-event",
        "The type of the event is none of those in the README.",
        "Have a mapping drop it or turn it into one of them.";
    UNMAPPED_CODE = "wms-json.unmapped-code",
        "The partner used a code that is in no table (`codes`).",
        "Agree on its meaning, add it to the table named in the message, and replay.";
    UNKNOWN_SITE = "wms-json.unknown-site",
        "The message does not say which of our sites it is about.",
        "Add the partner's warehouse code to `sites`, or set `site`.";
    MAPPING_FAILED = "wms-json.mapping-failed",
        "The mapping raised an error on this message.",
        "Try the mapping with `backhaul translate`, mend it, and replay.";
    MAPPING_ENDED = "wms-json.mapping-ended",
        "The mapping reached a limit (steps, data, outputs, time) on this message.",
        "Simplify the mapping, or have the sender split its batches.";
    SIGNATURE = "wms-json.signature-invalid",
        "The signature is missing or not that of the body.",
        "Compare the secret with the partner's. If it is right, somebody else sends.";
    STALE = "wms-json.stale",
        "The message's time is outside of `http.tolerance`: it may be a replay.",
        "Compare the clocks. A genuine message can be replayed from here.";
    NOT_FOUND = "wms-json.fetch-not-found",
        "The partner does not know the document that its notification speaks of.",
        "Ask the partner; replay when it is there.";
    FETCH_FAILED = "wms-json.fetch-failed",
        "The document that a notification speaks of could not be fetched.",
        "Nothing: the partner sends the notification again. If it lasts, see `doctor`.";
    CANNOT_SAY = "wms-json.cannot-say",
        "This warehouse has no words for that command.",
        "Route the effect to another connector.";
    REFUSED = "wms-json.refused",
        "The partner understood the request and refused it.",
        "Read the partner's reason, correct the data, and replay.";
    CREDENTIALS = "wms-json.credentials",
        "The partner does not accept our credentials (401, 403).",
        "Renew them in `out.auth`; the connector resumes by itself.";
    WRONG_ADDRESS = "wms-json.wrong-address",
        "There is nothing at the address (404, 405, a redirection).",
        "Compare `out.base_url` and `out.paths` with the partner's documentation.";
    NO_ANSWER = "wms-json.no-answer",
        "The request was sent and no answer came.",
        "Nothing: it is looked up before anything is sent again.";
    SERVER_ERROR = "wms-json.server-error",
        "The partner failed while it worked on the request (408, 5xx).",
        "Nothing: it is looked up before anything is sent again.";
    UNREADABLE_ANSWER = "wms-json.unreadable-answer",
        "The partner answered that it worked, but the answer cannot be read or speaks of something else.",
        "Nothing: it is looked up before anything is sent again.";
    ALREADY_THERE = "wms-json.already-there",
        "The partner says that it has a document under this key (409).",
        "Nothing: it is looked up.";
    UNREACHABLE = "wms-json.unreachable",
        "The partner could not be reached; nothing was sent.",
        "Nothing: it is tried again. If it lasts, see `doctor`.";
    UNAVAILABLE = "wms-json.unavailable",
        "The partner is closed for now and did nothing (503, `out.trust_503`).",
        "Nothing: it is tried again.";
    THROTTLED = "wms-json.throttled",
        "The partner asks us to slow down (429).",
        "Nothing: it is tried again when the partner allows. If it lasts, lower `max_in_flight`.";
    MISCONFIGURED = "wms-json.misconfigured",
        "The block cannot be used as it is.",
        "Run `backhaul check`.";
}
