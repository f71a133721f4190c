//! Asks the broker its name and version: it says so in its first frame, before anybody logs in.
//!
//! The client library keeps that to itself, so that this opens a connection of its own, reads `connection.start`
//! (AMQP 0-9-1 §1.4.2.1) and hangs up. Over TLS it is not tried.

use std::time::Duration;

use lapin::uri::{AMQPScheme, AMQPUri};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::port::BrokerError;

/// "RabbitMQ 3.10.8 at 127.0.0.1:5672"; of a cluster every node, or the first that does not answer.
pub(super) async fn describe(uris: &[AMQPUri], deadline: Duration) -> Result<String, BrokerError> {
    let mut nodes = Vec::new();
    for uri in uris {
        nodes.push(one(uri, deadline).await?);
    }
    Ok(nodes.join(", "))
}

async fn one(uri: &AMQPUri, deadline: Duration) -> Result<String, BrokerError> {
    let address = format!("{}:{}", uri.authority.host, uri.authority.port);
    if uri.scheme == AMQPScheme::AMQPS {
        return Ok(format!(
            "an AMQP broker at {address} (version not asked over TLS)"
        ));
    }
    let greeting = match timeout(deadline, greeting(&address)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) => return Err(BrokerError::Unreachable(format!("{address}: {error}"))),
        Err(_) => {
            return Err(BrokerError::Unreachable(format!(
                "{address}: silent for {deadline:?}"
            )));
        }
    };
    let product = property(&greeting, "product").unwrap_or("an AMQP broker");
    let version = property(&greeting, "version").unwrap_or("of unknown version");
    Ok(format!("{product} {version} at {address}"))
}

/// The payload of the first frame.
async fn greeting(address: &str) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"AMQP\x00\x00\x09\x01").await?;
    // Frame: type (1 byte), channel (2), length (4), payload.
    let mut head = [0; 7];
    stream.read_exact(&mut head).await?;
    let [_, _, _, length @ ..] = head;
    let mut payload = Vec::new();
    stream
        .take(u32::from_be_bytes(length).into())
        .read_to_end(&mut payload)
        .await?;
    Ok(payload)
}

/// A text of the server's properties table: name length, name, `S`, length in 4 bytes, text.
fn property<'a>(payload: &'a [u8], name: &str) -> Option<&'a str> {
    let mut key = vec![u8::try_from(name.len()).ok()?];
    key.extend_from_slice(name.as_bytes());
    key.push(b'S');
    let at = payload.windows(key.len()).position(|w| w == key)?;
    let (length, text) = payload.get(at + key.len()..)?.split_first_chunk::<4>()?;
    std::str::from_utf8(text.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)?).ok()
}

#[cfg(test)]
mod tests {
    use super::property;

    #[test]
    fn a_property_is_found_and_a_short_frame_is_not_a_panic() {
        let payload = b"\x00\x0a\x00\x0a..\x07versionS\x00\x00\x00\x063.10.8rest";
        assert_eq!(property(payload, "version"), Some("3.10.8"));
        assert_eq!(property(payload, "product"), None);
        assert_eq!(property(b"\x07versionS\x00\x00\x00\xffx", "version"), None);
        assert_eq!(property(b"\x07versionS\x00", "version"), None);
    }
}
