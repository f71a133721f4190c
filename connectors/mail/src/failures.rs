//! Every failure this connector may report.

use connector::FailureCode;

macro_rules! codes {
    ($($name:ident = $code:literal, $meaning:literal, $remedy:literal;)+) => {
        $(pub(crate) const $name: &str = $code;)+

        /// The list, as documentation shows it.
        pub(crate) const ALL: &[FailureCode] = &[
            $(FailureCode { code: $code, meaning: $meaning, remedy: $remedy },)+
        ];
    };
}

codes! {
    NOT_TAKEN_IN = "mail.not-taken-in",
        "Something was handed in here; this connector only sends.",
        "Send it to another connector.";
    CANNOT_SAY = "mail.cannot-say",
        "Only messages to customers can be mailed.",
        "Route the effect to another connector.";
    NO_ADDRESS = "mail.no-address",
        "No address is known for this customer.",
        "Publish it (crosswalk list `address`), or add it to `customers`; then replay.";
    BAD_ADDRESS = "mail.bad-address",
        "An address of this customer is none.",
        "Correct it where it is kept; then replay.";
    TEMPLATE = "mail.template-failed",
        "A template could not be filled.",
        "The message says where in the template. Mend it, and replay.";
    UNREACHABLE = "mail.unreachable",
        "The mail server could not be reached, or broke off before it had the message; nothing was sent.",
        "Nothing: it is tried again. If it lasts, see `doctor`.";
    NOT_NOW = "mail.not-now",
        "The mail server asks to come again later (421, 45x); nothing was sent.",
        "Nothing: it is tried again.";
    NOT_PRIVATE = "mail.not-private",
        "TLS could not be agreed on with the mail server, or it does not offer STARTTLS.",
        "Compare `host`, `security` and `ca` with what the server is.";
    CREDENTIALS = "mail.credentials",
        "The mail server does not accept our credentials (530, 534, 535).",
        "Renew `user` and `password`; the connector resumes by itself.";
    REFUSED = "mail.refused",
        "The mail server refuses the message, its sender or a recipient (55x).",
        "Read the server's reason, correct the address or the message, and replay.";
    NO_ANSWER = "mail.no-answer",
        "The message was handed over and no answer that can be read came: it may be on its way.",
        "Ask the administrator of the mail server for the Message-ID. If it was not taken, give the effect free to be sent again.";
    MISCONFIGURED = "mail.misconfigured",
        "The block cannot be used as it is.",
        "Run `backhaul check`.";
}
