//! A small SFTP server that is not OpenSSH: it knows no extensions, has manners of its own, and makes faults to order.

mod files;

use std::collections::{HashMap, VecDeque};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use russh::keys::PrivateKey;
use russh::keys::ssh_key::{Algorithm, HashAlg};
use russh::server::{Auth, ChannelOpenHandle, Config, Handler, Msg, Response, Session};
use russh::{Channel, ChannelId, MethodKind, MethodSet};
use toml::Table;

use files::Files;

pub(crate) const PASSWORD: &str = "correct horse";

/// How it behaves.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Manners {
    /// It asks for the password as a question.
    pub(crate) asks: bool,
    /// It renames over what is there.
    pub(crate) overwrites: bool,
    /// It does not tell files from folders.
    pub(crate) tells_no_kind: bool,
}

/// What goes wrong with the next request of that kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The connection breaks before the rename is done.
    CutBeforeRename,
    /// It breaks after the rename is done.
    CutAfterRename,
    /// The rename is done, and nothing is said.
    SilentAfterRename,
    /// The rename is refused.
    DeniedRename,
    /// The disk is full.
    FullAtWrite,
}

/// A running server. Dropped, it takes no more connections.
pub(crate) struct OtherServer {
    options: Table,
    faults: Arc<Mutex<VecDeque<Fault>>>,
    open: Arc<AtomicUsize>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Drop for OtherServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl OtherServer {
    pub(crate) fn start(root: &Path, manners: Manners) -> Self {
        let key =
            PrivateKey::random(&mut russh::keys::key::safe_rng(), Algorithm::Ed25519).unwrap();
        let print = key.public_key().fingerprint(HashAlg::Sha256).to_string();
        let method = if manners.asks {
            MethodKind::KeyboardInteractive
        } else {
            MethodKind::Password
        };
        let config = Arc::new(Config {
            methods: MethodSet::from(&[method][..]),
            auth_rejection_time: Duration::ZERO,
            keys: vec![key],
            ..Config::default()
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        listener.set_nonblocking(true).unwrap();
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let faults = Arc::new(Mutex::new(VecDeque::new()));
        let client = Client {
            root: root.to_owned(),
            manners,
            faults: Arc::clone(&faults),
            line: None,
            channels: HashMap::new(),
        };
        let open = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&open);
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                let stream = stream.into_std().unwrap();
                let mut client = client.clone();
                client.line = Some(Arc::new(stream.try_clone().unwrap()));
                let stream = tokio::net::TcpStream::from_std(stream).unwrap();
                let config = Arc::clone(&config);
                let count = Arc::clone(&count);
                tokio::spawn(async move {
                    count.fetch_add(1, Ordering::SeqCst);
                    if let Ok(session) = russh::server::run_stream(config, stream, client).await {
                        drop(session.await);
                    }
                    count.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        let mut options = Table::new();
        let mut set = |key: &str, value: &str| options.insert(key.to_owned(), value.into());
        set("kind", "sftp");
        set("host", "127.0.0.1");
        set("user", "distributor");
        set("host_key", &print);
        set("password", PASSWORD);
        set("stable_for", "0s");
        options.insert("port".to_owned(), i64::from(port).into());
        Self {
            options,
            faults,
            open,
            accepting,
        }
    }

    /// Options of a mailbox that reaches it.
    pub(crate) fn options(&self) -> Table {
        self.options.clone()
    }

    /// Orders a fault.
    pub(crate) fn order(&self, fault: Fault) {
        self.faults.lock().unwrap().push_back(fault);
    }

    /// Connections that are open.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    /// Orders that were not met yet.
    pub(crate) fn ordered(&self) -> usize {
        self.faults.lock().unwrap().len()
    }
}

/// A connection.
#[derive(Clone)]
struct Client {
    root: PathBuf,
    manners: Manners,
    faults: Arc<Mutex<VecDeque<Fault>>>,
    line: Option<Arc<TcpStream>>,
    channels: HashMap<ChannelId, Arc<Mutex<Option<Channel<Msg>>>>>,
}

impl Client {
    /// True once for each order of that fault.
    fn is_ordered(&self, fault: Fault) -> bool {
        let mut faults = self.faults.lock().unwrap();
        let ordered = faults.front() == Some(&fault);
        if ordered {
            faults.pop_front();
        }
        ordered
    }

    /// Breaks the connection.
    fn cut(&self) {
        if let Some(line) = &self.line {
            drop(line.shutdown(Shutdown::Both));
        }
    }
}

impl Handler for Client {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, russh::Error> {
        let right = !self.manners.asks && user == "distributor" && password == PASSWORD;
        Ok(if right { Auth::Accept } else { Auth::reject() })
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        _user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, russh::Error> {
        Ok(match response {
            _ if !self.manners.asks => Auth::reject(),
            None => Auth::Partial {
                name: "".into(),
                instructions: "".into(),
                prompts: vec![("Password: ".into(), false)].into(),
            },
            Some(mut answers) => match answers.next() {
                Some(answer) if *answer == *PASSWORD.as_bytes() => Auth::Accept,
                Some(_) | None => Auth::reject(),
            },
        })
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), russh::Error> {
        let id = channel.id();
        self.channels
            .insert(id, Arc::new(Mutex::new(Some(channel))));
        reply.accept().await;
        Ok(())
    }

    async fn subsystem_request(
        &mut self,
        id: ChannelId,
        name: &str,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        let channel = self
            .channels
            .get(&id)
            .and_then(|channel| channel.lock().unwrap().take());
        match channel {
            Some(channel) if name == "sftp" => {
                session.channel_success(id)?;
                russh_sftp::server::run(channel.into_stream(), Files::new(self.clone())).await;
            }
            Some(_) | None => session.channel_failure(id)?,
        }
        Ok(())
    }
}
