//! How to reach RabbitMQ.

use std::fmt;
use std::time::Duration;

use lapin::uri::AMQPUri;

use crate::port::BrokerError;

/// Largest AMQP frame we offer, in bytes. Each connection keeps buffers of this order; bodies may be larger.
const FRAME_MAX: u32 = 16 * 1024;

/// How to reach RabbitMQ. Its debug form hides the address, which holds the password.
#[derive(Clone)]
pub struct RabbitConfig {
    /// `amqp://user:password@host:port/vhost` or `amqps://…` (certificates checked by the platform's rules). The nodes of
    /// one cluster may be listed, separated by commas: when one does not answer, the next is tried.
    pub url: String,
    /// How long a publish waits for the connection and its confirms, and any other call for its answer.
    pub publish_deadline: Duration,
    /// Heartbeat offered to the broker, in whole seconds; the broker may ask for less. A connection that is
    /// silent for about twice as long is given up.
    pub heartbeat: Duration,
    /// Shown by the broker in its list of connections, with ` publish` or ` consume` after it.
    pub connection_name: String,
}

impl RabbitConfig {
    /// This address, with a deadline of 10 s and a heartbeat of 10 s.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            publish_deadline: Duration::from_secs(10),
            heartbeat: Duration::from_secs(10),
            connection_name: "backhaul".to_owned(),
        }
    }

    /// The addresses with what we negotiate; at least one.
    pub(super) fn uris(&self) -> Result<Vec<AMQPUri>, BrokerError> {
        self.url
            .split(',')
            .map(|url| self.uri(url.trim()))
            .collect()
    }

    fn uri(&self, url: &str) -> Result<AMQPUri, BrokerError> {
        let mut uri: AMQPUri = url.parse().map_err(|_| {
            BrokerError::Refused(
                "the broker's address is not of the form amqp://user:password@host:port/vhost"
                    .to_owned(),
            )
        })?;
        let heartbeat = u16::try_from(self.heartbeat.as_secs()).unwrap_or(u16::MAX);
        uri.query.heartbeat.get_or_insert(heartbeat);
        uri.query.frame_max.get_or_insert(FRAME_MAX);
        let connect = u64::try_from(self.publish_deadline.as_millis()).unwrap_or(u64::MAX);
        uri.query.connection_timeout.get_or_insert(connect);
        Ok(uri)
    }
}

impl fmt::Debug for RabbitConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RabbitConfig")
            .field("publish_deadline", &self.publish_deadline)
            .field("heartbeat", &self.heartbeat)
            .field("connection_name", &self.connection_name)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_debug_form_and_the_error_hide_the_password() {
        let config = RabbitConfig::new("http://someone:geheim@broker");
        assert!(!format!("{config:?}").contains("geheim"));
        let error = config.uris().unwrap_err();
        assert!(!error.to_string().contains("geheim"), "{error}");
    }

    #[test]
    fn the_nodes_of_a_cluster_are_listed() {
        let config = RabbitConfig::new("amqp://one:5672/v, amqp://two:5673/v");
        let hosts: Vec<_> = config
            .uris()
            .unwrap()
            .into_iter()
            .map(|u| u.authority.host)
            .collect();
        assert_eq!(hosts, ["one", "two"]);
    }
}
