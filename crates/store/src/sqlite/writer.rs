//! Whoever writes: one thread. It takes whatever waits, writes it in one transaction, and answers after the commit.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::connect;
use super::fault::fault;
use super::tx::Tx;
use crate::clock::Clock;
use crate::port::StoreError;

/// Jobs that share a transaction at most.
const JOBS: usize = 256;
/// Units (or outcomes, or leases) after which no further job is taken in: bounds the size of a transaction.
const WEIGHT: usize = 1024;

/// Tells the caller, once it is known how the transaction ended.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// Writes into the transaction, or is told that there is none.
type Work = Box<dyn FnOnce(Result<&mut Tx<'_>, StoreError>) -> Answer + Send>;

enum Order {
    Write { weight: usize, work: Work },
    Stop(oneshot::Sender<()>),
}

/// Hands work to whoever writes.
pub(super) struct Writer {
    way: Way,
    transactions: Arc<AtomicU64>,
}

enum Way {
    /// A thread of its own. It ends when the handle is dropped, after what waits is written.
    Thread(mpsc::Sender<Order>),
    /// The caller itself, each time in a transaction of its own.
    Inline(Arc<Mutex<Connection>>, Clock),
}

impl Writer {
    pub(super) fn start(path: &Path) -> Result<Self, StoreError> {
        let conn = connect::writer(path)?;
        let (queue, orders) = mpsc::channel(4 * JOBS);
        let transactions = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&transactions);
        std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || run(conn, orders, &count))
            .map_err(|error| StoreError::Broken(format!("starting the writer: {error}")))?;
        Ok(Self {
            way: Way::Thread(queue),
            transactions,
        })
    }

    /// Writes on the caller's thread.
    pub(super) fn inline(conn: Arc<Mutex<Connection>>, clock: Clock) -> Self {
        Self {
            way: Way::Inline(conn, clock),
            transactions: Arc::default(),
        }
    }

    /// Hands `work` over, and waits until it is durable. Work that has been handed over is done, whether or not
    /// anybody still waits for the answer.
    pub(super) async fn write<T, F>(&self, weight: usize, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> rusqlite::Result<T> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let work = Box::new(move |tx: Result<&mut Tx<'_>, StoreError>| -> Answer {
            let result = tx.and_then(|tx| work(tx).map_err(fault));
            Box::new(move |end: Result<(), StoreError>| {
                drop(tell.send(result.and_then(|it| end.map(|()| it))));
            })
        });
        match &self.way {
            Way::Thread(queue) => {
                let order = Order::Write { weight, work };
                queue.send(order).await.map_err(|_| closed())?;
            }
            Way::Inline(conn, clock) => {
                let conn = conn.lock().unwrap_or_else(PoisonError::into_inner);
                write(&conn, vec![work], clock, &self.transactions);
            }
        }
        told.await.map_err(|_| closed())?
    }

    pub(super) fn is_alive(&self) -> bool {
        match &self.way {
            Way::Thread(queue) => !queue.is_closed(),
            Way::Inline(..) => true,
        }
    }

    pub(super) fn transactions(&self) -> u64 {
        self.transactions.load(Ordering::Relaxed)
    }

    pub(super) async fn stop(&self) {
        let Way::Thread(queue) = &self.way else {
            return;
        };
        let (tell, told) = oneshot::channel();
        if queue.send(Order::Stop(tell)).await.is_ok() {
            told.await.ok();
        }
    }
}

fn closed() -> StoreError {
    StoreError::Unavailable("it is closed".to_owned())
}

fn run(conn: Connection, mut orders: mpsc::Receiver<Order>, transactions: &AtomicU64) {
    let clock = Clock::default();
    let mut stops = Vec::new();
    while let Some(first) = orders.blocking_recv() {
        let mut group = Vec::new();
        let mut weight = 0;
        let mut next = Some(first);
        while let Some(order) = next {
            match order {
                Order::Write { weight: w, work } => {
                    weight += w;
                    group.push(work);
                }
                Order::Stop(tell) => {
                    orders.close();
                    stops.push(tell);
                }
            }
            if group.len() >= JOBS || weight >= WEIGHT {
                break;
            }
            next = orders.try_recv().ok();
        }
        if !group.is_empty() {
            write(&conn, group, &clock, transactions);
        }
    }
    drop(conn);
    for tell in stops {
        tell.send(()).ok();
    }
}

fn write(conn: &Connection, group: Vec<Work>, clock: &Clock, transactions: &AtomicU64) {
    let mut answers = Vec::with_capacity(group.len());
    let end = together(conn, group, clock, &mut answers);
    match &end {
        Ok(()) => {
            transactions.fetch_add(1, Ordering::Relaxed);
        }
        Err(error) => {
            tracing::error!(store.error = %error, "the store did not commit");
            if !conn.is_autocommit()
                && let Err(error) = conn.execute_batch("ROLLBACK")
            {
                tracing::error!(store.error = %error, "the store did not roll back");
            }
        }
    }
    for answer in answers {
        answer(end.clone());
    }
}

/// Every job answers, even when the transaction cannot begin, or is lost half way.
fn together(
    conn: &Connection,
    group: Vec<Work>,
    clock: &Clock,
    answers: &mut Vec<Answer>,
) -> Result<(), StoreError> {
    let mut begun = Tx::begin(conn, clock).map_err(fault);
    for work in group {
        let answer = match &mut begun {
            Ok(tx) => {
                tx.next_job();
                work(Ok(tx))
            }
            Err(error) => work(Err(error.clone())),
        };
        answers.push(answer);
        // SQLite rolls everything back by itself when, for example, the disk is full.
        if begun.is_ok() && conn.is_autocommit() {
            begun = Err(StoreError::Broken(
                "the transaction was rolled back".to_owned(),
            ));
        }
    }
    begun?.commit().map_err(fault)
}
