//! Plain words for a queue or exchange that exists with other arguments. Pure.
//!
//! RabbitMQ names the first argument that differs, as in "inequivalent arg 'x-delivery-limit' for queue 'q' in vhost
//! '/': received '5' but current is '3'". If it ever words that otherwise, its words are shown as they are.

use super::arguments::Arguments;

/// For a queue.
pub(super) fn queue(name: &str, wanted: &Arguments, words: &str) -> String {
    format!(
        "queue {name} exists with other arguments: {}. Arguments of a queue cannot be changed. Either set the \
         configuration to what the broker has, or stop what publishes to it, let it run empty, delete it \
         (rabbitmqctl delete_queue {name} --if-empty) and start again. Wanted: {wanted}",
        difference(words)
    )
}

/// For an exchange.
pub(super) fn exchange(name: &str, words: &str) -> String {
    format!(
        "exchange {name} exists with other properties: {}. Wanted is a durable topic exchange. Delete the other one, \
         or choose another virtual host, and start again",
        difference(words)
    )
}

fn difference(words: &str) -> String {
    let between = |from: &str, to: &str| {
        let (_, rest) = words.split_once(from)?;
        rest.split_once(to).map(|(value, _)| value.to_owned())
    };
    let argument = between("inequivalent arg '", "'");
    let (_, compared) = words.split_once("received ").unwrap_or_default();
    let (here, there) = compared.split_once(" but current is ").unwrap_or_default();
    match argument {
        Some(argument) if !here.is_empty() => {
            format!(
                "{argument} is {} there, but {} here",
                plain(there),
                plain(here)
            )
        }
        _ => words.to_owned(),
    }
}

/// `'5'` or `the value '5' of type 'signedint'` or `none` without ornaments.
fn plain(value: &str) -> &str {
    let value = value.strip_prefix("the value ").unwrap_or(value);
    value
        .split_once(" of type ")
        .map_or(value, |(value, _)| value)
        .trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_is_named() {
        let words = "PRECONDITION_FAILED - inequivalent arg 'x-delivery-limit' for queue 'q' in vhost 'v': \
                     received the value '5' of type 'signedint' but current is the value '3' of type 'signedint'";
        assert_eq!(
            difference(words),
            "x-delivery-limit is '3' there, but '5' here"
        );
        let words = "PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'e' in vhost 'v': \
                     received 'topic' but current is 'direct'";
        assert_eq!(
            difference(words),
            "type is 'direct' there, but 'topic' here"
        );
        let words = "inequivalent arg 'x-message-ttl' for queue 'q' in vhost 'v': received none but current is \
                     the value '5' of type 'long'";
        assert_eq!(
            difference(words),
            "x-message-ttl is '5' there, but none here"
        );
    }

    #[test]
    fn other_words_are_shown_as_they_are() {
        assert_eq!(difference("something new"), "something new");
    }
}
